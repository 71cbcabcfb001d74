/**
 * Chance that can be repeated: the same seed gives the same numbers on every computer.
 *
 * @module
 */

/** Gives numbers from 0 up to, but not including, 1. */
export type Random = () => number;

/** A generator (mulberry32) that starts from an integer. */
export function seededRandom(seed: number): Random {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x100000000;
  };
}

/** Bytes that look like an image: no two blocks of them are alike. */
export function randomBytes(random: Random, length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  for (let index = 0; index < length; index++) bytes[index] = random() * 256;
  return bytes;
}
