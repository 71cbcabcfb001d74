/**
 * The command tree: everything that can be typed after `unbrick`.
 *
 * @module
 */
import { Command, ValidationError } from "@cliffy/command";
import { HelpCommand } from "@cliffy/command/help";
import type { BuildInfo, PackageSource } from "../../lib/build_info.ts";
import { UnbrickError } from "../../lib/errors.ts";
import { selfTest } from "../../lib/recovery/self_test.ts";
import { askToConfirm } from "../ask.ts";
import type { InteractiveContext } from "../context.ts";
import { bootpCommand } from "./bootp.ts";
import { completionsCommand } from "./completions.ts";
import { consoleCommand } from "./console.ts";
import { devicesCommand } from "./devices.ts";
import { doctorCommand } from "./doctor.ts";
import { explainCommand } from "./explain.ts";
import { getCommand } from "./get.ts";
import { runRecovery } from "./guide.ts";
import { inspectCommand } from "./inspect.ts";
import { interfacesCommand } from "./interfaces.ts";
import { licensesCommand } from "./licenses.ts";
import { logCommand } from "./log.ts";
import { practiceCommand } from "./practice.ts";
import { pushCommand } from "./push.ts";
import { redbootCommand } from "./redboot.ts";
import { serveCommand } from "./serve.ts";
import { setupCommand } from "./setup.ts";

/** What `--version` tells. */
export interface About {
  /** Version of unbrick. */
  readonly version: string;
  /** Version of Deno inside. */
  readonly deno: string;
  /** What this program was made of; looked up when asked for. */
  readonly build: () => Promise<BuildInfo>;
  /** Full path of this program. */
  readonly toolPath: string;
  /** Folder beside the program; undefined when it is run from its sources. */
  readonly programFolder: string | undefined;
}

/** Widest help; longer lines are hard to read. */
const MAX_HELP_WIDTH = 100;

const PACKAGE_WORDS = {
  "jsr": "JSR",
  "npm": "npm (stand-ins)",
  "folder": "a local folder",
} as const satisfies Record<PackageSource, string>;

function describeVersion({ version, deno }: About, { commit, packages }: BuildInfo): string {
  const facts = [
    ["unbrick", version],
    ...(commit === undefined ? [] : [["commit", commit]]),
    ["Deno", deno],
    ["packages from", PACKAGE_WORDS[packages]],
  ];
  return facts.map((words) => `${words.join(" ")}\n`).join("");
}

/**
 * Runs what was typed after `unbrick`. Nothing in it ends the process: asking for help or the version
 * just returns. Rejects with UnbrickError `usage` when a word or option is not understood, and with
 * whatever the command throws.
 */
export async function runCommandLine(
  context: InteractiveContext,
  about: About,
  words: readonly string[],
): Promise<void> {
  try {
    await rootCommand(context, about).parse([...words]);
  } catch (thrown) {
    if (!(thrown instanceof ValidationError)) throw thrown;
    throw new UnbrickError("usage", thrown.message.replace(/\.$/, ""), {
      hint: `Run "${thrown.cmd?.getPath() ?? "unbrick"} --help" to see what it takes`,
      cause: thrown,
    });
  }
}

/** Builds the command tree. */
function rootCommand(context: InteractiveContext, about: About) {
  const { console } = context;
  const root = new Command()
    .name("unbrick")
    .version(about.version)
    .description("Recover a bricked router over TFTP.")
    .help({ colors: console.color, width: Math.min(console.size().columns, MAX_HELP_WIDTH) })
    .globalOption("--debug", "Show where a failure came from.")
    .versionOption("-V, --version", "Show the version and what is inside.", async () => {
      console.stdout(describeVersion(about, await about.build()));
    })
    .noExit()
    .action(async () => {
      if (!console.isInteractive) console.stdout(`${root.getHelp()}\n`);
      await runRecovery(context, about);
    });
  const { toolPath } = about;
  const ownFolder = `${about.programFolder ?? "."}/devices`;
  const confirm = (question: string) => askToConfirm(context, question);
  root.command("practice", practiceCommand(context, about));
  root.command("serve", serveCommand(context));
  root.command("push", pushCommand(context));
  root.command("get", getCommand(context));
  root.command("bootp", bootpCommand(context));
  root.command("redboot", redbootCommand(context, ownFolder));
  root.command("console", consoleCommand(context, ownFolder));
  root.command("setup", setupCommand(context, { toolPath, confirm }));
  root.command("doctor", doctorCommand(context, { toolPath, selfTest }));
  root.command("interfaces", interfacesCommand(context));
  root.command("devices", devicesCommand(context, ownFolder));
  root.command("inspect", inspectCommand(context));
  root.command("explain", explainCommand(context));
  root.command("log", logCommand(context, about));
  root.command("licenses", licensesCommand(context, about));
  root.command("completions", completionsCommand(context, root, ownFolder));
  root.command("help", new HelpCommand().global());
  for (const command of root.getCommands(true)) refuseOptionsAsArguments(command);
  return root;
}

/**
 * Cliffy takes an option it does not know for an argument as long as the command can take one more,
 * so that a mistyped `--prot 6969` would become two images to serve.
 */
// deno-lint-ignore no-explicit-any -- the tree holds commands of every type
function refuseOptionsAsArguments(command: Command<any>): void {
  for (const name of ["string", "file"]) {
    command.type(name, ({ label, value }) => {
      if (label === "Argument" && value.length > 1 && value.startsWith("-")) {
        throw new ValidationError(`Unknown option "${value}".`);
      }
      return value;
    }, { override: true });
  }
  for (const child of command.getCommands(true)) refuseOptionsAsArguments(child);
}
