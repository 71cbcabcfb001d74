/**
 * Recognises steps of a plan that an earlier preparation has brought into effect already.
 *
 * @module
 */
import { lookAt } from "./elevation.ts";
import type { Elevation } from "./elevation.ts";
import { openSteps, readJournal } from "./journal.ts";
import type { JournalHost } from "./journal.ts";
import type { SetupPlan, SetupStep } from "./plan.ts";
import { undoOf } from "./plan.ts";

/** The commands of a step without the mark of its run. */
function fingerprint(step: SetupStep, runId: string): string {
  return JSON.stringify(step.commands.map((command) => command.argv)).replaceAll(runId, "*");
}

/**
 * Leaves out of a plan what an earlier preparation of the same interface has done and what can be
 * seen to be still in effect (or cannot be looked at without rights, and is in its journal).
 */
export async function withoutStepsInEffect(
  host: JournalHost,
  elevation: Elevation,
  plan: SetupPlan,
  runId: string,
): Promise<SetupPlan> {
  const journal = await readJournal(host).catch(() => undefined);
  if (journal === undefined || journal.target.name !== plan.interfaceName) return plan;
  const open = openSteps(journal);
  const done = new Set<string>();
  for (const step of journal.steps) {
    if (!open.includes(step.id) || await lookAt(elevation, step.look) === "no") continue;
    done.add(fingerprint(step, journal.runId));
  }
  const isDone = (step: SetupStep) => done.has(fingerprint(step, runId));
  const steps = plan.steps.filter((step) => !isDone(step));
  return {
    ...plan,
    steps,
    undo: undoOf(steps),
    notices: [
      ...plan.steps.filter(isDone).map((step) => ({
        level: "already" as const,
        text: `In effect since the last unbrick setup --run: ${step.purpose}`,
      })),
      ...plan.notices,
    ],
  };
}
