/**
 * The journal of a preparation: one JSON object per line. The first line holds the state found and
 * every step with its undo; a line is added before and after each step. Whatever the last line is
 * after a crash, it tells what may have been done.
 *
 * @module
 */
import { UnbrickError } from "../errors.ts";
import type { Host, OsName } from "../host/host.ts";
import { asRecord, asText, parseJson } from "../net/loose_json.ts";
import type { SetupStep } from "./plan.ts";
import type { SystemState } from "./system_state.ts";
import { stateFolder } from "./state_folder.ts";
import type { StateHost } from "./state_folder.ts";

/** The part of the host that the journal needs. */
export type JournalHost =
  & StateHost
  & Pick<Host, "readFile" | "writeFile" | "appendFile" | "removeFile" | "makeDirectory" | "stat">;

/** How to find the interface again. */
export interface InterfaceIdentity {
  /** Name at the time. */
  readonly name: string;
  /** Number at the time. */
  readonly index: number | undefined;
  /** GUID on Windows. */
  readonly guid: string | undefined;
  /** MAC address. */
  readonly mac: string | undefined;
}

/** First line of a journal. */
export interface JournalHead {
  /** System it was written on. */
  readonly os: OsName;
  /** {@link SetupGoal.runId} of the preparation. */
  readonly runId: string;
  /** Wall clock at the start, in milliseconds since 1970. */
  readonly startedAt: number;
  /** The interface that was prepared. */
  readonly target: InterfaceIdentity;
  /** State found before anything was changed. */
  readonly before: SystemState;
  /** Steps that were going to be run. */
  readonly steps: readonly SetupStep[];
}

/** A journal as read back. */
export interface Journal extends JournalHead {
  /** Ids of steps that were started, in order; each may or may not have taken effect. */
  readonly started: readonly string[];
  /** Ids of steps that were seen to be in effect. */
  readonly seen: readonly string[];
  /** Ids of steps whose undo was started; it may have ended in the middle. */
  readonly undoStarted: readonly string[];
  /** Ids of steps that were taken back. */
  readonly undone: readonly string[];
  /** Whether every step was run and seen to be in effect. */
  readonly isComplete: boolean;
}

/** What is written after the head. */
export type JournalEntry =
  /** About to run the step. */
  | { readonly event: "start"; readonly id: string }
  /** The step was seen to be in effect. */
  | { readonly event: "seen"; readonly id: string }
  /** About to take the step back. */
  | { readonly event: "undo"; readonly id: string }
  /** The step has been taken back. */
  | { readonly event: "undone"; readonly id: string }
  /** All steps are in effect. */
  | { readonly event: "complete" };

/** Parses a journal; undefined when its first line is not whole, so that nothing can have been done. */
export function parseJournal(text: string): Journal | undefined {
  const [first = "", ...rest] = text.split("\n");
  const head = asRecord(parseJson(first));
  if (head?.["event"] !== "begin" || !Array.isArray(head["steps"])) return undefined;
  const entries = rest.map((line) => asRecord(parseJson(line)));
  const idsOf = (event: JournalEntry["event"]) =>
    entries.flatMap((entry) => entry?.["event"] === event ? asText(entry["id"]) ?? [] : []);
  return {
    // The head was written by this program, into a folder only its user can write.
    ...head as unknown as JournalHead,
    started: idsOf("start"),
    seen: idsOf("seen"),
    undoStarted: idsOf("undo"),
    undone: idsOf("undone"),
    isComplete: entries.some((entry) => entry?.["event"] === "complete"),
  };
}

/** Path of the journal. */
export async function journalPath(host: StateHost): Promise<string> {
  return `${await stateFolder(host)}${host.os === "windows" ? "\\" : "/"}preparation.jsonl`;
}

/** Reads the journal of a preparation that has not been taken back; undefined when there is none. */
export async function readJournal(host: JournalHost): Promise<Journal | undefined> {
  const path = await journalPath(host);
  if (host.stat(path) === undefined) return undefined;
  return parseJournal(new TextDecoder().decode(await host.readFile(path)));
}

/** Under `sudo` the journal belongs to the caller, who may want to undo in another way. */
async function giveToCaller(host: JournalHost, folder: string): Promise<void> {
  const ids = [host.env("SUDO_UID"), host.env("SUDO_GID")];
  if (host.os === "windows" || ids.some((id) => !/^\d+$/.test(id ?? ""))) return;
  await host.run(["chown", "-R", ids.join(":"), folder]);
}

/** Starts the journal. Throws UnbrickError when one is still open or it cannot be written. */
export async function beginJournal(host: JournalHost, head: JournalHead): Promise<void> {
  const old = await readJournal(host);
  if (old !== undefined && openSteps(old).length > 0) {
    throw new UnbrickError("command-failed", "An old preparation is still in place", {
      hint: "Run unbrick setup --undo first",
    });
  }
  const folder = await stateFolder(host);
  await host.makeDirectory(folder);
  const line = JSON.stringify({ event: "begin", ...head }) + "\n";
  await host.writeFile(await journalPath(host), new TextEncoder().encode(line));
  await giveToCaller(host, folder);
}

/**
 * Notes that a step is about to run. Throws UnbrickError when another copy has begun a preparation
 * since: then nothing of ours may be done, for its undo would not know of it.
 */
export async function startStep(host: JournalHost, runId: string, id: string): Promise<void> {
  if ((await readJournal(host))?.runId !== runId) {
    throw new UnbrickError("command-failed", "Another unbrick is preparing this computer", {
      hint: "Go on in its window, or end it and run unbrick setup --undo",
    });
  }
  await addToJournal(host, { event: "start", id });
}

/** Adds a line. */
export async function addToJournal(host: JournalHost, entry: JournalEntry): Promise<void> {
  await host.appendFile(await journalPath(host), JSON.stringify(entry) + "\n");
}

/** Removes the journal: everything is as before. */
export async function endJournal(host: JournalHost): Promise<void> {
  await host.removeFile(await journalPath(host));
}

/** Ids of the steps of a journal that still have to be taken back, last first. */
export function openSteps(journal: Journal): readonly string[] {
  return journal.started.filter((id) => !journal.undone.includes(id)).reverse();
}
