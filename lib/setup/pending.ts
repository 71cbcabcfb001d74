/**
 * Whether an earlier preparation is still in place. By itself, since every start asks that.
 *
 * @module
 */
import { openSteps, readJournal } from "./journal.ts";
import type { JournalHost } from "./journal.ts";

/** An old preparation that is still in place. */
export interface PendingPreparation {
  /** The interface it was made for. */
  readonly interfaceName: string;
  /** Wall clock at its start, in milliseconds since 1970. */
  readonly startedAt: number;
  /** One line for each step that may still be in place. */
  readonly steps: readonly string[];
}

/**
 * Says whether a preparation is still in place; for every command to call at its start. Reads one
 * file, runs nothing.
 */
export async function pendingPreparation(
  host: JournalHost,
): Promise<PendingPreparation | undefined> {
  const journal = await readJournal(host).catch(() => undefined);
  if (journal === undefined) return undefined;
  const open = openSteps(journal);
  if (open.length === 0) return undefined;
  const steps = open.flatMap((id) => journal.steps.find((step) => step.id === id)?.purpose ?? []);
  return { interfaceName: journal.target.name, startedAt: journal.startedAt, steps };
}
