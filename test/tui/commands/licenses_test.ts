import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { packagesOf, withoutNotice } from "../../../tools/notices.ts";
import notices from "../../../tui/notices.json" with { type: "json" };
import { packageFlags, runUnbrick } from "../../support/unbrick_process.ts";

/** What `deno info` says of the modules of the program, with the packages that this test has. */
async function programInfo(): Promise<string> {
  const { success, stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", "--no-lock", ...packageFlags(), "main.ts"],
    cwd: new URL("../../../", import.meta.url),
    stderr: "inherit",
  }).output();
  assert.ok(success);
  return new TextDecoder().decode(stdout);
}

describe("unbrick licenses", () => {
  it("prints a license for every package that is inside", async () => {
    const packages = packagesOf(await programInfo());
    const known = [...notices.jsr, ...notices.npm];
    assert.ok(packages.npm.length + packages.jsr.length > 0);
    assert.deepEqual(withoutNotice(packages, known), [], 'run "deno task notices"');
    const { code, stdout } = await runUnbrick(["licenses"]);
    assert.equal(code, 0);
    const isJsr = packages.jsr.length > 0;
    for (const { names, text } of isJsr ? notices.jsr : notices.npm) {
      for (const name of names) assert.ok(stdout.includes(`\n${name}\n`), name);
      assert.ok(stdout.includes(text), text);
    }
    assert.equal(stdout.includes("@cliffy/*"), isJsr);
    assert.equal(stdout.includes("commander"), !isJsr);
  });

  it("prints ours and those of the runtime", async () => {
    const { stdout } = await runUnbrick(["licenses"]);
    const ours = await Deno.readTextFile(new URL("../../../LICENSE", import.meta.url));
    assert.ok(stdout.includes(ours));
    assert.match(stdout, /Copyright \S+ the Deno authors/);
    assert.match(stdout, /the V8 project authors/);
    assert.ok(stdout.includes(`/denoland/deno/tree/v${Deno.version.deno}`));
  });

  it("has npm's texts with every copyright line and no package twice", () => {
    const names = notices.npm.flatMap((notice) => notice.names);
    assert.equal(new Set(names).size, names.length);
    for (const { text } of [...notices.npm, ...notices.jsr, ...notices.runtime]) {
      assert.match(text, /Copyright /i);
    }
  });
});
