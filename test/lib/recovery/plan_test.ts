import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { loadCatalogue } from "../../../lib/device/catalogue.ts";
import { formatIpv4, parseIpv4 } from "../../../lib/net/ipv4.ts";
import {
  describePlan,
  namesOfPlan,
  planForAnswers,
  planForEntry,
  planForUnknown,
  type RecoveryPlan,
} from "../../../lib/recovery/plan.ts";

const catalogue = await loadCatalogue();
const entries = [...catalogue.devices, ...catalogue.families];

describe("planForEntry()", () => {
  it("makes of every entry a plan that can be run, or says what else helps", () => {
    for (const entry of entries) {
      const planned = planForEntry(catalogue, entry);
      if (planned.kind === "elsewhere") {
        assert.notEqual(planned.why, "", entry.id);
        assert.ok(planned.instead.length > 0, entry.id);
        continue;
      }
      const { plan } = planned;
      assert.ok(plan.trigger.length > 0, entry.id);
      assert.ok(plan.direction !== "either", entry.id);
      if (plan.direction === "listens") assert.equal(plan.device.length, 1, entry.id);
      assert.equal(describePlan(plan).length, 5);
      for (const { text } of describePlan(plan)) assert.notEqual(text, "", entry.id);
    }
  });

  it("plans for most of the devices that pull or listen", () => {
    const able = catalogue.devices.filter((device) =>
      device.avoid === undefined && ["pulls", "listens"].includes(device.recovery.way)
    );
    const planned = able.filter((device) => planForEntry(catalogue, device).kind === "plan");
    assert.ok(planned.length > able.length * 0.9, `${planned.length} of ${able.length}`);
  });

  it("never plans for a device that is to be left alone", () => {
    const avoided = entries.filter((entry) => entry.avoid !== undefined);
    assert.ok(avoided.length > 0);
    for (const entry of avoided) {
      const planned = planForEntry(catalogue, entry);
      assert.equal(planned.kind, "elsewhere");
      if (planned.kind === "elsewhere") assert.match(planned.why, /^Do not try this/);
    }
  });

  it("sends devices that TFTP cannot help to what does", () => {
    for (const id of ["avm-fritz-box-4020", "d-link-dir-300-rev-a", "mikrotik-rb5009"]) {
      const entry = entries.find((each) => each.id === id);
      assert.ok(entry !== undefined, id);
      assert.equal(planForEntry(catalogue, entry).kind, "elsewhere", id);
    }
  });

  it("gives a netbooting device an address in the network of OpenWrt", () => {
    const plan = planOf("mikrotik-hap-ac-lite");
    assert.deepEqual(plan.opening, { kind: "address", protocol: "bootp" });
    assert.deepEqual(plan.computer.map(({ address }) => formatIpv4(address)), ["192.168.1.10"]);
    assert.equal(plan.startsAtOnce && plan.isRamOnly, true);
    const family = planOf("mikrotik-routerboard");
    assert.deepEqual(family.computer, plan.computer, "whatever the wiki's example is");
  });

  it("keeps the addresses that a netbooting device is known to ask", () => {
    const plan = planOf("xiaomi-redmi-router-ax6s");
    assert.deepEqual(plan.opening, { kind: "address", protocol: undefined });
    assert.deepEqual(plan.computer.map(({ address }) => formatIpv4(address)), ["192.168.31.100"]);
  });

  it("types the script of a device with a console from another address of its network", () => {
    const plan = planOf("fon-la-fonera-fon2100-2200");
    assert.equal(plan.opening.kind, "console");
    assert.deepEqual(plan.device, ["192.168.1.254"]);
    assert.deepEqual(plan.computer.map(({ address }) => formatIpv4(address)), ["192.168.1.2"]);
  });
});

function planOf(id: string): RecoveryPlan {
  const planned = planForEntry(catalogue, entries.find((entry) => entry.id === id)!);
  if (planned.kind !== "plan") assert.fail(planned.why);
  return planned.plan;
}

describe("planForAnswers()", () => {
  it("gives this computer the address that a router asks", () => {
    const plan = planForAnswers({
      direction: "pulls",
      address: "192.168.0.66",
      name: "a.bin",
    });
    assert.deepEqual(plan.computer.map(({ address }) => formatIpv4(address)), ["192.168.0.66"]);
    assert.deepEqual(plan.device, []);
    assert.deepEqual(namesOfPlan(plan), ["a.bin"]);
  });

  it("gives this computer another address than a router that listens", () => {
    for (const address of ["192.168.1.1", "192.168.1.2"]) {
      const plan = planForAnswers({ direction: "listens", address, name: "" });
      assert.deepEqual(plan.device, [address]);
      assert.notEqual(plan.computer[0]?.address, parseIpv4(address));
      assert.deepEqual(plan.names, []);
    }
  });
});

describe("planForUnknown()", () => {
  it("tries both ways, and never takes the address of a router it asks", () => {
    const plan = planForUnknown(catalogue);
    assert.equal(plan.direction, "either");
    assert.ok(plan.computer.length > 3);
    assert.ok(plan.device.length > 0);
    const own = plan.computer.map(({ address }) => formatIpv4(address));
    assert.deepEqual(plan.device.filter((device) => own.includes(device)), []);
  });
});
