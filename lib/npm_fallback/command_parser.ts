/**
 * Command lines read by `commander`, answered as Cliffy answers: same values, same usage errors.
 *
 * @module
 */
import { Command as Commander, CommanderError, Option } from "commander";
import {
  type OptionDefinition,
  parseValue,
  type PlaceholderDefinition,
  propertyOf,
  ValidationError,
} from "./command_definition.ts";
import type { TypeHandler } from "./command_types.ts";

/** What the parser needs to know of a command. */
export interface ParsableCommand {
  /** Its own options, and the global ones of its parents. */
  readonly options: readonly OptionDefinition[];
  /** Its arguments. */
  readonly placeholders: readonly PlaceholderDefinition[];
  /** Its sub-commands by every name they have. */
  readonly children: ReadonlyMap<string, ParsableCommand>;
  /** Custom types. */
  readonly types: ReadonlyMap<string, TypeHandler<unknown>>;
}

/** What was typed. */
export interface ParsedLine {
  /** The options object for the action. */
  readonly options: Record<string, unknown>;
  /** The arguments for the action. */
  readonly args: readonly unknown[];
  /** What followed `--`. */
  readonly literal: readonly string[];
}

/** A command line that was taken apart, before its parts are judged. */
interface RawLine {
  readonly commander: Commander;
  readonly operands: readonly string[];
}

/** Finds the sub-command that is meant, and the words before and after its name. */
export function findCommand<T extends ParsableCommand>(
  root: T,
  words: readonly string[],
): { readonly command: T; readonly parent: T | undefined; readonly words: readonly string[] } {
  const globals: string[] = [];
  let command = root;
  let parent: T | undefined;
  let rest = words;
  while (rest.length > 0) {
    const word = rest[0]!;
    const child = command.children.get(word) as T | undefined;
    if (child !== undefined) {
      parent = command;
      command = child;
      rest = rest.slice(1);
      continue;
    }
    const option = command.options.find((one) => one.global && one.flags.includes(word));
    if (option === undefined) break;
    const length = option.placeholder === undefined ? 1 : 2;
    globals.push(...rest.slice(0, length));
    rest = rest.slice(length);
  }
  return { command, parent, words: [...globals, ...rest] };
}

/** Reads the words typed for one command. Throws {@link ValidationError}. */
export function parseLine(command: ParsableCommand, words: readonly string[]): ParsedLine {
  const end = words.indexOf("--");
  const literal = end < 0 ? [] : words.slice(end + 1);
  const { commander, operands } = split(command, end < 0 ? words : words.slice(0, end));
  const given = commander.opts<Record<string, unknown>>();
  const isGiven = (option: OptionDefinition) =>
    commander.getOptionValueSource(propertyOf(option)) === "cli";
  const standalone = command.options.find((one) => isStandalone(one) && isGiven(one));
  if (standalone !== undefined) return { options: given, args: [], literal };
  const options = withDefaults(command.options, given);
  checkOptions(command.options, isGiven);
  return { options, args: readArguments(command, operands), literal };
}

/** Whether an option is answered at once: help or version. */
export function isStandalone(option: OptionDefinition): boolean {
  return option.name === "help" || option.name === "version";
}

function split(command: ParsableCommand, words: readonly string[]): RawLine {
  const commander = new Commander()
    .helpOption(false)
    .helpCommand(false)
    .allowExcessArguments(true)
    .exitOverride()
    .configureOutput({ writeErr: () => {}, writeOut: () => {} });
  for (const option of command.options) commander.addOption(toCommander(command, option));
  for (const name of command.children.keys()) commander.command(name);
  // Without an action, commander takes the first operand for a sub-command it should know.
  if (command.placeholders.length > 0) commander.action(() => {});
  try {
    commander.parse([...words], { from: "user" });
  } catch (thrown) {
    if (!(thrown instanceof CommanderError)) throw thrown;
    const wantsHelp = thrown.code === "commander.unknownOption" &&
      words.some((word) => word === "-h" || word === "--help");
    if (wantsHelp) commander.setOptionValueWithSource("help", true, "cli");
    // Nothing but options where a sub-command could be: commander would show its own help.
    else if (thrown.code !== "commander.help") throw toValidationError(thrown, command.options);
  }
  return { commander, operands: commander.args };
}

function toCommander(command: ParsableCommand, option: OptionDefinition): Option {
  const { placeholder, settings } = option;
  const value = placeholder === undefined
    ? ""
    : placeholder.optional
    ? ` [${placeholder.name}]`
    : ` <${placeholder.name}>`;
  const long = `--${option.name}`;
  const short = option.flags.find((flag) => flag !== long);
  const result = new Option(`${short === undefined ? "" : `${short}, `}${long}${value}`);
  if (placeholder === undefined) return result;
  let count = 0;
  let collected: unknown = undefined;
  return result.argParser((text: string) => {
    count++;
    if (count > 1 && !settings.collect) {
      throw new ValidationError(
        `Option "${long}" can only occur once, but was found several times.`,
      );
    }
    const parsed = parseValue(command.types, {
      label: "Option",
      type: placeholder.type,
      name: long,
      value: text,
    });
    if (settings.value !== undefined) collected = settings.value(parsed, collected);
    else if (settings.collect) collected = [...(collected as unknown[] | undefined ?? []), parsed];
    else collected = parsed;
    return collected;
  });
}

function toValidationError(
  error: CommanderError,
  options: readonly OptionDefinition[],
): ValidationError {
  const what = /'([^' ]+)/.exec(error.message)?.[1] ?? "";
  const similar = /Did you mean (?:one of )?([^?,]+)/.exec(error.message)?.[1];
  const suggest = (kind: string) =>
    similar === undefined ? "" : ` Did you mean ${kind} "${similar}"?`;
  switch (error.code) {
    case "commander.unknownCommand":
      return new ValidationError(`Unknown command "${what}".${suggest("command")}`);
    case "commander.unknownOption": {
      const [flag = what, value] = what.split("=");
      if (options.some((option) => option.flags.includes(flag))) {
        return new ValidationError(`Option "${flag}" doesn't take a value, but got "${value}".`);
      }
      return new ValidationError(`Unknown option "${flag}".${suggest("option")}`);
    }
    case "commander.optionMissingArgument": {
      // The message quotes all flags of the option; name the one that was typed.
      const flag = /(--[^ ']+)/.exec(error.message)?.[1] ?? what;
      return new ValidationError(`Missing value for option "${flag}".`);
    }
    default:
      return new ValidationError(error.message.replace(/^error: /, ""), { cause: error });
  }
}

function withDefaults(
  options: readonly OptionDefinition[],
  given: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const result = { ...given };
  for (const option of options) {
    const property = propertyOf(option);
    if (result[property] !== undefined) continue;
    const value = option.settings.default;
    if (value !== undefined) result[property] = typeof value === "function" ? value() : value;
  }
  return result;
}

function checkOptions(
  options: readonly OptionDefinition[],
  isGiven: (option: OptionDefinition) => boolean,
): void {
  const given = options.filter(isGiven);
  const names = new Set(given.map((option) => option.name));
  for (const option of given) {
    for (const other of option.settings.conflicts ?? []) {
      if (!names.has(other)) continue;
      throw new ValidationError(
        `Option "--${option.name}" conflicts with option "--${other}".`,
      );
    }
    for (const other of option.settings.depends ?? []) {
      if (names.has(other)) continue;
      throw new ValidationError(`Option "--${option.name}" depends on option "--${other}".`);
    }
  }
  for (const option of options) {
    if (option.settings.required && !names.has(option.name)) {
      throw new ValidationError(`Missing required option "--${option.name}".`);
    }
  }
}

function readArguments(command: ParsableCommand, operands: readonly string[]): unknown[] {
  const { placeholders, types } = command;
  const args: unknown[] = [];
  for (const [index, value] of operands.entries()) {
    const placeholder = placeholders[Math.min(index, placeholders.length - 1)];
    if (placeholder === undefined || (index >= placeholders.length && !placeholder.variadic)) {
      throw new ValidationError(`Too many arguments: ${value}`);
    }
    args.push(
      parseValue(types, {
        label: "Argument",
        type: placeholder.type,
        name: placeholder.name,
        value,
      }),
    );
  }
  const missing = placeholders.slice(operands.length).filter((one) => !one.optional);
  if (missing.length > 0) {
    throw new ValidationError(
      `Missing argument(s): ${missing.map((placeholder) => placeholder.name).join(", ")}`,
    );
  }
  return args;
}
