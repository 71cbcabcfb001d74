import { afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import { join } from "@std/path";
import assert from "node:assert/strict";
import {
  appendFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { UnbrickError } from "../../../lib/errors.ts";
import { createDenoHost } from "../../../lib/host/deno_host.ts";

const host = createDenoHost();
let folder = "";

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "unbrick-host-"));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

function codeOf(action: () => void): string {
  try {
    action();
  } catch (error) {
    if (error instanceof UnbrickError) return error.code;
    throw error;
  }
  return "nothing thrown";
}

/** Bytes that differ from place to place, longer than the sink's buffer. */
const LONG = Uint8Array.from({ length: 200_003 }, (_, index) => index * 7);

describe("createFile", () => {
  it("shows nothing under the name before commit, then the whole", () => {
    const path = join(folder, "image.bin");
    const sink = host.createFile(path);
    for (let at = 0; at < LONG.length; at += 1468) sink.write(LONG.subarray(at, at + 1468));
    assert.equal(host.stat(path), undefined);
    sink.commit();
    assert.deepEqual(new Uint8Array(readFileSync(path)), LONG);
    assert.deepEqual(readdirSync(folder), ["image.bin"]);
  });

  it("keeps what it was given although the caller reuses the buffer", () => {
    const path = join(folder, "image.bin");
    const sink = host.createFile(path);
    const buffer = new Uint8Array(4);
    for (let value = 0; value < 3; value++) sink.write(buffer.fill(value));
    sink.commit();
    assert.deepEqual([...readFileSync(path)], [0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2]);
  });

  it("writes pieces larger than its buffer and files without bytes", () => {
    for (const [name, bytes] of [["long", LONG], ["empty", new Uint8Array(0)]] as const) {
      const sink = host.createFile(join(folder, name));
      sink.write(bytes);
      sink.commit();
      assert.deepEqual(new Uint8Array(readFileSync(join(folder, name))), bytes);
    }
  });

  it("leaves nothing behind when discarded, also twice", () => {
    const sink = host.createFile(join(folder, "image.bin"));
    sink.write(LONG);
    sink.discard();
    sink.discard();
    assert.deepEqual(readdirSync(folder), []);
  });

  it("keeps the file when discarded after commit", () => {
    const sink = host.createFile(join(folder, "image.bin"));
    sink.commit();
    sink.discard();
    assert.deepEqual(readdirSync(folder), ["image.bin"]);
  });

  it("refuses a name that is taken, at the start and at the end", () => {
    const path = join(folder, "image.bin");
    const sink = host.createFile(path);
    sink.write(LONG);
    writeFileSync(path, "theirs");
    assert.equal(codeOf(() => host.createFile(path)), "file-exists");
    assert.equal(codeOf(() => sink.commit()), "file-exists");
    assert.equal(readFileSync(path, "utf8"), "theirs");
    assert.deepEqual(readdirSync(folder), ["image.bin"]);
  });

  it("refuses to write after the end", () => {
    const sink = host.createFile(join(folder, "image.bin"));
    sink.discard();
    assert.equal(codeOf(() => sink.write(LONG)), "unexpected");
  });

  it("says that the folder is missing", () => {
    assert.equal(codeOf(() => host.createFile(join(folder, "no", "image.bin"))), "file-not-found");
  });

  it("lets two write the same name: the first to finish keeps it", () => {
    const path = join(folder, "image.bin");
    const [one, two] = [host.createFile(path), host.createFile(path)];
    one.write(Uint8Array.of(1));
    two.write(Uint8Array.of(2));
    two.commit();
    assert.equal(codeOf(() => one.commit()), "file-exists");
    assert.deepEqual([...readFileSync(path)], [2]);
    assert.deepEqual(readdirSync(folder), ["image.bin"]);
  });
});

describe("openFile", () => {
  it("reads at any position and short at the end", () => {
    const path = join(folder, "image.bin");
    writeFileSync(path, LONG);
    const file = host.openFile(path);
    for (const offset of [0, 512, 199_999, 100, LONG.length]) {
      const into = new Uint8Array(16);
      const count = file.read(offset, into);
      assert.deepEqual(into.subarray(0, count), LONG.subarray(offset, offset + 16));
    }
    file.close();
    file.close();
  });

  it("says so when the file was written to meanwhile, whichever way", () => {
    const path = join(folder, "image.bin");
    const changes: readonly (() => void)[] = [
      () => writeFileSync(path, LONG.slice().fill(7)),
      () => writeFileSync(path, LONG.subarray(0, 1000)),
      () => appendFileSync(path, "more"),
    ];
    for (const change of changes) {
      writeFileSync(path, LONG);
      // As it is for a file that was there before: the clock of the file system ticks slowly.
      utimesSync(path, 1000, 1000);
      const file = host.openFile(path);
      assert.equal(file.read(0, new Uint8Array(16)), 16);
      change();
      assert.throws(() => file.read(16, new Uint8Array(16)), /was changed while it was being sent/);
      file.close();
    }
  });

  it("goes on with the old file when it was replaced or deleted", () => {
    const path = join(folder, "image.bin");
    writeFileSync(path, LONG);
    const file = host.openFile(path);
    writeFileSync(join(folder, "new.bin"), "new");
    try {
      renameSync(join(folder, "new.bin"), path);
    } catch (error) {
      // Windows may refuse to replace an open file, which is as good.
      assert.equal(host.os, "windows", String(error));
    }
    const into = new Uint8Array(LONG.length);
    assert.equal(file.read(0, into), LONG.length);
    assert.deepEqual(into, LONG);
    rmSync(path);
    assert.equal(file.read(0, into), LONG.length);
    file.close();
  });

  it("refuses a folder and a name that is not there", () => {
    assert.equal(codeOf(() => host.openFile(folder)), "file-unreadable");
    assert.equal(codeOf(() => host.openFile(join(folder, "none"))), "file-not-found");
  });
});

describe("follow", () => {
  /** What a program tells until it ends or `stopAfter` comes. */
  function followed(argv: readonly string[], stopAfter?: string): Promise<string[]> {
    return new Promise((resolve) => {
      const told: string[] = [];
      const stop = host.follow(argv, {
        lines(lines) {
          told.push(...lines);
          if (stopAfter === undefined || !lines.includes(stopAfter)) return;
          stop();
          resolve(told);
        },
        ended: () => resolve([...told, "ended"]),
      });
    });
  }

  const script = (text: string) => [Deno.execPath(), "eval", "--no-lock", text];

  it("hands on whole lines and the end", async () => {
    const text =
      'const w = (t) => Deno.stdout.writeSync(new TextEncoder().encode(t)); w("a\\nb");' +
      'w("c\\nrest")';
    assert.deepEqual(await followed(script(text)), ["a", "bc", "ended"]);
  });

  it("says nothing more once it was stopped", async () => {
    const text = 'console.log("first"); setInterval(() => console.log("next"), 1)';
    const told = await followed(script(text), "first");
    assert.equal(told[0], "first");
    assert.ok(!told.includes("ended"));
  });

  it("takes a program that is not there for one that has ended", async () => {
    assert.deepEqual(await followed(["unbrick-no-such-program"]), ["ended"]);
  });
});
