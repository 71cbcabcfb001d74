import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { type SilentActivity, watchSilence } from "../../../lib/recovery/silence.ts";
import { Timeline } from "../../../lib/simulator/timeline.ts";
import type { TransferEvent } from "../../../lib/tftp/events.ts";

const SAID: Readonly<Record<SilentActivity, RegExp>> = {
  serve: /^No request for 20 s$/,
  push: /^No answer for 20 s, still asking$/,
  get: /^No answer for 20 s, still asking$/,
  bootp: /^No BOOTP or DHCP request for 20 s$/,
  console: /^No answer for 20 s, still knocking$/,
  serial: /^Nothing read for 20 s, still listening$/,
};

function start(activity: SilentActivity) {
  const time = new Timeline();
  const events: TransferEvent[] = [];
  const host = {
    startTimer: (delayMs: number, callback: () => void) => time.schedule(delayMs, callback),
  };
  const watch = watchSilence(host, activity, (event) => events.push(event));
  return { time, events, watch };
}

describe("watchSilence()", () => {
  it("says once what silence means, whatever is being done", () => {
    for (const [activity, said] of Object.entries(SAID)) {
      const { time, events } = start(activity as SilentActivity);
      time.runUntil(19_999);
      const early = events.length;
      time.runUntil(100_000);
      assert.deepEqual([early, events.length], [0, 1]);
      const event = events[0];
      if (event?.event !== "waiting") assert.fail(JSON.stringify(event));
      assert.match(event.message, said);
      assert.match(event.hint, /^Usual reasons: \(1\) .*; \(2\) .*; \(3\) /);
    }
  });

  it("says nothing once something was heard, or it has ended", () => {
    for (const what of ["heard", "stop"] as const) {
      const { time, events, watch } = start("console");
      time.runUntil(10_000);
      watch[what]();
      time.runUntil(100_000);
      assert.equal(events.length, 0);
    }
  });
});
