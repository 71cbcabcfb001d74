/**
 * The DATA packets of a file, made in as much memory as one window takes.
 *
 * @module
 */
import { blockCount, type Rollover, wireBlock } from "./block.ts";
import { DATA_HEADER_LENGTH, encodeData } from "./packet.ts";
import type { BlockSource } from "./session.ts";

/** What DATA packets are made of. */
export interface DataBlocksParameters {
  /** The bytes. */
  readonly source: BlockSource;
  /** What was negotiated. */
  readonly options: { readonly blksize: number; readonly windowsize: number };
  /** Block number after 65535. */
  readonly rollover: Rollover;
}

/**
 * Makes DATA packets. Many clients at once shall not cost more memory than they must, so a packet
 * takes the place of the one a window before it. That one is acknowledged by then: if it still waits
 * to be sent again, nobody misses it, and the newer one, of the same length, may leave in its stead.
 * The last block is shorter and has a place of its own.
 */
export class DataBlocks {
  readonly #parameters: DataBlocksParameters;
  readonly #total: number;
  readonly #places: number;
  #memory: Uint8Array | undefined;

  /** Takes no memory before the first packet. */
  constructor(parameters: DataBlocksParameters) {
    const { source, options } = parameters;
    this.#parameters = parameters;
    this.#total = blockCount(source.size, options.blksize);
    this.#places = Math.min(options.windowsize, this.#total);
  }

  /**
   * The packet of a block, counted from 1 without rollover; valid until the one a window later is
   * made. Throws what reading throws.
   */
  packet(block: number): Uint8Array {
    const { source, options, rollover } = this.#parameters;
    const payload = source.read((block - 1) * options.blksize, options.blksize);
    if (block === this.#total) return encodeData(wireBlock(block, rollover), payload);
    const length = DATA_HEADER_LENGTH + options.blksize;
    this.#memory ??= new Uint8Array(this.#places * length);
    const start = block % this.#places * length;
    const place = this.#memory.subarray(start, start + length);
    return encodeData(wireBlock(block, rollover), payload, place);
  }
}
