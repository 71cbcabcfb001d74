/**
 * Block numbers. Inside unbrick blocks are counted without limit; on the wire they have 16 bits
 * and roll over after 65535, which no RFC describes: most software goes on with 0, some with 1.
 *
 * @module
 */

/** The block number that follows 65535 on the wire. */
export type Rollover = 0 | 1;

/** Number on the wire of the `block`-th block (counted from 1; 0 is the opening ACK). */
export function wireBlock(block: number, rollover: Rollover): number {
  if (rollover === 0 || block === 0) return block & 0xffff;
  return (block - 1) % 0xffff + 1;
}

/**
 * The first block at or after `from` whose number on the wire is `wire`.
 *
 * @returns undefined when there is none: after a rollover to 1, block 0 never comes again.
 */
export function unwrapBlock(wire: number, from: number, rollover: Rollover): number | undefined {
  if (rollover === 0) return from + ((wire - from) & 0xffff);
  if (wire === 0) return from === 0 ? 0 : undefined;
  if (from === 0) return wire;
  const ahead = (wire - wireBlock(from, 1) + 0xffff) % 0xffff;
  return from + ahead;
}

/** Blocks of a file: the last one is shorter than `blksize`, and empty for an exact multiple. */
export function blockCount(size: number, blksize: number): number {
  return Math.floor(size / blksize) + 1;
}
