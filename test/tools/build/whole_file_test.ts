import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { UnbrickError } from "../../../lib/errors.ts";
import { passing, writeWhole } from "../../../tools/build/whole_file.ts";
import { saySkipped } from "../../support/say_skipped.ts";
import { startProcess } from "../../support/process.ts";
import { makeFolder, type TestFolder } from "../../support/test_files.ts";
import { unbrickArgv } from "../../support/unbrick_process.ts";

async function names({ path }: TestFolder): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(path), ({ name }) => name)).sort();
}

describe("writeWhole", () => {
  it("makes the folder and the file, over an older one", async () => {
    await using folder = makeFolder();
    for (const text of ["a longer text", "new"]) {
      await writeWhole(folder.file("deep/file"), (part) => Deno.writeTextFile(part, text));
      assert.equal(await Deno.readTextFile(folder.file("deep/file")), text);
    }
    assert.deepEqual(await names(folder), ["deep"]);
  });

  it("keeps the older file and nothing else when writing fails", async () => {
    await using folder = makeFolder();
    await Deno.writeTextFile(folder.file("file"), "old");
    await assert.rejects(
      writeWhole(folder.file("file"), async (part) => {
        await Deno.writeTextFile(part, "half");
        throw new Deno.errors.NotADirectory();
      }),
      (error: unknown) => error instanceof UnbrickError && /^Cannot write/.test(error.message),
    );
    assert.deepEqual(await names(folder), ["file"]);
    assert.equal(await Deno.readTextFile(folder.file("file")), "old");
  });
});

describe("passing", () => {
  it("removes a folder with all that is in it, and minds none that is not there", async () => {
    await using folder = makeFolder();
    {
      await using _ = passing(folder.file("work"));
      await using _missing = passing(folder.file("missing"));
      await Deno.mkdir(folder.file("work/deep"), { recursive: true });
    }
    assert.deepEqual(await names(folder), []);
  });
});

describe("a tool that is stopped with Ctrl-C", () => {
  if (Deno.build.os === "windows") {
    saySkipped("a tool that is stopped", "there is no way to send Ctrl-C on Windows");
    return;
  }

  it("ends with 130 and leaves nothing half done", async () => {
    await using folder = makeFolder();
    await using tool = startProcess(
      unbrickArgv([folder.file("file")], "test/support/write_for_ever.ts"),
    );
    await tool.stdout.waitFor((line) => line === "half", "half a file");
    assert.deepEqual(await names(folder), ["file.part"]);
    tool.signal("SIGINT");
    assert.equal(await tool.end(), 130);
    assert.deepEqual(await names(folder), []);
  });
});
