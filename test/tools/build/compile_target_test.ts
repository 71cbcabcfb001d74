import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { sha256 } from "../../../lib/tftp/files.ts";
import { writeSums } from "../../../tools/build/checksums.ts";
import { compileFailure } from "../../../tools/build/compile_target.ts";
import { findTarget } from "../../../tools/build/targets.ts";
import { saySkipped } from "../../support/say_skipped.ts";
import { makeFolder, type TestFolder } from "../../support/test_files.ts";
import { tinyProgram } from "../../support/tiny_program.ts";
import { type Outcome, unbrickArgv } from "../../support/unbrick_process.ts";

const LINUX = "x86_64-unknown-linux-gnu";
const MAC = "aarch64-apple-darwin";

/** Compiles into "program" of the folder; nothing can be fetched. */
async function compile(
  folder: TestFolder,
  target: string,
  runtime: string | undefined,
): Promise<Outcome> {
  const args = [target, folder.file("program"), folder.file("cache")];
  const [deno, ...words] = unbrickArgv(args, "test/support/compile_once.ts");
  const nowhere = "http://127.0.0.1:1/";
  const { code, stdout, stderr } = await new Deno.Command(deno, {
    args: words,
    env: {
      HTTPS_PROXY: nowhere,
      https_proxy: nowhere,
      ...(runtime === undefined ? {} : { DENORT_BIN: runtime }),
    },
  }).output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

async function names(folder: TestFolder): Promise<string[]> {
  const entries = await Array.fromAsync(Deno.readDir(folder.path));
  return entries.map(({ name }) => name).filter((name) => name !== "cache").sort();
}

describe("compiling a program", () => {
  it("says what is missing where the runtime cannot be fetched, and leaves no half file", async () => {
    await using folder = makeFolder();
    const { code, stderr } = await compile(folder, MAC, undefined);
    assert.equal(code, 1);
    const version = Deno.version.deno;
    assert.equal(
      stderr,
      `error: Deno's runtime for compiled programs (denort ${version} for ${MAC}) is not on this ` +
        "computer, and dl.deno.land cannot be reached\n" +
        `hint: Fetch https://dl.deno.land/release/v${version}/denort-${MAC}.zip elsewhere, unpack ` +
        'it, and name the file in DENORT_BIN; or run "deno task stick <folder>", which needs npm ' +
        "only\n",
    );
    assert.deepEqual(await names(folder), []);
  });

  it("refuses Deno itself in the place of its runtime, which would then run as Deno", async () => {
    await using folder = makeFolder();
    const { code, stderr } = await compile(folder, Deno.build.target, Deno.execPath());
    assert.equal(code, 1);
    assert.match(
      stderr,
      /^error: DENORT_BIN \(.*\) is Deno itself, not its runtime\nhint: .*denort/,
    );
    assert.deepEqual(await names(folder), []);
  });

  it("refuses a runtime for another system, and a file that is none", async () => {
    await using folder = makeFolder();
    await Deno.writeFile(folder.file("denort"), tinyProgram("unbrick 0"));
    const other = await compile(folder, MAC, folder.file("denort"));
    assert.match(other.stderr, new RegExp(`is for ${LINUX}\nhint: .* for ${MAC}`));
    await Deno.writeTextFile(folder.file("denort"), "<html>not found</html>");
    const none = await compile(folder, MAC, folder.file("denort"));
    assert.match(none.stderr, /is no program\n/);
    const missing = await compile(folder, MAC, folder.file("nothing"));
    assert.match(
      missing.stderr,
      /^error: DENORT_BIN: Cannot read ".*nothing": it does not exist\nhint: Name the file "denort" /,
    );
    assert.deepEqual([other.code, none.code, missing.code], [1, 1, 1]);
    assert.deepEqual(await names(folder), ["denort"]);
  });

  it("does not take a full disk for a site that cannot be reached", () => {
    const full = "error: Writing deno compile executable to temporary file 'x.tmp-1'\n\n" +
      "Caused by:\n    0: Setting up base binary.\n    1: Writing /cache/dl/denort.zip\n" +
      "    2: No space left on device (os error 28)\n\nStack backtrace:\n   0: <unknown>\n";
    const { message, hint } = compileFailure(findTarget(MAC), full);
    assert.equal(
      message,
      "deno compile failed: Writing deno compile executable to temporary file 'x.tmp-1': " +
        "No space left on device (os error 28)",
    );
    assert.match(hint ?? "", /have room/);
    assert.equal(
      compileFailure(findTarget(MAC), "error: Module not found").message,
      "deno compile failed: Module not found",
    );
  });

  if (Deno.build.target !== LINUX) {
    saySkipped("compiling for this computer", "this is not Linux on x86_64");
    return;
  }

  it("makes a file that starts, and its checksum", async () => {
    await using folder = makeFolder();
    await Deno.writeFile(folder.file("denort"), tinyProgram("unbrick 0"));
    assert.deepEqual(await compile(folder, LINUX, folder.file("denort")), {
      code: 0,
      stdout: "",
      stderr: "",
    });
    await Deno.remove(folder.file("cache"), { recursive: true });
    await Deno.remove(folder.file("denort"));
    await writeSums(folder.path);
    const { stdout } = await new Deno.Command(folder.file("program")).output();
    assert.equal(new TextDecoder().decode(stdout), "unbrick 0\n");
    assert.deepEqual(await names(folder), ["SHA256SUMS", "program"]);
    assert.equal(
      await Deno.readTextFile(folder.file("SHA256SUMS")),
      `${sha256(await Deno.readFile(folder.file("program")))}  program\n`,
    );
  });

  it("makes the same bytes of the same sources", async () => {
    await using folder = makeFolder();
    await Deno.writeFile(folder.file("denort"), tinyProgram("unbrick 0"));
    const sums: string[] = [];
    for (let time = 0; time < 2; time++) {
      await compile(folder, LINUX, folder.file("denort"));
      sums.push(sha256(await Deno.readFile(folder.file("program"))));
    }
    assert.equal(sums[0], sums[1]);
  });

  it("refuses a program that does not start as unbrick", async () => {
    await using folder = makeFolder();
    await Deno.writeFile(folder.file("denort"), tinyProgram("deno 2"));
    const { code, stderr } = await compile(folder, LINUX, folder.file("denort"));
    assert.equal(code, 1);
    assert.match(stderr, /^error: The compiled program does not start as unbrick\n/);
    assert.deepEqual(await names(folder), ["denort"]);
  });
});
