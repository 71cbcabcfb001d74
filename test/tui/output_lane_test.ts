import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import fc from "fast-check";
import { openLane, type Sink } from "../../tui/output_lane.ts";

/** A reader who takes one text each time he is told to. */
function slowReader() {
  const taken: string[] = [];
  const offered: { readonly text: string; readonly settle: (gone: boolean) => void }[] = [];
  let closed = 0;
  const sink: Sink = {
    write: (text) =>
      new Promise((resolve, reject) =>
        offered.push({
          text,
          settle(gone) {
            if (gone) return reject(new Error("nobody reads"));
            taken.push(text);
            resolve();
          },
        })
      ),
    closed: () => closed++,
  };
  return {
    sink,
    taken,
    /** Texts that are being written to him. */
    offered: () => offered.map(({ text }) => text),
    async take(gone = false) {
      offered.shift()!.settle(gone);
      await turn();
    },
    closed: () => closed,
  };
}

/** Lets everything happen that waits for nothing but its turn. */
function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

describe("openLane()", () => {
  it("writes at once, and holds nobody up", () => {
    const reader = slowReader();
    const lane = openLane();
    lane.write(reader.sink, "first");
    lane.write(reader.sink, "second");
    assert.deepEqual(reader.offered(), ["first"]);
    assert.equal(lane.waiting(), 11);
  });

  it("joins what has gathered behind a write", async () => {
    const reader = slowReader();
    const lane = openLane();
    for (const text of ["a", "b", "c", "d"]) lane.write(reader.sink, text);
    await reader.take();
    assert.deepEqual(reader.offered(), ["bcd"]);
    await reader.take();
    assert.deepEqual(reader.taken, ["a", "bcd"]);
    assert.equal(lane.waiting(), 0);
  });

  it("joins no more than a few lines, and leaves a long text whole", async () => {
    const reader = slowReader();
    const lane = openLane();
    const texts = ["x", "a".repeat(3000), "b".repeat(3000), "c".repeat(9000), "d"];
    for (const text of texts) lane.write(reader.sink, text);
    while (reader.offered().length > 0) await reader.take();
    assert.deepEqual(reader.taken, texts);
  });

  it("keeps the order of two sinks, one write at a time", async () => {
    const output = slowReader();
    const errors = slowReader();
    const lane = openLane();
    lane.write(output.sink, "1");
    lane.write(errors.sink, "2");
    lane.write(output.sink, "3");
    assert.deepEqual([output.offered(), errors.offered()], [["1"], []]);
    await output.take();
    assert.deepEqual([output.offered(), errors.offered()], [[], ["2"]]);
    await errors.take();
    assert.deepEqual([output.offered(), errors.offered()], [["3"], []]);
  });

  it("is flushed when the last text is taken, also one written meanwhile", async () => {
    const reader = slowReader();
    const lane = openLane();
    await lane.flushed();
    let isFlushed = false;
    lane.write(reader.sink, "one");
    void lane.flushed().then(() => isFlushed = true);
    lane.write(reader.sink, "two");
    await reader.take();
    assert.equal(isFlushed, false);
    await reader.take();
    assert.equal(isFlushed, true);
  });

  it("drops what is for a closed sink, tells it once, and serves the other one", async () => {
    const output = slowReader();
    const errors = slowReader();
    const lane = openLane();
    lane.write(output.sink, "1");
    lane.write(output.sink, "2");
    lane.write(errors.sink, "why");
    await output.take(true);
    lane.write(output.sink, "3");
    assert.deepEqual([output.offered(), errors.offered()], [[], ["why"]]);
    await errors.take();
    await lane.flushed();
    assert.equal(output.closed(), 1);
    assert.equal(lane.waiting(), 0);
  });

  it("acts at once when nothing waits, otherwise between the texts before and after", async () => {
    const reader = slowReader();
    const lane = openLane();
    const actions: string[] = [];
    lane.after(() => actions.push(`after ${reader.taken.length}`));
    assert.deepEqual(actions, ["after 0"]);
    await lane.flushed();
    lane.write(reader.sink, "question");
    lane.after(() => actions.push(`after ${reader.taken.length}`));
    lane.write(reader.sink, "answer");
    assert.equal(actions.length, 1);
    await reader.take();
    assert.deepEqual(actions, ["after 0", "after 1"]);
    assert.deepEqual(reader.offered(), ["answer"]);
  });

  it("loses and moves nothing, whatever is written when", async () => {
    const step = fc.oneof(
      fc.record({ to: fc.constantFrom(0, 1), text: fc.string({ minLength: 1 }) }),
      fc.constant(undefined),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step), async (steps) => {
        const seen: string[] = [];
        const sinks = [0, 1].map((to): Sink => ({
          async write(text) {
            await turn();
            seen.push(...[...text].map((letter) => `${to}${letter}`));
          },
          closed: () => assert.fail("nothing was closed"),
        }));
        const lane = openLane();
        const written: string[] = [];
        for (const given of steps) {
          if (given === undefined) await turn();
          else {
            lane.write(sinks[given.to]!, given.text);
            written.push(...[...given.text].map((letter) => `${given.to}${letter}`));
          }
        }
        await lane.flushed();
        assert.deepEqual(seen, written);
      }),
      { numRuns: 50 },
    );
  });
});
