import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import fc from "fast-check";
import { allowedMistakes, compactText, countMistakes, wordsOf } from "../../../lib/device/fuzzy.ts";

const word = fc.string({ unit: fc.constantFrom("a", "b", "c", "1"), maxLength: 8 });

describe("countMistakes", () => {
  it("counts a character too many, missing or wrong, and two swapped, as one each", () => {
    const cases = [
      ["archer", "archerr", 1],
      ["archer", "arher", 1],
      ["archer", "archar", 1],
      ["archer", "acrher", 1],
      ["archer", "archer", 0],
      ["mikrotic", "mikrotik", 1],
      ["", "ab", 2],
    ] as const;
    for (const [a, b, mistakes] of cases) {
      assert.equal(countMistakes(a, b, 3), mistakes, `${a} ${b}`);
    }
  });

  it("stops at the limit", () => {
    assert.equal(countMistakes("aaaa", "bbbb", 2), 3);
    assert.equal(countMistakes("a", "aaaaaaa", 2), 3);
  });

  it("is the same both ways, and 0 for equal words only", () => {
    fc.assert(fc.property(word, word, (a, b) => {
      const there = countMistakes(a, b, 8);
      assert.equal(there, countMistakes(b, a, 8));
      assert.equal(there === 0, a === b);
    }));
  });

  it("does not depend on the limit below it", () => {
    fc.assert(fc.property(word, word, fc.integer({ min: 0, max: 4 }), (a, b, limit) => {
      const exact = countMistakes(a, b, 20);
      assert.equal(countMistakes(a, b, limit), exact <= limit ? exact : limit + 1);
    }));
  });
});

describe("compactText and wordsOf", () => {
  it("keep letters, digits and the plus of a model's name", () => {
    assert.equal(compactText("RT-N12+ (b1)"), "rtn12+b1");
    assert.deepEqual(wordsOf("TL-WR841N/ND v11"), ["tl", "wr841n", "nd", "v11"]);
    assert.deepEqual(wordsOf(" - "), []);
  });
});

describe("allowedMistakes", () => {
  it("forgives nothing in short words, where each character counts", () => {
    assert.deepEqual([1, 3, 4, 7, 8, 20].map(allowedMistakes), [0, 0, 1, 1, 2, 2]);
  });
});
