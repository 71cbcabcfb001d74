import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import {
  parsePing,
  pingArgv,
  runningAt,
  type Sighting,
  watchForReturn,
} from "../../../lib/recovery/aftermath.ts";

describe("parsePing()", () => {
  const cases: readonly [string, string, number | undefined][] = [
    ["Linux", "64 bytes from 192.168.1.1: icmp_seq=1 ttl=64 time=0.42 ms", 64],
    ["macOS", "64 bytes from 192.168.1.1: icmp_seq=0 ttl=100 time=0.381 ms", 100],
    ["Windows", "Reply from 192.168.1.1: bytes=32 time<1ms TTL=128", 128],
    ["a German Windows", "Antwort von 192.168.1.1: Bytes=32 Zeit<1ms TTL=64", 64],
    [
      "a Windows that cannot reach it",
      "Reply from 192.168.1.2: Destination host unreachable.",
      undefined,
    ],
    ["silence", "1 packets transmitted, 0 received, 100% packet loss", undefined],
    ["nothing", "", undefined],
  ];
  for (const [what, stdout, ttl] of cases) {
    it(`reads the answer of ${what}`, () => assert.equal(parsePing(stdout)?.ttl, ttl));
  }
});

describe("runningAt()", () => {
  it("tells a system from a bootloader", () => {
    assert.deepEqual([64, 63, 100, 128, 255, undefined].map(runningAt), [
      "system",
      "system",
      "bootloader",
      "bootloader",
      "bootloader",
      "unknown",
    ]);
  });
});

describe("pingArgv()", () => {
  it("asks once on every system", () => {
    assert.deepEqual(pingArgv("linux", "a"), ["ping", "-n", "-c", "1", "-W", "1", "a"]);
    assert.deepEqual(pingArgv("macos", "a"), ["ping", "-n", "-c", "1", "-t", "1", "a"]);
    assert.deepEqual(pingArgv("windows", "a"), ["ping", "-n", "1", "-w", "1000", "a"]);
  });
});

describe("watchForReturn()", () => {
  it("reports the first answer and changes only, and stops when told", async () => {
    const answers = [undefined, undefined, { ttl: 255 }, { ttl: 64 }, { ttl: 64 }, undefined];
    const seen: Sighting[] = [];
    const stop = new AbortController();
    let round = 0;
    const host = {
      startTimer(_: number, callback: () => void) {
        queueMicrotask(callback);
        return () => {};
      },
    };
    await watchForReturn(
      host,
      () => {
        const answer = answers[round++];
        if (round === answers.length) queueMicrotask(() => queueMicrotask(() => stop.abort()));
        return Promise.resolve(answer);
      },
      ["192.168.1.1"],
      (sighting) => seen.push(sighting),
      stop.signal,
    );
    assert.deepEqual(seen.slice(0, 3).map(({ running }) => running), [
      undefined,
      "bootloader",
      "system",
    ]);
    assert.ok(round <= answers.length + 1);
  });
});
