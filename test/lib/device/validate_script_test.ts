import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { loadCatalogue } from "../../../lib/device/catalogue.ts";
import { validateScript } from "../../../lib/device/validate_script.ts";
import { writesFlash } from "../../../lib/console/loaders.ts";

const GOOD = {
  files: [{ name: "kernel", what: "the kernel" }],
  lines: ["ip_address -l {device}/24 -h {server}", "load -b %{FREEMEMLO} {kernel}", "reset"],
};

function faultsOf(change: Partial<Record<keyof typeof GOOD, unknown>>): readonly string[] {
  const faults: string[] = [];
  validateScript({ ...GOOD, ...change }, "script", (field, message) => {
    faults.push(`${field}: ${message}`);
  });
  return faults;
}

const lines = (...changed: string[]) => ({ lines: [...changed, "load {kernel}", "reset"] });

describe("validateScript()", () => {
  it("takes addresses, files, and variables of RedBoot's own", () => {
    assert.deepEqual(faultsOf({}), []);
    assert.deepEqual(faultsOf(lines("fis free", "fis create -l {free} x")), []);
  });

  const cases: readonly (readonly [string, Parameters<typeof faultsOf>[0], string])[] = [
    ["a dollar sign", lines("load $x"), 'script.lines[0]: "load $x" cannot be typed'],
    ["a letter that no console takes", lines("load \u00e4"), "cannot be typed"],
    ["two lines in one", lines("a\nb"), "cannot be typed"],
    ["a word for nothing", lines("load {image}"), "{image} is neither a file nor"],
    ["the free flash before it was told", lines("fis create -l {free} x"), '"fis free" before it'],
    ["no file", { files: [] }, "script.files: is empty"],
    ["a file that is never loaded", { lines: ["reset"] }, "never loads {kernel}"],
    ["a file without what it is", { files: [{ name: "kernel" }] }, "what: is missing"],
    ["a name that RedBoot takes apart", { files: [{ name: "a b", what: "x" }] }, "short name"],
    ["a name that means something else", { files: [{ name: "free", what: "x" }] }, "short name"],
    ["no end", { lines: ["load {kernel}"] }, "has to end with what starts the device"],
    ["a misspelt field", { "line": [] } as never, "is not a field that unbrick knows"],
  ];
  for (const [what, change, fault] of cases) {
    it(`refuses ${what}`, () => {
      assert.ok(faultsOf(change).some((text) => text.includes(fault)), faultsOf(change).join("; "));
    });
  }

  it("refuses the same file twice", () => {
    const [file] = GOOD.files;
    assert.match(faultsOf({ files: [file, file] }).join(), /a name twice/);
  });
});

describe("the scripts of the catalogue", () => {
  it("load before they write, and every line that writes is known to", async () => {
    const { devices, families } = await loadCatalogue();
    const scripts = [...devices, ...families].flatMap(({ recovery }) =>
      recovery.way === "redboot" && recovery.script !== undefined ? [recovery.script.lines] : []
    );
    assert.ok(scripts.length > 0);
    for (const script of scripts) {
      const firstWrite = script.findIndex((line) => writesFlash("redboot", line));
      assert.ok(script.findIndex((line) => line.startsWith("load ")) < firstWrite);
      for (const line of script) {
        assert.equal(writesFlash("redboot", line), /^f(is (?!free|list)|config)/.test(line), line);
      }
    }
  });
});
