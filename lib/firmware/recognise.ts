/**
 * Takes a file apart: trailers from the end, then whatever lies one after the other from the start,
 * and inside each part the same again. The work is bounded: a budget in bytes and a number of parts,
 * which only a file made to be awkward uses up.
 *
 * @module
 */
import { Window } from "./bytes.ts";
import type { Format, Scope } from "./format.ts";
import type { Part } from "./inspection.ts";
import { FORMATS, TRAILER_FORMATS } from "./registry.ts";

const MAX_DEPTH = 6;
const MAX_PARTS = 128;
const MAX_TRAILERS = 6;
/** Nested formats hash the same bytes again; real images stay below five times. */
const BUDGET_TIMES = 10;
const BUDGET_FLOOR = 8 * 1024 * 1024;
/** What may begin in the middle of a stretch nobody claims, with what must be true of it. */
const FILESYSTEM_STARTS: readonly (readonly [string, (window: Window) => boolean])[] = [
  ["hsqs", (window) => window.u16(28, true) === 4],
  ["sqsh", (window) => window.u16(28) === 4],
  ["UBI#", (window) => window.u8(4) === 1],
  ["\xde\xad\xc0\xde", (window) => window.skipPadding(4) >= Math.min(8, window.size)],
];
/** Formats whose length is not known: they end where a filesystem begins. */
const OPEN_ENDED: ReadonlySet<string> = new Set(["lzma", "gzip", "xz", "lz4", "lz4-legacy", "lzo"]);

/** Recognises every part of a file. */
export function recognise(bytes: Uint8Array): readonly Part[] {
  const file = new Window(bytes);
  let budget = bytes.length * BUDGET_TIMES + BUDGET_FLOOR;
  let parts = 0;

  const scopeOf = (window: Window, depth: number): Scope => ({
    window,
    file,
    inside: (offset, length) =>
      depth < MAX_DEPTH ? readStretch(window.slice(offset, length), depth + 1) : [],
    spend(amount) {
      budget -= amount;
      return budget >= 0;
    },
  });

  const readOne = (window: Window, depth: number, formats: readonly Format[]): Part | undefined => {
    if (parts >= MAX_PARTS || window.size === 0) return undefined;
    const scope = scopeOf(window, depth);
    for (const format of formats) {
      const part = format.read(scope);
      if (part === undefined) continue;
      parts++;
      return part;
    }
    return undefined;
  };

  /** Everything in a stretch, one after the other, padding and unknown bytes left out. */
  const readStretch = (stretch: Window, depth: number): Part[] => {
    const found: Part[] = [];
    let position = 0;
    while (position < stretch.size && budget >= 0) {
      const rest = stretch.slice(position);
      budget -= rest.size;
      let part = readOne(rest, depth, FORMATS);
      const isOpenEnded = part !== undefined && OPEN_ENDED.has(part.format);
      const next = part === undefined || isOpenEnded ? startOfFilesystem(rest) : -1;
      if (part !== undefined && isOpenEnded && next > 0) part = { ...part, length: next };
      if (part !== undefined) found.push(part);
      const padded = stretch.skipPadding(position + (part?.length ?? 0));
      if (padded > position) position = padded;
      else if (next > 0) position += next;
      else break;
    }
    return found;
  };

  const trailers: Part[] = [];
  let end = bytes.length;
  while (trailers.length < MAX_TRAILERS) {
    const trailer = readTrailer(scopeOf(file.slice(0, end), 0));
    if (trailer === undefined || trailer.length === 0) break;
    trailers.unshift(trailer);
    end = trailer.offset;
  }
  return [...readStretch(file.slice(0, end), 0), ...trailers];
}

function readTrailer(scope: Scope): Part | undefined {
  for (const format of TRAILER_FORMATS) {
    const part = format.readEnd(scope);
    if (part !== undefined) return part;
  }
  return undefined;
}

/** First bytes of the starts, as a table for the scan. */
const IS_FIRST_BYTE = new Uint8Array(256);
for (const [magic] of FILESYSTEM_STARTS) IS_FIRST_BYTE[magic.charCodeAt(0)] = 1;

/** Bytes that a plausible start may be judged by. */
const LOOK_AHEAD = 64;

/**
 * Offset of the next filesystem after the first byte; -1 if there is none. Four bytes come by chance
 * once in four gigabytes, so a plausible header beside them decides. One pass, by index: this is the
 * only search through whole files.
 */
function startOfFilesystem(window: Window): number {
  const bytes = window.bytes(0, window.size);
  for (let at = 1; at < bytes.length; at++) {
    if (IS_FIRST_BYTE[bytes[at] ?? 0] === 0) continue;
    const start = FILESYSTEM_STARTS.find(([magic]) => window.matches(at, magic));
    if (start !== undefined && start[1](window.slice(at, LOOK_AHEAD))) return at;
  }
  return -1;
}
