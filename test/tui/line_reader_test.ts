import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { lineReader } from "../../tui/line_reader.ts";

/** An input that delivers these pieces and then ends, or never does. */
function inputOf(pieces: readonly string[], ends = true) {
  const queue = [...pieces];
  return {
    read(into: Uint8Array): Promise<number | null> {
      const piece = queue.shift();
      if (piece === undefined) return ends ? Promise.resolve(null) : new Promise(() => {});
      return Promise.resolve(new TextEncoder().encodeInto(piece, into).written);
    },
  };
}

describe("lineReader()", () => {
  it("gives line by line, however the bytes come", async () => {
    const signal = new AbortController().signal;
    const lines = lineReader(inputOf(["on", "e\r\ntwo\n", "\nfour"]), signal);
    assert.equal(await lines.next(), "one");
    assert.equal(await lines.next(), "two");
    assert.equal(await lines.next(), "");
    assert.equal(await lines.next(), "four");
    assert.equal(await lines.next(), undefined);
    assert.equal(await lines.next(), undefined);
  });

  it("ends when the program is to end, also while it waits", async () => {
    const stop = new AbortController();
    const lines = lineReader(inputOf(["half"], false), stop.signal);
    const next = lines.next();
    stop.abort();
    assert.equal(await next, undefined);
    assert.equal(await lines.next(), undefined);
  });
});
