import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { UnbrickError } from "../../../lib/errors.ts";
import { parseSums } from "../../../tools/build/checksums.ts";
import type { StickFile } from "../../../tools/build/stick_files.ts";
import { writeStick } from "../../../tools/build/write_stick.ts";
import { makeFolder } from "../../support/test_files.ts";

const file = (path: string, text: string): StickFile => ({
  path,
  what: "text",
  make: () => Promise.resolve(new TextEncoder().encode(text)),
});

describe("writeStick", () => {
  it("writes files with their checksums, tells each, and leaves those of others alone", async () => {
    await using folder = makeFolder();
    await Deno.writeTextFile(folder.file("holiday.jpg"), "mine");
    const told: string[] = [];
    const files = [file("a.txt", "abc"), file("devices/README.txt", "")];
    for (let time = 0; time < 2; time++) {
      assert.equal(await writeStick(folder.path, files, (line) => told.push(line)), 3);
    }
    assert.deepEqual(told.slice(0, 2), [
      "a.txt  3 bytes  text",
      "devices/README.txt  0 bytes  text",
    ]);
    assert.equal(
      await Deno.readTextFile(folder.file("SHA256SUMS")),
      "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  a.txt\n" +
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855  devices/README.txt\n",
    );
    assert.equal(await Deno.readTextFile(folder.file("holiday.jpg")), "mine");
    const names = await Array.fromAsync(Deno.readDir(folder.path), ({ name }) => name);
    assert.deepEqual(names.sort(), ["SHA256SUMS", "a.txt", "devices", "holiday.jpg"]);
  });

  it("keeps what an earlier go wrote for another system, with its checksum, and nothing that is gone", async () => {
    await using folder = makeFolder();
    const write = (...names: string[]) =>
      writeStick(folder.path, names.map((name) => file(name, name)), () => {});
    await write("programs/a", "programs/b", "c");
    await Deno.remove(folder.file("c"));
    await write("programs/b", "programs/d");
    const names = [...parseSums(await Deno.readTextFile(folder.file("SHA256SUMS"))).keys()];
    assert.deepEqual(names, ["programs/a", "programs/b", "programs/d"]);
  });

  for (const [built, before] of [["p/deno.exe", "p.exe"], ["p.exe", "p/deno.exe"]] as const) {
    it(`puts ${built} in the place of ${before}`, async () => {
      await using folder = makeFolder();
      await writeStick(folder.path, [file(before, "old")], () => {});
      const replaces = before.replace(/\/.*/, "");
      await writeStick(folder.path, [{ ...file(built, "new"), replaces }], () => {});
      await assert.rejects(Deno.stat(folder.file(replaces)), Deno.errors.NotFound);
      const sums = parseSums(await Deno.readTextFile(folder.file("SHA256SUMS")));
      assert.deepEqual([...sums.keys()], [built]);
    });
  }

  it("writes nothing when FAT could not hold all of it", async () => {
    await using folder = makeFolder();
    const stick = folder.file("stick");
    await assert.rejects(
      writeStick(stick, [file("a.txt", ""), file("A.TXT", "")], () => {}),
      /A\.TXT: the same as a\.txt/,
    );
    await assert.rejects(Deno.stat(stick), Deno.errors.NotFound);
  });

  it("says which file could not be written", async () => {
    await using folder = makeFolder();
    await Deno.writeTextFile(folder.file("stick"), "a file, no folder");
    await assert.rejects(
      writeStick(folder.file("stick"), [file("a.txt", "")], () => {}),
      (error: unknown) =>
        error instanceof UnbrickError && /^Cannot write ".*a\.txt"/.test(error.message),
    );
  });
});
