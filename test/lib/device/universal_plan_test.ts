import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { loadCatalogue } from "../../../lib/device/catalogue.ts";
import { universalPlan } from "../../../lib/device/universal_plan.ts";
import { formatSubnet } from "../../../lib/net/ipv4.ts";
import { exampleCatalogue, exampleDevice } from "./example_device.ts";

let count = 0;

function pulling(asks: readonly string[], fields: Record<string, unknown> = {}, own?: string) {
  count += 1;
  return exampleDevice({
    id: `device-${count}`,
    recovery: {
      way: "pulls",
      computer: { exactly: asks },
      files: [{ names: [`name${count % 2}.bin`] }],
      ...(own !== undefined && { device: own }),
    },
    ...fields,
  });
}

function addressesOf(plan: ReturnType<typeof universalPlan>): readonly string[] {
  return plan.addresses.map((planned) => `${formatSubnet(planned.address)} +${planned.adds}`);
}

describe("universalPlan", () => {
  it("takes the address that serves the most devices first", () => {
    const a = ["192.168.0.66/24"];
    const b = ["10.0.0.5/8"];
    const plan = universalPlan(exampleCatalogue(pulling(b), pulling(a), pulling(a)), 1);
    assert.deepEqual(addressesOf(plan), ["192.168.0.66/24 +2"]);
    assert.deepEqual(plan.pulls, { served: 2, total: 3 });
    assert.equal(plan.names.reduce((sum, name) => sum + name.devices, 0), 2);
  });

  it("stops when nobody is left to serve", () => {
    const plan = universalPlan(exampleCatalogue(pulling(["10.0.0.5/8"])), 9);
    assert.deepEqual(addressesOf(plan), ["10.0.0.5/8 +1"]);
  });

  it("never takes the address of a device that it serves", () => {
    const first = pulling(["192.168.1.2/24"], {}, "192.168.1.1");
    const second = pulling(["192.168.1.2/24"], {}, "192.168.1.1");
    const clash = pulling(["192.168.1.1/24"]);
    const plan = universalPlan(exampleCatalogue(first, second, clash), 5);
    assert.deepEqual(addressesOf(plan), ["192.168.1.2/24 +2"]);
  });

  it("counts a device that may ask either of two only when both are held", () => {
    const both = pulling(["192.168.0.66/24", "192.168.1.66/24"]);
    const one = pulling(["192.168.0.66/24"]);
    const other = pulling(["192.168.1.66/24"]);
    assert.equal(universalPlan(exampleCatalogue(both, one, other), 1).pulls.served, 1);
    assert.equal(universalPlan(exampleCatalogue(both, one, other), 2).pulls.served, 3);
  });

  it("leaves out devices that are to be avoided or want several files", () => {
    const avoided = pulling(["10.0.0.5/8"], { avoid: "Bricks." });
    const several = exampleDevice({
      id: "several",
      recovery: {
        way: "pulls",
        computer: { exactly: ["10.0.0.5/8"] },
        files: [{ names: ["a"] }, { names: ["b"] }],
      },
    });
    assert.deepEqual(universalPlan(exampleCatalogue(avoided, several), 5).pulls, {
      served: 0,
      total: 0,
    });
  });

  it("counts the listening devices that the addresses reach", () => {
    const listening = (own: string, fields: Record<string, unknown> = {}) => {
      count += 1;
      return exampleDevice({
        id: `device-${count}`,
        recovery: { way: "listens", device: own, ...fields },
      });
    };
    const catalogue = exampleCatalogue(
      pulling(["192.168.1.2/24"]),
      listening("192.168.1.1"),
      listening("192.168.2.1"),
      listening("192.168.1.2"),
      listening("192.168.1.1", { computer: { exactly: ["192.168.1.75/24"] } }),
    );
    assert.deepEqual(universalPlan(catalogue, 3).listens, { served: 1, total: 4 });
  });

  it("serves a majority of the real catalogue with five addresses, more with more", async () => {
    const catalogue = await loadCatalogue();
    const shares = [1, 2, 5, 10, 32].map((most) => {
      const plan = universalPlan(catalogue, most);
      assert.ok(plan.addresses.length <= most);
      assert.equal(plan.addresses.reduce((sum, each) => sum + each.adds, 0), plan.pulls.served);
      return plan.pulls.served / plan.pulls.total;
    });
    assert.ok((shares[2] ?? 0) > 0.6, `${shares}`);
    assert.deepEqual(shares, shares.toSorted((a, b) => a - b));
  });
});
