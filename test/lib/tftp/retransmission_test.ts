import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { RetransmissionTimer } from "../../../lib/tftp/retransmission.ts";

const POLICY = { initialMs: 400, floorMs: 40, ceilingMs: 4000 };

describe("RetransmissionTimer", () => {
  it("begins with the initial wait and doubles up to the ceiling", () => {
    const timer = new RetransmissionTimer(POLICY);
    const waits = Array.from({ length: 6 }, () => {
      const { wait } = timer;
      timer.expired();
      return wait;
    });
    assert.deepEqual(waits, [400, 800, 1600, 3200, 4000, 4000]);
  });

  it("follows the measured round trip, never below the floor", () => {
    const timer = new RetransmissionTimer(POLICY);
    timer.measured(100);
    assert.equal(timer.wait, 300); // 100 + 4 × 50 (RFC 6298 §2.2)
    for (let count = 0; count < 100; count++) timer.measured(1);
    assert.equal(timer.wait, 40);
    assert.ok((timer.roundTrip ?? NaN) < 2);
  });

  it("is short again once the peer moves on", () => {
    const timer = new RetransmissionTimer(POLICY);
    timer.expired();
    timer.expired();
    timer.progressed();
    assert.equal(timer.wait, 400);
  });

  it("grows more patient with a peer that was only slow, but not beyond a second", () => {
    const timer = new RetransmissionTimer(POLICY);
    timer.measured(1);
    const waits = Array.from({ length: 6 }, () => {
      timer.wasTooEager();
      return timer.wait;
    });
    assert.deepEqual(waits, [80, 160, 320, 640, 1000, 1000]);
  });
});
