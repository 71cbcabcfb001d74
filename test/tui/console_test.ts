import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import type { OsName } from "../../lib/host/host.ts";
import { showsUnicode, wantsColor } from "../../tui/console.ts";

const reading = (variables: Record<string, string>) => (name: string) => variables[name];

describe("wantsColor()", () => {
  for (
    const [variables, isTerminal, expected] of [
      [{ TERM: "xterm" }, true, true],
      [{}, true, true],
      [{ TERM: "xterm" }, false, false],
      [{ TERM: "dumb" }, true, false],
      [{ NO_COLOR: "1" }, true, false],
      [{ NO_COLOR: "" }, true, true],
    ] as const
  ) {
    it(`is ${expected} with ${JSON.stringify(variables)}, terminal ${isTerminal}`, () => {
      assert.equal(wantsColor(reading(variables), isTerminal), expected);
    });
  }
});

describe("showsUnicode()", () => {
  const cases: readonly [Record<string, string>, OsName, boolean, boolean][] = [
    [{ LANG: "en_US.UTF-8" }, "linux", true, true],
    [{ LANG: "de_DE.utf8", TERM: "xterm" }, "macos", true, true],
    [{ LANG: "en_US.UTF-8" }, "linux", false, false],
    [{ LANG: "C" }, "linux", true, false],
    [{}, "linux", true, false],
    [{ LC_ALL: "C", LANG: "en_US.UTF-8" }, "linux", true, false],
    [{ LC_CTYPE: "C.UTF-8", LANG: "C" }, "linux", true, true],
    [{ LANG: "en_US.UTF-8", TERM: "linux" }, "linux", true, false],
    [{ WT_SESSION: "1" }, "windows", true, true],
    [{ LANG: "en_US.UTF-8" }, "windows", true, false],
  ];
  for (const [variables, os, isTerminal, expected] of cases) {
    it(`is ${expected} with ${JSON.stringify(variables)} on ${os}, terminal ${isTerminal}`, () => {
      assert.equal(showsUnicode(reading(variables), os, isTerminal), expected);
    });
  }
});
