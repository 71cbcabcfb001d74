/**
 * Comparing what people type with what devices are called.
 *
 * @module
 */

/** Letters and digits only, lower case; a plus is part of a name ("RT-N12+"). */
export function compactText(text: string): string {
  return text.toLowerCase().replace(/[^a-z0-9+]+/g, "");
}

/** The words of a name, lower case, split where neither letter, digit nor plus stands. */
export function wordsOf(text: string): readonly string[] {
  return text.toLowerCase().split(/[^a-z0-9+]+/).filter((word) => word !== "");
}

/** How many typing mistakes are forgiven in a word of that length. */
export function allowedMistakes(length: number): number {
  return length < 4 ? 0 : length < 8 ? 1 : 2;
}

/**
 * Number of mistakes between two words: a character too many, missing, wrong, or two neighbours
 * swapped (optimal string alignment).
 *
 * @returns `limit + 1` as soon as it is clear that there are more than `limit`.
 */
export function countMistakes(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) > limit) return limit + 1;
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    let least = row;
    for (let column = 1; column <= b.length; column++) {
      const same = a.charCodeAt(row - 1) === b.charCodeAt(column - 1);
      let cost = Math.min(
        (last[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (last[column - 1] ?? 0) + (same ? 0 : 1),
      );
      const swapped = row > 1 && column > 1 &&
        a.charCodeAt(row - 1) === b.charCodeAt(column - 2) &&
        a.charCodeAt(row - 2) === b.charCodeAt(column - 1);
      if (swapped) cost = Math.min(cost, (beforeLast[column - 2] ?? 0) + 1);
      current.push(cost);
      least = Math.min(least, cost);
    }
    if (least > limit) return limit + 1;
    beforeLast = last;
    last = current;
  }
  return Math.min(last[b.length] ?? limit + 1, limit + 1);
}
