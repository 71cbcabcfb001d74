/**
 * The command tree: everything that can be typed after `unbrick`.
 *
 * @module
 */
import { Command, ValidationError } from "@cliffy/command";
import { HelpCommand } from "@cliffy/command/help";
import type { BuildInfo, PackageSource } from "../../lib/build_info.ts";
import { UnbrickError } from "../../lib/errors.ts";
import type { InteractiveContext } from "../context.ts";

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
    await (await rootCommand(context, about, words)).parse([...words]);
  } catch (thrown) {
    if (!(thrown instanceof ValidationError)) throw thrown;
    throw new UnbrickError("usage", thrown.message.replace(/\.$/, ""), {
      hint: `Run "${thrown.cmd?.getPath() ?? "unbrick"} --help" to see what it takes`,
      cause: thrown,
    });
  }
}

// deno-lint-ignore no-explicit-any -- the tree holds commands of every type
type AnyCommand = Command<any, any, any, any, any>;

/** What commands are built of. */
interface Parts {
  readonly context: InteractiveContext;
  readonly about: About;
  /** Folder of people's own devices. */
  readonly ownFolder: string;
  readonly root: AnyCommand;
}

/** Every command, in the order of the help. */
const COMMANDS: Readonly<Record<string, (parts: Parts) => Promise<AnyCommand>>> = {
  practice: async ({ context, about }) =>
    (await import("./practice.ts")).practiceCommand(context, about),
  serve: async ({ context }) => (await import("./serve.ts")).serveCommand(context),
  push: async ({ context }) => (await import("./push.ts")).pushCommand(context),
  get: async ({ context }) => (await import("./get.ts")).getCommand(context),
  bootp: async ({ context }) => (await import("./bootp.ts")).bootpCommand(context),
  redboot: async ({ context, ownFolder }) =>
    (await import("./redboot.ts")).redbootCommand(context, ownFolder),
  console: async ({ context, ownFolder }) =>
    (await import("./console.ts")).consoleCommand(context, ownFolder),
  async setup({ context, about: { toolPath } }) {
    const { askToConfirm } = await import("../ask.ts");
    const confirm = (question: string) => askToConfirm(context, question);
    return (await import("./setup.ts")).setupCommand(context, { toolPath, confirm });
  },
  async doctor({ context, about: { toolPath } }) {
    const { selfTest } = await import("../../lib/recovery/self_test.ts");
    return (await import("./doctor.ts")).doctorCommand(context, { toolPath, selfTest });
  },
  interfaces: async ({ context }) => (await import("./interfaces.ts")).interfacesCommand(context),
  devices: async ({ context, ownFolder }) =>
    (await import("./devices.ts")).devicesCommand(context, ownFolder),
  inspect: async ({ context }) => (await import("./inspect.ts")).inspectCommand(context),
  explain: async ({ context }) => (await import("./explain.ts")).explainCommand(context),
  log: async ({ context, about }) => (await import("./log.ts")).logCommand(context, about),
  licenses: async ({ context, about }) =>
    (await import("./licenses.ts")).licensesCommand(context, about),
  completions: async ({ context, root, ownFolder }) =>
    (await import("./completions.ts")).completionsCommand(context, root, ownFolder),
};

/**
 * Names of the commands that a line can be about. Building all seventeen takes longer than to start
 * Deno (45 ms for `--version`, 25 for `serve`), so that a line that begins with a command gets that
 * one, and every other line (help, a slip of the pen) all of them.
 */
function namesIn(words: readonly string[]): readonly string[] {
  const [first = "", ...rest] = words.filter((word) => word !== "--debug");
  if (rest.length === 0 && (first === "-V" || first === "--version")) return [];
  // What completes a line looks at all of them.
  const isEnough = Object.hasOwn(COMMANDS, first) && first !== "completions";
  return isEnough ? [first] : Object.keys(COMMANDS);
}

/** Builds the command tree, as far as the words need it. */
async function rootCommand(
  context: InteractiveContext,
  about: About,
  words: readonly string[],
): Promise<AnyCommand> {
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
      await (await import("./guide.ts")).runRecovery(context, about);
    });
  const ownFolder = `${about.programFolder ?? "."}/devices`;
  for (const name of namesIn(words)) {
    root.command(name, await COMMANDS[name]!({ context, about, ownFolder, root }));
  }
  root.command("help", new HelpCommand().global());
  for (const command of root.getCommands(true)) refuseOptionsAsArguments(command);
  return root;
}

/**
 * Cliffy takes an option it does not know for an argument as long as the command can take one more,
 * so that a mistyped `--prot 6969` would become two images to serve.
 */
function refuseOptionsAsArguments(command: AnyCommand): void {
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
