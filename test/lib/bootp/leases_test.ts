import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import fc from "fast-check";
import {
  addressFor,
  type LeaseTable,
  NO_LEASES,
  withDeclined,
  withLease,
} from "../../../lib/bootp/leases.ts";

const POOL = { first: 100, last: 109 };
const MAC = "4c:5e:0c:01:02:03";

/** Gives addresses to clients, one after the other. */
function give(macs: readonly string[], taken: readonly number[] = [], now = 0): LeaseTable {
  let table = NO_LEASES;
  for (const mac of macs) {
    const address = addressFor(table, mac, POOL, taken, now);
    if (address !== undefined) table = withLease(table, mac, { address, endsAt: now + 1000 });
  }
  return table;
}

const anyMac = fc.array(fc.nat(255), { minLength: 6, maxLength: 6 })
  .map((bytes) => bytes.map((byte) => byte.toString(16).padStart(2, "0")).join(":"));

describe("addressFor()", () => {
  it("gives the same client the same address, also after a restart", () => {
    fc.assert(fc.property(anyMac, (mac) => {
      const first = addressFor(NO_LEASES, mac, POOL, [], 0);
      assert.equal(addressFor(NO_LEASES, mac, POOL, [], 5_000_000), first);
      const table = withLease(NO_LEASES, mac, { address: first!, endsAt: 10 });
      assert.equal(addressFor(table, mac, POOL, [], 20), first);
    }));
  });

  it("gives no two clients the same address and never one that is taken", () => {
    fc.assert(fc.property(fc.uniqueArray(anyMac, { maxLength: 15 }), (macs) => {
      const given = [...give(macs, [103, 107]).leases.values()].map(({ address }) => address);
      assert.equal(new Set(given).size, given.length);
      assert.equal(given.length, Math.min(macs.length, 8));
      assert.ok(given.every((address) => address >= 100 && address <= 109));
      assert.ok(!given.includes(103) && !given.includes(107));
    }));
  });

  it("gives nothing when the pool is used up, and again when a lease has ended", () => {
    const macs = Array.from({ length: 10 }, (_, index) => `02:00:00:00:00:0${index}`);
    const table = give(macs);
    assert.equal(table.leases.size, 10);
    assert.equal(addressFor(table, MAC, POOL, [], 999), undefined);
    const address = addressFor(table, MAC, POOL, [], 1000);
    assert.notEqual(address, undefined);
    assert.equal(withLease(table, MAC, { address: address!, endsAt: 2000 }).leases.size, 10);
  });

  it("leaves a declined address alone for ten minutes", () => {
    const address = addressFor(NO_LEASES, MAC, POOL, [], 0)!;
    const leased = withLease(NO_LEASES, MAC, { address, endsAt: 1000 });
    const declined = withDeclined(leased, MAC, 0);
    assert.notEqual(addressFor(declined, MAC, POOL, [], 599_999), address);
    assert.equal(addressFor(declined, MAC, POOL, [], 600_000), address);
    assert.equal(withDeclined(NO_LEASES, MAC, 0), NO_LEASES);
  });
});
