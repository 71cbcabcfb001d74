/** The checked samples of `test/fixtures/firmware/samples.json`, and small helpers for images. */
import { readFileSync } from "node:fs";
import { flatten } from "../../../lib/firmware/inspect.ts";
import type { Inspection } from "../../../lib/firmware/inspection.ts";

interface Segment {
  readonly offset: number;
  readonly hex?: string;
  readonly fill?: string;
  readonly count?: number;
}

interface RawSample {
  readonly format: string;
  readonly hex?: string;
  readonly segments?: readonly Segment[];
  readonly length: number;
  readonly sha256: string;
  readonly expected: Readonly<Record<string, unknown>>;
}

/** One sample with its bytes. */
export interface Sample {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly sha256: string;
  readonly expected: Readonly<Record<string, unknown>>;
}

export function fromHex(hex: string): Uint8Array {
  return Uint8Array.from(hex.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}

function bytesOf({ hex, segments, length }: RawSample): Uint8Array {
  if (hex !== undefined) return fromHex(hex);
  const bytes = new Uint8Array(length);
  for (const segment of segments ?? []) {
    if (segment.hex !== undefined) bytes.set(fromHex(segment.hex), segment.offset);
    else {
      const end = segment.offset + (segment.count ?? 0);
      bytes.fill(parseInt(segment.fill ?? "0", 16), segment.offset, end);
    }
  }
  return bytes;
}

const PATH = new URL("../../fixtures/firmware/samples.json", import.meta.url);

export const SAMPLES: readonly Sample[] = (JSON.parse(readFileSync(PATH, "utf8")) as RawSample[])
  .map((raw) => ({
    name: raw.format,
    bytes: bytesOf(raw),
    sha256: raw.sha256,
    expected: raw.expected,
  }));

/** The sample whose name begins so. */
export function sample(name: string): Sample {
  const found = SAMPLES.find((candidate) => candidate.name === name) ??
    SAMPLES.find((candidate) => candidate.name.startsWith(name));
  if (found === undefined) throw new Error(`no sample "${name}"`);
  return found;
}

export function concat(...pieces: readonly Uint8Array[]): Uint8Array {
  const result = new Uint8Array(pieces.reduce((length, piece) => length + piece.length, 0));
  let position = 0;
  for (const piece of pieces) {
    result.set(piece, position);
    position += piece.length;
  }
  return result;
}

/** Every text an inspection shows: marks, facts, checks, places of parts. */
export function textsOf(inspection: Inspection): string[] {
  return flatten(inspection.parts).flatMap((part) => [
    part.format,
    `@${part.offset}`,
    ...part.marks.map(({ value }) => value),
    ...part.facts.flatMap(({ value }) => value.split(/, | at |; /).concat(value)),
    ...part.checks.flatMap(({ stored, computed }) => [stored, computed]),
  ]);
}

/** Repeatable random numbers (xorshift32). */
export function randomFrom(seed: number): (limit: number) => number {
  let state = seed >>> 0 || 1;
  return (limit) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state % limit;
  };
}
