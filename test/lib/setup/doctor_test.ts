import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { parseSubnet } from "../../../lib/net/ipv4.ts";
import { diagnose } from "../../../lib/setup/doctor.ts";
import type { DoctorFindings, DoctorLine } from "../../../lib/setup/doctor.ts";
import { parseRouteAnswer } from "../../../lib/setup/examine.ts";
import type { SetupFacts } from "../../../lib/setup/facts.ts";
import type { SetupGoal } from "../../../lib/setup/plan.ts";
import { planSetup } from "../../../lib/setup/plan_setup.ts";
import { goalOf, linuxFacts, macosFacts, windowsFacts } from "./plan_cases.ts";

const ADDRESS = {
  address: "192.168.1.66",
  prefixLength: 24,
  origin: "static",
  isUsable: true,
} as const;
const READY = { addresses: [ADDRESS], link: "up" } as const;

function diagnosis(
  facts: SetupFacts,
  goal: SetupGoal,
  more: Partial<DoctorFindings> = {},
): ReadonlyMap<string, DoctorLine> {
  const lines = diagnose({
    facts,
    goal,
    subnets: goal.addresses,
    plan: planSetup(facts.os, facts, goal),
    routeOver: facts.target.name,
    pending: undefined,
    selfTest: { ok: true, text: "100 KiB arrived unchanged" },
    ...more,
  });
  return new Map(lines.map((line) => [line.id, line]));
}

describe("diagnose", () => {
  it("finds nothing wrong with a computer that is ready", () => {
    const push = goalOf("push");
    const lines = diagnosis(linuxFacts({ isAdmin: true }, READY), push);
    assert.deepEqual([...lines.values()].filter((line) => line.state !== "ok"), []);
    assert.equal(lines.size, 14);
  });

  it("names the command that mends what the plan would mend", () => {
    const facts = linuxFacts({
      firewalls: [{ kind: "iptables" }],
      portHolders: [{ port: 69, program: "in.tftpd", pid: 8 }],
    }, { manager: "networkmanager" });
    const lines = diagnosis(facts, goalOf("serve"));
    const mends = (id: string) => lines.get(id)?.commands[0]?.argv.slice(0, 3).join(" ");
    assert.equal(mends("address"), "ip addr add");
    assert.equal(mends("firewall"), "iptables -I INPUT");
    assert.equal(mends("port-69"), "systemctl stop tftpd-hpa");
    assert.equal(mends("rights"), "sysctl -w net.ipv4.ip_unprivileged_port_start=69");
    assert.equal(mends("manager"), "nmcli device set");
    for (const id of ["address", "firewall", "port-69", "rights"]) {
      assert.equal(lines.get(id)?.stops, true, id);
    }
    assert.equal(lines.get("manager")?.stops, false);
  });

  it("does not mind a held port that is not needed", () => {
    const facts = linuxFacts({ portHolders: [{ port: 69, program: "x", pid: 8 }] }, READY);
    assert.equal(diagnosis(facts, goalOf("push")).get("port-69")?.state, "ok");
  });

  it("sees the wrong route, the same subnet twice and a VPN", () => {
    const { target } = linuxFacts({}, READY);
    const wifi = { ...target, name: "wlan0", index: 9, kind: "wifi" as const };
    const vpn = {
      ...target,
      name: "tun0",
      kind: "virtual" as const,
      addresses: [],
      hasDefaultRoute: true,
    };
    const facts = linuxFacts({ interfaces: [target, wifi, vpn] }, READY);
    const lines = diagnosis(facts, goalOf("push"), { routeOver: "wlan0" });
    assert.match(lines.get("route")?.text ?? "", /"wlan0"/);
    assert.equal(lines.get("route")?.stops, true);
    assert.equal(lines.get("same-subnet")?.state, "problem");
    assert.match(lines.get("vpn")?.text ?? "", /"tun0"/);
  });

  it("says what it could not check, and why", () => {
    const facts = windowsFacts({ unchecked: ["PowerShell told nothing"], isFirewallOn: false });
    const goal = { ...goalOf("serve"), addresses: [] };
    const lines = diagnosis(facts, goal, {
      subnets: [parseSubnet("10.0.0.1/24")!],
      routeOver: undefined,
      selfTest: undefined,
    });
    for (const id of ["address", "route", "firewall", "self-test"]) {
      assert.equal(lines.get(id)?.state, "unknown", id);
      assert.notEqual(lines.get(id)?.text, "");
    }
  });

  it("does not call a firewall harmless when no subnet is known", () => {
    const goal = { ...goalOf("serve"), addresses: [] };
    assert.equal(diagnosis(linuxFacts(), goal).get("firewall")?.state, "unknown");
  });

  it("stops at an address that is not usable only while there is no link", () => {
    const target = { addresses: [{ ...ADDRESS, isUsable: false }], usesDhcp: false } as const;
    const line = diagnosis(windowsFacts({}, target), goalOf("serve")).get("address");
    assert.deepEqual([line?.state, line?.stops], ["problem", false]);
  });

  it("stops at a firewall that blocks everything, and at a failed self-test", () => {
    const lines = diagnosis(macosFacts({ appFirewallState: 2 }), goalOf("serve"), {
      selfTest: { ok: false, text: "Bytes differ" },
    });
    assert.equal(lines.get("firewall")?.stops, true);
    assert.equal(lines.get("self-test")?.stops, true);
  });
});

describe("parseRouteAnswer", () => {
  it("reads the answer of each system", () => {
    assert.equal(parseRouteAnswer("linux", '[{"dst":"1.1.1.1","dev":"eth0","flags":[]}]'), "eth0");
    assert.equal(parseRouteAnswer("macos", "   route to: 1.1.1.1\n  interface: en7\n"), "en7");
    assert.equal(parseRouteAnswer("windows", "12\r\n"), "12");
    assert.equal(parseRouteAnswer("linux", "RTNETLINK answers: Network is unreachable"), undefined);
  });
});
