import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { Timeline } from "../../../lib/simulator/timeline.ts";
import type { TransferEvent } from "../../../lib/tftp/events.ts";
import { type FloodGate, type FloodKind, openFloodGate } from "../../../lib/tftp/flood_gate.ts";

interface Stage {
  readonly timeline: Timeline;
  readonly gate: FloodGate;
  readonly events: TransferEvent[];
  /** Takes so many packets of an address in, all at this moment. */
  packets(count: number, address?: string, kind?: FloodKind): void;
}

function stage(): Stage {
  const timeline = new Timeline();
  const events: TransferEvent[] = [];
  const gate = openFloodGate({
    now: () => timeline.now,
    startTimer: (delayMs, callback) => timeline.schedule(delayMs, callback),
  }, (event) => events.push(event));
  return {
    timeline,
    gate,
    events,
    packets(count, hostname = "192.168.1.66", kind = "ignored") {
      for (let packet = 0; packet < count; packet++) {
        gate.tell(kind, { hostname, port: 2000 }, () => ({
          event: "ignored",
          peer: hostname,
          reason: kind,
        }));
      }
    },
  };
}

/** Packets that were told one by one, and those of each kind that were only counted. */
function told(events: readonly TransferEvent[]) {
  const sum = { told: 0, ignored: 0, refused: 0, inTransfers: 0 };
  for (const event of events) {
    if (event.event !== "flood") {
      sum.told++;
      continue;
    }
    sum.ignored += event.ignored;
    sum.refused += event.refused;
    sum.inTransfers += event.inTransfers;
  }
  return sum;
}

describe("openFloodGate()", () => {
  it("tells everything that comes at the pace of routers, and nothing else", () => {
    const { timeline, events, packets } = stage();
    for (let second = 0; second < 10; second++) {
      for (let router = 1; router <= 40; router++) packets(2, `192.168.1.${router}`);
      timeline.runUntil(timeline.now + 1000);
    }
    assert.deepEqual(told(events), { told: 800, ignored: 0, refused: 0, inTransfers: 0 });
  });

  it("counts truly what it leaves out, and says so a second later at the latest", () => {
    const { timeline, events, packets } = stage();
    packets(1000);
    assert.deepEqual(told(events), { told: 50, ignored: 0, refused: 0, inTransfers: 0 });
    timeline.runWhile(() => true);
    assert.equal(timeline.now, 1000);
    assert.deepEqual(events.at(-1), {
      event: "flood",
      ignored: 950,
      refused: 0,
      inTransfers: 0,
    });
  });

  it("tells again every second while a flood goes on, with nothing lost in between", () => {
    const { timeline, gate, events, packets } = stage();
    for (let tick = 0; tick < 1000; tick++) {
      packets(7);
      timeline.runUntil(timeline.now + 10);
    }
    gate.flush();
    const sum = told(events);
    assert.equal(sum.told + sum.ignored, 7000);
    assert.equal(sum.told, 500);
  });

  it("leaves room for another address, and for requests beside noise", () => {
    const { gate, events, packets } = stage();
    packets(1000, "192.168.1.66");
    packets(1, "192.168.1.1");
    packets(1000, "192.168.1.66", "inTransfers");
    packets(1, "192.168.1.66", "refused");
    assert.equal(told(events).told, 102);
    // Of addresses without end, some.
    for (let host = 0; host < 1000; host++) {
      packets(1, `10.0.${host >> 8}.${host & 255}`, "refused");
    }
    gate.flush();
    assert.deepEqual(told(events), { told: 201, ignored: 950, refused: 901, inTransfers: 950 });
  });

  it("leaves no timer behind when it is flushed", () => {
    const { timeline, gate, packets } = stage();
    packets(100);
    gate.flush();
    assert.equal(timeline.nextAt, undefined);
  });
});
