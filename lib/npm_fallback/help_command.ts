/**
 * Stand-in for `@cliffy/command/help`.
 *
 * @module
 */
import { Command, ValidationError } from "./command.ts";

/** A command that shows the help of its parent or of another command. */
export class HelpCommand extends Command<void, void, object, [command?: string]> {
  /** Makes the command. */
  constructor() {
    super();
    this.description("Show this help or the help of a sub-command.");
    this.arguments("[command:command]");
    this.noGlobals();
    this.action((_options, name) => {
      const parent = this.getGlobalParent();
      const command = name === undefined ? parent : parent?.getCommand(name);
      if (command === undefined) throw new ValidationError(`Unknown command "${name}".`);
      command.showHelp();
    });
  }
}
