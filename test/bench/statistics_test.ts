import { describe, it } from "@std/testing/bdd";
import fc from "fast-check";
import assert from "node:assert/strict";
import { quantile, wilson } from "./statistics.ts";

describe("wilson()", () => {
  it("gives the intervals of the textbook", () => {
    const rounded = (successes: number, trials: number) => {
      const { low, high } = wilson(successes, trials);
      return [low.toFixed(3), high.toFixed(3)];
    };
    assert.deepEqual(rounded(100, 100), ["0.963", "1.000"]);
    assert.deepEqual(rounded(0, 100), ["0.000", "0.037"]);
    assert.deepEqual(rounded(50, 100), ["0.404", "0.596"]);
    assert.deepEqual(wilson(0, 0), { share: 0, low: 0, high: 1 });
  });

  it("holds the measured share", () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 500 }), fc.nat(), (trials, some) => {
      const { share, low, high } = wilson(some % (trials + 1), trials);
      const slack = 1e-9;
      assert.ok(0 <= low && low <= share + slack && share <= high + slack && high <= 1);
    }));
  });
});

describe("quantile()", () => {
  it("is one of the values, by nearest rank", () => {
    const values = [30, 10, 20, 40];
    assert.deepEqual([0, 0.5, 0.9, 1].map((share) => quantile(values, share)), [10, 20, 40, 40]);
    assert.equal(quantile([], 0.5), undefined);
  });
});
