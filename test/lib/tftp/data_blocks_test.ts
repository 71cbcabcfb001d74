import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { DataBlocks } from "../../../lib/tftp/data_blocks.ts";
import { memorySource } from "../../../lib/tftp/files.ts";
import { encodeData } from "../../../lib/tftp/packet.ts";

const BLKSIZE = 8;
const FILE = Uint8Array.from({ length: 10 * BLKSIZE + 3 }, (_, index) => index);

function blocksOf(file: Uint8Array, windowsize: number): DataBlocks {
  const options = { blksize: BLKSIZE, windowsize };
  return new DataBlocks({ source: memorySource(file), options, rollover: 0 });
}

function expected(file: Uint8Array, block: number): Uint8Array {
  return encodeData(block, file.slice((block - 1) * BLKSIZE, block * BLKSIZE));
}

describe("DataBlocks", () => {
  for (const windowsize of [1, 4, 64]) {
    it(`keeps all packets of a window of ${windowsize} whole, wherever it begins`, () => {
      const blocks = blocksOf(FILE, windowsize);
      for (let first = 1; first <= 11; first++) {
        const numbers = Array.from({ length: windowsize }, (_, index) => first + index)
          .filter((block) => block <= 11);
        const packets = numbers.map((block) => blocks.packet(block));
        assert.deepEqual(packets, numbers.map((block) => expected(FILE, block)));
      }
    });
  }

  it("never gives the place of a packet to one of another length", () => {
    const blocks = blocksOf(FILE, 4);
    const seventh = blocks.packet(7);
    assert.deepEqual(blocks.packet(11), expected(FILE, 11));
    assert.deepEqual(seventh, expected(FILE, 7));
  });

  it("takes no more memory for a longer file", () => {
    const blocks = blocksOf(FILE, 4);
    const buffers = new Set<ArrayBufferLike>();
    for (let block = 1; block <= 10; block++) buffers.add(blocks.packet(block).buffer);
    assert.equal(buffers.size, 1);
    assert.equal([...buffers][0]!.byteLength, 4 * (BLKSIZE + 4));
  });
});
