import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import config from "../../../deno.json" with { type: "json" };
import { UnbrickError } from "../../../lib/errors.ts";
import { sourceOf } from "../../../tools/build/bundle.ts";
import { sha256 } from "../../../lib/tftp/files.ts";
import { formatSums } from "../../../tools/build/checksums.ts";
import { executableTarget } from "../../../tools/build/executable.ts";
import { fatProblems } from "../../../tools/build/fat.ts";
import { drawIcon } from "../../../tools/build/icon.ts";
import { PERMISSION_FLAGS } from "../../../tools/build/run_flags.ts";
import { fillTemplate } from "../../../tools/build/self_contained.ts";
import { parseTargetOptions } from "../../../tools/build/target_options.ts";
import { DENO_VERSION, TARGETS } from "../../../tools/build/targets.ts";
import { findTarEntry } from "../../../tools/build/tar.ts";
import { tarOf } from "../../support/tar_of.ts";

describe("findTarEntry", () => {
  const tar = tarOf({ "package/a": "first", "package/deno": "x".repeat(600), "package/c": "" });

  it("finds a file behind others, with the place of its content", () => {
    assert.deepEqual(findTarEntry(tar, "package/deno"), { offset: 1536, size: 600 });
    assert.deepEqual(findTarEntry(tar, "package/c"), { offset: 3072, size: 0 });
  });

  it("finds nothing that is not there, cut off, or no tar", () => {
    assert.equal(findTarEntry(tar, "deno"), undefined);
    assert.equal(findTarEntry(tar.subarray(0, 1600), "package/deno"), undefined);
    assert.equal(findTarEntry(new TextEncoder().encode("<html>".repeat(200)), "x"), undefined);
  });
});

describe("fatProblems", () => {
  it("accepts what a stick can hold", () => {
    assert.deepEqual(fatProblems(new Map([["a/START-HERE.txt", 1], ["a/b.x86_64", 4e9]])), []);
  });

  for (
    const [path, size, problem] of [
      ["a/b:c", 1, /character/],
      ["a/b?", 1, /character/],
      ["a\\b", 1, /character/],
      ["a./b", 1, /dot/],
      ["aux.txt", 1, /device/],
      ["x".repeat(256), 1, /length/],
      ["a", 2 ** 32, /4 GiB/],
    ] as const
  ) {
    it(`refuses ${path.slice(0, 10)} of ${size} bytes`, () => {
      const [found, ...more] = fatProblems(new Map([[path, size]]));
      assert.match(found ?? "", problem);
      assert.deepEqual(more, []);
    });
  }

  it("refuses two names that differ in capitals only", () => {
    assert.match(fatProblems(new Map([["a/B", 1], ["A/b", 1]])).join(), /A\/b: the same as a\/B/);
  });
});

describe("executableTarget", () => {
  it("knows the Deno that runs this", async () => {
    using file = await Deno.open(Deno.execPath());
    const start = new Uint8Array(4096);
    await file.read(start);
    assert.equal(executableTarget(start), Deno.build.target);
  });

  it("tells Mach-O and PE with their machines", () => {
    const header = (bytes: readonly number[]) => {
      const start = new Uint8Array(256);
      start.set(bytes);
      return start;
    };
    const pe = header([0x4d, 0x5a]);
    pe[60] = 128;
    pe.set([0x50, 0x45, 0, 0, 0x64, 0xaa], 128);
    assert.equal(executableTarget(pe), "aarch64-pc-windows-msvc");
    assert.equal(
      executableTarget(header([0xcf, 0xfa, 0xed, 0xfe, 7, 0, 0, 1])),
      "x86_64-apple-darwin",
    );
  });

  it("knows no script, no empty file, no other machine", () => {
    assert.equal(executableTarget(new TextEncoder().encode("#!/bin/sh\n".repeat(20))), undefined);
    assert.equal(executableTarget(new Uint8Array()), undefined);
    assert.equal(executableTarget(new Uint8Array(256).fill(0x7f, 0, 1)), undefined);
  });
});

describe("the targets", () => {
  it("are six, each with its package and a whole SHA-512", () => {
    assert.equal(new Set(TARGETS.map(({ name }) => name)).size, 6);
    assert.equal(new Set(TARGETS.map(({ npmPackage }) => npmPackage)).size, 6);
    for (const { integrity } of TARGETS) {
      assert.equal(atob(integrity.replace("sha512-", "")).length, 64);
    }
  });

  it("are those of the Deno the project is tested with", async () => {
    const script = await Deno.readTextFile(new URL("../../../.ci/run", import.meta.url));
    assert.ok(script.includes(`deno@${DENO_VERSION}`));
  });
});

describe("parseTargetOptions", () => {
  it("reads targets and words", () => {
    const { targets, words } = parseTargetOptions(
      ["folder", "--target", "x86_64-apple-darwin", "--target=aarch64-apple-darwin"],
      "",
    );
    assert.deepEqual(targets.map(({ name }) => name), [
      "x86_64-apple-darwin",
      "aarch64-apple-darwin",
    ]);
    assert.deepEqual(words, ["folder"]);
    assert.equal(parseTargetOptions(["--all"], "").targets, TARGETS);
  });

  for (const args of [["--nope"], ["--target"], ["--target", "amiga"]]) {
    it(`refuses ${args.join(" ")} and says what there is`, () => {
      assert.throws(
        () => parseTargetOptions(args, "deno task x"),
        (error: UnbrickError) =>
          error instanceof UnbrickError && error.code === "usage" &&
          /Usage: deno task x|x86_64-unknown-linux-gnu/.test(error.hint ?? ""),
      );
    });
  }
});

describe("what a build tells of its packages", () => {
  it("follows the flags with which Deno finds them", () => {
    assert.equal(sourceOf([]), "jsr");
    assert.equal(sourceOf(["--no-lock"]), "jsr");
    assert.equal(sourceOf(["--import-map=lib/npm_fallback/import_map.json"]), "npm");
    assert.equal(sourceOf(["--import-map=/elsewhere/map.json"]), "folder");
  });
});

describe("checksums", () => {
  it("are written as sha256sum reads them, by name", () => {
    const empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    assert.equal(sha256(new Uint8Array()), empty);
    assert.equal(formatSums(new Map([["b", "2"], ["a/c", "1"]])), "1  a/c\n2  b\n");
  });
});

describe("the icon", () => {
  it("holds three pictures, each as long as its entry tells", () => {
    const icon = drawIcon();
    const view = new DataView(icon.buffer);
    assert.deepEqual([view.getUint16(0), view.getUint16(2, true), view.getUint16(4, true)], [
      0,
      1,
      3,
    ]);
    let end = 6 + 3 * 16;
    for (const [index, size] of [16, 32, 48].entries()) {
      const at = 6 + 16 * index;
      assert.equal(view.getUint8(at), size);
      assert.equal(view.getUint32(at + 12, true), end);
      assert.equal(view.getInt32(end + 8, true), 2 * size);
      end += view.getUint32(at + 8, true);
    }
    assert.equal(icon.length, end);
  });
});

describe("templates", () => {
  it("are filled, and refuse a name without a value", () => {
    assert.equal(fillTemplate("@A@ at @B_1@, me@x.y", { A: 1, B_1: "two" }), "1 at two, me@x.y");
    assert.throws(() => fillTemplate("@A@", {}), /"A"/);
  });
});

describe("the rights baked in", () => {
  it("are those of the task that starts the program", () => {
    const own = config.tasks.start.command.replace(/\$\(.*?\)/, "");
    const flags = own.split(" ").filter((word) => word.startsWith("--"));
    assert.deepEqual(flags, PERMISSION_FLAGS);
  });
});
