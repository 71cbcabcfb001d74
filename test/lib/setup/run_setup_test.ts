import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { UnbrickError } from "../../../lib/errors.ts";
import { quietElevation } from "../../../lib/setup/elevation.ts";
import { withoutStepsInEffect } from "../../../lib/setup/in_effect.ts";
import { parseJournal } from "../../../lib/setup/journal.ts";
import { pendingPreparation } from "../../../lib/setup/pending.ts";
import type { SetupPlan } from "../../../lib/setup/plan.ts";
import { planSetup } from "../../../lib/setup/plan_setup.ts";
import { runSetup } from "../../../lib/setup/run_setup.ts";
import type { RunResult, SetupEvent } from "../../../lib/setup/run_setup.ts";
import { findAgain, renumber, undoSetup } from "../../../lib/setup/undo_setup.ts";
import type { UndoResult } from "../../../lib/setup/undo_setup.ts";
import { goalOf, linuxFacts, windowsFacts } from "./plan_cases.ts";
import { Killed, simulatedSystem } from "./simulated_system.ts";
import type { SimulatedSystem } from "./simulated_system.ts";

const FACTS = linuxFacts({
  nmConnectionUuid: "u",
  firewalls: [{ kind: "ufw", rules: "" }, { kind: "iptables" }],
}, { manager: "networkmanager" });
const NETWORKD_FACTS = linuxFacts({}, { manager: "networkd" });
const LISTING = JSON.stringify([{
  ifindex: 3,
  ifname: "enp3s0",
  flags: ["UP"],
  link_type: "ether",
  address: "8c:16:45:11:22:33",
  addr_info: [],
}]);
const JOURNAL = "/home/me/.local/state/unbrick/preparation.jsonl";

function prepared(facts = FACTS): { readonly plan: SetupPlan; readonly system: SimulatedSystem } {
  const plan = planSetup("linux", facts, goalOf("push"));
  return { plan, system: simulatedSystem(plan, LISTING) };
}

async function run(
  { plan, system }: ReturnType<typeof prepared>,
  report: (event: SetupEvent) => void = () => {},
  signal: AbortSignal = new AbortController().signal,
  runId = "test",
): Promise<RunResult> {
  const elevation = await quietElevation(system.host);
  return await runSetup(system.host, elevation, plan, FACTS, runId, report, signal);
}

async function undo(
  { system }: ReturnType<typeof prepared>,
  report: (event: SetupEvent) => void = () => {},
): Promise<UndoResult | undefined> {
  return await undoSetup(system.host, await quietElevation(system.host), report);
}

describe("runSetup", () => {
  it("brings every step into effect and says so in the journal", async () => {
    const made = prepared();
    const { result } = await run(made);
    assert.equal(result, "ready");
    assert.deepEqual([...made.system.effects], made.plan.steps.map((step) => step.id));
    assert.equal(parseJournal(made.system.state.files.get(JOURNAL)!)?.isComplete, true);
  });

  it("announces every command before it runs", async () => {
    const made = prepared();
    const announced: string[] = [];
    const changing = () =>
      made.system.state.ran.filter((argv) =>
        made.plan.steps.some((step) =>
          step.commands.some((command) => command.argv.join(" ") === argv.join(" "))
        )
      ).length;
    await run(made, (event) => {
      if (event.event !== "command") return;
      assert.equal(changing(), announced.length, "ran before it was announced");
      announced.push(event.command.argv.join(" "));
    });
    assert.ok(announced.length >= made.plan.steps.length);
  });

  it("stops at a step whose effect cannot be seen, and undo takes the others back", async () => {
    const made = prepared();
    made.system.broken.add("fast-arp");
    const result = await run(made);
    assert.deepEqual(result, {
      result: "failed",
      stepId: "fast-arp",
      reason: "RTNETLINK answers: No",
    });
    assert.ok(!made.system.effects.has("ufw-answers"));
    await undo(made);
    assert.deepEqual([...made.system.effects], []);
  });

  it("stops between two steps when it is interrupted", async () => {
    const made = prepared();
    const stop = new AbortController();
    const result = await run(made, (event) => {
      if (event.event === "seen") stop.abort();
    }, stop.signal);
    assert.deepEqual([result.result, made.system.effects.size], ["interrupted", 1]);
    await undo(made);
    assert.deepEqual([...made.system.effects], []);
  });

  it("lets one of two copies that begin together go on, and undo takes back what it did", async () => {
    const made = prepared();
    const [first, second] = await Promise.allSettled(
      ["one", "two"].map((runId) => run(made, undefined, undefined, runId)),
    );
    const refused = [first, second].filter((ended) => ended?.status === "rejected");
    assert.equal(refused.length, 1);
    assert.match(String(refused[0]?.reason), /Another unbrick is preparing this computer/);
    assert.equal(made.system.effects.size, made.plan.steps.length);
    await undo(made);
    assert.deepEqual([...made.system.effects], []);
  });

  it("refuses while an old preparation is in place", async () => {
    const made = prepared();
    await run(made);
    await assert.rejects(
      run(made),
      (error) => error instanceof UnbrickError && error.hint === "Run unbrick setup --undo first",
    );
  });

  for (const [name, facts] of [["NetworkManager", FACTS], ["networkd", NETWORKD_FACTS]] as const) {
    it(`killed anywhere (${name}), undo leaves nothing behind`, async () => {
      for (let actions = 0;; actions++) {
        const made = prepared(facts);
        made.system.killAfter(actions);
        const outcome = await run(made).catch((error) => error);
        made.system.revive();
        await undo(made);
        assert.deepEqual([...made.system.effects], [], `killed at action ${actions}`);
        assert.equal(made.system.state.files.has(JOURNAL), false);
        if (!(outcome instanceof Killed)) return;
      }
    });
  }
});

describe("undoSetup", () => {
  it("killed anywhere, a second undo finishes", async () => {
    for (let actions = 0;; actions++) {
      const made = prepared();
      await run(made);
      made.system.killAfter(actions);
      const outcome = await undo(made).catch((error) => error);
      made.system.revive();
      await undo(made);
      assert.deepEqual([...made.system.effects], [], `killed at action ${actions}`);
      const ups = made.system.state.ran.filter((argv) => argv.includes("uuid")).length;
      assert.ok(ups >= 1, `connection not started again, killed at action ${actions}`);
      if (!(outcome instanceof Killed)) return;
    }
  });

  it("leaves alone what is no longer in effect, as after a restart", async () => {
    const made = prepared();
    await run(made);
    for (const step of made.plan.steps) {
      if (!step.survivesReboot) made.system.effects.delete(step.id);
    }
    const events: SetupEvent[] = [];
    await undo(made, (event) => events.push(event));
    const commands = events.filter((event) => event.event === "command");
    assert.deepEqual(commands.map((event) => event.stepId), ["ufw-answers"]);
    assert.deepEqual([...made.system.effects], []);
  });

  it("keeps what it could not take back for the next try", async () => {
    const made = prepared();
    await run(made);
    made.system.stuck.add("address");
    assert.deepEqual((await undo(made))?.failed, ["address"]);
    assert.equal((await pendingPreparation(made.system.host))?.steps.length, 1);
    made.system.stuck.clear();
    assert.deepEqual((await undo(made))?.failed, []);
    assert.equal(await pendingPreparation(made.system.host), undefined);
  });

  it("does not touch the interface when its name belongs to another card now", async () => {
    const made = prepared();
    await run(made);
    const other = LISTING.replace("8c:16:45:11:22:33", "8c:16:45:99:99:99");
    const swapped = simulatedSystem(made.plan, other);
    for (const [path, text] of made.system.state.files) swapped.state.files.set(path, text);
    for (const effect of made.system.effects) swapped.effects.add(effect);
    const result = await undo({ plan: made.plan, system: swapped });
    assert.ok(swapped.effects.has("address"), "took an address from the wrong card");
    assert.ok(!swapped.effects.has("ufw-answers"));
    assert.match(result?.notCompared ?? "", /not there any more/);
  });

  it("says that there is nothing to take back", async () => {
    assert.equal(await undo(prepared()), undefined);
  });
});

describe("pendingPreparation", () => {
  it("takes a preparation that was stopped before its first step for none", async () => {
    const made = prepared();
    const stop = new AbortController();
    stop.abort();
    assert.equal((await run(made, () => {}, stop.signal)).result, "interrupted");
    assert.equal(await pendingPreparation(made.system.host), undefined);
    assert.equal((await run(made)).result, "ready");
  });

  it("names what is still in place, and ignores a journal cut off in its first line", async () => {
    const made = prepared();
    assert.equal(await pendingPreparation(made.system.host), undefined);
    await run(made);
    const pending = await pendingPreparation(made.system.host);
    assert.equal(pending?.interfaceName, "enp3s0");
    assert.equal(pending?.steps.length, made.plan.steps.length);
    made.system.state.files.set(JOURNAL, made.system.state.files.get(JOURNAL)!.slice(0, 100));
    assert.equal(await pendingPreparation(made.system.host), undefined);
  });
});

describe("withoutStepsInEffect", () => {
  it("leaves out what is in effect, also when the run had another mark", async () => {
    const made = prepared();
    await run(made);
    made.system.effects.delete("fast-arp");
    const again = planSetup("linux", FACTS, goalOf("push", { runId: "other" }));
    const elevation = await quietElevation(made.system.host);
    const rest = await withoutStepsInEffect(made.system.host, elevation, again, "other");
    assert.deepEqual(rest.steps.map((step) => step.id), ["fast-arp"]);
    assert.deepEqual(rest.undo.map((step) => step.id), ["fast-arp"]);
    assert.equal(rest.notices.filter((notice) => notice.level === "already").length, 4);
  });

  it("leaves the plan for another interface and without a journal as it is", async () => {
    const made = prepared();
    const elevation = await quietElevation(made.system.host);
    const { host } = made.system;
    assert.equal(await withoutStepsInEffect(host, elevation, made.plan, "test"), made.plan);
    await run(made);
    const other = { ...made.plan, interfaceName: "eth7" };
    assert.equal(await withoutStepsInEffect(host, elevation, other, "test"), other);
  });
});

describe("renumber", () => {
  it("finds every place where a Windows plan names the interface by its number", () => {
    for (const mode of ["serve", "push", "bootp"] as const) {
      for (const deviceMac of [undefined, "00:0a:bb:cc:dd:20"]) {
        const goal = goalOf(mode, { deviceAddress: "192.168.1.1", deviceMac, speed: 100 });
        const at = (index: number) =>
          planSetup(
            "windows",
            windowsFacts({ staticDns: ["8.8.8.8"] }, { index, link: "up" }),
            goal,
          );
        for (const [position, step] of at(12).steps.entries()) {
          const other = at(77).steps[position]!;
          assert.deepEqual(
            step.undo.map((command) => renumber(command.argv, 12, 77)),
            other.undo.map((command) => command.argv),
          );
          assert.deepEqual(renumber(step.look.argv, 12, 77), other.look.argv);
        }
      }
    }
  });
});

describe("findAgain", () => {
  it("goes by GUID on Windows, whatever number and name it has now", () => {
    const { target } = windowsFacts();
    const now = { ...target, index: 31, name: "Ethernet 5" };
    assert.equal(findAgain({ os: "windows", target }, [now])?.index, 31);
    assert.equal(findAgain({ os: "windows", target }, [{ ...now, guid: "{other}" }]), undefined);
  });
});
