// deno-lint-ignore-file no-explicit-any -- what a command's action is given is not known here
/**
 * What a command was told by its builder, and what follows from its place among other commands.
 *
 * @module
 */
import {
  type OptionDefinition,
  parseOption,
  type PlaceholderDefinition,
} from "./command_definition.ts";
import { formatHelp } from "./command_help.ts";
import type { ParsableCommand } from "./command_parser.ts";
import type { TypeHandler } from "./command_types.ts";

/** How the help is written. */
export interface HelpSettings {
  /** Colours; the stand-in never uses them. */
  readonly colors?: boolean;
  /** Characters in a line. */
  readonly width?: number;
}

/** What a command or an option does. */
export type Action = (this: any, options: any, ...args: any[]) => unknown;

/** Is told of a failure. */
export type ErrorHandler<Owner> = (error: Error, command: Owner) => unknown;

/** One command in the tree; `Owner` is the builder that people hold in their hands. */
export class CommandNode<Owner> {
  /** Name as typed. */
  name = "";
  /** Version of the program. */
  version: string | undefined;
  /** What it does. */
  description = "";
  /** Replaces the usage line in the help. */
  usage: string | undefined;
  /** Its arguments. */
  placeholders: PlaceholderDefinition[] = [];
  /** What it does. */
  action: Action | undefined;
  /** What is done for the version option. */
  versionAction: Action | undefined;
  /** Is told of its failures first. */
  errorHandler: ErrorHandler<Owner> | undefined;
  /** How its help is written. */
  help: HelpSettings = {};
  /** Is left out of the help. */
  isHidden = false;
  /** Is there after every command below its parent, too. */
  isGlobal = false;
  /** Has the global options and commands of its parents. */
  hasGlobals = true;
  /** Throws usage errors instead of ending the program. */
  throwsErrors = false;
  /** Ends the program after help and version. */
  exits = true;
  /** What followed `--`. */
  literal: readonly string[] = [];
  /** The version option. */
  versionOption: OptionDefinition = parseOption(
    "-V, --version",
    "Show the version number for this program.",
    {},
    false,
  );
  /** Its own options. */
  readonly options: OptionDefinition[] = [];
  /** Other names. */
  readonly aliases: string[] = [];
  /** Commands added to it. */
  readonly children: CommandNode<Owner>[] = [];
  /** Examples for the help. */
  readonly examples: { name: string; text: string }[] = [];
  /** Lines below the version in the help. */
  readonly meta = new Map<string, string>();
  /** Its own types. */
  readonly types = new Map<string, TypeHandler<unknown>>();
  /** The command it was added to. */
  parent: CommandNode<Owner> | undefined;
  /** The command it was typed after; differs from the parent for a global command. */
  usedFrom: CommandNode<Owner> | undefined;
  /** The builder. */
  readonly owner: Owner;

  /** Makes the node of a builder. */
  constructor(owner: Owner) {
    this.owner = owner;
  }

  /** It and its parents, from here to the root. */
  lineage(): CommandNode<Owner>[] {
    return this.parent === undefined ? [this] : [this, ...this.parent.lineage()];
  }

  /** Names of its parents and its own. */
  path(): string {
    return this.lineage().reverse().map(({ name }) => name).join(" ");
  }

  /** Sub-commands, hidden ones and those of its parents that are global included. */
  commands(): CommandNode<Owner>[] {
    if (!this.hasGlobals) return this.children;
    const inherited = this.lineage().slice(1).flatMap((parent) =>
      parent.children.filter((child) => child.isGlobal && child !== this)
    );
    return [...inherited, ...this.children];
  }

  /** Name and aliases. */
  names(): string[] {
    return [this.name, ...this.aliases];
  }

  /** Its options, the built-in ones and those of its parents that are global included. */
  allOptions(): OptionDefinition[] {
    const builtIn = [parseOption("-h, --help", "Show this help.", {}, false)];
    if (this.version !== undefined) builtIn.push(this.versionOption);
    const inherited = this.hasGlobals
      ? this.lineage().slice(1).flatMap((parent) => parent.options.filter(({ global }) => global))
      : [];
    return [...builtIn, ...inherited, ...this.options];
  }

  /** Types it knows; nearer ones win. */
  allTypes(): ReadonlyMap<string, TypeHandler<unknown>> {
    return new Map(this.lineage().reverse().flatMap((command) => [...command.types]));
  }

  /** The help as text. */
  helpText(settings: HelpSettings, defaultWidth: number): string {
    const lineage = this.lineage();
    const inherited: HelpSettings = Object.assign(
      {},
      ...lineage.map(({ help }) => help).reverse(),
    );
    return formatHelp({
      path: this.path(),
      version: lineage.at(-1)!.version,
      description: this.description,
      placeholders: this.placeholders,
      usage: this.usage,
      meta: this.meta,
      options: this.allOptions().filter((option) => !option.settings.hidden),
      types: this.allTypes(),
      commands: this.commands().filter(({ isHidden }) => !isHidden).map((child) => ({
        names: child.names(),
        placeholders: child.placeholders,
        description: child.description,
      })),
      examples: this.examples,
    }, settings.width ?? inherited.width ?? defaultWidth);
  }

  /** The command as the parser wants it, made late: parents may be added after it was built. */
  toParsable(): ParsableNode<Owner> {
    const children = new Map<string, ParsableNode<Owner>>();
    for (const child of this.commands()) {
      for (const name of child.names()) children.set(name, child.toParsable());
    }
    return {
      node: this,
      options: this.allOptions(),
      placeholders: this.placeholders,
      children,
      types: this.allTypes(),
    };
  }
}

/** A command as the parser wants it, with its node. */
export interface ParsableNode<Owner> extends ParsableCommand {
  /** The command. */
  readonly node: CommandNode<Owner>;
  /** Its sub-commands by every name they have. */
  readonly children: ReadonlyMap<string, ParsableNode<Owner>>;
}
