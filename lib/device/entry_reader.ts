/**
 * Reading of JSON objects field by field, with every fault collected under the path of its field,
 * so that somebody who adds a device sees all of them at once.
 *
 * @module
 */

/** A fault in an entry. */
export interface EntryProblem {
  /** Path of the field, for instance `recovery.files[0].names`; empty for the entry itself. */
  readonly field: string;
  /** What is wrong and what would be right, without a final period. */
  readonly message: string;
}

/** A fault as one line: its field and what is wrong. */
export function describeProblem(problem: EntryProblem): string {
  return problem.field === "" ? problem.message : `${problem.field}: ${problem.message}`;
}

/** Turns a JSON value into T; undefined after having reported why it cannot. */
export type Decode<T> = (value: unknown, field: string, report: Report) => T | undefined;

/** Takes a fault. */
export type Report = (field: string, message: string) => void;

/**
 * Reads the fields of one JSON object and remembers which were asked for. Paths are only put
 * together for fields that are there: the catalogue is read at start-up.
 */
export class EntryReader {
  readonly #object: Readonly<Record<string, unknown>>;
  readonly #field: string;
  readonly #report: Report;
  readonly #asked: string[] = [];
  #found = 0;

  /** Starts reading an object that stands at a path. */
  constructor(object: Readonly<Record<string, unknown>>, field: string, report: Report) {
    this.#object = object;
    this.#field = field;
    this.#report = report;
  }

  /** A field that may be missing. */
  optional<T>(key: string, decode: Decode<T>): T | undefined {
    this.#asked.push(key);
    const value = this.#object[key];
    if (value === undefined) return undefined;
    this.#found += 1;
    return decode(value, this.#pathOf(key), this.#report);
  }

  /** A field that must be there; reported when it is not. */
  required<T>(key: string, decode: Decode<T>): T | undefined {
    if (this.#object[key] === undefined) this.fault(key, "is missing");
    return this.optional(key, decode);
  }

  /** A list that may be missing, which is the same as empty. */
  list<T>(key: string, decode: Decode<T>): readonly T[] {
    if (this.#object[key] === undefined) {
      this.#asked.push(key);
      return [];
    }
    return this.optional(key, listOf(decode)) ?? [];
  }

  /** A flag that may be missing, which is the same as false. */
  flag(key: string): boolean {
    return this.optional(key, decodeBoolean) ?? false;
  }

  /** Reports a fault of one of its fields, or of the object itself when the key is empty. */
  fault(key: string, message: string): void {
    this.#report(this.#pathOf(key), message);
  }

  /** Reports every field that nobody asked for: most likely a misspelt one. */
  end(): void {
    const keys = Object.keys(this.#object);
    if (keys.length === this.#found) return;
    for (const key of keys) {
      if (!this.#asked.includes(key)) this.fault(key, "is not a field that unbrick knows");
    }
  }

  #pathOf(key: string): string {
    if (this.#field === "") return key;
    return key === "" ? this.#field : `${this.#field}.${key}`;
  }
}

/** Starts reading an object; undefined after having reported that the value is none. */
export function readObject(
  value: unknown,
  field: string,
  report: Report,
): EntryReader | undefined {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return new EntryReader(value as Readonly<Record<string, unknown>>, field, report);
  }
  report(field, `${quote(value)} is not an object`);
  return undefined;
}

/** A list whose items are all decoded the same way. */
export function listOf<T>(decode: Decode<T>): Decode<readonly T[]> {
  return (value, field, report) => {
    if (!Array.isArray(value)) {
      report(field, `${quote(value)} is not a list`);
      return undefined;
    }
    const items: T[] = [];
    for (const [index, item] of value.entries()) {
      const decoded = decode(item, `${field}[${index}]`, report);
      if (decoded !== undefined) items.push(decoded);
    }
    return items;
  };
}

/** One of a few words. */
export function oneOf<const T extends string>(words: readonly T[]): Decode<T> {
  return (value, field, report) => {
    const found = words.find((word) => word === value);
    if (found === undefined) report(field, `${quote(value)} is none of ${words.join(", ")}`);
    return found;
  };
}

/** A text with something in it. */
export function decodeText(value: unknown, field: string, report: Report): string | undefined {
  if (typeof value === "string" && value.trim() !== "") return value;
  report(field, `${quote(value)} is not a text with something in it`);
  return undefined;
}

/** true or false. */
export function decodeBoolean(value: unknown, field: string, report: Report): boolean | undefined {
  if (typeof value === "boolean") return value;
  report(field, `${quote(value)} is neither true nor false`);
  return undefined;
}

/** A whole number between two bounds, both included. */
export function integerBetween(least: number, most: number): Decode<number> {
  return (value, field, report) => {
    if (Number.isInteger(value) && (value as number) >= least && (value as number) <= most) {
      return value as number;
    }
    report(field, `${quote(value)} is not a whole number from ${least} to ${most}`);
    return undefined;
  };
}

/** A value as it is named in a message. */
export function quote(value: unknown): string {
  const text = JSON.stringify(value) ?? "undefined";
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
