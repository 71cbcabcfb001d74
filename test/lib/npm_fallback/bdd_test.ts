// Runs tests that fail, to see that failures count, with @std/testing/bdd and with its stand-in.
import { after, before, beforeEach, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";

describe("hooks", () => {
  const calls: string[] = [];
  before(() => {
    calls.push("before");
  });
  beforeEach(() => {
    calls.push("each");
  });
  after(() => {
    calls.push("after");
  });

  it("run before the first test", () => {
    assert.deepEqual(calls, ["before", "each"]);
  });

  it("run before each test, those for the end not yet", () => {
    assert.deepEqual(calls, ["before", "each", "each"]);
  });
});

describe("a test that fails", () => {
  it("fails the run, also in a nested group and after an await", async () => {
    const file = await Deno.makeTempFile({ suffix: "_test.ts" });
    try {
      await Deno.writeTextFile(
        file,
        `import { describe, it } from ${JSON.stringify(import.meta.resolve("@std/testing/bdd"))};
         describe("outer", () => {
           describe("inner", () => {
             it("passes", () => {});
             it("fails late", async () => {
               await Promise.resolve();
               throw new Error("on purpose");
             });
           });
         });`,
      );
      const { code, stdout } = await new Deno.Command(Deno.execPath(), {
        args: ["test", "-q", "--no-check", "--no-lock", "-A", file],
        env: { NO_COLOR: "1" },
        stderr: "null",
      }).output();
      assert.equal(code, 1);
      assert.match(new TextDecoder().decode(stdout), /on purpose[^]*FAILED \| 0 passed/);
    } finally {
      await Deno.remove(file);
    }
  });
});
