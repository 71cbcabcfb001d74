import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { UnbrickError } from "../../../lib/errors.ts";
import type { Host } from "../../../lib/host/host.ts";
import type { TransferEvent } from "../../../lib/tftp/events.ts";
import { encodeAck } from "../../../lib/tftp/packet.ts";
import { openEventOutput } from "../../../tui/output/event_output.ts";
import { recordingContext } from "../../support/recording_context.ts";

/** A clock that stands, timers that never fire. */
const HOST: Pick<Host, "now" | "startTimer" | "wallClock" | "env"> = {
  now: () => 0,
  wallClock: () => Date.UTC(2026, 10, 20),
  startTimer: () => () => {},
  env: () => undefined,
};

const PEER = { hostname: "192.168.1.1", port: 69 };

function open(json: boolean) {
  const recording = recordingContext({});
  const output = openEventOutput(recording.context.console, HOST, { json, waitingFor: "Waiting" });
  return { recording, output };
}

const progress = (bytes: number): TransferEvent => (
  { event: "progress", transfer: 1, bytes, total: 1000, retransmissions: 0 }
);

const SIZE_ASKED: TransferEvent = {
  event: "size-asked",
  transfer: 1,
  peer: "192.168.1.1:69",
  name: "a.bin",
};

describe("openEventOutput with JSON", () => {
  it("writes one object a line on standard output, nothing else", () => {
    const { recording, output } = open(true);
    output.event({ event: "listening", address: "0.0.0.0", port: 69 });
    output.note("for people");
    output.packet("received", encodeAck(1), PEER);
    output.end();
    const time = "2026-11-20T00:00:00.000Z";
    assert.deepEqual(recording.stdout().trimEnd().split("\n").map((line) => JSON.parse(line)), [
      { time, event: "listening", address: "0.0.0.0", port: 69 },
    ]);
    assert.equal(recording.stderr(), "192.168.1.1:69 received ACK <block=1>\n");
  });
  it("leaves progress out when nobody reads, and says so in an event of its own", () => {
    const { recording, output } = open(true);
    output.event(progress(100));
    recording.keepWaiting(1_500_000);
    output.event(progress(200));
    output.event(progress(300));
    output.packet("received", encodeAck(1), PEER);
    output.event(SIZE_ASKED);
    recording.keepWaiting(0);
    output.event(progress(400));
    output.end();
    const events = recording.stdout().trimEnd().split("\n").map((line) => JSON.parse(line));
    assert.deepEqual(events.map(({ event, bytes, lines }) => [event, bytes ?? lines]), [
      ["progress", 100],
      ["left-out", 2],
      ["size-asked", undefined],
      ["progress", 400],
    ]);
    assert.equal(recording.stderr(), "(1 line was left out while the output was stopped)\n");
  });
  it("ends with a failed event when the command fails", () => {
    const { recording, output } = open(true);
    output.fail(new UnbrickError("port-in-use", "Cannot open", { hint: "Stop it" }));
    const { time: _, ...event } = JSON.parse(recording.stdout());
    const expected = {
      event: "failed",
      code: "port-in-use",
      message: "Cannot open",
      hint: "Stop it",
    };
    assert.deepEqual(event, expected);
  });
});

describe("openEventOutput on a pipe", () => {
  it("says a repeated line once, with how often it came", () => {
    const { recording, output } = open(false);
    for (let index = 0; index < 18; index++) {
      output.event({ event: "ignored", peer: "192.168.1.1:69", reason: "twice" });
    }
    output.note("next");
    assert.equal(
      recording.stdout(),
      "Ignored from 192.168.1.1:69: twice\n  (the same 17 more times)\nnext\n",
    );
  });
  it("leaves packets out when nobody reads, and says so", () => {
    const { recording, output } = open(false);
    recording.keepWaiting(1_500_000);
    for (const block of [1, 2, 3]) output.packet("received", encodeAck(block), PEER);
    output.event(SIZE_ASKED);
    output.packet("received", encodeAck(4), PEER);
    output.end();
    assert.deepEqual(recording.stdout().trimEnd().split("\n"), [
      "(3 lines were left out while the output was stopped)",
      '192.168.1.1:69 asked only for the size of "a.bin"',
      "(1 line was left out while the output was stopped)",
    ]);
  });
  it("shows progress in tenths, without cursor movements", () => {
    const { recording, output } = open(false);
    for (let bytes = 0; bytes <= 1000; bytes += 10) {
      output.event({ event: "progress", transfer: 1, bytes, total: 1000, retransmissions: 0 });
    }
    output.end();
    assert.equal(recording.stdout().split("\n").length - 1, 10);
    assert.ok(!recording.stdout().includes("\x1b"));
  });
});

describe("openEventOutput on a terminal", () => {
  function openLive(term: string | undefined) {
    const recording = recordingContext({});
    const console = { ...recording.context.console, isTerminal: true };
    const host = { ...HOST, env: (name: string) => name === "TERM" ? term : undefined };
    const output = openEventOutput(console, host, { json: false, waitingFor: "Waiting" });
    return { recording, output };
  }
  it("draws a live block below the lines and takes it away at the end", () => {
    const { recording, output } = openLive("xterm");
    output.note("first");
    output.end();
    assert.match(recording.stdout(), /first\nWaiting \.\.\. 0 s/);
    // deno-lint-ignore no-control-regex
    assert.match(recording.stdout(), /\x1b\[1A\x1b\[J$/);
  });
  it("writes lines without the block while the terminal takes nothing", () => {
    const { recording, output } = openLive("xterm");
    output.note("first");
    recording.keepWaiting(10_000);
    output.note("second");
    output.note("third");
    recording.keepWaiting(0);
    output.note("fourth");
    // The block is taken away once, and there again below the last line.
    const block = "Waiting ... 0 s, Ctrl-C ends\n";
    assert.ok(
      recording.stdout().endsWith(`${block}\x1b[1A\x1b[Jsecond\nthird\nfourth\n${block}`),
      JSON.stringify(recording.stdout()),
    );
  });
  it("writes plain lines when the terminal cannot move its cursor", () => {
    const { recording, output } = openLive("dumb");
    output.note("first");
    output.end();
    assert.equal(recording.stdout(), "first\n");
  });
});
