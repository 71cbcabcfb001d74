// deno-lint-ignore-file no-explicit-any ban-types -- Cliffy's own types say `any` for "any command"
/**
 * Stand-in for `@cliffy/command` over `commander`: the part of its builder that the project uses,
 * with the same behaviour, see `README.md`.
 *
 * @module
 */
import { parseOption, parsePlaceholders, ValidationError } from "./command_definition.ts";
import { type Action, CommandNode, type ErrorHandler, type HelpSettings } from "./command_node.ts";
import { helpOf, runCommandLine, showHelp } from "./command_run.ts";
import type {
  AfterName,
  ArgumentTuple,
  DescribedArgument,
  DescribedOption,
  OptionProperty,
  OptionSettings,
  RawValue,
  TypeHandler,
  TypeValue,
} from "./command_types.ts";

export { ValidationError };
export type * from "./command_types.ts";

/** A type that allows some values only. */
export class EnumType<const Value extends string | number | boolean> {
  /** The values. */
  readonly values: readonly Value[];

  /** Makes a type of these values. */
  constructor(values: readonly Value[]) {
    this.values = values;
  }
}

/** What {@link Command.parse} resolves to. */
export interface CommandResult {
  /** The options given, and defaults. */
  readonly options: Record<string, any>;
  /** The arguments given. */
  readonly args: any[];
  /** What followed `--`. */
  readonly literal: string[];
  /** The command that ran. */
  readonly cmd: AnyCommand;
}

/** A command, whatever its options and arguments are. */
export type AnyCommand = Command<any, any, any, any, any>;

/** A command with its options, arguments and sub-commands. */
export class Command<
  Globals extends Record<string, any> | void = void,
  GlobalTypes extends Record<string, any> | void = void,
  Options extends Record<string, any> | void = Globals extends void ? {} : Globals,
  Arguments extends unknown[] = [],
  Types = GlobalTypes extends void ? {} : GlobalTypes,
> {
  readonly #node = new CommandNode<AnyCommand>(this);
  /** The sub-command that the builder's calls go to, until {@link reset}. */
  #selected: AnyCommand | undefined;

  get #target(): CommandNode<AnyCommand> {
    return (this.#selected ?? this).#node;
  }

  /** Sets the name of the program. */
  name(name: string): this {
    this.#target.name = name;
    return this;
  }

  /** Sets the version. */
  version(version: string): this {
    this.#target.version = version;
    return this;
  }

  /** Sets what the help says first. */
  description(description: string): this {
    this.#target.description = dedent(description);
    return this;
  }

  /** Adds a line below the version. */
  meta(name: string, value: string): this {
    this.#target.meta.set(name, value);
    return this;
  }

  /** Replaces the usage line in the help. */
  usage(usage: string): this {
    this.#target.usage = usage;
    return this;
  }

  /** Adds an example to the help. */
  example(name: string, text: string): this {
    this.#target.examples.push({ name, text: dedent(text) });
    return this;
  }

  /** Adds another name. */
  alias(alias: string): this {
    this.#target.aliases.push(alias);
    return this;
  }

  /** Leaves the command out of the help. */
  hidden(): this {
    this.#target.isHidden = true;
    return this;
  }

  /** Gives every sub-command this one too. */
  global(): this {
    this.#target.isGlobal = true;
    return this;
  }

  /** Does not take the global options of its parents. */
  noGlobals(): this {
    this.#target.hasGlobals = false;
    return this;
  }

  /** Sets how the help is written, for sub-commands too. */
  help(settings: HelpSettings): this {
    this.#target.help = settings;
    return this;
  }

  /** Adds a type for options and arguments. */
  type<const Name extends string, const Handler extends TypeHandler<unknown>>(
    name: Name,
    handler: Handler,
    _options?: { readonly override?: boolean; readonly global?: boolean },
  ): Command<
    Globals,
    GlobalTypes,
    Options,
    Arguments,
    Types & { [Key in Name]: TypeValue<Handler> }
  > {
    this.#target.types.set(name, handler);
    return this as any;
  }

  /** Sets all arguments: "<host:string> [name:string]". */
  arguments<const Text extends string>(
    text: Text,
  ): Command<Globals, GlobalTypes, Options, ArgumentTuple<Text, Types>, Types> {
    this.#target.placeholders = parsePlaceholders(text);
    return this as any;
  }

  /** Adds one argument: "<host:string>". */
  argument<const Text extends string>(
    text: Text,
    _description?: string,
  ): Command<Globals, GlobalTypes, Options, [...Arguments, ...ArgumentTuple<Text, Types>], Types> {
    this.#target.placeholders.push(...parsePlaceholders(text));
    return this as any;
  }

  /** Adds an option: "-p, --port <port:integer>". */
  option<const Flags extends string, const Settings extends OptionSettings = {}>(
    flags: Flags,
    description: string,
    settings?: Settings & { readonly value?: (value: RawValue<Flags, Types>) => unknown },
  ): Command<
    Globals,
    GlobalTypes,
    Options & OptionProperty<Flags, Settings, Types>,
    Arguments,
    Types
  > {
    this.#target.options.push(parseOption(flags, description, settings ?? {}, false));
    return this as any;
  }

  /** Adds an option that every sub-command has too. */
  globalOption<const Flags extends string, const Settings extends OptionSettings = {}>(
    flags: Flags,
    description: string,
    settings?: Settings & { readonly value?: (value: RawValue<Flags, Types>) => unknown },
  ): Command<
    Globals,
    GlobalTypes,
    Options & OptionProperty<Flags, Settings, Types>,
    Arguments,
    Types
  > {
    this.#target.options.push(parseOption(flags, description, settings ?? {}, true));
    return this as any;
  }

  /** Replaces what is done for the version option. */
  versionOption(flags: string, description: string, action: Action): this {
    this.#target.versionOption = parseOption(flags, description, {}, false);
    this.#target.versionAction = action;
    return this;
  }

  /** Sets what the command does. */
  action(
    action: (this: any, options: Options, ...args: Arguments) => unknown,
  ): this {
    this.#target.action = action as Action;
    return this;
  }

  /** Adds a sub-command that was built elsewhere. */
  command<Child extends AnyCommand>(
    nameAndArguments: string,
    child: Child,
  ): Child;
  /** Adds a sub-command and goes on with building that one. */
  command<const Text extends string>(
    nameAndArguments: Text,
    description?: string,
  ): Command<void, void, Options, ArgumentTuple<AfterName<Text>, Types>, Types>;
  command(nameAndArguments: string, second?: any): any {
    const [name = "", ...rest] = nameAndArguments.split(" ");
    const child: AnyCommand = second instanceof Command ? second : new Command();
    child.#node.name = name;
    child.#node.parent = this.#node;
    if (typeof second === "string") child.#node.description = dedent(second);
    if (rest.length > 0) child.#node.placeholders = parsePlaceholders(rest.join(" "));
    this.#node.children.push(child.#node);
    this.#selected = child;
    return this;
  }

  /** Goes back from a sub-command to the command it was added to. */
  reset(): AnyCommand {
    this.#selected = undefined;
    return this;
  }

  /** Is told of every failure first. */
  error(handler: ErrorHandler<AnyCommand>): this {
    this.#target.errorHandler = handler;
    return this;
  }

  /** Throws usage errors instead of ending the program. */
  throwErrors(): this {
    this.#target.throwsErrors = true;
    return this;
  }

  /** Never ends the program. */
  noExit(): this {
    this.#target.exits = false;
    return this.throwErrors();
  }

  /** Name of the command. */
  getName(): string {
    return this.#node.name;
  }

  /** Other names of the command. */
  getAliases(): string[] {
    return [...this.#node.aliases];
  }

  /** First words of what it does. */
  getDescription(): string {
    return this.#node.description;
  }

  /** The command this one was added to. */
  getParent(): AnyCommand | undefined {
    return this.#node.parent?.owner;
  }

  /** The command it was typed after; differs from the parent for a global command. */
  getGlobalParent(): AnyCommand | undefined {
    return this.#node.usedFrom?.owner;
  }

  /** Names of its parents and its own. */
  getPath(): string {
    return this.#node.path();
  }

  /** Sub-commands, with `includeHidden` the hidden ones too. */
  getCommands(includeHidden = false): AnyCommand[] {
    return this.#node.commands().filter(({ isHidden }) => includeHidden || !isHidden)
      .map(({ owner }) => owner);
  }

  /** The sub-command of this name or alias. */
  getCommand(name: string): AnyCommand | undefined {
    return this.#node.commands().find((child) => child.names().includes(name))?.owner;
  }

  /** Options, those of its parents that are global included; hidden ones if wanted. */
  getOptions(includeHidden = false): DescribedOption[] {
    return this.#node.allOptions()
      .filter(({ settings }) => includeHidden || settings.hidden !== true)
      .map(({ name, flags, description, placeholder }) => ({
        name,
        flags: [...flags],
        description,
        args: placeholder === undefined ? [] : [placeholder],
      }));
  }

  /** Arguments. */
  getArguments(): DescribedArgument[] {
    return [...this.#node.placeholders];
  }

  /** The words that followed `--`. */
  getLiteralArgs(): string[] {
    return [...this.#node.literal];
  }

  /** The help as text. */
  getHelp(settings?: HelpSettings): string {
    return helpOf(this.#node, settings);
  }

  /** Writes the help to standard output. */
  showHelp(settings?: HelpSettings): void {
    showHelp(this.#node, settings);
  }

  /** Reads a command line and runs the command it names. */
  async parse(words?: readonly string[]): Promise<CommandResult> {
    const { options, args, node } = await runCommandLine(this.#node, words);
    return { options, args: [...args], literal: [...node.literal], cmd: node.owner };
  }
}

/** Takes away the margin that a text has in the source, and empty lines around it. */
function dedent(text: string): string {
  const lines = text.replace(/^\n+|\s+$/g, "").split("\n");
  const margins = lines.filter((line) => line.trim() !== "").map((line) => line.search(/\S/));
  const margin = Math.min(...margins, Infinity);
  return lines.map((line) => line.slice(Number.isFinite(margin) ? margin : 0)).join("\n");
}
