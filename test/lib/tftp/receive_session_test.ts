import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { PLAIN_OPTIONS, type TransferOptions } from "../../../lib/tftp/options.ts";
import { type ReceiveParameters, ReceiveSession } from "../../../lib/tftp/receive_session.ts";
import { ack, data, error, oack, transcript } from "./transcript.ts";

const PATIENCE = { giveUpMs: 60_000, openingAttempts: 4, dallyMs: 3000 };

/** A receiver as the server makes it for a WRQ. */
function receiver(
  options: Partial<TransferOptions> = {},
  changes: Partial<ReceiveParameters> = {},
): ReceiveSession {
  return new ReceiveSession({
    options: { ...PLAIN_OPTIONS, ...options },
    opening: ack(0),
    retransmission: { initialMs: 400, floorMs: 40, ceilingMs: 4000 },
    patience: PATIENCE,
    ...changes,
  });
}

describe("ReceiveSession in lock-step", () => {
  it("writes and acknowledges block after block, and commits before the last ACK", () => {
    const at = transcript(receiver());
    at(0).start("send ACK 0");
    at(10).receives(data(1, 512), "write 512", "send ACK 1");
    at(20).receives(data(2, 88), "write 88", "commit", "send ACK 2", "done acknowledged");
  });

  it("does not keep what is shorter or longer than was announced", () => {
    for (const announced of [599, 601]) {
      const at = transcript(receiver({}, { announced }));
      at(0).start("send ACK 0");
      at(10).receives(data(1, 512), "write 512", "send ACK 1");
      at(20).receives(data(2, 88), "send ERROR <code=0, msg=size is not tsize>", "failed size");
    }
    const at = transcript(receiver({}, { announced: 600 }));
    at(0).start("send ACK 0");
    at(10).receives(data(1, 512), "write 512", "send ACK 1");
    at(20).receives(data(2, 88), "write 88", "commit", "send ACK 2", "done acknowledged");
  });

  it("takes an empty last block, also as the only one", () => {
    const at = transcript(receiver());
    at(0).start("send ACK 0");
    at(10).receives(data(1, 0), "write 0", "commit", "send ACK 1", "done acknowledged");
  });

  it("acknowledges the last good block again when it comes again, and writes it once", () => {
    const at = transcript(receiver());
    at(0).start("send ACK 0");
    at(10).receives(data(1, 512), "write 512", "send ACK 1");
    at(20).receives(data(1, 512), "ignored: duplicate DATA 1", "send ACK 1");
    at(30).receives(data(2, 512), "write 512", "send ACK 2");
    at(31).receives(data(1, 512), "ignored: DATA 1 is not the next block");
    at(32).receives(data(4, 512), "ignored: DATA 4 is not the next block");
  });

  it("repeats its last packet after the wait, not before", () => {
    const at = transcript(receiver());
    at(0).start("send ACK 0");
    at(399).passes();
    at(400).passes("retransmit 0", "send ACK 0");
    at(410).receives(data(1, 512), "write 512", "send ACK 1");
    // From here the sender is given the time to repeat first.
    at(1209).passes();
    at(1210).passes("retransmit 1", "send ACK 1");
  });

  it("opens silently when DATA 1 is the answer", () => {
    const at = transcript(receiver({}, { opening: undefined }));
    at(0).start();
    at(0).receives(data(1, 5), "write 5", "commit", "send ACK 1", "done acknowledged");
  });

  it("answers repetitions of the last block while it dallies, longer each time", () => {
    const at = transcript(receiver());
    at(0).start("send ACK 0");
    at(400).passes("retransmit 0", "send ACK 0");
    at(410).receives(data(1, 5), "write 5", "commit", "send ACK 1", "done acknowledged");
    at(3000).receives(data(1, 5), "send ACK 1");
    at(3001).receives(data(2, 5), "ignored: DATA 2 after the last block");
    at(3002).receives(error(0), "ignored: ERROR after the last block");
    at(5999).receives(data(1, 5), "send ACK 1");
    at(8999).passes();
    at(9000).receives(data(1, 5), "ignored: the transfer has ended");
  });

  it("dallies only a moment on a link that lost nothing", () => {
    const session = receiver();
    const at = transcript(session);
    at(0).start("send ACK 0");
    at(10).receives(data(1, 5), "write 5", "commit", "send ACK 1", "done acknowledged");
    assert.equal(session.nextTimeout, 310);
    at(310).passes();
    assert.equal(session.nextTimeout, undefined);
  });

  it("ends with a protocol failure on a block longer than agreed, telling the peer", () => {
    const at = transcript(receiver());
    at(0).start("send ACK 0");
    at(10).receives(data(1, 513), "send ERROR <code=4, msg=protocol>", "failed protocol");
  });

  it("ends on an ERROR of the peer", () => {
    const at = transcript(receiver());
    at(0).start("send ACK 0");
    at(10).receives(error(3, "no space"), "failed peer-error 3");
    at(11).receives(data(1, 5), "ignored: the transfer has ended");
  });

  it("ignores ACKs, requests and junk", () => {
    const at = transcript(receiver());
    at(0).start("send ACK 0");
    at(1).receives(ack(0), "ignored: ACK while waiting for DATA");
    at(1).receives(oack({}), "ignored: OACK while waiting for DATA");
    at(1).receives(Uint8Array.of(7), "ignored: 1 bytes are too few for an opcode");
  });

  for (const rollover of [0, 1] as const) {
    it(`follows a peer that goes on after block 65535 with ${rollover}`, () => {
      const session = receiver({ blksize: 8 });
      session.start(0);
      for (let block = 1; block < 65536; block++) session.handleDatagram(data(block, 8), block);
      const at = transcript(session);
      at(65_536).receives(data(65535, 8), "ignored: duplicate DATA 65535", "send ACK 65535");
      at(65_537).receives(data(rollover, 8), "write 8", `send ACK ${rollover}`);
      at(65_538).receives(
        data(rollover + 1, 3),
        "write 3",
        "commit",
        `send ACK ${rollover + 1}`,
        "done acknowledged",
      );
      assert.equal(session.progress.bytes, 65536 * 8 + 3);
    });
  }
});

describe("ReceiveSession with a window (RFC 7440)", () => {
  const windowed = (): ReceiveSession =>
    receiver({ windowsize: 3, blksize: 100 }, { opening: oack({ windowsize: "3" }) });

  it("acknowledges whole windows, and the last block", () => {
    const at = transcript(windowed());
    at(0).start("send OACK <windowsize=3>");
    at(10).receives(data(1, 100), "write 100");
    at(11).receives(data(2, 100), "write 100");
    at(12).receives(data(3, 100), "write 100", "send ACK 3");
    at(20).receives(data(4, 100), "write 100");
    at(21).receives(data(5, 9), "write 9", "commit", "send ACK 5", "done acknowledged");
  });

  it("does not acknowledge a block that comes twice in the middle of a window", () => {
    const at = transcript(windowed());
    at(0).start("send OACK <windowsize=3>");
    at(10).receives(data(1, 100), "write 100");
    at(11).receives(data(1, 100), "ignored: duplicate DATA 1");
    at(12).receives(data(2, 100), "write 100");
    at(13).receives(data(3, 100), "write 100", "send ACK 3");
    at(14).receives(data(3, 100), "ignored: duplicate DATA 3", "send ACK 3");
  });

  it("answers a gap once, with the last block in order", () => {
    const at = transcript(windowed());
    at(0).start("send OACK <windowsize=3>");
    at(10).receives(data(1, 100), "write 100");
    at(11).receives(data(3, 100), "ignored: DATA 3 after a gap", "send ACK 1");
    at(12).receives(data(4, 100), "ignored: DATA 4 after a gap");
    at(20).receives(data(2, 100), "write 100");
  });

  it("acknowledges what came of a window when the rest does not come for 200 ms", () => {
    const at = transcript(windowed());
    at(0).start("send OACK <windowsize=3>");
    at(10).receives(data(1, 100), "write 100");
    at(11).receives(data(2, 100), "write 100");
    at(210).passes();
    at(211).passes("retransmit 2", "send ACK 2");
  });

  it("does not send the OACK again once a block shows that it arrived", () => {
    const at = transcript(windowed());
    at(0).start("send OACK <windowsize=3>");
    at(10).receives(data(2, 100), "ignored: DATA 2 after a gap", "send ACK 0");
    at(410).passes("retransmit 0", "send ACK 0");
  });

  /** A receiver in the middle of a transfer that has just acknowledged block 65535. */
  function atRollover(): ReceiveSession {
    const session = receiver({ windowsize: 3, blksize: 8 });
    session.start(0);
    for (let block = 1; block <= 65535; block++) session.handleDatagram(data(block, 8), block);
    assert.equal(session.progress.blocks, 65535);
    return session;
  }

  it("does not mistake block 65537 for 65536 when 65536 was lost", () => {
    const session = atRollover();
    const at = transcript(session);
    at(65_540).receives(data(65537, 8), "ignored: DATA 1 after a gap", "send ACK 65535");
    at(65_541).receives(data(65538, 8), "ignored: DATA 2 after a gap");
    at(65_550).receives(data(65536, 8), "write 8");
    at(65_551).receives(data(65537, 8), "write 8");
    at(65_552).receives(data(65538, 3), "write 3", "commit", "send ACK 2", "done acknowledged");
    assert.equal(session.progress.bytes, 65537 * 8 + 3);
  });

  it("finds out that a peer rolls over to 1 when block 0 never comes", () => {
    const session = atRollover();
    const at = transcript(session);
    for (const now of [65_540, 65_545, 65_550]) {
      at(now).receives(data(1, 8), "ignored: DATA 1 after a gap", "send ACK 65535");
      at(now + 1).receives(data(2, 8), "ignored: DATA 2 after a gap");
    }
    at(65_560).receives(data(1, 8), "write 8");
    at(65_561).receives(data(2, 8), "write 8");
    at(65_562).receives(data(3, 3), "write 3", "commit", "send ACK 3", "done acknowledged");
  });
});

describe("ReceiveSession and silence", () => {
  /** Lets time pass from deadline to deadline until the session ends. */
  function sleepThrough(session: ReceiveSession): { now: number; end: string; sends: number } {
    let now = 0;
    let sends = 0;
    for (;;) {
      now = session.nextTimeout ?? now;
      const outputs = session.handleTimeout(now);
      const end = outputs.find((output) => output.kind === "failed");
      if (end?.kind === "failed") return { now, end: end.failure.kind, sends };
      sends += outputs.filter((output) => output.kind === "send").length;
      assert.ok(sends < 1000);
    }
  }

  it("leaves the line quiet after three repetitions, as some senders restart their wait at each", () => {
    const at = transcript(receiver());
    at(0).start("send ACK 0");
    at(10).receives(data(1, 512), "write 512", "send ACK 1");
    at(90).passes("retransmit 1", "send ACK 1");
    at(250).passes("retransmit 1", "send ACK 1");
    at(570).passes("retransmit 1", "send ACK 1");
    at(8569).passes();
    at(8570).passes("retransmit 1", "send ACK 1");
    at(8580).receives(data(2, 512), "write 512", "send ACK 2");
    at(8660).passes("retransmit 2", "send ACK 2");
  });

  it("opens a bounded number of times for a peer that never answers", () => {
    const session = receiver();
    session.start(0);
    const { now, end, sends } = sleepThrough(session);
    assert.deepEqual([end, 1 + sends], ["timeout", PATIENCE.openingAttempts]);
    assert.ok(now < 20_000, `${now}`);
  });

  it("gives up a peer that answered only after 60 s of silence", () => {
    const session = receiver();
    session.start(0);
    session.handleDatagram(data(1, 512), 10);
    const { now, end } = sleepThrough(session);
    assert.equal(end, "timeout");
    assert.ok(now >= 60_010 && now < 70_000, `${now}`);
  });

  it("does not give up a peer because this computer slept", () => {
    const session = receiver();
    session.start(0);
    session.handleDatagram(data(1, 512), 10);
    assert.deepEqual(
      session.handleTimeout(3_600_000).map((output) => output.kind),
      ["event", "send"],
    );
    assert.equal(session.handleDatagram(data(2, 5), 3_600_010).at(-1)?.kind, "done");
  });

  it("ends at once when aborted, telling the peer", () => {
    const at = transcript(receiver());
    at(0).start("send ACK 0");
    at(5).aborts("send ERROR <code=0, msg=cancelled>", "failed aborted");
    at(6).aborts();
  });
});
