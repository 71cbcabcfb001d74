import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import fc from "fast-check";
import { wrapText } from "../../tui/wrap_text.ts";

describe("wrapText", () => {
  it("breaks at blanks and fills each line up to the width", () => {
    assert.deepEqual(wrapText("aa bb cc dd", 5), ["aa bb", "cc dd"]);
    assert.deepEqual(wrapText("aa bb cc dd", 4), ["aa", "bb", "cc", "dd"]);
  });

  it("leaves a word that is longer than the width whole", () => {
    assert.deepEqual(wrapText("a openwrt-factory.bin b", 5), ["a", "openwrt-factory.bin", "b"]);
  });

  it("gives no line for a text without words", () => {
    assert.deepEqual(wrapText(" \n ", 10), []);
  });

  it("keeps every word in its order and no line too long that could be broken", () => {
    fc.assert(fc.property(fc.string(), fc.integer({ min: 1, max: 40 }), (text, width) => {
      const lines = wrapText(text, width);
      assert.deepEqual(
        lines.flatMap((line) => line.split(" ")),
        text.split(/\s+/).filter((word) => word !== ""),
      );
      assert.ok(lines.every((line) => line.length <= width || !line.includes(" ")));
    }));
  });
});
