import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import {
  describeEvent,
  formatBytes,
  formatRate,
  formatSeconds,
  formatWholeSeconds,
} from "../../../tui/output/event_text.ts";

describe("formats", () => {
  it("formatBytes() uses decimal units as download pages do", () => {
    assert.equal(formatBytes(999), "999 bytes");
    assert.equal(formatBytes(1000), "1.0 kB");
    assert.equal(formatBytes(7_270_950), "7.3 MB");
  });
  it("formatSeconds() is exact below ten seconds and in minutes above sixty", () => {
    assert.equal(formatSeconds(6.24), "6.2 s");
    assert.equal(formatSeconds(12.6), "13 s");
    assert.equal(formatSeconds(59.9), "60 s");
    assert.equal(formatSeconds(125), "2 min 05 s");
    assert.equal(formatWholeSeconds(7999), "7 s");
    assert.equal(formatWholeSeconds(61_000), "1 min 01 s");
  });
  it("formatRate() says nothing before anything moved", () => {
    assert.equal(formatRate(0, 3), "");
    assert.equal(formatRate(10, 0), "");
    assert.equal(formatRate(2_000_000, 2), "1.0 MB/s");
  });
});

describe("describeEvent", () => {
  it("shows name, options and reason of a refused request", () => {
    const line = describeEvent({
      event: "request",
      peer: "192.168.0.86:2439",
      op: "RRQ",
      name: "ArcherC7v5_tp_recovery.bin",
      mode: "OCTET",
      options: { timeout: "5" },
      served: false,
      reason: "no image is served under that name",
    });
    assert.equal(
      line,
      '192.168.0.86:2439 asks for "ArcherC7v5_tp_recovery.bin" (octet, timeout 5): ' +
        "refused, no image is served under that name",
    );
  });
  it("does not call a missing last ACK a failure", () => {
    const line = describeEvent({
      event: "completed",
      transfer: 1,
      peer: "192.168.1.1",
      name: "fw.bin",
      outcome: "last-ack-missing",
      bytes: 1000,
      seconds: 2,
      blocks: 1,
      retransmissions: 5,
      sha256: null,
    });
    assert.match(line!, /^Sent, last ACK missing/);
    assert.match(line!, /5 packets repeated/);
    assert.doesNotMatch(line!, /SHA-256|[Ff]ail/);
  });
  it("keeps everyday duplicates inside a transfer to itself, but not strangers", () => {
    const event = { event: "ignored", peer: "192.168.1.1:69", reason: "duplicate ACK 0" } as const;
    assert.equal(describeEvent({ ...event, transfer: 1 }), undefined);
    assert.equal(describeEvent(event), "Ignored from 192.168.1.1:69: duplicate ACK 0");
  });
  it("says how much of a flood it left out, but not the everyday inside transfers", () => {
    const leftOut = (ignored: number, refused: number, inTransfers: number) =>
      describeEvent({ event: "flood", ignored, refused, inTransfers });
    assert.equal(leftOut(0, 0, 5), undefined);
    assert.equal(leftOut(1, 0, 5), "A flood: ignored 1 more packet within a second");
    assert.equal(
      leftOut(2000, 30, 0),
      "A flood: ignored 2000 more packets, refused 30 more requests within a second",
    );
  });
  it("calls an interrupted transfer stopped, without advice", () => {
    const line = describeEvent({
      event: "failed",
      code: "interrupted",
      message: "Cancelled",
      hint: "",
      transfer: 1,
      name: "fw.bin",
      bytes: 2048,
    });
    assert.equal(line, 'Stopped ("fw.bin") after 2.0 kB: Cancelled');
  });
});
