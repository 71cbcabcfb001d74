import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { createDenoHost } from "../../../lib/host/deno_host.ts";
import { UnbrickError } from "../../../lib/errors.ts";
import { selfTest } from "../../../lib/recovery/self_test.ts";

describe("selfTest", () => {
  it("passes over real loopback sockets with faults put in", async () => {
    const { ok, text } = await selfTest(createDenoHost());
    assert.ok(ok, text);
  });
  it("fails in words, without throwing, where no socket can be had", async () => {
    const host = createDenoHost();
    const { ok, text } = await selfTest({
      ...host,
      bind: () => {
        throw new UnbrickError("port-needs-privilege", "Cannot open a socket");
      },
    });
    assert.deepEqual([ok, text], [false, "The self-test failed: Cannot open a socket"]);
  });
});
