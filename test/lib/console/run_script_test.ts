import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import type { ConsoleAnswer } from "../../../lib/console/console_session.ts";
import { freeLength, runScript } from "../../../lib/console/run_script.ts";
import { parseScript } from "../../../lib/console/scripts.ts";

/** Runs a script at a device that gives these answers; everything may be written. */
async function run(text: string, answers: Readonly<Record<string, Partial<ConsoleAnswer>>> = {}) {
  const told: [string, boolean][] = [];
  await runScript({
    loader: "redboot",
    link: {
      command: (line) => Promise.resolve({ printed: "", prompt: "RedBoot> ", ...answers[line] }),
      start: () => Promise.resolve(),
    },
    mayWrite: () => Promise.resolve(true),
    onCommand: (line, writesFlash) => told.push([line, writesFlash]),
  }, parseScript(text));
  return told;
}

const FREE = "  0xA80F0000 .. 0xA87E0000\n";

describe("runScript()", () => {
  it("fills in the free flash that the device told", async () => {
    const told = await run("fis free\nfis create -l {free} rootfs", {
      "fis free": { printed: FREE },
    });
    assert.deepEqual(told.at(-1), ["fis create -l 0x006f0000 rootfs", true]);
  });

  it("writes nothing when it is not known how much is free", async () => {
    for (const printed of ["", `${FREE}${FREE}`, "0xA87E0000 .. 0xA80F0000"]) {
      const ran = run("fis free\nfis create -l {free} rootfs", { "fis free": { printed } });
      await assert.rejects(ran, /does not tell how much of its flash is free/);
    }
  });

  it("leaves an answer out when nothing was asked", async () => {
    assert.deepEqual(await run("fis init\ny\nversion"), [["fis init", true], ["version", false]]);
  });

  it("knows that a yes to what writes flash writes it", async () => {
    const told = await run("fis init\ny\nversion", { "fis init": { prompt: "continue (y/n)? " } });
    assert.deepEqual(told, [["fis init", true], ["y", true], ["version", false]]);
  });
});

describe("freeLength()", () => {
  it("is the difference, in hexadecimal", () => {
    assert.equal(freeLength(FREE), "0x006f0000");
    assert.equal(freeLength("fis free\n 0xBFD00000 .. 0xBFFE0000"), "0x002e0000");
  });
});
