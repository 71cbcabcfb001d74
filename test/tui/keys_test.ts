import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import fc from "fast-check";
import { keySplitter } from "../../tui/keys.ts";

const encode = (text: string) => new TextEncoder().encode(text);

function split(...reads: string[]): string[] {
  const splitter = keySplitter();
  return reads.flatMap((read) => [...splitter.split(encode(read))]);
}

describe("keySplitter()", () => {
  const cases: readonly [string, readonly string[], readonly string[]][] = [
    ["gives letters one by one", ["ab\r"], ["a", "b", "\r"]],
    ["keeps arrows and page keys whole", ["\x1b[A\x1b[6~\x1bOB"], ["\x1b[A", "\x1b[6~", "\x1bOB"]],
    ["gives the Escape key by itself", ["\x1b"], ["\x1b"]],
    ["gives two Escapes as two", ["\x1b\x1b"], ["\x1b", "\x1b"]],
    ["keeps a letter typed with Alt whole", ["\x1bx"], ["\x1bx"]],
    ["joins an arrow that came in two reads", ["\x1b[", "B"], ["\x1b[B"]],
    ["keeps characters beyond ASCII whole", ["\u00e9\u{1f600}"], ["\u00e9", "\u{1f600}"]],
    ["takes the first line of a paste only, and no Enter", [
      "\x1b[200~one\r\ntwo\r\x1b[201~",
    ], ["o", "n", "e"]],
    ["takes a paste that came in several reads", [
      "\x1b[200~on",
      "e\rtw",
      "o\x1b[20",
      "1~\r",
    ], ["o", "n", "e", "\r"]],
    ["takes control characters out of a paste", ["\x1b[200~a\x03b\x1b[201~"], ["a", "b"]],
    ["skips empty lines at the beginning of a paste", ["\x1b[200~\n\n x\x1b[201~"], [" ", "x"]],
  ];
  for (const [what, reads, keys] of cases) {
    it(what, () => assert.deepEqual(split(...reads), keys));
  }

  it("joins a character whose bytes came in two reads", () => {
    const splitter = keySplitter();
    const bytes = encode("\u00fc");
    assert.deepEqual(splitter.split(bytes.subarray(0, 1)), []);
    assert.deepEqual(splitter.split(bytes.subarray(1)), ["\u00fc"]);
  });

  it("never gives Enter or Ctrl-C out of a paste, however it is cut into reads", () => {
    fc.assert(fc.property(
      fc.array(fc.constantFrom("a", "\r", "\n", "\x03", "\x1b", "["), { maxLength: 12 }),
      fc.array(fc.nat(40), { maxLength: 4 }),
      (content, cuts) => {
        const bytes = encode(`\x1b[200~${content.join("")}\x1b[201~`);
        const splitter = keySplitter();
        const keys: string[] = [];
        let from = 0;
        for (const to of [...cuts.filter((cut) => cut < bytes.length).sort((a, b) => a - b)]) {
          // A read that ends inside the mark itself is the terminal's doing; it writes it whole.
          if (to < 6) continue;
          keys.push(...splitter.split(bytes.subarray(from, to)));
          from = to;
        }
        keys.push(...splitter.split(bytes.subarray(from)));
        assert.deepEqual(keys.filter((key) => key === "\r" || key === "\x03"), []);
      },
    ));
  });
});
