import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { makeBundle, withoutCachePaths } from "../../../tools/build/bundle.ts";
import { PROJECT } from "../../../tools/build/run_deno.ts";

describe("the bundle", () => {
  it("holds the catalogue and the packages, and nothing of this computer", async () => {
    const { text } = await makeBundle();
    assert.ok(text.includes("ArcherC7v5_tp_recovery.bin"));
    const imported = [...text.matchAll(/^import .*?"([^"]*)";$/gm)].map(([, name = ""]) => name);
    assert.deepEqual(imported.filter((name) => !name.startsWith("node:")), []);
    assert.ok(!text.includes(PROJECT.slice(0, -1)));
    assert.doesNotMatch(text, /\/npm\/registry\.|@unbrick-build@/);
  });

  it("names a module without the way to the cache it came from", () => {
    const bundle = [
      "// ../../home/me/.cache/deno/npm/registry.npmjs.org/a/1.0.0/index.js",
      '  "../.cache/deno/npm/registry.npmjs.org/a/1.0.0/index.js"(exports) {',
      "// lib/npm_fallback/path.ts",
      '  "../npm/b";',
    ].join("\n");
    assert.equal(
      withoutCachePaths(bundle),
      [
        "// npm/registry.npmjs.org/a/1.0.0/index.js",
        '  "npm/registry.npmjs.org/a/1.0.0/index.js"(exports) {',
        "// lib/npm_fallback/path.ts",
        '  "../npm/b";',
      ].join("\n"),
    );
  });
});
