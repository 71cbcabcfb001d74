import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { type ClientParameters, ClientSession } from "../../../lib/tftp/client_session.ts";
import { memorySource } from "../../../lib/tftp/files.ts";
import { ack, data, error, oack, transcript } from "./transcript.ts";

const COMMON = {
  filename: "code.bin",
  mode: "octet",
  wanted: {},
  intervalMs: 200,
  waitMs: undefined,
  retransmission: { initialMs: 400, floorMs: 200, ceilingMs: 2000 },
} as const;

/** A client that pushes `size` bytes. */
function pusher(size: number, changes: Partial<ClientParameters> = {}): ClientSession {
  return new ClientSession({
    ...COMMON,
    direction: {
      op: "WRQ",
      source: memorySource(new Uint8Array(size)),
      patience: { giveUpMs: 60_000, lastAckMs: 10_000, openingAttempts: 100, verdictMs: 0 },
      rollover: 0,
    },
    ...changes,
  });
}

/** A client that reads. */
function getter(changes: Partial<ClientParameters> = {}): ClientSession {
  return new ClientSession({
    ...COMMON,
    direction: {
      op: "RRQ",
      patience: { giveUpMs: 60_000, openingAttempts: 100, dallyMs: 3000 },
    },
    ...changes,
  });
}

const WRQ = "send WRQ <file=code.bin, mode=octet>";
const RRQ = "send RRQ <file=code.bin, mode=octet>";

describe("ClientSession while asking", () => {
  it("asks at a steady pace and sends nothing else", () => {
    const at = transcript(pusher(5));
    at(0).start(WRQ);
    at(199).passes();
    for (let now = 200; now < 10_000; now += 200) at(now).passes(WRQ);
  });

  it("answers nothing but an answer", () => {
    const at = transcript(pusher(5));
    at(0).start(WRQ);
    at(1).receives(ack(1), "ignored: ACK 1 while waiting for an answer");
    at(1).receives(data(1, 5), "ignored: DATA 1 while waiting for an answer");
    at(1).receives(new Uint8Array(0), "ignored: 0 bytes are too few for an opcode");
    at(1).receives(Uint8Array.of(0, 6, 1), "ignored: OACK is cut off");
    at(200).passes(WRQ);
  });

  it("collapses a burst of ACK 0 into exactly one DATA 1", () => {
    const at = transcript(pusher(600));
    at(0).start(WRQ);
    at(200).passes(WRQ);
    at(210).receives(ack(0), "send DATA 1 (512)");
    for (let copy = 0; copy < 10; copy++) at(211).receives(ack(0), "ignored: duplicate ACK 0");
    at(220).receives(ack(1), "send DATA 2 (88)");
    at(221).receives(ack(0), "ignored: ACK 0 is not of a block in flight");
    at(230).receives(ack(2), "done acknowledged");
  });

  it("stops asking after the time to wait", () => {
    const at = transcript(pusher(5, { waitMs: 500 }));
    at(0).start(WRQ);
    at(200).passes(WRQ);
    at(400).passes(WRQ);
    at(500).passes("failed timeout never heard");
  });

  it("ends without a word when aborted before an answer", () => {
    const at = transcript(pusher(5));
    at(0).start(WRQ);
    at(10).aborts("failed aborted");
  });

  it("takes an ERROR as the answer", () => {
    const at = transcript(pusher(5));
    at(0).start(WRQ);
    at(10).receives(error(2, "Invalid Password"), "failed peer-error 2");
  });

  it("counts the transfer from the answer, not from the first request", () => {
    const session = pusher(5);
    session.start(0);
    session.handleTimeout(200);
    session.handleDatagram(ack(0), 90_000);
    assert.equal(session.progress.startedAt, 90_000);
    assert.equal(session.requests, 2);
  });
});

describe("ClientSession reading", () => {
  it("takes DATA 1 as the answer to a plain request", () => {
    const at = transcript(getter());
    at(0).start(RRQ);
    at(10).receives(data(1, 512), "write 512", "send ACK 1");
    at(20).receives(data(2, 5), "write 5", "commit", "send ACK 2", "done acknowledged");
  });

  it("answers an OACK with ACK 0 and takes the agreed block size", () => {
    const session = getter({ wanted: { tsize: 0, blksize: 1468 } });
    const at = transcript(session);
    at(0).start("send RRQ <file=code.bin, mode=octet, tsize=0, blksize=1468>");
    at(10).receives(oack({ blksize: "1428", tsize: "1500" }), "send ACK 0");
    at(11).receives(
      oack({ blksize: "1428", tsize: "1500" }),
      "ignored: OACK while waiting for DATA",
    );
    at(20).receives(data(1, 1428), "write 1428", "send ACK 1");
    at(30).receives(data(2, 72), "write 72", "commit", "send ACK 2", "done acknowledged");
    assert.equal(session.progress.totalBytes, 1500);
  });

  it("takes a plain answer although it asked for options", () => {
    const at = transcript(getter({ wanted: { blksize: 1468 } }));
    at(0).start("send RRQ <file=code.bin, mode=octet, blksize=1468>");
    at(10).receives(data(1, 512), "write 512", "send ACK 1");
  });

  it("refuses an OACK that it did not ask for, telling the peer", () => {
    const at = transcript(getter());
    at(0).start(RRQ);
    at(10).receives(
      oack({ blksize: "1428" }),
      "send ERROR <code=8, msg=blksize was not asked for>",
      "failed protocol",
    );
  });
});

describe("ClientSession whose options are refused", () => {
  const asking = "send WRQ <file=code.bin, mode=octet, blksize=1468>";

  it("asks once more without, and goes on plainly", () => {
    const session = pusher(600, { wanted: { blksize: 1468 } });
    const at = transcript(session);
    at(0).start(asking);
    at(10).receives(error(8, "no options"), WRQ);
    at(210).passes(WRQ);
    at(220).receives(ack(0), "send DATA 1 (512)");
    assert.equal(session.options.blksize, 512);
  });

  it("overlooks further refusals of requests that were on their way", () => {
    const at = transcript(pusher(600, { wanted: { blksize: 1468 } }));
    at(0).start(asking);
    at(200).passes(asking);
    at(210).receives(error(8, "no options"), WRQ);
    at(211).receives(error(8, "no options"), "ignored: options refused again");
    at(220).receives(ack(0), "send DATA 1 (512)");
  });

  it("fails when it had not asked for any", () => {
    const at = transcript(pusher(600));
    at(0).start(WRQ);
    at(10).receives(error(8), "failed peer-error 8");
  });
});
