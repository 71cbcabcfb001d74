import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import fc from "fast-check";
import { find, Window } from "../../../lib/firmware/bytes.ts";

describe("Window", () => {
  it("never steps outside, wherever it is asked to read", () => {
    const place = fc.oneof(fc.integer(), fc.double(), fc.constant(2 ** 32));
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), place, place, (bytes, offset, length) => {
        const window = new Window(bytes, 3, 50);
        for (
          const value of [
            window.u8(offset),
            window.u16(offset),
            window.u32(offset, true),
            window.u64(offset),
          ]
        ) {
          assert.equal(typeof value, "number");
        }
        assert.ok(window.bytes(offset, length).length <= window.size);
        assert.ok(window.slice(offset, length).size <= window.size);
        assert.ok(window.skipPadding(offset) <= window.size);
        window.text(offset, length);
        window.lines(offset, length);
      }),
      { seed: 7, numRuns: 500 },
    );
  });

  it("shows nothing that could move a terminal's cursor", () => {
    const bytes = Uint8Array.of(0x41, 0x1b, 0x5b, 0x32, 0x4a, 0x0a, 0x0d, 0x80, 0x42, 0x00, 0x43);
    assert.equal(new Window(bytes).text(0, 11), "A.[2J...B");
    assert.deepEqual(new Window(bytes).lines(0, 11), ["A.[2J", ".B"]);
  });

  it("reads both byte orders", () => {
    const window = new Window(Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8));
    assert.equal(window.u16(0), 0x0102);
    assert.equal(window.u32(0, true), 0x04030201);
    assert.equal(window.u64(0), 0x0102030405060708);
  });
});

describe("find()", () => {
  it("finds bytes beyond ASCII, and says -1", () => {
    const window = new Window(Uint8Array.of(0, 0xde, 0xad, 0xc0, 0xde, 0));
    assert.equal(find(window, "\xde\xad\xc0\xde"), 1);
    assert.equal(find(window, "\xde\xad\xc0\xde", 2), -1);
  });
});
