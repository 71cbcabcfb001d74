/**
 * Runs a plan: each step is journalled before it runs and looked at afterwards. Exit codes are not
 * trusted: what counts is what can be seen.
 *
 * @module
 */
import type { Host, Millis } from "../host/host.ts";
import type { SetupFacts } from "./facts.ts";
import { lookAt } from "./elevation.ts";
import type { Elevation, Sight } from "./elevation.ts";
import { addToJournal, beginJournal, startStep } from "./journal.ts";
import type { JournalHost } from "./journal.ts";
import type { Look, SetupPlan, SetupStep, SystemCommand } from "./plan.ts";
import { readSystemState } from "./system_state.ts";

/** The part of the host that running a plan needs. */
export type RunHost = JournalHost & Pick<Host, "startTimer" | "wallClock">;

/** What happens while a plan or an undo runs. */
export type SetupEvent =
  /** A command is about to run. */
  | { readonly event: "command"; readonly stepId: string; readonly command: SystemCommand }
  /** A step is in effect, or is no longer. */
  | { readonly event: "seen"; readonly stepId: string }
  /** A step had no effect any more: nothing to take back. */
  | { readonly event: "gone"; readonly stepId: string }
  /** A step failed. */
  | { readonly event: "failed"; readonly stepId: string; readonly reason: string };

/** How a run ended. */
export type RunResult =
  /** Every step is in effect. */
  | { readonly result: "ready" }
  /** A step failed; those before it are in place and in the journal. */
  | { readonly result: "failed"; readonly stepId: string; readonly reason: string }
  /** Stopped between two steps; those run are in the journal. */
  | { readonly result: "interrupted" };

/** Some settings take a moment to show. */
const LOOK_PERIOD_MS: Millis = 100;
const LOOK_TRIES = 30;

/** Resolves after a while. */
export function pause(host: Pick<Host, "startTimer">, delayMs: Millis): Promise<void> {
  return new Promise((resolve) => {
    host.startTimer(delayMs, resolve);
  });
}

/** Looks until what is wanted is seen, for about three seconds; returns what was seen last. */
export async function lookUntil(
  host: Pick<Host, "startTimer">,
  elevation: Elevation,
  look: Look,
  wanted: Sight,
): Promise<Sight> {
  let seen = await lookAt(elevation, look);
  for (let tries = 1; tries < LOOK_TRIES && seen !== wanted && seen !== "unknown"; tries++) {
    await pause(host, LOOK_PERIOD_MS);
    seen = await lookAt(elevation, look);
  }
  return seen;
}

/** The first lines of what a program complained about. */
export function complaintOf(output: { readonly stdout: string; readonly stderr: string }): string {
  const text = output.stderr.trim() || output.stdout.trim();
  return text.split(/\r?\n/).slice(0, 3).join(" ").slice(0, 300);
}

async function runStep(
  host: RunHost,
  elevation: Elevation,
  step: SetupStep,
  report: (event: SetupEvent) => void,
): Promise<string | undefined> {
  let complaint = "";
  for (const command of step.commands) {
    report({ event: "command", stepId: step.id, command });
    const output = await elevation.run(command.argv, command.needsAdmin);
    if (output.code !== 0 && command.mayFail === undefined) complaint = complaintOf(output);
  }
  const seen = await lookUntil(host, elevation, step.look, "yes");
  if (seen === "yes") return undefined;
  return complaint !== ""
    ? complaint
    : seen === "unknown"
    ? "its effect could not be seen"
    : "the commands ran, but their effect is not to be seen";
}

/**
 * Runs the steps of a plan that was made from `facts` of this computer. The state found is saved
 * first. Stops at the first step that fails and, when `signal` is aborted, between two steps; the
 * journal then says what undo has to take back.
 *
 * Throws UnbrickError when an old preparation is still in place, another copy prepares at the same
 * time, or the journal cannot be written.
 */
export async function runSetup(
  host: RunHost,
  elevation: Elevation,
  plan: SetupPlan,
  facts: SetupFacts,
  runId: string,
  report: (event: SetupEvent) => void,
  signal: AbortSignal,
): Promise<RunResult> {
  const { name, index, guid, mac } = facts.target;
  await beginJournal(host, {
    os: plan.os,
    runId,
    startedAt: host.wallClock(),
    target: { name, index, guid, mac },
    before: await readSystemState(plan.os, elevation, facts.target),
    steps: plan.steps,
  });
  for (const step of plan.steps) {
    if (signal.aborted) return { result: "interrupted" };
    await startStep(host, runId, step.id);
    const reason = await runStep(host, elevation, step, report);
    if (reason !== undefined) {
      report({ event: "failed", stepId: step.id, reason });
      return { result: "failed", stepId: step.id, reason };
    }
    await addToJournal(host, { event: "seen", id: step.id });
    report({ event: "seen", stepId: step.id });
  }
  await addToJournal(host, { event: "complete" });
  return { result: "ready" };
}
