/**
 * The log of a session: one JSON object per line, fit for a forum post. No paths and no names of
 * people or computers: only what happened on the link.
 *
 * @module
 */
import type { Host } from "../host/host.ts";
import { nodePath } from "../node_builtins.ts";
import type { RecoveryEvent } from "./recovery.ts";

/** Something worth keeping that is no {@link RecoveryEvent}. */
export type SessionEvent =
  /** A session began. */
  | {
    readonly event: "session";
    readonly version: string;
    readonly os: string;
    readonly practice: boolean;
  }
  /** A device was chosen. */
  | {
    readonly event: "device";
    readonly title: string;
    readonly id: string | null;
    readonly direction: string;
    readonly computer: readonly string[];
    readonly device: readonly string[];
    readonly names: readonly string[];
  }
  /** An image was chosen. */
  | {
    readonly event: "image";
    readonly name: string;
    readonly bytes: number;
    readonly sha256: string;
    readonly findings: readonly string[];
  }
  /** An interface was chosen. */
  | { readonly event: "interface"; readonly kind: string; readonly link: string }
  /** The computer was prepared, or is to be put back. */
  | {
    readonly event: "setup";
    readonly result: "ready" | "failed" | "undone" | "left";
    readonly steps: readonly string[];
    readonly reason?: string;
  }
  /** A question was answered: about a client ("MAC protocol"), or a line that writes flash. */
  | { readonly event: "answer"; readonly about: string; readonly yes: boolean }
  /** Something at an address answers, or no longer does. */
  | { readonly event: "ping"; readonly address: string; readonly running: string | null }
  /** The session ended. */
  | { readonly event: "end"; readonly result: string };

/** A line of the log. */
export type LogEntry = SessionEvent | RecoveryEvent;

/** Keeps what happened. */
export interface SessionLog {
  /** Adds an entry, in order, without waiting; one like the entry before is left out. */
  add(entry: LogEntry): void;
  /** Waits until everything is written; the path, or undefined if nowhere could be written. */
  written(): Promise<string | undefined>;
}

/** The slice of the host that the log needs. */
export type LogHost = Pick<Host, "wallClock" | "appendFile" | "makeDirectory" | "stat">;

const PREFIX = "unbrick-log-";
const SUFFIX = ".jsonl";

/** Opens a log in the first folder that can be written. Nothing is made before the first entry. */
export function openSessionLog(host: LogHost, folders: readonly string[]): SessionLog {
  const stamp = new Date(host.wallClock()).toISOString().replace(/[-:]/g, "").replace("T", "-")
    .slice(0, 15);
  let candidates = folders.map((folder) => ({ folder, path: freePath(host, folder, stamp) }));
  let last: Promise<void> = Promise.resolve();
  let before = "";

  async function write(line: string): Promise<void> {
    for (let place = candidates[0]; place !== undefined; place = candidates[0]) {
      try {
        await host.makeDirectory(place.folder);
        await host.appendFile(place.path, line);
        return;
      } catch {
        // A log is no reason to stop a recovery: the next folder, or none.
        candidates = candidates.slice(1);
      }
    }
  }
  return {
    add(entry) {
      if (entry.event === "progress") return;
      // A router that asks every second while somebody thinks says nothing new.
      const text = JSON.stringify(entry);
      if (text === before) return;
      before = text;
      const time = new Date(host.wallClock()).toISOString();
      const line = `${withoutUnits(JSON.stringify({ time, ...entry }))}\n`;
      last = last.then(() => write(line));
    },
    async written() {
      await last;
      return candidates[0]?.path;
    },
  };
}

/** The half of a MAC address that names the maker says enough; the other half names the unit. */
function withoutUnits(text: string): string {
  return text.replace(
    /\b((?:[0-9a-f]{2}:){3})(?:[0-9a-f]{2}:){2}[0-9a-f]{2}\b/gi,
    "$1xx:xx:xx",
  );
}

/** Another copy that was started in the same second has a log of its own. */
function freePath(host: Pick<Host, "stat">, folder: string, stamp: string): string {
  for (let copy = 1;; copy++) {
    const path = nodePath().join(
      folder,
      `${PREFIX}${stamp}${copy === 1 ? "" : `-${copy}`}${SUFFIX}`,
    );
    if (host.stat(path) === undefined) return path;
  }
}

/** A log that keeps nothing. */
export const NO_LOG: SessionLog = { add: () => {}, written: () => Promise.resolve(undefined) };

/** Folder for files that need not last. */
export function temporaryFolder(host: Pick<Host, "os" | "env">): string {
  return host.env("TMPDIR") || host.env("TEMP") || host.env("TMP") ||
    (host.os === "windows" ? "C:\\Windows\\Temp" : "/tmp");
}

/** Path of the newest log in the folders; undefined when there is none. */
export async function findLastLog(
  host: Pick<Host, "listDirectory">,
  folders: readonly string[],
): Promise<string | undefined> {
  const found: { readonly name: string; readonly path: string }[] = [];
  for (const folder of folders) {
    const names = await host.listDirectory(folder).catch(() => []);
    for (const name of names) {
      if (name.startsWith(PREFIX) && name.endsWith(SUFFIX)) {
        found.push({ name, path: nodePath().join(folder, name) });
      }
    }
  }
  return found.sort((a, b) => a.name < b.name ? 1 : -1)[0]?.path;
}

/** A line of a log as read back. */
export interface LoggedEntry {
  /** Wall clock. */
  readonly time: string;
  /** What happened; its fields are those of {@link LogEntry}, but a file can hold anything. */
  readonly entry: LogEntry;
}

/** Reads a log back; lines that are none are left out. */
export function parseSessionLog(text: string): readonly LoggedEntry[] {
  return text.split("\n").flatMap((line) => {
    try {
      const { time, ...entry } = JSON.parse(line);
      return typeof time === "string" && typeof entry.event === "string"
        ? [{ time, entry: entry as LogEntry }]
        : [];
    } catch {
      return [];
    }
  });
}
