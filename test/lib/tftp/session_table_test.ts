import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { ClientSession } from "../../../lib/tftp/client_session.ts";
import { memorySource } from "../../../lib/tftp/files.ts";
import { PLAIN_OPTIONS } from "../../../lib/tftp/options.ts";
import { encodePacket } from "../../../lib/tftp/packet.ts";
import { ReceiveSession } from "../../../lib/tftp/receive_session.ts";
import { SendSession } from "../../../lib/tftp/send_session.ts";
import type { Session } from "../../../lib/tftp/session.ts";
import { assertGolden } from "../../support/golden.ts";
import { ack, data, describeOutput, error, oack } from "./transcript.ts";

const RETRANSMISSION = { initialMs: 400, floorMs: 40, ceilingMs: 4000 };
const SEND_PATIENCE = { giveUpMs: 60_000, lastAckMs: 10_000, openingAttempts: 6, verdictMs: 3000 };
const RECEIVE_PATIENCE = { giveUpMs: 60_000, openingAttempts: 6, dallyMs: 3000 };

function sender(withOack: boolean): SendSession {
  return new SendSession({
    source: memorySource(new Uint8Array(1300)),
    options: PLAIN_OPTIONS,
    oack: withOack ? oack({ tsize: "1300" }) : undefined,
    rollover: 0,
    peerHeard: false,
    retransmission: RETRANSMISSION,
    patience: SEND_PATIENCE,
  });
}

function receiver(): ReceiveSession {
  return new ReceiveSession({
    options: PLAIN_OPTIONS,
    opening: ack(0),
    retransmission: RETRANSMISSION,
    patience: RECEIVE_PATIENCE,
  });
}

function client(op: "RRQ" | "WRQ"): ClientSession {
  return new ClientSession({
    direction: op === "RRQ" ? { op, patience: RECEIVE_PATIENCE } : {
      op,
      source: memorySource(new Uint8Array(1300)),
      patience: SEND_PATIENCE,
      rollover: 0,
    },
    filename: "a.bin",
    mode: "octet",
    wanted: { blksize: 1024 },
    intervalMs: 200,
    waitMs: undefined,
    retransmission: RETRANSMISSION,
  });
}

/** A session that has been fed these datagrams. */
function after<S extends Session>(session: S, ...datagrams: readonly Uint8Array[]): S {
  session.start(0);
  for (const bytes of datagrams) session.handleDatagram(bytes, 1);
  return session;
}

const STATES: readonly (readonly [string, () => Session])[] = [
  ["sender not started", () => sender(false)],
  ["sender opening", () => after(sender(true))],
  ["sender sending block 1", () => after(sender(false))],
  ["sender sending block 2", () => after(sender(false), ack(1))],
  ["sender sending the last block", () => after(sender(false), ack(1), ack(2))],
  ["sender waiting for a verdict", () => after(sender(false), ack(1), ack(2), ack(3))],
  ["sender ended", () => after(sender(false), error(0))],
  ["receiver not started", () => receiver()],
  ["receiver opening", () => after(receiver())],
  ["receiver after block 1", () => after(receiver(), data(1, 512))],
  ["receiver dallying", () => after(receiver(), data(1, 512), data(2, 1))],
  ["receiver ended", () => after(receiver(), error(0))],
  ["pushing client asking", () => after(client("WRQ"))],
  ["pushing client sending block 1", () => after(client("WRQ"), ack(0))],
  ["pushing client ended", () => after(client("WRQ"), error(1))],
  ["reading client asking", () => after(client("RRQ"))],
  ["reading client after OACK", () => after(client("RRQ"), oack({ blksize: "1024" }))],
  ["reading client ended", () => after(client("RRQ"), error(1))],
];

const request = { filename: "a.bin", mode: "octet", options: [] } as const;

const PACKETS: readonly (readonly [string, Uint8Array])[] = [
  ["RRQ", encodePacket({ op: "RRQ", ...request })],
  ["WRQ", encodePacket({ op: "WRQ", ...request })],
  ["DATA 0", data(0, 512)],
  ["DATA 1 (full)", data(1, 512)],
  ["DATA 1 (short)", data(1, 3)],
  ["DATA 2 (full)", data(2, 512)],
  ["DATA 2 (too long)", data(2, 1025)],
  ["DATA 65535", data(65535, 512)],
  ["ACK 0", ack(0)],
  ["ACK 1", ack(1)],
  ["ACK 2", ack(2)],
  ["ACK 3", ack(3)],
  ["ACK 65535", ack(65535)],
  ["ERROR 0", error(0)],
  ["ERROR 5", error(5)],
  ["ERROR 8", error(8)],
  ["OACK", oack({ blksize: "1024" })],
  ["OACK, empty", oack({})],
  ["OACK with too much", oack({ blksize: "1025" })],
  ["OACK, half", oack({ blksize: "1024" }).subarray(0, 9)],
  ["ASUS verdict good", Uint8Array.of(0, 6, 0, 1)],
  ["ASUS verdict bad", Uint8Array.of(0, 6, 0, 0)],
  ["nothing", new Uint8Array(0)],
  ["bare text", new TextEncoder().encode("Invalid Password !!")],
];

describe("every session in every state", () => {
  it("acts on every kind of packet or says why it ignores it", () => {
    const lines: string[] = [];
    for (const [state, reach] of STATES) {
      lines.push(state);
      for (const [name, bytes] of PACKETS) {
        const outputs = reach().handleDatagram(bytes, 2).map(describeOutput);
        // The last ACK brings the sender to waiting for a verdict, which is silent.
        const isLastAck = state === "sender sending the last block" && name === "ACK 3";
        assert.equal(outputs.length > 0, !isLastAck, `${state}: ${name}`);
        lines.push(`  ${name}: ${outputs.join("; ") || "(waits for a verdict)"}`);
      }
    }
    const table = lines.join("\n") + "\n";
    assertGolden("session_table.txt", table);
  });

  it("does nothing at a timeout that is not due, and nothing at all once it has ended", () => {
    for (const [state, reach] of STATES) {
      const session = reach();
      if (state.endsWith("not started")) continue;
      assert.deepEqual(session.handleTimeout(1), [], state);
      const isEnded = state.endsWith("ended");
      assert.equal(session.nextTimeout === undefined, isEnded, state);
      if (isEnded) {
        assert.deepEqual(session.handleTimeout(1e9), [], state);
        assert.deepEqual(session.abort(0, "cancelled"), [], state);
      }
    }
  });
});
