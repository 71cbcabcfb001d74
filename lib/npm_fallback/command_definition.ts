/**
 * What Cliffy's little texts mean: "-p, --port <port:integer>", "<image...:file>".
 *
 * @module
 */
import type {
  ArgumentValue,
  DescribedArgument,
  OptionSettings,
  TypeHandler,
} from "./command_types.ts";

/** The place of a value, from "<port:integer>", "[name:string]" or "<id:string:device>". */
export type PlaceholderDefinition = DescribedArgument;

/** An option. */
export interface OptionDefinition {
  /** Long name without dashes ("no-options" included). */
  readonly name: string;
  /** Every flag as typed, dashes included. */
  readonly flags: readonly string[];
  /** Its value, if it takes one. */
  readonly placeholder: PlaceholderDefinition | undefined;
  /** What it is for. */
  readonly description: string;
  /** Settings. */
  readonly settings: OptionSettings;
  /** Whether sub-commands have it too. */
  readonly global: boolean;
}

/** A usage error; `parse()` throws it or ends the program with {@link ValidationError.exitCode}. */
export class ValidationError extends Error {
  /** Exit code of the program. */
  readonly exitCode: number;
  /** The command that was typed. */
  cmd?: { getPath(): string };

  /** Makes a usage error; its exit code is 2 unless said otherwise. */
  constructor(message: string, options: { exitCode?: number; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.exitCode = options.exitCode ?? 2;
  }
}

/** Reads "<port:integer>", "[x:string]", "<image...:file>". */
export function parsePlaceholder(text: string): PlaceholderDefinition {
  const inner = text.slice(1, -1);
  const [name = "", type = "string", action = type] = inner.replace("...", "").split(":");
  return { name, type, action, optional: text.startsWith("["), variadic: inner.includes("...") };
}

/** Reads "<host:string> [name:string]". */
export function parsePlaceholders(text: string): PlaceholderDefinition[] {
  return (text.match(/<[^>]*>|\[[^\]]*\]/g) ?? []).map(parsePlaceholder);
}

/** Reads "-p, --port <port:integer>". */
export function parseOption(
  text: string,
  description: string,
  settings: OptionSettings,
  global: boolean,
): OptionDefinition {
  const [placeholder] = parsePlaceholders(text);
  const flags = text.replace(/[<[].*$/, "").split(/[\s,=]+/).filter((flag) => flag !== "");
  const long = flags.find((flag) => flag.startsWith("--")) ?? flags[0] ?? "";
  return { name: long.replace(/^-+/, ""), flags, placeholder, description, settings, global };
}

/** Name of the option's property: "any-name" gives "anyName", "no-options" gives "options". */
export function propertyOf(option: OptionDefinition): string {
  return option.name.replace(/^no-/, "").replace(/-([a-z])/g, (_, letter) => letter.toUpperCase());
}

/** Turns text into a value of a type. Throws {@link ValidationError}. */
export function parseValue(
  types: ReadonlyMap<string, TypeHandler<unknown>>,
  given: ArgumentValue,
): unknown {
  const refuse = (values: readonly unknown[] = []) => {
    const expected = values.map((value) => `"${value}"`).join(", ");
    throw new ValidationError(
      `${given.label} "${given.name}" must be of type "${given.type}", but got "${given.value}".` +
        (expected === "" ? "" : ` Expected values: ${expected}`),
    );
  };
  if (given.type.endsWith("[]")) {
    const type = given.type.slice(0, -2);
    return given.value.split(",").map((value) => parseValue(types, { ...given, type, value }));
  }
  const handler = types.get(given.type);
  if (typeof handler === "function") return handler(given);
  if (handler !== undefined) {
    return handler.values.find((value) => String(value) === given.value) ?? refuse(handler.values);
  }
  switch (given.type) {
    case "integer":
      return Number.isInteger(Number(given.value)) ? Number(given.value) : refuse();
    case "number":
      return Number.isFinite(Number(given.value)) ? Number(given.value) : refuse();
    case "boolean": {
      if (["1", "true"].includes(given.value)) return true;
      if (["0", "false"].includes(given.value)) return false;
      return refuse(["true", "false", "1", "0"]);
    }
    default:
      return given.value;
  }
}
