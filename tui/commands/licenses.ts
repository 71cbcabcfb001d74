/**
 * `unbrick licenses`: the copyright lines and licenses of what is inside this program.
 *
 * @module
 */
import { Command } from "@cliffy/command";
import type { BuildInfo, PackageSource } from "../../lib/build_info.ts";
import type { CommandContext } from "../context.ts";

/** A license text and what it is for. */
interface Notice {
  readonly names: readonly string[];
  readonly text: string;
}

/** Layout of the file that `tools/make_notices.ts` writes. */
type Notices = Readonly<Record<"ours" | "runtime" | "jsr" | "npm", readonly Notice[]>>;

const RULE = "=".repeat(72);

/** What the licenses command needs to know of the program. */
export interface LicensesOptions {
  /** Version of Deno inside. */
  readonly deno: string;
  /** What this program was made of. */
  readonly build: () => Promise<BuildInfo>;
}

/** Builds the command. */
export function licensesCommand({ console }: CommandContext, options: LicensesOptions) {
  return new Command()
    .description("Print the licenses of what is inside this program.")
    .action(async () => {
      const [notices, { packages }] = await Promise.all([loadNotices(), options.build()]);
      console.stdout(formatNotices(notices, packages, options.deno));
    });
}

async function loadNotices(): Promise<Notices> {
  const module = await import("../notices.json", { with: { type: "json" } });
  return module.default;
}

function formatNotices(notices: Notices, packages: PackageSource, deno: string): string {
  const fromPackages = packages === "npm" ? notices.npm : notices.jsr;
  return [
    ...notices.ours.map(formatNotice),
    ...notices.runtime.map(formatNotice),
    "The runtime also holds ICU (Unicode License), parts of Node.js (MIT License), and the Rust\n" +
    "packages that its Cargo.lock names. The licenses of all of them stand with its sources:\n" +
    `https://github.com/denoland/deno/tree/v${deno}\n`,
    ...fromPackages.map(formatNotice),
  ].join("\n");
}

function formatNotice({ names, text }: Notice): string {
  return `${RULE}\n${names.join("\n")}\n${RULE}\n\n${text}\n`;
}
