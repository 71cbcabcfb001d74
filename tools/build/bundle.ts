/**
 * The whole program as one file of JavaScript, with the device catalogue and the packages inside.
 *
 * @module
 */
import { join } from "@std/path";
import { findCommit, type PackageSource, stampBundle } from "../../lib/build_info.ts";
import { UnbrickError } from "../../lib/errors.ts";
import { createDenoHost } from "../../lib/host/deno_host.ts";
import { NPM_IMPORT_MAP } from "../package_source.ts";
import { PROJECT, runDeno } from "./run_deno.ts";

/** A bundle. */
export interface Bundle {
  /** The file's text. */
  readonly text: string;
  /** Where the packages in it come from. */
  readonly packages: PackageSource;
}

/** Where the packages come from when Deno finds them with these flags. */
export function sourceOf(flags: readonly string[]): PackageSource {
  const map = flags.find((flag) => flag.startsWith("--import-map="));
  if (map === undefined) return "jsr";
  return map.endsWith(NPM_IMPORT_MAP) ? "npm" : "folder";
}

/** Takes out where on this computer the cache of Deno is, which stands in front of each module. */
export function withoutCachePaths(bundle: string): string {
  return bundle.replaceAll(/^(\/\/ | +")(?:\.\.\/)+[^"\n]*?\/npm\/(?=[^"\n]*("\(|$))/gm, "$1npm/");
}

/**
 * Bundles the program, with the packages of JSR when they can be had and the stand-ins otherwise.
 *
 * Throws UnbrickError `command-failed` when Deno cannot bundle it.
 */
export async function makeBundle(): Promise<Bundle> {
  // The task that started this tool may have told a remembered answer, for the sake of speed.
  const asked = await runDeno(["task", "-q", "packages", "--ask-again"]);
  const flags = asked.stdout.trim().split(/\s+/).filter((flag) => flag !== "");
  // Not minified: what --debug prints shall be of use.
  const { success, stdout, stderr } = await runDeno(["bundle", "-q", ...flags, "main.ts"]);
  if (!asked.success || !success) {
    throw new UnbrickError(
      "command-failed",
      `Deno could not bundle the program: ${stderr.trim()}`,
      {
        hint: 'Run "deno task check"; the first time, npm must be reachable',
      },
    );
  }
  const packages = sourceOf(flags);
  const commit = await findCommit(createDenoHost(), join(PROJECT, "."));
  return { text: stampBundle(withoutCachePaths(stdout), { packages, commit }), packages };
}
