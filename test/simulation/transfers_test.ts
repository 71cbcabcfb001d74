import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import type { CableFaults } from "../../lib/simulator/cable.ts";
import { seededRandom } from "../../lib/simulator/random.ts";
import type { WantedOptions } from "../../lib/tftp/options.ts";
import { decodePacket } from "../../lib/tftp/packet.ts";
import { type Conditions, transfer, type Transferred } from "./two_computers.ts";

/** What a client may ask for. */
const WISHES: readonly WantedOptions[] = [
  {},
  { tsize: 0, blksize: 1468 },
  { blksize: 8 },
  { blksize: 1024, windowsize: 8 },
  { windowsize: 3 },
];

/** Cables from good to hardly usable. */
const CABLES: readonly Partial<CableFaults>[] = [
  {},
  { loss: 0.01, delayMs: 1, jitterMs: 3 },
  { loss: 0.05, duplication: 0.05 },
  { loss: 0.1, duplication: 0.05, reordering: 0.05, delayMs: 1, jitterMs: 1 },
  { loss: 0.2, corruption: 0.02, delayMs: 20, jitterMs: 10 },
];

/** Sizes around the borders of blocks and windows. */
const SIZES = [0, 1, 7, 8, 511, 512, 513, 1024, 1468, 2936, 4096, 8192, 8193, 15_000];

/** Transfers, losing the DATA (opcode 3) or ACK (opcode 4) of one block the first time. */
function transferLosing(
  opcode: 3 | 4,
  block: number,
  conditions: Conditions,
): Promise<Transferred> {
  let isLost = false;
  return transfer({
    ...conditions,
    onSent(bytes) {
      const isTarget = bytes[1] === opcode && 256 * bytes[2]! + bytes[3]! === block;
      if (!isTarget || isLost) return;
      isLost = true;
      return "lost";
    },
  });
}

describe("real server and client on a simulated cable", () => {
  for (const op of ["RRQ", "WRQ"] as const) {
    it(`carry every byte over lossy cables, 1000 times ${op}`, async () => {
      const failures: string[] = [];
      for (let seed = 0; seed < 1000; seed++) {
        const conditions: Conditions = {
          op,
          seed,
          size: SIZES[seed % SIZES.length]!,
          wanted: WISHES[seed % WISHES.length]!,
          cable: CABLES[Math.floor(seed / 7) % CABLES.length]!,
          singlePort: seed % 3 === 0,
        };
        const { isExact, result } = await transfer(conditions);
        if (!isExact || result.outcome === undefined) failures.push(JSON.stringify(conditions));
      }
      assert.deepEqual(failures, []);
    });
  }

  it("carry files past block 65535, with rollover to 0 and to 1", async () => {
    const cable = { loss: 0.001, duplication: 0.001 };
    const cases: Conditions[] = [
      { op: "RRQ", size: 65536 * 8 + 3, wanted: { blksize: 8 }, rollover: 1 },
      { op: "RRQ", size: 65600 * 8, wanted: { blksize: 8, windowsize: 16 }, cable },
      { op: "RRQ", size: 65600 * 8, wanted: { blksize: 8, windowsize: 16 }, rollover: 1 },
      { op: "WRQ", size: 65536 * 8 + 1, wanted: { blksize: 8, windowsize: 16 }, rollover: 1 },
    ];
    for (const conditions of cases) {
      const { isExact, result } = await transfer(conditions);
      assert.ok(isExact, JSON.stringify(conditions));
      assert.equal(result.outcome, "acknowledged");
    }
  });

  it("carry 65535 blocks of 512 bytes and one block more", async () => {
    for (const [op, size] of [["RRQ", 65535 * 512], ["WRQ", 65536 * 512]] as const) {
      const { isExact, result } = await transfer({ op, size });
      assert.ok(isExact, `${op} ${size}`);
      assert.equal(result.progress.blocks, size / 512 + 1);
    }
  });

  it("never send a block again that was acknowledged when nothing is reordered", async () => {
    for (let seed = 0; seed < 200; seed++) {
      for (const op of ["RRQ", "WRQ"] as const) {
        const random = seededRandom(seed);
        /** Highest block that was acknowledged, and when it was. */
        let acknowledged = { block: 0, at: 0 };
        const offences: string[] = [];
        const { isExact } = await transfer({
          op,
          size: 10_000,
          seed,
          // Without delay an ACK that is not lost has arrived before time goes on.
          cable: { delayMs: 0 },
          onSent(bytes, _from, _to, now) {
            const packet = decodePacket(bytes);
            const { block, at } = acknowledged;
            if (packet.op === "DATA" && packet.block <= block && at < now) {
              offences.push(`DATA ${packet.block} after ACK ${block}`);
            }
            if (random() < 0.15) return "lost";
            if (packet.op === "ACK" && packet.block > block) {
              acknowledged = { block: packet.block, at: now };
            }
          },
        });
        assert.ok(isExact);
        assert.deepEqual(offences, []);
      }
    }
  });

  it("lose block 65536 within a window, and notice", async () => {
    for (const rollover of [0, 1] as const) {
      let block = 0;
      let isLost = false;
      const { isExact } = await transfer({
        op: "RRQ",
        size: 65560 * 8,
        wanted: { blksize: 8, windowsize: 5 },
        rollover,
        onSent(bytes) {
          if (bytes[1] !== 3) return;
          block = Math.max(block, (bytes[2]! << 8) | bytes[3]!);
          const isTarget = block === 65535 && bytes[2] === 0 && bytes[3] === rollover;
          if (!isTarget || isLost) return;
          isLost = true;
          return "lost";
        },
      });
      assert.ok(isLost && isExact, `rollover to ${rollover}`);
    }
  });

  it("do not multiply what is on the cable when frames of a window are lost or doubled", async () => {
    const conditions: Conditions = {
      op: "RRQ",
      size: 1_000_000,
      wanted: { blksize: 512, windowsize: 16 },
    };
    const clean = await transfer(conditions);
    for (
      const cable of [{ loss: 0.01 }, { duplication: 0.01 }, { loss: 0.01, duplication: 0.01 }]
    ) {
      const { datagrams, isExact } = await transfer({ ...conditions, cable });
      assert.ok(isExact);
      // A lost block costs at most its window once more.
      assert.ok(datagrams < 1.3 * clean.datagrams, `${datagrams} against ${clean.datagrams}`);
    }
  });

  it("lose a few round trips for a lost frame, not seconds", async () => {
    const size = 1_000_000;
    const wanted = { tsize: 0, blksize: 1468 };
    for (const delayMs of [0.2, 5]) {
      const roundTrip = 2 * delayMs;
      const whole = await transfer({ op: "RRQ", size, wanted, cable: { delayMs } });
      for (const opcode of [3, 4] as const) {
        const hit = await transferLosing(opcode, 300, {
          op: "RRQ",
          size,
          wanted,
          cable: { delayMs },
        });
        const cost = hit.result.durationMs - whole.result.durationMs;
        assert.ok(hit.isExact);
        // Either the floor of the timer or about three round trips, whichever is more.
        assert.ok(cost <= Math.max(40, 3 * roundTrip) + roundTrip, `${cost} ms for ${opcode}`);
        assert.ok(cost > 0);
      }
    }
  });

  it("do not slow each other down when many frames are lost", async () => {
    const size = 500_000;
    const wanted = { blksize: 1468 };
    for (const op of ["RRQ", "WRQ"] as const) {
      const whole = await transfer({ op, size, wanted });
      const lossy = await transfer({ op, size, wanted, cable: { loss: 0.03 } });
      const lost = 0.03 * lossy.datagrams;
      const cost = (lossy.result.durationMs - whole.result.durationMs) / lost;
      assert.ok(cost < 100, `${cost} ms for each lost frame`);
    }
  });
});
