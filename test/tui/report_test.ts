import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { UnbrickError } from "../../lib/errors.ts";
import { reportError } from "../../tui/report.ts";

function report(thrown: unknown, debug = false): { code: number; text: string } {
  let text = "";
  const code = reportError({ stderr: (part) => text += part }, thrown, { debug });
  return { code, text };
}

describe("reportError()", () => {
  it("writes message and hint, and answers the exit code of the failure", () => {
    const error = new UnbrickError("port-in-use", "UDP port 69 is taken", { hint: "Stop it" });
    assert.deepEqual(report(error), {
      code: 3,
      text: "error: UDP port 69 is taken\nhint: Stop it\n",
    });
  });

  it("leaves the hint out where there is none", () => {
    assert.equal(report(new UnbrickError("protocol", "Odd")).text, "error: Odd\n");
  });

  it("shows anything unforeseen without a stack trace", () => {
    const { code, text } = report(new TypeError("x is not a function"));
    assert.equal(code, 1);
    assert.match(text, /^error: .*x is not a function\nhint: .*--debug.*\n$/);
  });

  it("shows with --debug where a failure and its causes came from", () => {
    const cause = new RangeError("inner");
    const { text } = report(new UnbrickError("protocol", "Outer", { cause }), true);
    assert.match(text, /UnbrickError: Outer\n[^]*caused by: RangeError: inner\n +at /);
  });

  it("shows with --debug a cause that is not an error", () => {
    const { text } = report(new UnbrickError("protocol", "Outer", { cause: "just text" }), true);
    assert.match(text, /caused by: just text\n$/);
  });
});
