import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { describeLeftOut, isPictureLate, leaveOut } from "../../../tui/output/leave_out.ts";

const MUCH = 1_500_000;
const FAR_TOO_MUCH = 3_000_000;

/** A console whose reader has stopped in front of so many characters. */
function stopped(characters: number) {
  let waiting = characters;
  const told: number[] = [];
  let resolve = (): void => {};
  const flushed = new Promise<void>((settle) => resolve = settle);
  const lines = leaveOut({ waiting: () => waiting, flushed: () => flushed }, (count) => {
    told.push(count);
  });
  return {
    lines,
    told,
    async read() {
      waiting = 0;
      resolve();
      await flushed;
    },
  };
}

describe("leaveOut()", () => {
  it("admits everything while little waits", () => {
    const { lines, told } = stopped(100_000);
    assert.ok(lines.admits("passing"));
    assert.ok(lines.admits("lasting"));
    lines.tell();
    assert.deepEqual(told, []);
  });

  it("leaves out first what a later line tells, too, and tells it in front of the next line", () => {
    const { lines, told } = stopped(MUCH);
    assert.equal(lines.admits("passing"), false);
    assert.equal(lines.admits("passing"), false);
    assert.deepEqual(told, []);
    assert.ok(lines.admits("lasting"));
    assert.deepEqual(told, [2]);
    assert.ok(lines.admits("lasting"));
    assert.equal(lines.admits("passing"), false);
    lines.tell();
    assert.deepEqual(told, [2, 1]);
  });

  it("leaves out every line in the end", () => {
    const { lines, told } = stopped(FAR_TOO_MUCH);
    assert.equal(lines.admits("lasting"), false);
    assert.equal(lines.admits("passing"), false);
    lines.tell();
    assert.deepEqual(told, [2]);
  });

  it("tells it when all before is read, although no further line comes", async () => {
    const { lines, told, read } = stopped(FAR_TOO_MUCH);
    lines.admits("lasting");
    lines.admits("lasting");
    await read();
    assert.deepEqual(told, [2]);
    assert.ok(lines.admits("passing"));
    lines.tell();
    assert.deepEqual(told, [2]);
  });
});

describe("isPictureLate()", () => {
  it("lets a line be on its way, but no screenful", () => {
    assert.equal(isPictureLate({ waiting: () => 100 }), false);
    assert.equal(isPictureLate({ waiting: () => 10_000 }), true);
  });
});

describe("describeLeftOut()", () => {
  it("counts", () => {
    assert.equal(describeLeftOut(1), "(1 line was left out while the output was stopped)");
    assert.equal(describeLeftOut(30), "(30 lines were left out while the output was stopped)");
  });
});
