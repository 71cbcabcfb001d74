/**
 * Careful access to JSON that another program printed: nothing about its shape is taken for granted.
 *
 * @module
 */

/** A JSON object whose members are not known. */
export type LooseRecord = Readonly<Record<string, unknown>>;

/** Parses JSON text; undefined when it is none (empty output, an error text). */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ""));
  } catch {
    return undefined;
  }
}

/** The value as an object, or undefined. */
export function asRecord(value: unknown): LooseRecord | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? value as LooseRecord
    : undefined;
}

/**
 * The value as a list of objects. A single object counts as a list of one, because PowerShell 5
 * writes a list of one element as that element; anything else is an empty list.
 */
export function asRecords(value: unknown): readonly LooseRecord[] {
  const list = Array.isArray(value) ? value : [value];
  return list.map(asRecord).filter((record) => record !== undefined);
}

/** The value as a list of strings; one string counts as a list of one. */
export function asStrings(value: unknown): readonly string[] {
  const list = Array.isArray(value) ? value : [value];
  return list.filter((item) => typeof item === "string");
}

/** The value as text that is not empty, or undefined. */
export function asText(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** The value as a finite number, or undefined. */
export function asNumber(value: unknown): number | undefined {
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}
