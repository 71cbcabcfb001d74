/**
 * Takes a file apart: trailers from the end, then whatever lies one after the other from the start,
 * and inside each part the same again. The work is bounded: a budget in bytes and a number of parts,
 * which only a file made to be awkward uses up.
 *
 * @module
 */
import { find, Window } from "./bytes.ts";
import type { Format, Scope } from "./format.ts";
import type { Part } from "./inspection.ts";
import { FORMATS, TRAILER_FORMATS } from "./registry.ts";

const MAX_DEPTH = 6;
const MAX_PARTS = 128;
const MAX_TRAILERS = 6;
/** Nested formats hash the same bytes again; real images stay below five times. */
const BUDGET_TIMES = 10;
const BUDGET_FLOOR = 8 * 1024 * 1024;
/** What may begin in the middle of a stretch nobody claims. */
const FILESYSTEM_STARTS = ["hsqs", "sqsh", "UBI#"] as const;
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
      const next = startOfFilesystem(rest);
      let part = readOne(rest, depth, FORMATS);
      if (part !== undefined && OPEN_ENDED.has(part.format) && next > 0) {
        part = { ...part, length: next };
      }
      if (part !== undefined) found.push(part);
      const length = part?.length ?? 0;
      budget -= rest.size;
      if (length === 0 && next <= 0) break;
      position = stretch.skipPadding(position + (length > 0 ? length : next));
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

/** Offset of the next filesystem after the first byte; -1 if there is none. */
function startOfFilesystem(window: Window): number {
  const starts = FILESYSTEM_STARTS.map((magic) => nextStart(window, magic)).filter((at) => at > 0);
  return starts.length === 0 ? -1 : Math.min(...starts);
}

const MAX_CANDIDATES = 64;

/** Four letters come by chance once in four gigabytes; a plausible header beside them decides. */
function nextStart(window: Window, magic: string): number {
  let at = find(window, magic, 1);
  for (let count = 0; at > 0 && count < MAX_CANDIDATES; count++) {
    const isPlausible = magic === "UBI#"
      ? window.u8(at + 4) === 1
      : window.u16(at + 28, magic === "hsqs") === 4;
    if (isPlausible) return at;
    at = find(window, magic, at + 1);
  }
  return -1;
}
