import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { UnbrickError } from "../../../lib/errors.ts";
import { parseSubnet } from "../../../lib/net/ipv4.ts";
import { assumedFacts } from "../../../lib/setup/gather_facts.ts";
import { meetsExpectation } from "../../../lib/setup/plan.ts";
import type { SetupMode, SetupPlan } from "../../../lib/setup/plan.ts";
import { planSetup } from "../../../lib/setup/plan_setup.ts";
import { defaultShell } from "../../../lib/setup/shell.ts";
import { formatPlan } from "../../../tui/setup_text.ts";
import { assertGolden } from "../../support/golden.ts";
import { goalOf, linuxFacts, macosFacts, PLAN_CASES, windowsFacts } from "./plan_cases.ts";

const MODES: readonly SetupMode[] = ["serve", "push", "bootp"];

function everyPlan(): readonly { readonly name: string; readonly plan: SetupPlan }[] {
  return PLAN_CASES.flatMap(({ name, facts, goal }) =>
    MODES.map((mode) => ({
      name: `${name}_${mode}`,
      plan: planSetup(facts.os, facts, goalOf(mode, goal)),
    }))
  );
}

function ids(plan: SetupPlan): readonly string[] {
  return plan.steps.map((step) => step.id);
}

describe("planSetup", () => {
  for (const { name, facts, goal } of PLAN_CASES) {
    it(`matches the golden text of ${name} for serve, push and bootp`, () => {
      const texts = MODES.map((mode) => {
        const plan = planSetup(facts.os, facts, goalOf(mode, goal));
        const shell = defaultShell(facts.os);
        const text = formatPlan(plan, { shell, hasRights: facts.isAdmin, columns: 80 });
        return `=== ${mode} ===\n${text}`;
      });
      assertGolden(`setup/${name}.txt`, texts.join("\n"));
    });
  }

  it("gives every step an undo, an id of its own, a source and a look", () => {
    for (const { name, plan } of everyPlan()) {
      assert.equal(new Set(ids(plan)).size, plan.steps.length, name);
      for (const step of plan.steps) {
        assert.ok(step.undo.length > 0, `${name} ${step.id} has no undo`);
        assert.ok(step.commands.length > 0 && step.source !== "" && step.look.argv.length > 0);
      }
      assert.deepEqual(plan.undo.map((step) => step.id), [...ids(plan)].reverse(), name);
    }
  });

  it("marks everything for macOS and Windows as never tried", () => {
    for (const { plan } of everyPlan()) {
      if (plan.os === "linux") continue;
      assert.ok(plan.steps.every((step) => step.evidence !== "run"));
    }
  });

  it("never switches a firewall off, never sets a gateway, never renews all interfaces", () => {
    for (const { name, plan } of everyPlan()) {
      for (const { commands, undo } of plan.steps) {
        const text = [...commands, ...undo].map((command) => command.argv.join(" ")).join("\n");
        assert.doesNotMatch(text, /state off|setglobalstate|ufw disable|flush ruleset|-F INPUT/);
        assert.doesNotMatch(text, /gateway=|ipconfig \/renew|stop firewalld/, name);
      }
    }
  });

  it("lets only the device's subnet in: no rule is without a port and a sender", () => {
    const plan = planSetup("windows", windowsFacts(), goalOf("serve"));
    const rule = plan.steps.find((step) => step.id === "firewall-69");
    assert.ok(rule?.commands[0]?.argv.includes("localport=69"));
    assert.ok(rule?.commands[0]?.argv.includes("remoteip=192.168.1.0/24"));
  });

  it("asks for static ARP when the MAC address is known and for fast ARP when it is not", () => {
    const known = goalOf("push", { deviceMac: "00:0a:bb:cc:dd:20" });
    for (const facts of [linuxFacts(), macosFacts(), windowsFacts()]) {
      assert.ok(ids(planSetup(facts.os, facts, known)).includes("arp"), facts.os);
      const unknown = ids(planSetup(facts.os, facts, goalOf("push")));
      assert.ok(unknown.includes("fast-arp") && !unknown.includes("arp"), facts.os);
    }
  });

  it("takes the address away before NetworkManager gets the interface back", () => {
    const facts = linuxFacts({ nmConnectionUuid: "u" }, { manager: "networkmanager" });
    const undo = planSetup("linux", facts, goalOf("serve")).undo.map((step) => step.id);
    assert.ok(undo.indexOf("address") < undo.indexOf("networkmanager"), undo.join(" "));
  });

  it("needs no host route where the connected route wins already", () => {
    const wifi = {
      destination: "192.168.1.0/24",
      interfaceName: "wlp2s0",
      gateway: undefined,
      metric: 600,
    };
    const plan = planSetup("linux", linuxFacts({ routes: [wifi] }), goalOf("push"));
    assert.ok(!ids(plan).includes("route"));
    assert.ok(plan.notices.some((notice) => notice.text.includes("wlp2s0")));
    const equal = planSetup(
      "linux",
      linuxFacts({ routes: [{ ...wifi, metric: 0 }] }),
      goalOf("push"),
    );
    assert.ok(ids(equal).includes("route"));
  });

  it("says when nothing is needed", () => {
    const case_ = PLAN_CASES.find((entry) => entry.name === "linux_already")!;
    const plan = planSetup("linux", case_.facts, goalOf("serve"));
    assert.deepEqual(plan.steps, []);
    assert.match(
      formatPlan(plan, { shell: "sh", hasRights: true, columns: 80 }),
      /Nothing has to be prepared/,
    );
  });

  it("refuses addresses that no computer can have, and the device's own", () => {
    for (const text of ["192.168.1.0/24", "192.168.1.255/24", "192.168.1.1/24", "1.2.3.4/0"]) {
      const goal = goalOf("push", { addresses: [parseSubnet(text)!] });
      assert.throws(
        () => planSetup("linux", linuxFacts(), goal),
        (error) => error instanceof UnbrickError && error.code === "usage",
        text,
      );
    }
  });

  it("blocks when the device is in none of the subnets", () => {
    const goal = goalOf("push", { deviceAddress: "10.0.0.1" });
    const { notices } = planSetup("linux", linuxFacts(), goal);
    assert.ok(notices.some((notice) => notice.level === "blocker"));
  });

  it("plans for another computer and says that it was not checked", () => {
    for (const os of ["linux", "macos", "windows"] as const) {
      const plan = planSetup(os, assumedFacts(os, "eth0"), goalOf("serve"));
      assert.equal(plan.isChecked, false);
      assert.ok(plan.steps.length > 0);
      const text = formatPlan(plan, { shell: defaultShell(os), hasRights: false, columns: 80 });
      assert.match(text, /NOT CHECKED/);
    }
    const byIndex = planSetup("windows", assumedFacts("windows", "12"), goalOf("serve"));
    assert.ok(byIndex.steps.some((step) => step.commands[0]?.argv.includes("name=12")));
  });

  it("breaks prose at 80 columns", () => {
    for (const { name, plan } of everyPlan()) {
      const text = formatPlan(plan, { shell: "sh", hasRights: true, columns: 80 });
      for (const line of text.split("\n")) {
        assert.ok(line.startsWith("       ") || line.length <= 80, `${name}: ${line}`);
      }
    }
  });
});

describe("meetsExpectation", () => {
  it("finds a word only as a whole", () => {
    const expect = { kind: "word", text: "192.168.0.6" } as const;
    assert.equal(meetsExpectation("Address 192.168.0.66 Parameters", expect), false);
    assert.equal(meetsExpectation("Address 192.168.0.6 Parameters", expect), true);
  });

  it("takes an empty output as not different", () => {
    assert.equal(meetsExpectation("\n", { kind: "differs", text: "1000" }), false);
    assert.equal(meetsExpectation("1000\n", { kind: "differs", text: "1000" }), false);
    assert.equal(meetsExpectation("20\n", { kind: "differs", text: "1000" }), true);
  });
});
