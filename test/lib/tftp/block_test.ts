import { describe, it } from "@std/testing/bdd";
import fc from "fast-check";
import assert from "node:assert/strict";
import { blockCount, unwrapBlock, wireBlock } from "../../../lib/tftp/block.ts";

const rollover = fc.constantFrom(0 as const, 1 as const);

describe("wireBlock", () => {
  it("goes on after 65535 with 0 or with 1", () => {
    const around = [1, 65534, 65535, 65536, 65537, 131070, 131071, 131072];
    assert.deepEqual(around.map((block) => wireBlock(block, 0)), [
      1,
      65534,
      65535,
      0,
      1,
      65534,
      65535,
      0,
    ]);
    assert.deepEqual(around.map((block) => wireBlock(block, 1)), [
      1,
      65534,
      65535,
      1,
      2,
      65535,
      1,
      2,
    ]);
  });

  it("gives 0 to the opening ACK, whatever the rollover", () => {
    assert.deepEqual([wireBlock(0, 0), wireBlock(0, 1)], [0, 0]);
  });

  it("always fits into 16 bits", () => {
    fc.assert(fc.property(fc.nat(10_000_000), rollover, (block, to) => {
      const wire = wireBlock(block, to);
      assert.ok(wire >= 0 && wire <= 65535);
      if (to === 1 && block > 0) assert.ok(wire >= 1);
    }));
  });
});

describe("unwrapBlock", () => {
  it("finds the block that wireBlock wrote, up to one round ahead", () => {
    fc.assert(
      fc.property(fc.nat(10_000_000), fc.nat(65534), rollover, (from, ahead, to) => {
        fc.pre(to === 0 || from > 0);
        assert.equal(unwrapBlock(wireBlock(from + ahead, to), from, to), from + ahead);
      }),
    );
  });

  it("knows that block 0 does not come again after a rollover to 1", () => {
    assert.equal(unwrapBlock(0, 65535, 1), undefined);
    assert.equal(unwrapBlock(0, 0, 1), 0);
    assert.equal(unwrapBlock(3, 0, 1), 3);
  });
});

describe("blockCount", () => {
  it("counts the shorter last block, empty for an exact multiple", () => {
    assert.deepEqual([0, 1, 511, 512, 513, 1024].map((size) => blockCount(size, 512)), [
      1,
      1,
      1,
      2,
      2,
      3,
    ]);
  });
});
