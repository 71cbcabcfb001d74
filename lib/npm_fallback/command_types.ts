// deno-lint-ignore-file no-explicit-any -- type-level bookkeeping over unknown commands
/**
 * Types of options and arguments, read from their text as Cliffy does it, so that the same sources
 * check with the stand-in.
 *
 * @module
 */

/** Settings of an option; the subset of Cliffy's that the project uses. */
export interface OptionSettings {
  /** Value when the option is not given. */
  readonly default?: unknown;
  /** How the default is shown in the help. */
  readonly defaultText?: string;
  /** The option must be given. */
  readonly required?: boolean;
  /** The option may be given several times; its value is an array. */
  readonly collect?: boolean;
  /** The option is not shown in the help. */
  readonly hidden?: boolean;
  /** Options that must not be given along with this one. */
  readonly conflicts?: readonly string[];
  /** Options that must be given along with this one. */
  readonly depends?: readonly string[];
  /** Turns the typed value into the final one; throws `ValidationError` to refuse it. */
  readonly value?: (value: any, previous?: any) => unknown;
}

/** An argument, or the value of an option. */
export interface DescribedArgument {
  /** Name as shown. */
  readonly name: string;
  /** Name of its type. */
  readonly type: string;
  /** What completes it in a shell; the type if nothing else is named. */
  readonly action: string;
  /** May be left out. */
  readonly optional: boolean;
  /** Takes all that follow. */
  readonly variadic: boolean;
}

/** An option as it was declared. */
export interface DescribedOption {
  /** Long name without dashes. */
  readonly name: string;
  /** Every flag as typed, dashes included. */
  readonly flags: string[];
  /** What it is for. */
  readonly description: string;
  /** Its value, if it takes one. */
  readonly args: DescribedArgument[];
}

/** "any-name" to "anyName". */
export type CamelCase<S extends string> = S extends `${infer Head}-${infer Tail}`
  ? `${Head}${Capitalize<CamelCase<Tail>>}`
  : S;

/** Text up to a comma, space or equals sign. */
export type FirstWord<S extends string> = S extends `${infer Word},${string}` ? FirstWord<Word>
  : S extends `${infer Word} ${string}` ? FirstWord<Word>
  : S extends `${infer Word}=${string}` ? Word
  : S;

/** Long name in "-p, --port <port:integer>". */
export type LongName<Flags extends string> = Flags extends `${string}--${infer Rest}`
  ? FirstWord<Rest>
  : never;

/** Value of a type by its name. */
export type TypeName<Name extends string, Types> = Name extends `${infer Item}[]`
  ? TypeName<Item, Types>[]
  : Name extends "number" | "integer" ? number
  : Name extends "boolean" ? boolean
  : Name extends keyof Types ? Types[Name]
  : string;

/** Value of "port:integer". */
export type Placeholder<Text extends string, Types> = Text extends `${string}...:${infer Type}`
  ? TypeName<Type, Types>[]
  : Text extends `${string}:${infer Type}...` ? TypeName<Type, Types>[]
  : Text extends `${string}...` ? string[]
  : Text extends `${string}:${infer Type}` ? TypeName<Type, Types>
  : string;

/** Value of an option before its settings apply. */
export type RawValue<Flags extends string, Types> = Flags extends
  `${string}<${infer Text}>${string}` ? Placeholder<Text, Types>
  : Flags extends `${string}[${infer Text}]${string}` ? Placeholder<Text, Types> | true
  : true;

/** Value of an option after its settings applied. */
export type FinalValue<Raw, Settings> = Settings extends { value: (...args: any[]) => infer Result }
  ? Result
  : Settings extends { collect: true } ? Raw[]
  : Raw;

/** The general type of a literal. */
export type Widen<Value> = Value extends string ? string
  : Value extends number ? number
  : Value extends boolean ? boolean
  : Value;

/** The property that an option adds to the options object of the action. */
export type OptionProperty<Flags extends string, Settings, Types> = LongName<Flags> extends
  `no-${infer Name}` ? { [Key in CamelCase<Name>]: boolean }
  : Settings extends { default: infer Default } ? {
      [Key in CamelCase<LongName<Flags>>]:
        | FinalValue<RawValue<Flags, Types>, Settings>
        | Widen<Default>;
    }
  : Settings extends { required: true }
    ? { [Key in CamelCase<LongName<Flags>>]: FinalValue<RawValue<Flags, Types>, Settings> }
  : {
    [Key in CamelCase<LongName<Flags>>]?: FinalValue<RawValue<Flags, Types>, Settings> | undefined;
  };

/** Arguments of one placeholder. */
export type Argument<Text extends string, Types> = Text extends `<${infer Inner}...${infer Rest}>`
  ? [
    TypeName<AfterColon<`${Inner}${Rest}`>, Types>,
    ...TypeName<AfterColon<`${Inner}${Rest}`>, Types>[],
  ]
  : Text extends `[${infer Inner}...${infer Rest}]`
    ? TypeName<AfterColon<`${Inner}${Rest}`>, Types>[]
  : Text extends `<${infer Inner}>` ? [TypeName<AfterColon<Inner>, Types>]
  : Text extends `[${infer Inner}]` ? [TypeName<AfterColon<Inner>, Types>?]
  : [];

/** Type in "name:type". */
export type AfterColon<Text extends string> = Text extends `${string}:${infer Type}` ? Type
  : "string";

/** The arguments of the action, from "<host:string> [name:string]". */
export type ArgumentTuple<Text extends string, Types> = Text extends `${infer Head} ${infer Tail}`
  ? [...Argument<Head, Types>, ...ArgumentTuple<Tail, Types>]
  : Argument<Text, Types>;

/** The arguments in the text of a sub-command: "get <host:string>" gives "<host:string>". */
export type AfterName<Text extends string> = Text extends `${string} ${infer Rest}` ? Rest : "";

/** What a handler of a custom type is given. */
export interface ArgumentValue {
  /** "Option" or "Argument". */
  readonly label: string;
  /** Name of the type. */
  readonly type: string;
  /** Name of the option or argument. */
  readonly name: string;
  /** What was typed. */
  readonly value: string;
}

/** A custom type: a list of values or a function. */
export type TypeHandler<Value> =
  | { readonly values: readonly Value[] }
  | ((value: ArgumentValue) => Value);

/** The value a custom type gives. */
export type TypeValue<Handler> = Handler extends { readonly values: readonly (infer Value)[] }
  ? Value
  : Handler extends (value: ArgumentValue) => infer Value ? Value
  : string;
