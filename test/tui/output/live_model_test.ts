import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import type { TransferEvent } from "../../../lib/tftp/events.ts";
import { assertGolden } from "../../support/golden.ts";
import { reduceLive, startLive, viewLive } from "../../../tui/output/live_model.ts";

const STARTED: TransferEvent = {
  event: "started",
  transfer: 1,
  peer: "192.168.0.86:2439",
  direction: "send",
  name: "openwrt-23.05-ath79-generic-tplink_archer-c7-v5-squashfs-factory.bin",
  bytes: 8_000_000,
  blksize: 512,
  windowsize: 1,
};

function progress(transfer: number, bytes: number): TransferEvent {
  return { event: "progress", transfer, bytes, total: 8_000_000, retransmissions: 3 };
}

/** Compares the drawn lines with a file under test/golden. */
function assertDrawn(name: string, lines: readonly string[]): void {
  assertGolden(`live/${name}.txt`, `${lines.join("\n")}\n`);
}

const SIZES = [
  { columns: 80, rows: 24, unicode: false },
  { columns: 120, rows: 40, unicode: true },
  { columns: 40, rows: 15, unicode: false },
] as const;

describe("viewLive", () => {
  for (const style of SIZES) {
    const size = `${style.columns}x${style.rows}`;
    it(`draws waiting, transferring and stalled at ${size}`, () => {
      let model = startLive("Waiting for the router to ask", 1000);
      assertDrawn(`waiting-${size}`, viewLive(model, 66_000, style));
      model = reduceLive(model, STARTED, 66_000);
      model = reduceLive(model, progress(1, 3_000_000), 69_000);
      assertDrawn(`transfer-${size}`, viewLive(model, 69_000, style));
      assertDrawn(`stalled-${size}`, viewLive(model, 81_500, style));
    });
  }

  it("never draws a line as wide as the terminal, nor more than a third of its rows", () => {
    let model = startLive("Waiting", 0);
    for (let transfer = 1; transfer <= 40; transfer++) {
      model = reduceLive(model, { ...STARTED, transfer }, 0);
      model = reduceLive(model, progress(transfer, 4_000_000), 1000);
    }
    for (const style of [...SIZES, { columns: 1, rows: 1, unicode: false }]) {
      const lines = viewLive(model, 2000, style);
      assert.ok(lines.length <= Math.max(1, style.rows / 3), `${lines.length} lines`);
      assert.ok(lines.every((line) => line.length < Math.max(2, style.columns)));
    }
  });

  it("goes back to waiting when the last transfer has ended, and counts", () => {
    let model = reduceLive(startLive("Waiting", 0), STARTED, 0);
    model = reduceLive(model, {
      event: "completed",
      transfer: 1,
      peer: "p",
      name: "n",
      outcome: "acknowledged",
      bytes: 1,
      seconds: 1,
      blocks: 1,
      retransmissions: 0,
      sha256: null,
    }, 5000);
    assert.deepEqual(viewLive(model, 7000, SIZES[0]), [
      "Waiting ... 2 s, 1 complete, Ctrl-C ends",
    ]);
  });
});
