/**
 * Takes a preparation back from its journal: last step first, only what is still in effect, each
 * looked at afterwards. Works after a crash, a killed process and a restart of the computer.
 *
 * @module
 */
import type { Millis } from "../host/host.ts";
import type { NetworkInterface } from "../net/interface.ts";
import { listInterfaces } from "../net/list_interfaces.ts";
import type { ListingHost } from "../net/list_interfaces.ts";
import { lookAt } from "./elevation.ts";
import type { Elevation } from "./elevation.ts";
import { addToJournal, endJournal, openSteps, readJournal } from "./journal.ts";
import type { Journal } from "./journal.ts";
import type { Look, SetupStep, SystemCommand } from "./plan.ts";
import { complaintOf, lookUntil, pause } from "./run_setup.ts";
import type { RunHost, SetupEvent } from "./run_setup.ts";
import { compareStates, readSystemState } from "./system_state.ts";
import type { StateDifference } from "./system_state.ts";

const SETTLE_LOOKS = 30;
const SETTLE_PERIOD_MS: Millis = 300;

/** How an undo ended. */
export interface UndoResult {
  /** Ids of steps that could not be taken back; they stay in the journal. */
  readonly failed: readonly string[];
  /** Settings that are not as they were found. */
  readonly differences: readonly StateDifference[];
  /** Why nothing could be compared, if so. */
  readonly notCompared: string | undefined;
}

/** Finds the prepared interface again: by GUID on Windows, else by name and MAC address. */
export function findAgain(
  journal: Pick<Journal, "os" | "target">,
  interfaces: readonly NetworkInterface[],
): NetworkInterface | undefined {
  const { guid, mac, name } = journal.target;
  if (guid !== undefined) return interfaces.find((entry) => entry.guid === guid);
  return interfaces.find((entry) =>
    entry.name === name && (mac === undefined || entry.mac === undefined || entry.mac === mac)
  );
}

/**
 * Puts the number the interface has now into a command of the journal. Our Windows commands name it
 * in these three ways only.
 */
export function renumber(argv: readonly string[], from: number, to: number): readonly string[] {
  if (from === to) return argv;
  return argv.map((word) =>
    word === String(from) ? String(to) : word.replace(
      new RegExp(`(^name=|^interface=|-InterfaceIndex |show interface )${from}(?!\\d)`, "g"),
      `$1${to}`,
    )
  );
}

function renumberLook(look: Look, from: number, to: number): Look {
  return { ...look, argv: renumber(look.argv, from, to) };
}

function renumberStep(step: SetupStep, from: number, to: number): SetupStep {
  const command = (entry: SystemCommand): SystemCommand => ({
    ...entry,
    argv: renumber(entry.argv, from, to),
    ...(entry.onlyIf === undefined ? {} : { onlyIf: renumberLook(entry.onlyIf, from, to) }),
  });
  return { ...step, undo: step.undo.map(command), look: renumberLook(step.look, from, to) };
}

/** Steps of the journal as they have to be taken back now, last first. */
export function stepsToUndo(
  journal: Journal,
  found: NetworkInterface | undefined,
): readonly SetupStep[] {
  const from = journal.target.index;
  const to = found?.index;
  return openSteps(journal).flatMap((id) => {
    const step = journal.steps.find((candidate) => candidate.id === id);
    if (step === undefined) return [];
    return journal.os === "windows" && from !== undefined && to !== undefined
      ? [renumberStep(step, from, to)]
      : [step];
  });
}

/**
 * Whether a step may be half done, so that its look alone cannot tell: several commands of which some
 * may have run, or an undo that ended in the middle.
 */
function isHalfDone(journal: Journal, step: SetupStep): boolean {
  return journal.undoStarted.includes(step.id) ||
    step.commands.length > 1 && !journal.seen.includes(step.id);
}

async function undoStep(
  host: RunHost,
  elevation: Elevation,
  step: SetupStep,
  isInterfaceThere: boolean,
  mayBeHalf: boolean,
  report: (event: SetupEvent) => void,
): Promise<boolean> {
  // Settings that end with the interface or the session cannot be in effect on an interface that is
  // gone or whose name now belongs to another one.
  if (!isInterfaceThere && !step.survivesReboot) {
    report({ event: "gone", stepId: step.id });
    return true;
  }
  if (!mayBeHalf && await lookAt(elevation, step.look) === "no") {
    report({ event: "gone", stepId: step.id });
    return true;
  }
  let complaint = "";
  for (const command of step.undo) {
    if (command.onlyIf !== undefined && await lookAt(elevation, command.onlyIf) === "no") continue;
    report({ event: "command", stepId: step.id, command });
    const output = await elevation.run(command.argv, command.needsAdmin);
    if (output.code !== 0 && command.mayFail === undefined) complaint = complaintOf(output);
  }
  const seen = await lookUntil(host, elevation, step.look, "no");
  if (seen === "no") {
    report({ event: "seen", stepId: step.id });
    return true;
  }
  const reason = complaint !== "" ? complaint : "it is still in effect";
  report({ event: "failed", stepId: step.id, reason });
  return false;
}

/** Managers need a moment until they have configured the interface as before. */
async function settledDifferences(
  host: RunHost,
  elevation: Elevation,
  journal: Journal,
  found: NetworkInterface,
): Promise<readonly StateDifference[]> {
  for (let looks = 1;; looks++) {
    const after = await readSystemState(journal.os, elevation, found);
    const differences = compareStates(journal.before, after);
    if (differences.length === 0 || looks === SETTLE_LOOKS) return differences;
    await pause(host, SETTLE_PERIOD_MS);
  }
}

/**
 * Takes the preparation in the journal back and compares the interface with what was found before.
 * Steps that fail stay in the journal, so that undo can be run again.
 *
 * @returns undefined when there is nothing to take back.
 */
export async function undoSetup(
  host: RunHost & ListingHost,
  elevation: Elevation,
  report: (event: SetupEvent) => void,
): Promise<UndoResult | undefined> {
  const journal = await readJournal(host);
  if (journal === undefined) return undefined;
  const found = findAgain(journal, await listInterfaces(host));
  const failed: string[] = [];
  for (const step of stepsToUndo(journal, found)) {
    const mayBeHalf = isHalfDone(journal, step);
    await addToJournal(host, { event: "undo", id: step.id });
    if (await undoStep(host, elevation, step, found !== undefined, mayBeHalf, report)) {
      await addToJournal(host, { event: "undone", id: step.id });
    } else failed.push(step.id);
  }
  if (failed.length > 0) return { failed, differences: [], notCompared: "not all is taken back" };
  await endJournal(host);
  if (found === undefined) {
    const notCompared = `"${journal.target.name}" is not there any more`;
    return { failed, differences: [], notCompared };
  }
  const differences = await settledDifferences(host, elevation, journal, found);
  return { failed, differences, notCompared: undefined };
}
