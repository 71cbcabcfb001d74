import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { memorySource } from "../../../lib/tftp/files.ts";
import { PLAIN_OPTIONS, type TransferOptions } from "../../../lib/tftp/options.ts";
import { type SendParameters, SendSession } from "../../../lib/tftp/send_session.ts";
import { ack, data, error, oack, transcript } from "./transcript.ts";

const PATIENCE = { giveUpMs: 60_000, lastAckMs: 10_000, openingAttempts: 6, verdictMs: 0 };

/** A sender of `size` bytes as the server makes it. */
function sender(
  size: number,
  changes: Partial<SendParameters> = {},
  options: Partial<TransferOptions> = {},
): SendSession {
  return new SendSession({
    source: memorySource(new Uint8Array(size)),
    options: { ...PLAIN_OPTIONS, ...options },
    oack: undefined,
    rollover: 0,
    peerHeard: false,
    retransmission: { initialMs: 400, floorMs: 40, ceilingMs: 4000 },
    patience: PATIENCE,
    ...changes,
  });
}

describe("SendSession in lock-step", () => {
  it("sends block after block, and the shorter last one", () => {
    const at = transcript(sender(600));
    at(0).start("send DATA 1 (512)");
    at(10).receives(ack(1), "send DATA 2 (88)");
    at(20).receives(ack(2), "done acknowledged");
    at(30).receives(ack(2), "ignored: the transfer has ended");
  });

  it("ends an exact multiple of the block size with an empty block", () => {
    const at = transcript(sender(512));
    at(0).start("send DATA 1 (512)");
    at(10).receives(ack(1), "send DATA 2 (0)");
    at(20).receives(ack(2), "done acknowledged");
  });

  it("sends a file of 0 bytes as one empty block", () => {
    const at = transcript(sender(0));
    at(0).start("send DATA 1 (0)");
    at(10).receives(ack(1), "done acknowledged");
  });

  it("repeats after the wait, not before, and doubles the wait", () => {
    const at = transcript(sender(600));
    at(0).start("send DATA 1 (512)");
    at(399).passes();
    at(400).passes("retransmit 1", "send DATA 1 (512)");
    at(1199).passes();
    at(1200).passes("retransmit 1", "send DATA 1 (512)");
  });

  it("never answers a duplicate ACK with DATA (Sorcerer's Apprentice)", () => {
    const at = transcript(sender(2000));
    at(0).start("send DATA 1 (512)");
    at(10).receives(ack(1), "send DATA 2 (512)");
    at(11).receives(ack(1), "ignored: duplicate ACK 1");
    at(12).receives(ack(1), "ignored: duplicate ACK 1");
    at(13).receives(ack(0), "ignored: ACK 0 is not of a block in flight");
    at(20).receives(ack(2), "send DATA 3 (512)");
  });

  it("never sends a block again that was acknowledged, even when repeated needlessly", () => {
    const at = transcript(sender(2000));
    at(0).start("send DATA 1 (512)");
    at(400).passes("retransmit 1", "send DATA 1 (512)");
    at(450).receives(ack(1), "send DATA 2 (512)");
    at(460).receives(ack(1), "ignored: duplicate ACK 1");
    at(850).passes("retransmit 2", "send DATA 2 (512)");
  });

  it("measures the round trip and repeats within a few of them", () => {
    const session = sender(5000);
    const at = transcript(session);
    at(0).start("send DATA 1 (512)");
    at(10).receives(ack(1), "send DATA 2 (512)");
    at(20).receives(ack(2), "send DATA 3 (512)");
    // Two samples of 10 ms would ask for 25 ms: the floor of 40 ms holds.
    at(60).passes("retransmit 3", "send DATA 3 (512)");
  });

  it("grows more patient once a repetition turned out to be needless", () => {
    const at = transcript(sender(5000));
    at(0).start("send DATA 1 (512)");
    at(10).receives(ack(1), "send DATA 2 (512)");
    at(50).passes("retransmit 2", "send DATA 2 (512)");
    at(60).receives(ack(2), "send DATA 3 (512)");
    at(61).receives(ack(2), "ignored: duplicate ACK 2");
    at(139).passes();
    at(140).passes("retransmit 3", "send DATA 3 (512)");
  });

  it("does not take the ACK that a peer repeats by its own timer for a sign of haste", () => {
    const at = transcript(sender(5000));
    at(0).start("send DATA 1 (512)");
    at(10).receives(ack(1), "send DATA 2 (512)");
    at(50).passes("retransmit 2", "send DATA 2 (512)");
    at(60).receives(ack(2), "send DATA 3 (512)");
    at(100).passes("retransmit 3", "send DATA 3 (512)");
    at(101).receives(ack(2), "ignored: duplicate ACK 2");
    at(105).receives(ack(3), "send DATA 4 (512)");
    at(145).passes("retransmit 4", "send DATA 4 (512)");
  });

  it("ignores ACKs of blocks never sent, DATA, requests and junk", () => {
    const at = transcript(sender(2000));
    at(0).start("send DATA 1 (512)");
    at(1).receives(ack(2), "ignored: ACK 2 is not of a block in flight");
    at(1).receives(ack(65535), "ignored: ACK 65535 is not of a block in flight");
    at(1).receives(data(1, 5), "ignored: DATA while waiting for an ACK");
    at(1).receives(new Uint8Array(0), "ignored: 0 bytes are too few for an opcode");
    at(10).receives(ack(1), "send DATA 2 (512)");
  });

  for (const rollover of [0, 1] as const) {
    it(`goes on after block 65535 with ${rollover}`, () => {
      const session = sender(65536 * 8 + 3, { rollover }, { blksize: 8 });
      session.start(0);
      for (let block = 1; block < 65535; block++) session.handleDatagram(ack(block), block);
      const at = transcript(session);
      at(65_535).receives(ack(65535), `send DATA ${rollover} (8)`);
      at(65_536).receives(ack(65535), "ignored: duplicate ACK 65535");
      at(65_537).receives(ack(rollover), `send DATA ${rollover + 1} (3)`);
      at(65_538).receives(ack(rollover), `ignored: duplicate ACK ${rollover}`);
      at(65_539).receives(ack(rollover + 1), "done acknowledged");
      assert.equal(session.progress.blocks, 65537);
      assert.equal(session.progress.bytes, 65536 * 8 + 3);
    });
  }
});

describe("SendSession at the end", () => {
  it("reports a lost last ACK as its own outcome, not as a failure", () => {
    const at = transcript(sender(600));
    at(0).start("send DATA 1 (512)");
    at(1000 - 600).passes("retransmit 1", "send DATA 1 (512)");
    at(410).receives(ack(1), "send DATA 2 (88)");
    let now = 410;
    for (const wait of [400, 800, 1600, 3200]) {
      now += wait;
      at(now).passes("retransmit 2", "send DATA 2 (88)");
    }
    at(now + 4000).passes("done last-ack-missing");
  });

  it("takes an ERROR in place of the last ACK as a verdict on the image", () => {
    const at = transcript(sender(600, { peerHeard: true }));
    at(0).start("send DATA 1 (512)");
    at(10).receives(ack(1), "send DATA 2 (88)");
    at(20).receives(error(2, "Firmware check failed"), "failed verdict 2");
  });

  it("takes an ERROR in the middle as what it is", () => {
    const at = transcript(sender(2000, { peerHeard: true }));
    at(0).start("send DATA 1 (512)");
    at(10).receives(error(3, "too large"), "failed peer-error 3");
  });

  /** ASUS: opcode 6 and a flag, in six copies, once the flash is written. */
  const asusVerdict = (flag: number): Uint8Array => Uint8Array.of(0, 6, 0, flag);

  it("waits after the last ACK for a verdict when asked to", () => {
    const patience = { ...PATIENCE, verdictMs: 3000 };
    for (
      const [bytes, expected] of [
        [asusVerdict(1), "done acknowledged"],
        [asusVerdict(0), "failed verdict 0"],
        [error(2, "bad magic"), "failed verdict 2"],
      ] as const
    ) {
      const at = transcript(sender(5, { peerHeard: true, patience }));
      at(0).start("send DATA 1 (5)");
      at(10).receives(ack(1));
      at(20).receives(ack(1), "ignored: ACK after the last ACK");
      at(2000).receives(bytes, expected);
    }
  });

  it("counts silence after the last ACK as consent", () => {
    const at = transcript(
      sender(5, { peerHeard: true, patience: { ...PATIENCE, verdictMs: 3000 } }),
    );
    at(0).start("send DATA 1 (5)");
    at(10).receives(ack(1));
    at(3010).passes("done acknowledged");
  });

  it("takes an ASUS verdict also when the last ACK before it was lost", () => {
    const patience = { ...PATIENCE, verdictMs: 3000 };
    const good = transcript(sender(5, { peerHeard: true, patience }));
    good(0).start("send DATA 1 (5)");
    good(100).receives(asusVerdict(1), "done acknowledged");
    const bad = transcript(sender(5, { peerHeard: true, patience }));
    bad(0).start("send DATA 1 (5)");
    bad(100).receives(asusVerdict(0), "failed verdict 0");
  });
});

describe("SendSession with options", () => {
  const OACK = oack({ blksize: "1468", tsize: "3000" });

  it("opens with the OACK and never sends it again after ACK 0", () => {
    const session = sender(3000, { oack: OACK }, { blksize: 1468, transferSize: 3000 });
    const at = transcript(session);
    at(0).start("send OACK <blksize=1468, tsize=3000>");
    at(999).passes();
    at(1000).passes("retransmit 0", "send OACK <blksize=1468, tsize=3000>");
    at(1010).receives(ack(0), "send DATA 1 (1468)");
    at(1011).receives(ack(0), "ignored: duplicate ACK 0");
    at(1410).passes("retransmit 1", "send DATA 1 (1468)");
    at(1420).receives(ack(1), "send DATA 2 (1468)");
    at(1430).receives(ack(2), "send DATA 3 (64)");
    at(1440).receives(ack(3), "done acknowledged");
  });

  it("waits for ACK 0 before it sends a block", () => {
    const at = transcript(sender(3000, { oack: OACK }, { blksize: 1468 }));
    at(0).start("send OACK <blksize=1468, tsize=3000>");
    at(1).receives(ack(1), "ignored: ACK 1 while waiting for ACK 0");
  });

  it("understands that EDK2 only asked for the size", () => {
    const at = transcript(sender(3000, { oack: OACK }, { transferSize: 3000 }));
    at(0).start("send OACK <blksize=1468, tsize=3000>");
    at(5).receives(error(8, "User aborted the transfer"), "done size-only");
  });

  it("takes ERROR 8 as a failure when the size was not asked for, or the blocks had begun", () => {
    const refused = transcript(sender(3000, { oack: OACK }));
    refused(0).start("send OACK <blksize=1468, tsize=3000>");
    refused(5).receives(error(8), "failed peer-error 8");
    const late = transcript(sender(3000, { oack: OACK }, { transferSize: 3000 }));
    late(0).start("send OACK <blksize=1468, tsize=3000>");
    late(5).receives(ack(0), "send DATA 1 (512)");
    late(9).receives(error(8), "failed peer-error 8");
  });
});

describe("SendSession with a window (RFC 7440)", () => {
  const windowed = (size: number): SendSession =>
    sender(size, { oack: oack({ windowsize: "4" }) }, { windowsize: 4, blksize: 100 });

  it("does not take the ACK of a window's copies for a sign of haste", () => {
    const two = { windowsize: 2, blksize: 100 };
    const at = transcript(sender(5000, { oack: oack({ windowsize: "2" }) }, two));
    at(0).start("send OACK <windowsize=2>");
    at(10).receives(ack(0), "send DATA 1 (100)", "send DATA 2 (100)");
    at(20).receives(ack(2), "send DATA 3 (100)", "send DATA 4 (100)");
    at(60).passes("retransmit 3", "send DATA 3 (100)", "send DATA 4 (100)");
    // A card with room for one frame: 3 arrived both times, 4 never.
    at(70).receives(ack(3), "send DATA 4 (100)", "send DATA 5 (100)");
    at(71).receives(ack(3), "ignored: duplicate ACK 3");
    at(110).passes("retransmit 4", "send DATA 4 (100)", "send DATA 5 (100)");
  });

  it("sends whole windows and goes on at the ACK of the last block", () => {
    const at = transcript(windowed(750));
    at(0).start("send OACK <windowsize=4>");
    at(10).receives(
      ack(0),
      "send DATA 1 (100)",
      "send DATA 2 (100)",
      "send DATA 3 (100)",
      "send DATA 4 (100)",
    );
    at(20).receives(
      ack(4),
      "send DATA 5 (100)",
      "send DATA 6 (100)",
      "send DATA 7 (100)",
      "send DATA 8 (50)",
    );
    at(30).receives(ack(8), "done acknowledged");
  });

  it("goes on from a block in the middle when that is acknowledged", () => {
    const at = transcript(windowed(750));
    at(0).start("send OACK <windowsize=4>");
    at(10).receives(
      ack(0),
      "send DATA 1 (100)",
      "send DATA 2 (100)",
      "send DATA 3 (100)",
      "send DATA 4 (100)",
    );
    at(20).receives(
      ack(2),
      "send DATA 3 (100)",
      "send DATA 4 (100)",
      "send DATA 5 (100)",
      "send DATA 6 (100)",
    );
    at(21).receives(ack(1), "ignored: ACK 1 is not of a block in flight");
    at(30).receives(ack(6), "send DATA 7 (100)", "send DATA 8 (50)");
  });

  it("answers a second ACK once, and only when it is no copy of the first", () => {
    const at = transcript(windowed(2000));
    const window = ["send DATA 5 (100)", "send DATA 6 (100)", "send DATA 7 (100)"];
    at(0).start("send OACK <windowsize=4>");
    at(10).receives(
      ack(0),
      "send DATA 1 (100)",
      "send DATA 2 (100)",
      "send DATA 3 (100)",
      "send DATA 4 (100)",
    );
    at(20).receives(ack(4), ...window, "send DATA 8 (100)");
    at(21).receives(ack(4), "ignored: duplicate ACK 4");
    at(31).receives(ack(4), ...window, "send DATA 8 (100)");
    at(42).receives(ack(4), "ignored: duplicate ACK 4");
  });
});

describe("SendSession with a window whose copies are on the way", () => {
  const blocks = (first: number, last: number): string[] =>
    Array.from({ length: last - first + 1 }, (_, index) => `send DATA ${first + index} (100)`);

  /** A window of four after the first, and round trips of 10 ms. */
  function underWay(): ReturnType<typeof transcript> {
    const at = transcript(
      sender(100_000, { oack: oack({ windowsize: "4" }) }, { windowsize: 4, blksize: 100 }),
    );
    at(0).start("send OACK <windowsize=4>");
    at(10).receives(ack(0), ...blocks(1, 4));
    at(20).receives(ack(4), ...blocks(5, 8));
    return at;
  }

  it("does not go back for what a peer says to them that had only paused", () => {
    const at = underWay();
    at(60).passes("retransmit 5", ...blocks(5, 8));
    // The peer wakes up: it has all of the first window, and answers the first copy of it.
    at(70).receives(ack(8), ...blocks(9, 12));
    at(71).receives(ack(8), "ignored: duplicate ACK 8");
    at(79).receives(ack(8), "ignored: duplicate ACK 8");
    at(82).receives(ack(12), ...blocks(13, 16));
  });

  it("fills the window up, instead of going back, for an ACK that left before they came", () => {
    const at = underWay();
    at(30).receives(ack(6), ...blocks(7, 10));
    at(32).receives(ack(7), ...blocks(11, 11));
    at(33).receives(ack(8), ...blocks(12, 12));
    at(45).receives(ack(12), ...blocks(13, 16));
  });

  it("goes back again when a copy is lost, too", () => {
    const at = underWay();
    at(30).receives(ack(6), ...blocks(7, 10));
    at(42).receives(ack(7), ...blocks(8, 11));
  });

  it("goes back for a block that was lost after them", () => {
    const at = underWay();
    at(30).receives(ack(6), ...blocks(7, 10));
    at(40).receives(ack(10), ...blocks(11, 14));
    at(50).receives(ack(12), ...blocks(13, 16));
  });

  it("is not made more patient by losses at the edge of a window", () => {
    const at = underWay();
    at(60).passes("retransmit 5", ...blocks(5, 8));
    at(70).receives(ack(8), ...blocks(9, 12));
    // Block 9 is lost: the peer says 8 again for block 10, as it might for a copy.
    at(80).receives(ack(8), "ignored: duplicate ACK 8");
    at(110).passes("retransmit 9", ...blocks(9, 12));
  });
});

describe("SendSession and silence", () => {
  /** Lets time pass from deadline to deadline until the session ends; returns when, and what. */
  function sleepThrough(session: SendSession, from: number): [number, string, number] {
    let now = from;
    let sends = 0;
    for (;;) {
      now = session.nextTimeout ?? now;
      const outputs = session.handleTimeout(now);
      sends += outputs.filter((output) => output.kind === "send").length;
      const end = outputs.find((output) => output.kind === "failed" || output.kind === "done");
      if (end?.kind === "failed") return [now, end.failure.kind, sends];
      if (end?.kind === "done") return [now, end.outcome, sends];
      assert.ok(sends < 1000);
    }
  }

  it("leaves the line quiet after six repetitions, as some receivers restart their wait at each", () => {
    const at = transcript(sender(5000));
    at(0).start("send DATA 1 (512)");
    at(10).receives(ack(1), "send DATA 2 (512)");
    for (const now of [50, 130, 290, 610, 1250, 2530]) {
      at(now).passes("retransmit 2", "send DATA 2 (512)");
    }
    at(10_529).passes();
    at(10_530).passes("retransmit 2", "send DATA 2 (512)");
    at(10_540).receives(ack(2), "send DATA 3 (512)");
    at(10_580).passes("retransmit 3", "send DATA 3 (512)");
  });

  it("gives up after 60 s without a sign, not before", () => {
    const session = sender(5000);
    session.start(0);
    session.handleDatagram(ack(1), 10);
    const [now, end] = sleepThrough(session, 10);
    assert.equal(end, "timeout");
    assert.ok(now >= 60_010 && now < 70_000, `${now}`);
  });

  it("counts any ACK as a sign, also a duplicate", () => {
    const session = sender(5000);
    session.start(0);
    session.handleDatagram(ack(1), 10);
    for (let now = 1000; now <= 100_000; now += 1000) {
      while ((session.nextTimeout ?? Infinity) < now) session.handleTimeout(session.nextTimeout!);
      session.handleDatagram(ack(1), now);
    }
    assert.equal(sleepThrough(session, 100_000)[0] >= 160_000, true);
  });

  it("sends the first packet a bounded number of times to a peer that never answers", () => {
    for (const changes of [{}, { oack: oack({ blksize: "512" }) }]) {
      const session = sender(5000, changes);
      assert.equal(session.start(0).length, 1);
      const [now, end, sends] = sleepThrough(session, 0);
      assert.equal(end, "timeout");
      assert.equal(1 + sends, PATIENCE.openingAttempts);
      assert.ok(now < 20_000, `${now}`);
    }
  });

  it("does not give up a peer because this computer slept", () => {
    const session = sender(5000);
    const at = transcript(session);
    at(0).start("send DATA 1 (512)");
    at(10).receives(ack(1), "send DATA 2 (512)");
    const woken = 3_600_000;
    assert.deepEqual(
      session.handleTimeout(woken).map((output) => output.kind),
      ["event", "send"],
    );
    assert.equal(session.handleDatagram(ack(2), woken + 10).length, 1);
    assert.notEqual(session.nextTimeout, undefined);
  });

  it("ends at once when aborted, telling the peer, and only once", () => {
    const at = transcript(sender(5000));
    at(0).start("send DATA 1 (512)");
    at(5).aborts("send ERROR <code=0, msg=cancelled>", "failed aborted");
    at(6).aborts();
    at(7).passes();
  });

  it("tells the peer when the file cannot be read any more", () => {
    const source = {
      size: 5000,
      read(offset: number, length: number): Uint8Array {
        if (offset > 0) throw new Error("the stick was pulled");
        return new Uint8Array(length);
      },
    };
    const at = transcript(sender(0, { source }));
    at(0).start("send DATA 1 (512)");
    at(1).receives(ack(1), "send ERROR <code=0, msg=read failed>", "failed local");
  });
});
