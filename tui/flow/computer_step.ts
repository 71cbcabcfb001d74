/**
 * Fourth step: the commands that prepare this computer, with their undo. The person runs them or
 * lets unbrick; either way it looks for itself.
 *
 * @module
 */
import { toUnbrickError } from "../../lib/errors.ts";
import type { NetworkInterface } from "../../lib/net/interface.ts";
import { listInterfaces } from "../../lib/net/list_interfaces.ts";
import type { RecoveryPlan } from "../../lib/recovery/plan.ts";
import { askingElevation, type Elevation, quietElevation } from "../../lib/setup/elevation.ts";
import type { SetupFacts } from "../../lib/setup/facts.ts";
import { gatherFacts } from "../../lib/setup/gather_facts.ts";
import { pendingPreparation } from "../../lib/setup/pending.ts";
import type { SetupGoal, SetupPlan } from "../../lib/setup/plan.ts";
import { planSetup } from "../../lib/setup/plan_setup.ts";
import { runSetup, type SetupEvent } from "../../lib/setup/run_setup.ts";
import { defaultShell } from "../../lib/setup/shell.ts";
import { undoSetup } from "../../lib/setup/undo_setup.ts";
import { describeProblem, sentence } from "../sentence.ts";
import {
  formatCommand,
  formatNotice,
  formatPending,
  formatPlan,
  type TextStyle,
} from "../setup_text.ts";
import { BACK, type Back } from "../ui.ts";
import { drawCabling } from "./cabling.ts";
import type { FlowContext, Step, StepResult } from "./flow.ts";

/** A plan with what it was made from. */
interface Prepared {
  readonly plan: SetupPlan;
  readonly facts: SetupFacts;
}

/** Prepares this computer. */
export const computerStep: Step = async (context, state): Promise<StepResult> => {
  const { ui } = context;
  const { plan, target } = state;
  if (plan === undefined || target === undefined) throw new TypeError("a step was left out");
  ui.heading("4 of 8: this computer");
  ui.showExactly(drawCabling(target.service ?? target.name, plan.port, ui.size().columns));
  const goal = goalOf(context, plan);
  let prepared = await prepare(context, goal, target, await quietElevation(context.host));
  if (context.changes.current === undefined || prepared.plan.steps.length > 0) {
    const answer = await undoOld(context);
    if (answer !== undefined) return answer;
    prepared = await prepare(context, goal, target, await quietElevation(context.host));
  } else if (context.changes.current.ranBy === "unbrick") {
    const answer = await keepOrUndo(context);
    if (answer === BACK) return { go: "back" };
    if (answer === "keep") return { go: "next", state };
    prepared = await prepare(context, goal, target, await quietElevation(context.host));
  }
  if (prepared.plan.steps.length === 0) {
    ui.show("\nThis computer is ready as it is.");
    showNotices(context, prepared.plan);
    return { go: "skip", state };
  }
  showCommands(context, prepared);
  for (;;) {
    const answer = await ui.select({
      id: "commands",
      message: "Who runs these commands?",
      choices: [
        { label: "Run them for me, and put all back afterwards", value: "run" as const },
        { label: "I have run them: look", value: "look" as const },
        { label: "Show them again", value: "show" as const },
        { label: "Go on without", value: "without" as const },
      ],
    });
    switch (answer) {
      case BACK:
        return { go: "back" };
      case "without":
        return { go: "next", state };
      case "show":
        showCommands(context, prepared);
        break;
      case "look": {
        const before = prepared.plan;
        const now = await prepare(context, goal, target, await quietElevation(context.host));
        if (now.plan.steps.length < before.steps.length) {
          context.changes.current ??= {
            plan: before,
            ranBy: "person",
            hasRights: now.facts.isAdmin,
          };
        }
        if (now.plan.steps.length === 0) {
          ui.show("Everything is in place.");
          return { go: "next", state };
        }
        ui.show("Still missing:");
        for (const step of now.plan.steps) ui.show(`  - ${step.purpose}`);
        prepared = now;
        break;
      }
      case "run":
        if (await run(context, goal, target)) return { go: "next", state };
    }
  }
};

function goalOf(context: FlowContext, plan: RecoveryPlan): SetupGoal {
  return {
    mode: plan.direction === "listens"
      ? "push"
      : plan.opening.kind === "address"
      ? "bootp"
      : "serve",
    addresses: plan.computer,
    deviceAddress: plan.direction === "listens" ? plan.device[0] : undefined,
    deviceMac: plan.deviceMac,
    speed: undefined,
    runId: Math.floor(context.host.wallClock() / 1000).toString(36),
  };
}

async function prepare(
  { host, toolPath }: FlowContext,
  goal: SetupGoal,
  target: NetworkInterface,
  elevation: Elevation,
): Promise<Prepared> {
  const interfaces = await listInterfaces(host);
  // The interface as it is now, with the addresses it has now.
  const current = interfaces.find(({ name }) => name === target.name) ?? target;
  const facts = await gatherFacts(host, elevation, current, interfaces, goal, toolPath);
  return { facts, plan: planSetup(host.os, facts, goal) };
}

function styleOf({ ui, host }: FlowContext, hasRights: boolean): TextStyle {
  return {
    shell: defaultShell(host.os),
    hasRights,
    columns: Math.min(ui.size().columns, 80) - 1,
  };
}

function showCommands(context: FlowContext, { plan, facts }: Prepared): void {
  const text = formatPlan(plan, styleOf(context, facts.isAdmin));
  context.ui.showExactly(["", ...text.trimEnd().split("\n")]);
}

function showNotices(context: FlowContext, plan: SetupPlan): void {
  for (const notice of plan.notices) {
    context.ui.showExactly(
      formatNotice(notice, Math.min(context.ui.size().columns, 80) - 1)
        .split("\n"),
    );
  }
}

/** The person came back to a computer that is prepared already. */
async function keepOrUndo(context: FlowContext): Promise<"keep" | "undo" | Back> {
  const answer = await context.ui.select({
    id: "prepared",
    message: "This computer is prepared.",
    choices: [
      { label: "Go on with it", value: "keep" as const },
      { label: "Put it back as it was", value: "undo" as const },
    ],
  });
  if (answer === "undo") await takeBack(context);
  return answer;
}

/** Offers to take back what an earlier session left. */
async function undoOld(context: FlowContext): Promise<StepResult | undefined> {
  const { ui, host } = context;
  const pending = await pendingPreparation(host);
  if (pending === undefined) return undefined;
  ui.show(formatPending(pending, Math.min(ui.size().columns, 80) - 1).trimEnd());
  const answer = await ui.confirm({
    id: "undo-old",
    message: "Take it back now? (needed before this one)",
    default: true,
  });
  if (answer === BACK) return { go: "back" };
  if (answer) await takeBack(context);
  return undefined;
}

async function run(
  context: FlowContext,
  goal: SetupGoal,
  target: NetworkInterface,
): Promise<boolean> {
  const { ui, host, log, signal } = context;
  try {
    const elevation = await askingElevation(host);
    // With rights more can be seen, the firewall above all.
    const { plan, facts } = await prepare(context, goal, target, elevation);
    context.changes.current = { plan, ranBy: "unbrick", hasRights: facts.isAdmin };
    const style = styleOf(context, facts.isAdmin);
    const report = reporter(context, style);
    const ended = await runSetup(host, elevation, plan, facts, goal.runId, report, signal);
    const steps = plan.steps.map(({ id }) => id);
    log.add({
      event: "setup",
      result: ended.result === "ready" ? "ready" : "failed",
      steps,
      ...(ended.result === "failed" ? { reason: `${ended.stepId}: ${ended.reason}` } : {}),
    });
    if (ended.result === "ready") {
      ui.show("This computer is ready.");
      return true;
    }
    if (ended.result === "failed") {
      ui.show(`The step "${ended.stepId}" did not work: ${sentence(ended.reason)}`);
      ui.show("What was done before it is taken back.");
      await takeBack(context);
    }
    return false;
  } catch (thrown) {
    const error = toUnbrickError(thrown);
    if (error.code === "interrupted") throw thrown;
    ui.show(describeProblem(error));
    return false;
  }
}

function reporter({ ui, host }: FlowContext, style: TextStyle): (event: SetupEvent) => void {
  return (event) => {
    switch (event.event) {
      case "command":
        ui.showExactly([`> ${formatCommand(host.os, event.command, style)}`]);
        break;
      case "failed":
        ui.show(`  failed: ${event.reason}`);
        break;
      case "seen":
      case "gone":
        break;
    }
  };
}

/** Takes back what unbrick has run. @returns whether all of it is as before. */
export async function takeBack(context: FlowContext): Promise<boolean> {
  const { ui, host, log } = context;
  try {
    const elevation = await askingElevation(host);
    const style = styleOf(context, elevation.canElevate);
    const result = await undoSetup(host, elevation, reporter(context, style));
    if (result !== undefined && result.failed.length > 0) {
      ui.show(`Not taken back: ${result.failed.join(", ")}. Try later: unbrick setup --undo`);
      log.add({ event: "setup", result: "left", steps: result.failed });
      return false;
    }
    for (const { setting, before, after } of result?.differences ?? []) {
      ui.show(`  Not as before: ${setting}: "${before}" is now "${after}"`);
    }
    context.changes.current = undefined;
    log.add({ event: "setup", result: "undone", steps: [] });
    ui.show("This computer is as it was.");
    return true;
  } catch (thrown) {
    const error = toUnbrickError(thrown);
    if (error.code === "interrupted") throw thrown;
    ui.show(describeProblem(error));
    return false;
  }
}
