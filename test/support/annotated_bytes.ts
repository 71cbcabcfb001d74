/**
 * Packets written as hex with a comment to every field: "01 # op", "00*64 # sname".
 *
 * @module
 */

/** Reads such a text. Throws when something in it is no byte. */
export function parseAnnotatedBytes(text: string): Uint8Array {
  const bytes: number[] = [];
  for (const line of text.split("\n")) {
    for (const word of line.split("#")[0]!.split(/\s+/).filter((part) => part !== "")) {
      const match = /^([0-9a-f]{2})(?:\*(\d+))?$/.exec(word);
      if (match === null) throw new SyntaxError(`"${word}" is no byte`);
      for (let count = Number(match[2] ?? 1); count > 0; count--) {
        bytes.push(parseInt(match[1]!, 16));
      }
    }
  }
  return Uint8Array.from(bytes);
}

/** Reads a file of such a text below `test/fixtures/`. */
export function readAnnotatedBytes(path: string): Uint8Array {
  return parseAnnotatedBytes(
    Deno.readTextFileSync(new URL(`../fixtures/${path}`, import.meta.url)),
  );
}
