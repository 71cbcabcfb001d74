import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { groupByText, packagesOf, withoutNotice } from "../../tools/notices.ts";

const INFO = JSON.stringify({
  packages: { "@std/path@^1": "@std/path@1.1.6", "@std/path@1.1.6": "@std/path@1.1.6" },
  npmPackages: {
    "one@1.0.0": { name: "one", version: "1.0.0", localPath: "/cache/one", dependencies: [] },
  },
});

describe("packagesOf", () => {
  it("names every package of a build once", () => {
    assert.deepEqual(packagesOf(INFO), {
      jsr: ["@std/path"],
      npm: [{ name: "one", version: "1.0.0", localPath: "/cache/one" }],
    });
  });
});

describe("withoutNotice", () => {
  const packages = packagesOf(INFO);

  it("finds nothing when all have one", () => {
    assert.deepEqual(withoutNotice(packages, [{ names: ["@std/*", "one 1.0.0"], text: "" }]), []);
  });

  it("finds new packages and other versions", () => {
    assert.deepEqual(
      withoutNotice(packages, [{ names: ["@cliffy/*", "one 0.9.0"], text: "" }]),
      ["@std/path", "one 1.0.0"],
    );
  });
});

describe("groupByText", () => {
  it("joins what has the same text apart from line ends", () => {
    assert.deepEqual(
      groupByText([
        { names: ["b"], text: "Copyright B\r\n\r\nFree.\r\n" },
        { names: ["c"], text: "Copyright C" },
        { names: ["a"], text: "Copyright B\n\nFree." },
      ]),
      [
        { names: ["a", "b"], text: "Copyright B\n\nFree." },
        { names: ["c"], text: "Copyright C" },
      ],
    );
  });
});
