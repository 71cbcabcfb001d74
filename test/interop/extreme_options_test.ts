/**
 * Options at their extremes and beyond, alone and together, against the real process.
 *
 * @module
 */
import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { seededRandom } from "../../lib/simulator/random.ts";
import type { RequestOption } from "../../lib/tftp/packet.ts";
import { runRawPeer } from "../storm/raw_peer.ts";
import { startWatchedServer, type WatchedServer } from "../storm/watched_server.ts";
import { readEventStream } from "../support/event_stream.ts";
import { canTest } from "../support/peers.ts";
import { assertSameBytes, makeFolder, testBytes } from "../support/test_files.ts";

/** A whole number of the smallest blocks, and more than any window of the largest ones needs. */
const IMAGE = testBytes(20_000);

/** More bytes than anybody has. */
const TOO_MUCH = "999999999999999";

/** Least and most of RFC 2348, 7440 and 2349, one less and one more, and what is no number. */
const EXTREMES: Readonly<Record<string, readonly (string | undefined)[]>> = {
  blksize: [undefined, "8", "65464", "7", "65465", "99999999999999999999", "-1", "0x200", ""],
  windowsize: [undefined, "1", "65535", "0", "65536", "1e3"],
  timeout: [undefined, "1", "255", "0", "256"],
  tsize: [undefined, "0", TOO_MUCH],
};

/** Every value of every option beside none, the least and the most of the others. */
function combinations(): RequestOption[][] {
  const found: RequestOption[][] = [];
  const names = Object.keys(EXTREMES);
  for (const name of names) {
    for (const value of EXTREMES[name]!) {
      for (const others of [0, 1, 2]) {
        found.push(names.flatMap((other) => {
          const chosen = other === name ? value : EXTREMES[other]![others];
          return chosen === undefined ? [] : [{ name: other, value: chosen }];
        }));
      }
    }
  }
  const many = Array.from({ length: 500 }, (_, index) => ({ name: `o${index}`, value: "1" }));
  const repeated = ["8", "1468", "512"].map((value) => ({ name: "blksize", value }));
  return [...found, many, repeated];
}

describe("unbrick serve, asked for options at their extremes", () => {
  if (!canTest("extreme options", { programs: [] })) return;

  async function carryAll(
    server: WatchedServer,
    op: "RRQ" | "WRQ",
    check: (name: string, got: Uint8Array, what: string) => Promise<void>,
  ): Promise<void> {
    const random = seededRandom(31);
    for (const [index, asked] of combinations().entries()) {
      // An upload that does not come to the size it announced is refused.
      const options = op === "RRQ" ? asked : asked.filter(({ value }) => value !== TOO_MUCH);
      const name = op === "RRQ" ? "image.bin" : `new-${index}.bin`;
      const job = { server, op, name, options, bytes: IMAGE, doubling: 0, random };
      const what = JSON.stringify(options.slice(0, 5));
      const { how, bytes } = await runRawPeer(job);
      assert.equal(how, "whole", what);
      await check(name, bytes, what);
    }
    server.process.signal("SIGTERM");
    await server.process.end();
    assert.deepEqual(readEventStream(server.events()).problems, []);
  }

  it("sends every byte", async () => {
    await using folder = makeFolder();
    await Deno.writeFile(folder.file("image.bin"), IMAGE);
    await using server = await startWatchedServer(["--dir", folder.path]);
    await carryAll(server, "RRQ", (_, got, what) => {
      assertSameBytes(got, IMAGE, what);
      return Promise.resolve();
    });
  });

  it("stores every byte", async () => {
    await using folder = makeFolder();
    await using server = await startWatchedServer(["--writable", folder.path]);
    await carryAll(server, "WRQ", async (name, _, what) => {
      assertSameBytes(await Deno.readFile(folder.file(name)), IMAGE, what);
    });
  });
});
