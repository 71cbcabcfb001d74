import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import {
  forcedFlags,
  isRefused,
  isWholeGraph,
  NPM_IMPORT_MAP,
  npmFlags,
  questionKey,
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
      assert.deepEqual(forcedFlags(value), flags);
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

describe("isRefused()", () => {
  const key = questionKey("{}", undefined, undefined);
  const now = 5_000_000;

  it("believes a refusal for the time it is kept and no longer", () => {
    assert.equal(isRefused({ key, at: now - REMEMBER_MS + 1 }, key, now), true);
    assert.equal(isRefused({ key, at: now - REMEMBER_MS }, key, now), false);
  });

  it("does not believe a refusal of another question", () => {
    for (
      const other of [
        questionKey("{ }", undefined, undefined),
        questionKey("{}", "http://127.0.0.1/", undefined),
        questionKey("{}", undefined, "/cache"),
      ]
    ) assert.equal(isRefused({ key, at: now }, other, now), false);
  });

  it("does not believe a refusal from the future, nor anything malformed", () => {
    for (const refusal of [{ key, at: now + 1 }, undefined, null, "x", {}, { key }, { at: now }]) {
      assert.equal(isRefused(refusal, key, now), false);
    }
  });
});

describe("isWholeGraph()", () => {
  it("accepts a graph in which every module was found", () => {
    assert.equal(isWholeGraph('{"modules":[{"specifier":"a"},{"specifier":"b"}]}'), true);
  });

  it("refuses a graph with a module that failed", () => {
    assert.equal(isWholeGraph('{"modules":[{"specifier":"a"},{"error":"no"}]}'), false);
  });

  it("refuses a graph without dependencies and text that is no graph", () => {
    for (const text of ['{"modules":[{"specifier":"a"}]}', "{}", "null", "[]", "", "oops"]) {
      assert.equal(isWholeGraph(text), false, text);
    }
  });
});
