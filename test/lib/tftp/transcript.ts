/**
 * Tests of sessions written as transcripts: at this time that comes in, this goes out.
 *
 * ```ts
 * const at = transcript(session);
 * at(0).start("send DATA 1 (512)");
 * at(399).passes();
 * at(400).passes("retransmit 1", "send DATA 1 (512)");
 * at(410).receives(ack(1), "send DATA 2 (88)");
 * ```
 */
import assert from "node:assert/strict";
import { describePacket } from "../../../lib/tftp/describe.ts";
import { decodePacket, encodeAck, encodeData, encodePacket } from "../../../lib/tftp/packet.ts";
import type { Output, Session } from "../../../lib/tftp/session.ts";

/** What can happen at a time; the expected outputs follow as lines. */
export interface Moment {
  /** The session is started. */
  start(...expected: string[]): void;
  /** A datagram of the peer comes in. */
  receives(bytes: Uint8Array, ...expected: string[]): void;
  /** Only time passes. */
  passes(...expected: string[]): void;
  /** This side ends it. */
  aborts(...expected: string[]): void;
}

/** Follows a session; fails when a deadline passes between two moments without being looked at. */
export function transcript(session: Session): (now: number) => Moment {
  let last = -Infinity;
  return (now) => {
    assert.ok(now >= last, "a transcript goes forward in time");
    const due = session.nextTimeout;
    assert.ok(due === undefined || due >= now || due === last, `the deadline at ${due} was missed`);
    last = now;
    const check = (outputs: readonly Output[], expected: readonly string[]): void =>
      assert.deepEqual(outputs.map(describeOutput), expected, `at ${now}`);
    return {
      start: (...expected) => check(session.start(now), expected),
      receives: (bytes, ...expected) => check(session.handleDatagram(bytes, now), expected),
      passes: (...expected) => check(session.handleTimeout(now), expected),
      aborts: (...expected) => check(session.abort(0, "cancelled"), expected),
    };
  };
}

/** One output as a line. */
export function describeOutput(output: Output): string {
  switch (output.kind) {
    case "send":
      return `send ${describeBytes(output.bytes)}`;
    case "write":
      return `write ${output.bytes.length}`;
    case "commit":
      return "commit";
    case "event":
      return output.event.kind === "retransmit"
        ? `retransmit ${output.event.block}`
        : `ignored: ${output.event.reason}`;
    case "done":
      return `done ${output.outcome}`;
    case "failed": {
      const { failure } = output;
      switch (failure.kind) {
        case "peer-error":
          return `failed ${failure.verdict ? "verdict" : "peer-error"} ${failure.code}`;
        case "timeout":
          return `failed timeout ${failure.heard ? "in the middle" : "never heard"}`;
        default:
          return `failed ${failure.kind}`;
      }
    }
  }
}

function describeBytes(bytes: Uint8Array): string {
  const packet = decodePacket(bytes);
  if (packet.op === "DATA") return `DATA ${packet.block} (${packet.payload.length})`;
  if (packet.op === "ACK") return `ACK ${packet.block}`;
  return describePacket("sent", bytes).slice("sent ".length);
}

/** An ACK packet. */
export const ack = encodeAck;

/** A DATA packet with `length` bytes that tell the block. */
export function data(block: number, length: number): Uint8Array {
  return encodeData(block & 0xffff, new Uint8Array(length).fill(block));
}

/** An ERROR packet. */
export function error(code: number, message = ""): Uint8Array {
  return encodePacket({ op: "ERROR", code, message });
}

/** An OACK packet. */
export function oack(record: Record<string, string>): Uint8Array {
  const options = Object.entries(record).map(([name, value]) => ({ name, value }));
  return encodePacket({ op: "OACK", options });
}
