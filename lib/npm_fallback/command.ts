// deno-lint-ignore-file no-explicit-any ban-types -- Cliffy's own types say `any` for "any command"
/**
 * Stand-in for `@cliffy/command` over `commander`: the part of its builder that the project uses,
 * with the same behaviour, see `README.md`.
 *
 * @module
 */
import process from "node:process";
import {
  type OptionDefinition,
  parseOption,
  parsePlaceholders,
  type PlaceholderDefinition,
  ValidationError,
} from "./command_definition.ts";
import { formatHelp } from "./command_help.ts";
import { findCommand, isStandalone, type ParsableCommand, parseLine } from "./command_parser.ts";
import type {
  AfterName,
  ArgumentTuple,
  OptionProperty,
  OptionSettings,
  RawValue,
  TypeHandler,
  TypeValue,
} from "./command_types.ts";

export { ValidationError };
export type * from "./command_types.ts";

/** Width of the help where there is no terminal. */
const DEFAULT_WIDTH = 150;

/** How the help is written. */
export interface HelpSettings {
  /** Colours; the stand-in never uses them. */
  readonly colors?: boolean;
  /** Characters in a line. */
  readonly width?: number;
}

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

/** What a command or an option does. */
export type Action = (this: any, options: any, ...args: any[]) => unknown;
/** Is told of a failure. */
export type ErrorHandler = (error: Error, command: AnyCommand) => unknown;

interface State {
  name: string;
  version: string | undefined;
  description: string;
  usage: string | undefined;
  placeholders: PlaceholderDefinition[];
  action: Action | undefined;
  versionAction: Action | undefined;
  errorHandler: ErrorHandler | undefined;
  help: HelpSettings;
  isHidden: boolean;
  isGlobal: boolean;
  hasGlobals: boolean;
  throwsErrors: boolean;
  exits: boolean;
  literal: readonly string[];
}

/** A command with its options, arguments and sub-commands. */
export class Command<
  Globals extends Record<string, any> | void = void,
  GlobalTypes extends Record<string, any> | void = void,
  Options extends Record<string, any> | void = Globals extends void ? {} : Globals,
  Arguments extends unknown[] = [],
  Types = GlobalTypes extends void ? {} : GlobalTypes,
> {
  readonly #state: State = {
    name: "",
    version: undefined,
    description: "",
    usage: undefined,
    placeholders: [],
    action: undefined,
    versionAction: undefined,
    errorHandler: undefined,
    help: {},
    isHidden: false,
    isGlobal: false,
    hasGlobals: true,
    throwsErrors: false,
    exits: true,
    literal: [],
  };
  readonly #options: OptionDefinition[] = [];
  #versionOption = parseOption(
    "-V, --version",
    "Show the version number for this program.",
    {},
    false,
  );
  readonly #aliases: string[] = [];
  readonly #children: AnyCommand[] = [];
  readonly #examples: { name: string; text: string }[] = [];
  readonly #meta = new Map<string, string>();
  readonly #types = new Map<string, TypeHandler<unknown>>();
  #parent: AnyCommand | undefined;
  #usedFrom: AnyCommand | undefined;
  /** The sub-command that the builder's calls go to, until {@link reset}. */
  #selected: AnyCommand | undefined;

  get #target(): AnyCommand {
    return this.#selected ?? this;
  }

  /** Sets the name of the program. */
  name(name: string): this {
    this.#target.#state.name = name;
    return this;
  }

  /** Sets the version. */
  version(version: string): this {
    this.#target.#state.version = version;
    return this;
  }

  /** Sets what the help says first. */
  description(description: string): this {
    this.#target.#state.description = dedent(description);
    return this;
  }

  /** Adds a line below the version. */
  meta(name: string, value: string): this {
    this.#target.#meta.set(name, value);
    return this;
  }

  /** Replaces the usage line in the help. */
  usage(usage: string): this {
    this.#target.#state.usage = usage;
    return this;
  }

  /** Adds an example to the help. */
  example(name: string, text: string): this {
    this.#target.#examples.push({ name, text: dedent(text) });
    return this;
  }

  /** Adds another name. */
  alias(alias: string): this {
    this.#target.#aliases.push(alias);
    return this;
  }

  /** Leaves the command out of the help. */
  hidden(): this {
    this.#target.#state.isHidden = true;
    return this;
  }

  /** Gives every sub-command this one too. */
  global(): this {
    this.#target.#state.isGlobal = true;
    return this;
  }

  /** Does not take the global options of its parents. */
  noGlobals(): this {
    this.#target.#state.hasGlobals = false;
    return this;
  }

  /** Sets how the help is written, for sub-commands too. */
  help(settings: HelpSettings): this {
    this.#target.#state.help = settings;
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
    this.#target.#types.set(name, handler);
    return this as any;
  }

  /** Sets all arguments: "<host:string> [name:string]". */
  arguments<const Text extends string>(
    text: Text,
  ): Command<Globals, GlobalTypes, Options, ArgumentTuple<Text, Types>, Types> {
    this.#target.#state.placeholders = parsePlaceholders(text);
    return this as any;
  }

  /** Adds one argument: "<host:string>". */
  argument<const Text extends string>(
    text: Text,
    _description?: string,
  ): Command<Globals, GlobalTypes, Options, [...Arguments, ...ArgumentTuple<Text, Types>], Types> {
    this.#target.#state.placeholders.push(...parsePlaceholders(text));
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
    this.#target.#options.push(parseOption(flags, description, settings ?? {}, false));
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
    this.#target.#options.push(parseOption(flags, description, settings ?? {}, true));
    return this as any;
  }

  /** Replaces what is done for the version option. */
  versionOption(flags: string, description: string, action: Action): this {
    this.#target.#versionOption = parseOption(flags, description, {}, false);
    this.#target.#state.versionAction = action;
    return this;
  }

  /** Sets what the command does. */
  action(
    action: (this: any, options: Options, ...args: Arguments) => unknown,
  ): this {
    this.#target.#state.action = action as Action;
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
    child.#state.name = name;
    child.#parent = this;
    if (typeof second === "string") child.#state.description = dedent(second);
    if (rest.length > 0) child.#state.placeholders = parsePlaceholders(rest.join(" "));
    this.#children.push(child);
    this.#selected = child;
    return this;
  }

  /** Goes back from a sub-command to the command it was added to. */
  reset(): AnyCommand {
    this.#selected = undefined;
    return this;
  }

  /** Is told of every failure first. */
  error(handler: ErrorHandler): this {
    this.#target.#state.errorHandler = handler;
    return this;
  }

  /** Throws usage errors instead of ending the program. */
  throwErrors(): this {
    this.#target.#state.throwsErrors = true;
    return this;
  }

  /** Never ends the program. */
  noExit(): this {
    this.#target.#state.exits = false;
    return this.throwErrors();
  }

  /** Name of the command. */
  getName(): string {
    return this.#state.name;
  }

  /** Other names of the command. */
  getAliases(): string[] {
    return [...this.#aliases];
  }

  /** First words of what it does. */
  getDescription(): string {
    return this.#state.description;
  }

  /** The command this one was added to. */
  getParent(): AnyCommand | undefined {
    return this.#parent;
  }

  /** The command it was typed after; differs from the parent for a global command. */
  getGlobalParent(): AnyCommand | undefined {
    return this.#usedFrom;
  }

  /** Names of its parents and its own. */
  getPath(): string {
    return this.#parent === undefined
      ? this.getName()
      : `${this.#parent.getPath()} ${this.getName()}`;
  }

  /** Sub-commands, with `includeHidden` the hidden ones too. */
  getCommands(includeHidden = false): AnyCommand[] {
    return [...this.#inherited(), ...this.#children]
      .filter((child) => includeHidden || !child.#state.isHidden);
  }

  /** The sub-command of this name or alias. */
  getCommand(name: string): AnyCommand | undefined {
    return this.getCommands(true).find((child) =>
      child.getName() === name || child.#aliases.includes(name)
    );
  }

  /** The words that followed `--`. */
  getLiteralArgs(): string[] {
    return [...this.#state.literal];
  }

  /** The help as text. */
  getHelp(settings: HelpSettings = {}): string {
    return formatHelp({
      path: this.getPath(),
      version: this.#root().#state.version,
      description: this.#state.description,
      placeholders: this.#state.placeholders,
      usage: this.#state.usage,
      meta: this.#meta,
      options: this.#allOptions().filter((option) => !option.settings.hidden),
      types: this.#allTypes(),
      commands: this.getCommands().map((child) => ({
        names: [child.getName(), ...child.#aliases],
        placeholders: child.#state.placeholders,
        description: child.#state.description,
      })),
      examples: this.#examples,
    }, settings.width ?? this.#helpSettings().width ?? process.stdout.columns ?? DEFAULT_WIDTH);
  }

  /** Writes the help to standard output. */
  showHelp(settings: HelpSettings = {}): void {
    process.stdout.write(`${this.getHelp(settings)}\n`);
  }

  /** Reads a command line and runs the command it names. */
  async parse(words: readonly string[] = process.argv.slice(2)): Promise<CommandResult> {
    const found = findCommand(Command.toParsable(this), words);
    const command = found.command.command;
    command.#usedFrom = found.parent?.command;
    try {
      return await command.#run(found.words);
    } catch (thrown) {
      const error = thrown instanceof Error ? thrown : new Error(`[non-error-thrown] ${thrown}`);
      return command.#fail(error);
    }
  }

  async #run(words: readonly string[]): Promise<CommandResult> {
    const line = parseLine(Command.toParsable(this), words);
    this.#state.literal = line.literal;
    const result = {
      options: line.options,
      args: [...line.args],
      literal: [...line.literal],
      cmd: this,
    };
    const standalone = this.#allOptions().find((option) =>
      isStandalone(option) && line.options[option.name] === true
    );
    if (standalone !== undefined) {
      await this.#runStandalone(standalone.name, line.options);
    } else if (this.#state.action !== undefined) {
      await this.#state.action.call(this, line.options, ...line.args);
    } else {
      this.showHelp();
    }
    return result;
  }

  async #runStandalone(name: string, options: Record<string, unknown>): Promise<void> {
    const { version, versionAction } = this.#state;
    if (name === "help") this.showHelp();
    else if (versionAction !== undefined) await versionAction.call(this, options);
    else process.stdout.write(`${version}\n`);
    if (this.#lineage().every((command) => command.#state.exits)) process.exit(0);
  }

  #fail(error: Error): never {
    if (error instanceof ValidationError) error.cmd = this;
    const lineage = this.#lineage();
    const [handler] = lineage.flatMap((command) => command.#state.errorHandler ?? []);
    handler?.(error, this);
    const throws = lineage.some((command) => command.#state.throwsErrors);
    if (throws || !(error instanceof ValidationError)) throw error;
    this.showHelp();
    process.stderr.write(`  error: ${error.message}\n\n`);
    process.exit(error.exitCode);
  }

  #lineage(): AnyCommand[] {
    return this.#parent === undefined ? [this] : [this, ...this.#parent.#lineage()];
  }

  #root(): AnyCommand {
    return this.#lineage().at(-1)!;
  }

  #helpSettings(): HelpSettings {
    return Object.assign({}, ...this.#lineage().reverse().map((command) => command.#state.help));
  }

  #inherited(): AnyCommand[] {
    if (!this.#state.hasGlobals) return [];
    return this.#lineage().slice(1).flatMap((parent) =>
      parent.#children.filter((child) => child.#state.isGlobal && child !== this)
    );
  }

  #allOptions(): OptionDefinition[] {
    const builtIn = [parseOption("-h, --help", "Show this help.", {}, false)];
    if (this.#state.version !== undefined) builtIn.push(this.#versionOption);
    const inherited = this.#state.hasGlobals
      ? this.#lineage().slice(1).flatMap((parent) => parent.#options.filter(({ global }) => global))
      : [];
    return [...builtIn, ...inherited, ...this.#options];
  }

  #allTypes(): ReadonlyMap<string, TypeHandler<unknown>> {
    return new Map(this.#lineage().reverse().flatMap((command) => [...command.#types]));
  }

  /** The command as the parser wants it, made late: parents may be added after it was built. */
  static toParsable(command: AnyCommand): ParsableTree {
    const children = new Map<string, ParsableTree>();
    for (const child of command.getCommands(true)) {
      for (const name of [child.getName(), ...child.#aliases]) {
        children.set(name, Command.toParsable(child));
      }
    }
    return {
      command,
      options: command.#allOptions(),
      placeholders: command.#state.placeholders,
      children,
      types: command.#allTypes(),
    };
  }
}

/** A command as the parser wants it, with the command itself. */
export interface ParsableTree extends ParsableCommand {
  /** The command. */
  readonly command: AnyCommand;
  /** Its sub-commands by every name they have. */
  readonly children: ReadonlyMap<string, ParsableTree>;
}

/** Takes away the margin that a text has in the source, and empty lines around it. */
function dedent(text: string): string {
  const lines = text.replace(/^\n+|\s+$/g, "").split("\n");
  const margins = lines.filter((line) => line.trim() !== "").map((line) => line.search(/\S/));
  const margin = Math.min(...margins, Infinity);
  return lines.map((line) => line.slice(Number.isFinite(margin) ? margin : 0)).join("\n");
}
