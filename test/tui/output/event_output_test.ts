import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { UnbrickError } from "../../../lib/errors.ts";
import type { Host } from "../../../lib/host/host.ts";
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
  it("writes plain lines when the terminal cannot move its cursor", () => {
    const { recording, output } = openLive("dumb");
    output.note("first");
    output.end();
    assert.equal(recording.stdout(), "first\n");
  });
});
