/**
 * The command tree: everything that can be typed after `unbrick`.
 *
 * @module
 */
import { Command, ValidationError } from "@cliffy/command";
import { HelpCommand } from "@cliffy/command/help";
import type { InteractiveContext } from "../context.ts";
import { bootpCommand } from "./bootp.ts";
import { consoleCommand } from "./console.ts";
import { explainCommand } from "./explain.ts";
import { getCommand } from "./get.ts";
import { pushCommand } from "./push.ts";
import { redbootCommand } from "./redboot.ts";
import { serveCommand } from "./serve.ts";

/** What `--version` tells. */
export interface About {
  /** Version of unbrick. */
  readonly version: string;
  /** Version of Deno inside. */
  readonly deno: string;
  /** Where the packages inside come from. */
  readonly packages: string;
}

/** Widest help; longer lines are hard to read. */
const MAX_HELP_WIDTH = 100;

/**
 * Builds the command tree. Nothing in it ends the process: failures are thrown, and asking for
 * help or the version just returns.
 */
export function rootCommand(context: InteractiveContext, about: About) {
  const { console } = context;
  const root = new Command()
    .name("unbrick")
    .version(about.version)
    .description("Recover a bricked router over TFTP.")
    .help({ colors: console.color, width: Math.min(console.size().columns, MAX_HELP_WIDTH) })
    .globalOption("--debug", "Show where a failure came from.")
    .versionOption("-V, --version", "Show the version and what is inside.", () => {
      console.stdout(
        `unbrick ${about.version}\nDeno ${about.deno}\npackages from ${about.packages}\n`,
      );
    })
    .noExit()
    .action(() => {
      console.stdout(`${root.getHelp()}\n`);
      context.setExitCode(2);
    });
  root.command("serve", serveCommand(context));
  root.command("push", pushCommand(context));
  root.command("get", getCommand(context));
  root.command("bootp", bootpCommand(context));
  root.command("redboot", redbootCommand(context));
  root.command("console", consoleCommand(context));
  root.command("explain", explainCommand(context));
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
