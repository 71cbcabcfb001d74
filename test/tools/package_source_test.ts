import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import {
  approvedBefore,
  filesOfGraph,
  forcedFlags,
  lockFlags,
  NPM_IMPORT_MAP,
  npmFlags,
  questionKey,
  refusalReason,
  refusedBefore,
  REMEMBER_MS,
} from "../../tools/package_source.ts";

describe("forcedFlags()", () => {
  for (
    const [value, flags] of [
      [undefined, undefined],
      ["", undefined],
      ["jsr", []],
      ["npm", [`--import-map=${NPM_IMPORT_MAP}`]],
      ["some/map.json", ["--import-map=some/map.json"]],
    ] as const
  ) {
    it(`answers ${JSON.stringify(flags)} to ${JSON.stringify(value)}`, () => {
      assert.deepEqual(forcedFlags(value, undefined), flags);
    });
  }
});

describe("npmFlags()", () => {
  it("names an import map that exists and has every package the sources take from JSR", () => {
    const path = npmFlags()[0]?.replace("--import-map=", "") ?? "";
    const map = JSON.parse(Deno.readTextFileSync(new URL(`../../${path}`, import.meta.url)));
    const wanted = Deno.readTextFileSync(
      new URL("../../tools/wanted_packages.ts", import.meta.url),
    );
    const names = [...wanted.matchAll(/^import "(.+)";$/gm)].map((match) => match[1] ?? "");
    assert.ok(names.length >= 4);
    for (const name of names) assert.ok(name in map.imports, name);
  });

  it("names an import map whose npm packages are those of deno.json", () => {
    const read = (path: string) =>
      JSON.parse(Deno.readTextFileSync(new URL(`../../${path}`, import.meta.url)));
    const config = read("deno.json");
    const map = read(NPM_IMPORT_MAP);
    assert.deepEqual(map.scopes["./"], config.scopes["./lib/npm_fallback/"]);
    assert.equal(map.imports["fast-check"], config.imports["fast-check"]);
  });
});

describe("lockFlags()", () => {
  it("keeps another registry's checksums out of deno.lock", () => {
    assert.deepEqual(lockFlags("http://127.0.0.1/"), ["--no-lock"]);
    assert.deepEqual(forcedFlags("jsr", "http://127.0.0.1/"), ["--no-lock"]);
    assert.deepEqual(lockFlags(undefined), []);
    assert.deepEqual(lockFlags(""), []);
  });
});

describe("deno.lock", () => {
  it("has no checksum that is not jsr.io's, with which nobody could start", () => {
    const lock = JSON.parse(Deno.readTextFileSync(new URL("../../deno.lock", import.meta.url)));
    // As published in other projects' lock files.
    const published = { "@std/path@1.1.6": "c68485c2", "@std/internal@1.0.14": "291516b3" };
    for (const [name, start] of Object.entries(published)) {
      const integrity: string = lock.jsr?.[name]?.integrity ?? start;
      assert.equal(integrity.slice(0, start.length), start, name);
    }
  });
});

describe("refusalReason()", () => {
  it("tells a package that was exchanged from a registry that is out of reach", () => {
    assert.equal(
      refusalReason("error: Integrity check failed for package. The source code is invalid"),
      "a package of jsr.io is not the one in deno.lock",
    );
    assert.equal(refusalReason("error: JSR package manifest"), "jsr.io is out of reach");
  });
});

describe("refusedBefore()", () => {
  const key = questionKey("{}", "", undefined, undefined);
  const reason = "jsr.io is out of reach";
  const now = 5_000_000;

  it("believes a refusal for the time it is kept and no longer", () => {
    assert.equal(refusedBefore({ key, reason, at: now - REMEMBER_MS + 1 }, key, now), reason);
    assert.equal(refusedBefore({ key, reason, at: now - REMEMBER_MS }, key, now), undefined);
  });

  it("does not believe a refusal of another question", () => {
    for (
      const other of [
        questionKey("{ }", "", undefined, undefined),
        questionKey("{}", "{}", undefined, undefined),
        questionKey("{}", "", "http://127.0.0.1/", undefined),
        questionKey("{}", "", undefined, "/cache"),
      ]
    ) assert.equal(refusedBefore({ key, reason, at: now }, other, now), undefined);
  });

  it("does not believe a refusal from the future, nor anything malformed", () => {
    for (
      const refusal of [
        { key, reason, at: now + 1 },
        undefined,
        null,
        "x",
        {},
        { key, reason },
        { reason, at: now },
        { key, at: now },
      ]
    ) assert.equal(refusedBefore(refusal, key, now), undefined);
  });
});

describe("approvedBefore()", () => {
  const key = questionKey("{}", "", undefined, undefined);
  const files = ["/cache/a", "/cache/b"];

  it("believes an approval as long as every file is there", () => {
    assert.equal(approvedBefore({ key, files }, key, (path) => files.includes(path)), true);
    assert.equal(approvedBefore({ key, files }, key, (path) => path === "/cache/a"), false);
  });

  it("does not believe an approval of another question, nor anything malformed", () => {
    const other = questionKey("{}", "{}", undefined, undefined);
    assert.equal(approvedBefore({ key, files }, other, () => true), false);
    for (
      const memory of [undefined, null, "x", {}, { key }, { key, files: [] }, { key, files: [1] }]
    ) {
      assert.equal(approvedBefore(memory, key, () => true), false);
    }
  });
});

describe("filesOfGraph()", () => {
  it("names the files of a graph in which every module was found", () => {
    const modules = [{ specifier: "a", local: "/a" }, { specifier: "node:fs" }, { local: "/b" }];
    assert.deepEqual(filesOfGraph(JSON.stringify({ modules })), ["/a", "/b"]);
  });

  it("refuses a graph with a module that failed", () => {
    assert.equal(filesOfGraph('{"modules":[{"local":"a"},{"error":"no"}]}'), undefined);
  });

  it("refuses a graph without dependencies and text that is no graph", () => {
    for (const text of ['{"modules":[{"specifier":"a"}]}', "{}", "null", "[]", "", "oops"]) {
      assert.equal(filesOfGraph(text), undefined, text);
    }
  });
});
