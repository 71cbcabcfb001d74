/**
 * Cutting a file to the shape a loader wants, in memory.
 *
 * @module
 */
import type { Cut } from "./inspection.ts";

/** Bytes that come out of a cut; whatever lies outside the file counts as missing. */
export function applyCut(bytes: Uint8Array, cut: Cut): Uint8Array {
  const kept = bytes.subarray(Math.max(0, cut.from), Math.max(cut.from, cut.to));
  if (cut.zeros === 0) return kept;
  const result = new Uint8Array(cut.zeros + kept.length);
  result.set(kept, cut.zeros);
  return result;
}
