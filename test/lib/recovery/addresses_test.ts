import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { UnbrickError } from "../../../lib/errors.ts";
import { listenAddresses } from "../../../lib/recovery/addresses.ts";

const LOOPBACK = { interfaceName: "lo", address: "127.0.0.1", prefixLength: 8 };
const WIRED = { interfaceName: "eth0", address: "192.168.0.66", prefixLength: 24 };
const WIRED_TOO = { interfaceName: "eth0", address: "192.168.0.225", prefixLength: 24 };
const NOTHING = { addresses: [], interfaceName: undefined };

describe("listenAddresses", () => {
  it("is the wildcard while the answer address is clear, also without any address", () => {
    assert.deepEqual(listenAddresses(NOTHING, [LOOPBACK, WIRED]), ["0.0.0.0"]);
    assert.deepEqual(listenAddresses(NOTHING, []), ["0.0.0.0"]);
  });
  it("is each address when two are in one network", () => {
    assert.deepEqual(
      listenAddresses(NOTHING, [LOOPBACK, WIRED, WIRED_TOO]),
      ["127.0.0.1", "192.168.0.66", "192.168.0.225"],
    );
  });
  it("is what was asked, each once", () => {
    const wish = { addresses: ["192.168.0.66", "192.168.0.66"], interfaceName: undefined };
    assert.deepEqual(listenAddresses(wish, []), ["192.168.0.66"]);
  });
  it("is the addresses of an interface, or an error naming those that have some", () => {
    const wish = (interfaceName: string) => ({ addresses: [], interfaceName });
    assert.deepEqual(listenAddresses(wish("eth0"), [LOOPBACK, WIRED]), ["192.168.0.66"]);
    assert.throws(() => listenAddresses(wish("eth1"), [LOOPBACK, WIRED]), (error) => {
      assert.ok(error instanceof UnbrickError);
      assert.equal(error.code, "interface-unsuitable");
      assert.match(error.hint!, /lo, eth0/);
      return true;
    });
  });
});
