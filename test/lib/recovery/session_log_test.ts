import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { UnbrickError } from "../../../lib/errors.ts";
import {
  findLastLog,
  type LogEntry,
  openSessionLog,
  parseSessionLog,
  temporaryFolder,
} from "../../../lib/recovery/session_log.ts";
import { posixPath } from "../../support/posix_path.ts";

/** Folders in memory; those in `closed` cannot be written. */
function folders(closed: readonly string[] = []) {
  const files = new Map<string, string>();
  return {
    files,
    host: {
      wallClock: () => Date.UTC(2026, 10, 20, 21, 22, 23),
      makeDirectory: () => Promise.resolve(),
      stat: (path: string) =>
        files.has(posixPath(path))
          ? { kind: "file" as const, size: 1, modifiedAt: undefined }
          : undefined,
      appendFile(named: string, text: string) {
        const path = posixPath(named);
        if (closed.some((folder) => path.startsWith(folder))) {
          return Promise.reject(new UnbrickError("file-not-writable", "no"));
        }
        files.set(path, (files.get(path) ?? "") + text);
        return Promise.resolve();
      },
      listDirectory: (folder: string) => {
        const names = [...files.keys()].filter((path) => path.startsWith(`${folder}/`))
          .map((path) => path.slice(folder.length + 1));
        return names.length > 0 ? Promise.resolve(names) : Promise.reject(new Error("none"));
      },
    },
  };
}

describe("openSessionLog()", () => {
  it("keeps the logs of two copies apart that were started in the same second", async () => {
    const { host, files } = folders();
    for (const result of ["first", "second"]) {
      const log = openSessionLog(host, ["/tmp"]);
      log.add({ event: "end", result });
      await log.written();
    }
    assert.deepEqual([...files.keys()], [
      "/tmp/unbrick-log-20261120-212223.jsonl",
      "/tmp/unbrick-log-20261120-212223-2.jsonl",
    ]);
    assert.ok([...files.values()].every((text) => text.split("\n").length === 2));
  });

  it("writes one JSON object per line, in order, without progress", async () => {
    const { host, files } = folders();
    const log = openSessionLog(host, ["/stick", "/tmp"]);
    log.add({ event: "session", version: "1", os: "linux", practice: false });
    log.add({ event: "progress", transfer: 1, bytes: 1, total: 2, retransmissions: 0 });
    log.add({ event: "end", result: "sent" });
    const path = await log.written();
    assert.equal(posixPath(path!), "/stick/unbrick-log-20261120-212223.jsonl");
    const entries = parseSessionLog(files.get(posixPath(path!))!);
    assert.deepEqual(entries.map(({ entry }) => entry.event), ["session", "end"]);
    assert.equal(entries[0]?.time, "2026-11-20T21:22:23.000Z");
  });

  it("names makers of network cards, but no unit, and says everything once", async () => {
    const { host, files } = folders();
    const log = openSessionLog(host, ["/tmp"]);
    const asks: LogEntry = {
      event: "bootp-request",
      mac: "4c:5e:0c:12:34:56",
      type: "BOOTREQUEST",
      answered: false,
      reason: "not admitted yet",
    };
    log.add(asks);
    log.add(asks);
    log.add({ event: "answer", about: "4C:5E:0C:12:34:56 BOOTP", yes: true });
    log.add({ event: "console-text", text: "Ethernet eth0: MAC address 00:12:cf:7d:7e:7f\n" });
    const text = files.get(posixPath((await log.written())!))!;
    assert.equal(parseSessionLog(text).length, 3);
    assert.doesNotMatch(text, /12:34:56|7d:7e:7f/);
    assert.match(text, /4c:5e:0c:xx:xx:xx[^]*4C:5E:0C:xx:xx:xx[^]*00:12:cf:xx:xx:xx/);
  });

  it("goes on in the next folder when one cannot be written, and loses nothing", async () => {
    const { host, files } = folders(["/stick"]);
    const log = openSessionLog(host, ["/stick", "/tmp"]);
    log.add({ event: "end", result: "a" });
    log.add({ event: "end", result: "b" });
    const path = await log.written();
    assert.match(posixPath(path!), /^\/tmp\//);
    assert.equal(parseSessionLog(files.get(posixPath(path!))!).length, 2);
  });

  it("gives up without a word when nothing can be written", async () => {
    const log = openSessionLog(folders(["/"]).host, ["/stick", "/tmp"]);
    log.add({ event: "end", result: "a" });
    assert.equal(await log.written(), undefined);
  });
});

describe("findLastLog()", () => {
  it("finds the newest of all folders, and nothing else", async () => {
    const { host, files } = folders();
    files.set("/tmp/unbrick-log-20250101-000000.jsonl", "");
    files.set("/tmp/unbrick-log-20260101-000000.jsonl", "");
    files.set("/stick/unbrick-log-20251231-235959.jsonl", "");
    files.set("/stick/zzz.jsonl", "");
    const last = await findLastLog(host, ["/stick", "/tmp", "/nowhere"]);
    assert.equal(posixPath(last!), "/tmp/unbrick-log-20260101-000000.jsonl");
    assert.equal(await findLastLog(host, ["/nowhere"]), undefined);
  });
});

describe("parseSessionLog()", () => {
  it("leaves out lines that are none", () => {
    const text = '{"time":"t","event":"end","result":"x"}\n{"event":"end"}\nnull\n{half\n\n';
    assert.deepEqual(parseSessionLog(text), [
      { time: "t", entry: { event: "end", result: "x" } },
    ]);
  });
});

describe("temporaryFolder()", () => {
  it("is what the environment says, else what is usual", () => {
    const env = (values: Record<string, string>) => (name: string) => values[name];
    assert.equal(temporaryFolder({ os: "linux", env: env({ TMPDIR: "/x" }) }), "/x");
    assert.equal(temporaryFolder({ os: "linux", env: env({}) }), "/tmp");
    assert.equal(temporaryFolder({ os: "windows", env: env({ TEMP: "D:\\T" }) }), "D:\\T");
  });
});
