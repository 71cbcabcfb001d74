import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import type { Held } from "../../../lib/bootp/guard.ts";
import { describeHeld, describeOver } from "../../../lib/bootp/held_text.ts";
import { UnbrickError } from "../../../lib/errors.ts";

const GONE: Held = { why: "no-interface" };
const error = new UnbrickError("send-refused", "Cannot send", { hint: "Allow it" });

describe("describeHeld()", () => {
  it("has words for everything that holds it", () => {
    const cases: readonly (readonly [Held, RegExp, RegExp])[] = [
      [GONE, /^the interface is gone/, /^Plug it in again/],
      [{ why: "no-link" }, /^no link/, /^$/],
      [{ why: "no-address", address: "10.0.0.1" }, /no longer has .* 10\.0\.0\.1$/, /setup/],
      [{ why: "default-route" }, /default route/, /alone/],
      [{ why: "other-server", server: "10.0.0.2" }, /another DHCP server.* 10\.0\.0\.2$/, /cable/],
      [{ why: "cannot-ask", error }, /cannot be looked for: Cannot send$/, /^Allow it$/],
    ];
    for (const [held, reason, hint] of cases) {
      assert.match(describeHeld(held).reason, reason);
      assert.match(describeHeld(held).hint, hint);
    }
  });

  it("tells that an interface is back though something is missing", () => {
    const { reason } = describeHeld({ why: "no-link" }, GONE);
    assert.match(reason, /^the interface is back, but has no link/);
    const address = describeHeld({ why: "no-address", address: "10.0.0.1" }, GONE);
    assert.match(address.reason, /^the interface is back, but no longer has the address/);
  });
});

describe("describeOver()", () => {
  it("says what is over; of another server nobody knows", () => {
    assert.equal(describeOver(GONE), "the interface is back");
    assert.match(describeOver({ why: "no-link" })!, /link now/);
    assert.match(describeOver({ why: "no-address", address: "" })!, /address again/);
    assert.match(describeOver({ why: "default-route" })!, /no default route/);
    assert.match(describeOver({ why: "cannot-ask", error })!, /looked for again/);
    assert.equal(describeOver({ why: "other-server", server: "" }), undefined);
  });
});
