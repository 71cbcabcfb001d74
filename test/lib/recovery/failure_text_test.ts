import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { UnbrickError } from "../../../lib/errors.ts";
import { type Activity, describeFailure } from "../../../lib/recovery/failure_text.ts";
import type { TransferFailure } from "../../../lib/tftp/session.ts";

const FAILURES: readonly TransferFailure[] = [
  { kind: "timeout", silentMs: 60_000, heard: true },
  { kind: "timeout", silentMs: 14_000, heard: false },
  { kind: "peer-error", code: 2, message: "Firmware check failed", verdict: true },
  { kind: "peer-error", code: 0, message: "", verdict: false },
  { kind: "peer-error", code: 99, message: "\x1b[2J", verdict: false },
  { kind: "protocol", reason: "block 1 has 600 bytes, agreed were 512" },
  { kind: "size", announced: 65_536, received: 57_344 },
  {
    kind: "local",
    cause: new UnbrickError("file-not-writable", "Disk full", { hint: "Make room" }),
  },
];

describe("describeFailure", () => {
  it("says what happened and what to do next, for every failure and activity", () => {
    for (const activity of ["serve", "receive", "push", "get"] as const satisfies Activity[]) {
      for (const failure of FAILURES) {
        const { message, hint } = describeFailure(failure, activity);
        assert.ok(message.length > 5 && hint.length > 5, `${activity} ${failure.kind}`);
        // deno-lint-ignore no-control-regex
        assert.doesNotMatch(message + hint, /[\x00-\x1f]/);
      }
    }
  });
  it("tells a verdict on the image from an error in the middle", () => {
    const failure = { kind: "peer-error", code: 2, message: "Firmware check failed" } as const;
    assert.equal(describeFailure({ ...failure, verdict: true }, "push").code, "image-refused");
    assert.equal(describeFailure({ ...failure, verdict: false }, "push").code, "peer-error");
  });
  it("passes a local failure on as it is", () => {
    const details = describeFailure(FAILURES.at(-1)!, "get");
    assert.deepEqual(details, {
      code: "file-not-writable",
      message: "Disk full",
      hint: "Make room",
    });
  });
});
