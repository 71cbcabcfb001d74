import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import type { LogEntry } from "../../lib/recovery/session_log.ts";
import { describeLog } from "../../tui/log_text.ts";

function at(seconds: number, entry: LogEntry) {
  return { time: new Date(1_700_000_000_000 + 1000 * seconds).toISOString(), entry };
}

describe("describeLog()", () => {
  it("tells a session with the time since its beginning", () => {
    const lines = describeLog([
      at(0, { event: "session", version: "0.1.0", os: "linux", practice: false }),
      at(1, {
        event: "device",
        title: "A router",
        id: null,
        direction: "pulls",
        computer: ["192.168.0.66"],
        device: [],
        names: ["a.bin", "b.bin"],
      }),
      at(9, { event: "image", name: "x.bin", bytes: 9, sha256: "ab", findings: ["text"] }),
      at(20, { event: "setup", result: "failed", steps: ["address"], reason: "no" }),
      at(65, { event: "listening", address: "0.0.0.0", port: 69 }),
      at(66, {
        ...{ event: "bootp-client", mac: "4c:5e:0c:xx:xx:xx", protocol: "BOOTP" },
        ...{ program: "RouterBOOT", vendorClass: null, userClass: null, architecture: null },
      }),
      at(67, { event: "answer", about: "4c:5e:0c:xx:xx:xx BOOTP", yes: true }),
      at(68, { event: "console-command", line: "fis free", writesFlash: false }),
      at(69, { event: "console-text", text: "0x1 .. 0x2\nRedBoot> " }),
      at(69, { event: "console-text", text: "\n" }),
      at(125, { event: "ping", address: "192.168.1.1", running: null }),
      at(126, { event: "ping", address: "192.168.1.1", running: "system" }),
      at(130, { event: "end", result: "recovered" }),
    ]);
    assert.deepEqual(lines, [
      "00:00 unbrick 0.1.0 on linux",
      "00:01 Router: A router (pulls); computer 192.168.0.66, router none, names a.bin, b.bin",
      '00:09 Image: "x.bin" (9 bytes)',
      "      SHA-256 ab",
      "      Findings: text",
      "00:20 Preparation: failed (address): no",
      "01:05 Waiting for requests on 0.0.0.0 port 69",
      "01:06 New client 4c:5e:0c:xx:xx:xx: RouterBOOT, by BOOTP",
      "01:07 Answer: yes (4c:5e:0c:xx:xx:xx BOOTP)",
      "01:08 [unbrick types: fis free]",
      "01:09 | 0x1 .. 0x2",
      "      | RedBoot>",
      "02:05 Ping: 192.168.1.1 does not answer",
      "02:06 Ping: 192.168.1.1 answers (system)",
      "02:10 End: recovered",
    ]);
  });

  it("leaves out what is damaged or from another version", () => {
    const odd = [
      at(0, { event: "session", version: "0.1.0", os: "linux", practice: true }),
      at(1, { event: "completed" } as unknown as LogEntry),
      at(2, { event: "dream" } as unknown as LogEntry),
      at(3, { event: "image" } as unknown as LogEntry),
      { time: "yesterday", entry: { event: "end", result: "x" } as LogEntry },
    ];
    const lines = describeLog(odd);
    assert.equal(lines[0], "00:00 unbrick 0.1.0 on linux, practice");
    assert.equal(lines.at(-1), "00:00 End: x");
  });
});
