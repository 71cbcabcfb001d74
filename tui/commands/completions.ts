/**
 * `unbrick completions`: scripts with which a shell completes what is typed after `unbrick`.
 *
 * Cliffy's own scripts are not used: those of 1.2.1 know no option of a command that takes files in
 * Bash, and fail in zsh on a command that takes any number of words.
 *
 * @module
 */
import { Command } from "@cliffy/command";
import { listInterfaces } from "../../lib/net/list_interfaces.ts";
import { type CompletableCommand, completeLine } from "../completion/complete_line.ts";
import {
  formatCompletion,
  LOADING_LINES,
  SHELL_SCRIPTS,
  SHELLS,
} from "../completion/shell_scripts.ts";
import type { CommandContext } from "../context.ts";
import { readCatalogue } from "./devices.ts";

/**
 * Builds the command.
 *
 * @param root The command whose options and sub-commands are completed.
 * @param ownFolder Folder of people's own devices.
 */
export function completionsCommand(
  context: CommandContext,
  root: CompletableCommand,
  ownFolder: string,
) {
  const { console, host } = context;
  const values = {
    device: async () => {
      const { devices, families } = await readCatalogue(context, ownFolder);
      return [...devices, ...families].map(({ id }) => id);
    },
    interface: async () => (await listInterfaces(host)).map(({ name }) => name),
  };
  const command = new Command()
    .description("Print a script with which a shell completes commands, options and devices.");
  for (const shell of SHELLS) {
    command.command(
      shell,
      new Command()
        .description(`For ${shell}; put into its start file: ${LOADING_LINES[shell]}`)
        .action(() => console.stdout(SHELL_SCRIPTS[shell])),
    ).reset();
  }
  const complete = new Command()
    .description("Answer a script: what can stand at the end of these words.")
    .hidden()
    .action(async () => {
      const words = complete.getLiteralArgs();
      console.stdout(formatCompletion(await completeLine(root, words, values)));
    });
  command.command("complete", complete).reset();
  return command;
}
