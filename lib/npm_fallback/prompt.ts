/**
 * Stand-in for `@cliffy/prompt` over `@inquirer/prompts`: the five prompts the project uses, with
 * the options it uses.
 *
 * @module
 */
import * as inquirer from "@inquirer/prompts";
import { type PromptReader, type PromptWriter, STDIN, STDOUT, withKeys } from "./prompt_keys.ts";

export type { PromptReader, PromptWriter } from "./prompt_keys.ts";

/** What a check of an answer says: fine, wrong, or wrong because. */
export type ValidateResult = boolean | string | Promise<boolean | string>;

/** Options of every prompt. */
export interface PromptOptions<Value, Raw> {
  /** The question. */
  readonly message: string;
  /** Answer when only Enter is pressed. */
  readonly default?: Value;
  /** Does not show the default. */
  readonly hideDefault?: boolean;
  /** Checks an answer. */
  readonly validate?: (value: Raw) => ValidateResult;
  /** Shown with the question. */
  readonly hint?: string;
  /** Text before the question. */
  readonly prefix?: string;
  /** Text before everything. */
  readonly indent?: string;
  /** Text before the answer. */
  readonly pointer?: string;
  /** Where keys come from. */
  readonly reader?: PromptReader;
  /** Where it draws. */
  readonly writer?: PromptWriter;
}

/** One thing to choose. */
export interface ListOption<Value> {
  /** What choosing it gives. */
  readonly value: Value;
  /** How it is shown. */
  readonly name?: string;
  /** Shown, but cannot be chosen. */
  readonly disabled?: boolean;
  /** Chosen from the start (checkbox). */
  readonly checked?: boolean;
}

/** A line between things to choose. */
export interface ListSeparator {
  /** How it is shown. */
  readonly name: string;
}

/** Options of prompts that show a list. */
export interface ListOptions<Value, Result> extends PromptOptions<Result, Result> {
  /** Things to choose, and lines between them. */
  readonly options:
    readonly (ListOption<Value> | ListSeparator | Extract<Value, string | number>)[];
  /** Letters narrow the list. */
  readonly search?: boolean;
  /** How letters narrow the list; the stand-in knows "substring" only. */
  readonly searchMode?: "substring" | "fuzzy" | "typo" | "all";
  /** Shown before the letters. */
  readonly searchLabel?: string;
  /** Most lines shown. */
  readonly maxRows?: number;
  /** Marks the line. */
  readonly listPointer?: string;
  /** Shows which keys do what. */
  readonly info?: boolean;
  /** Sign of a folder. */
  readonly groupIcon?: string | boolean;
}

/** Options of {@link Checkbox}. */
export interface CheckboxOptions<Value> extends ListOptions<Value, Value[]> {
  /** Asks Enter twice. */
  readonly confirmSubmit?: boolean;
  /** Fewest to choose. */
  readonly minOptions?: number;
  /** Most to choose. */
  readonly maxOptions?: number;
}

/** Options of {@link Input}. */
export interface InputOptions extends PromptOptions<string, string> {
  /** Fewest characters. */
  readonly minLength?: number;
  /** Most characters. */
  readonly maxLength?: number;
  /** Answers to offer; the stand-in does not show them. */
  readonly suggestions?: readonly (string | number)[];
  /** Offers file names; the stand-in does not. */
  readonly files?: boolean | RegExp;
  /** Offers suggestions as a list; the stand-in does not. */
  readonly list?: boolean;
}

/** Options of {@link Number}. */
export interface NumberOptions extends PromptOptions<number, string> {
  /** Least value. */
  readonly min?: number;
  /** Greatest value. */
  readonly max?: number;
  /** Allows fractions. */
  readonly float?: boolean;
}

/** Options of {@link Confirm}. */
export interface ConfirmOptions extends PromptOptions<boolean, string> {
  /** Word for yes. */
  readonly active?: string;
  /** Word for no. */
  readonly inactive?: string;
}

type Widen<Value> = Value extends string ? string
  : Value extends number ? number
  : Value extends boolean ? boolean
  : Value;

function toOptions<Options extends { message: string }>(options: string | Options): Options {
  // A bare message is an options object with nothing else in it.
  return typeof options === "string" ? { message: options } as Options : options;
}

// deno-lint-ignore no-explicit-any -- any prompt
type AnyOptions = PromptOptions<any, any>;

function messageOf(options: AnyOptions): string {
  const hint = options.hint === undefined ? "" : ` (${options.hint})`;
  return `${options.indent ?? ""}${options.message}${hint}`;
}

function run<Value>(
  options: AnyOptions,
  ask: Parameters<typeof withKeys<Value>>[2],
): Promise<Value> {
  return withKeys(options.reader ?? STDIN, options.writer ?? STDOUT, ask);
}

async function check<Raw>(
  validate: ((value: Raw) => ValidateResult) | undefined,
  value: Raw,
): Promise<true | string> {
  const result = await (validate?.(value) ?? true);
  return result === false ? "Invalid answer." : result;
}

type Choice<Value> = { value: Value; name: string; checked: boolean };

/** What cannot be chosen becomes a separator: the arrow keys skip it, as in Cliffy. */
function toChoices<Value>(
  options: ListOptions<Value, unknown>["options"],
): (Choice<Value> | inquirer.Separator)[] {
  return options.map((option) => {
    if (typeof option !== "object" || option === null) {
      return { value: option as Value, name: String(option), checked: false };
    }
    if (!("value" in option)) return new inquirer.Separator((option as ListSeparator).name);
    const { value, name = String(value), disabled = false, checked = false } = option;
    return disabled ? new inquirer.Separator(`  ${name} (disabled)`) : { value, name, checked };
  });
}

function listSettings(options: Pick<ListOptions<never, never>, "maxRows" | "listPointer">) {
  const { maxRows, listPointer = ">" } = options;
  return {
    ...(maxRows === undefined ? {} : { pageSize: maxRows }),
    theme: {
      ...THEME,
      icon: { cursor: listPointer, checked: "[x]", unchecked: "[ ]" },
      style: { keysHelpTip: () => undefined },
    },
  };
}

/** Plain ASCII, like the question mark of Cliffy. */
const THEME = { prefix: { idle: "?", done: "?" } };

/** Chooses one of a list. */
export class Select {
  /** Asks. */
  static async prompt<Value>(options: ListOptions<Value, Value>): Promise<Widen<Value>> {
    const choices = toChoices(options.options);
    const settings = { message: messageOf(options), ...listSettings(options) };
    const value = await run(options, (streams) => {
      if (!options.search) {
        return inquirer.select<Value>({
          ...settings,
          choices,
          ...(options.default === undefined ? {} : { default: options.default as never }),
        }, streams);
      }
      return inquirer.search<Value>({
        ...settings,
        source: (term = "") =>
          choices.filter((choice) =>
            inquirer.Separator.isSeparator(choice)
              ? term === ""
              : choice.name.toLowerCase().includes(term.toLowerCase())
          ),
      }, streams);
    });
    return value as Widen<Value>;
  }

  /** A line between things to choose. */
  static separator(name = "------------"): ListSeparator {
    return { name };
  }
}

/** Chooses any number of a list. */
export class Checkbox {
  /** Asks. */
  static async prompt<Value>(options: CheckboxOptions<Value>): Promise<Widen<Value>[]> {
    const { minOptions = 0, maxOptions = Infinity } = options;
    const initial = new Set<unknown>(options.default ?? []);
    const choices = toChoices(options.options).map((choice) =>
      inquirer.Separator.isSeparator(choice) || !initial.has(choice.value)
        ? choice
        : { ...choice, checked: true }
    );
    const values = await run(options, (streams, untilChecked) =>
      inquirer.checkbox<Value>({
        message: messageOf(options),
        ...listSettings(options),
        choices,
        validate: (chosen) => {
          if (chosen.length < minOptions) {
            return `The minimum number of options is ${minOptions} but got ${chosen.length}.`;
          }
          if (chosen.length > maxOptions) {
            return `The maximum number of options is ${maxOptions} but got ${chosen.length}.`;
          }
          return untilChecked(check(options.validate, chosen.map(({ value }) => value)));
        },
      }, streams));
    return values as Widen<Value>[];
  }

  /** A line between things to choose. */
  static separator(name = "------------"): ListSeparator {
    return { name };
  }
}

/** Asks for a line of text. */
export class Input {
  /** Asks. */
  static async prompt(options: string | InputOptions): Promise<string> {
    const settings = toOptions<InputOptions>(options);
    const { minLength = 0, maxLength = Infinity } = settings;
    const text = await run(settings, (streams, untilChecked) =>
      inquirer.input({
        message: messageOf(settings),
        theme: THEME,
        ...(settings.default === undefined ? {} : { default: settings.default }),
        validate: (value) => {
          const length = value.trim().length;
          if (settings.validate === undefined && length < minLength) {
            return `Value must be longer than ${minLength} but has a length of ${length}.`;
          }
          if (settings.validate === undefined && length > maxLength) {
            return `Value can't be longer than ${maxLength} but has a length of ${length}.`;
          }
          return untilChecked(check(settings.validate, value.trim()));
        },
      }, streams));
    return text.trim();
  }
}

/** Asks for a number. */
export class Number {
  /** Asks. */
  static async prompt(options: string | NumberOptions): Promise<number> {
    const settings = toOptions<NumberOptions>(options);
    const { min = -Infinity, max = Infinity, float = false } = settings;
    const text = await run(settings, (streams, untilChecked) =>
      inquirer.input({
        message: messageOf(settings),
        theme: THEME,
        ...(settings.default === undefined ? {} : { default: String(settings.default) }),
        validate: (value) => {
          if (settings.validate !== undefined) {
            return untilChecked(check(settings.validate, value.trim()));
          }
          const number = globalThis.Number(value);
          if (value.trim() === "" || !globalThis.Number.isFinite(number)) {
            return `"${value}" is not a number.`;
          }
          if (
            !float && !globalThis.Number.isInteger(number)
          ) return `"${value}" is not a whole number.`;
          if (number > max) return `Value must be lower or equal than ${max}`;
          if (number < min) return `Value must be greater or equal than ${min}`;
          return true;
        },
      }, streams));
    return globalThis.Number(text);
  }
}

/** Asks yes or no. */
export class Confirm {
  /** Asks. */
  static prompt(options: string | ConfirmOptions): Promise<boolean> {
    const settings = toOptions<ConfirmOptions>(options);
    const { active = "Yes", inactive = "No" } = settings;
    const isYes = (value: string) => matches(active, value);
    return run(settings, async (streams, untilChecked) => {
      const fallback = settings.default;
      const text = await inquirer.input({
        message: `${messageOf(settings)} [${active[0]}/${inactive[0]}]`,
        theme: THEME,
        ...(fallback === undefined ? {} : { default: fallback ? active : inactive }),
        validate: (value) =>
          isYes(value) || matches(inactive, value)
            ? untilChecked(check(settings.validate, value))
            : `Answer with "${active}" or "${inactive}".`,
      }, streams);
      return isYes(text);
    });
  }
}

/** Whether an answer is the word or its first letter, in either case. */
function matches(word: string, answer: string): boolean {
  const given = answer.trim().toLowerCase();
  return given !== "" && (given === word.toLowerCase() || given === word[0]?.toLowerCase());
}
