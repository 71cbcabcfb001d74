/**
 * The short form of `deno task soak`.
 *
 * @module
 */
import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { freshSeed, soak } from "../storm/soak.ts";
import { canTest } from "../support/peers.ts";

/** Enough to show what leaks; `deno task soak` goes on for as long as one likes. */
const TRANSFERS = 2000;

describe("a served process under a thousand peers of all kinds", () => {
  if (!canTest("soak", { programs: ["tftp", "atftp", "curl", "busybox"] })) return;

  it("loses no byte, leaks nothing, and tells what happened", async () => {
    const seed = freshSeed();
    const report = await soak({
      seed,
      realShare: 0.03,
      goesOn: (transfers) => transfers < TRANSFERS,
      noisePerMinute: 0,
      report: () => {},
    });
    assert.deepEqual(report.problems, [], `seed ${seed}`);
    assert.ok(report.transfers >= TRANSFERS);
    // All kinds of peers took part, and all kinds of ends.
    const kinds = [...report.counts.keys()].join("; ");
    for (const kind of ["tftp-hpa", "atftp", "curl", "busybox", "our client", "raw"]) {
      assert.match(kinds, new RegExp(`${kind} get whole`));
    }
    assert.match(kinds, /raw put ended/);
  });
});
