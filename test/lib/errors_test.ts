import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { assertNever, exitCodeOf, toUnbrickError, UnbrickError } from "../../lib/errors.ts";

describe("UnbrickError", () => {
  it("carries code, message, hint and cause", () => {
    const cause = new Error("below");
    const error = new UnbrickError("timeout", "Nothing came", { hint: "Look at the cable", cause });
    assert.equal(error.code, "timeout");
    assert.equal(error.message, "Nothing came");
    assert.equal(error.hint, "Look at the cable");
    assert.equal(error.cause, cause);
  });

  it("has no hint and no cause unless given", () => {
    const error = new UnbrickError("timeout", "Nothing came");
    assert.equal(error.hint, undefined);
    assert.equal("cause" in error, false);
  });
});

describe("exitCodeOf", () => {
  it("tells usage, unready computer, interruption and failure apart", () => {
    assert.deepEqual(
      ([
        "usage",
        "not-interactive",
        "port-in-use",
        "address-not-assigned",
        "interrupted",
        "timeout",
      ] as const)
        .map(exitCodeOf),
      [2, 2, 3, 3, 130, 1],
    );
  });
});

describe("toUnbrickError", () => {
  it("returns an UnbrickError as it is", () => {
    const error = new UnbrickError("usage", "No");
    assert.equal(toUnbrickError(error), error);
  });

  it("wraps anything else as unexpected and keeps the cause", () => {
    for (const thrown of [new Error("boom"), "boom"]) {
      const error = toUnbrickError(thrown);
      assert.equal(error.code, "unexpected");
      assert.match(error.message, /boom/);
      assert.equal(error.cause, thrown);
    }
  });
});

describe("assertNever", () => {
  it("throws with the value that should not exist", () => {
    assert.throws(() => assertNever({ kind: "odd" } as never), /odd/);
  });
});
