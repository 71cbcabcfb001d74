/**
 * The log of a session as text that can be pasted into a forum.
 *
 * @module
 */
import type { LoggedEntry, SessionEvent } from "../lib/recovery/session_log.ts";
import type { RecoveryEvent } from "../lib/recovery/recovery.ts";
import { formatBytes } from "./output/event_text.ts";
import { describeRecoveryEvent } from "./output/recovery_text.ts";

/** The lines of a log, each with the time since its beginning. */
export function describeLog(entries: readonly LoggedEntry[]): readonly string[] {
  const start = Date.parse(entries[0]?.time ?? "");
  return entries.flatMap(({ time, entry }) => {
    const text = isSession(entry) ? describeSession(entry) : describeRecovery(entry);
    if (text === undefined) return [];
    const at = clock(Date.parse(time) - start);
    return text.split("\n")
      .map((line, index) => index === 0 ? `${at} ${line}` : `      ${line.trim()}`);
  });
}

const SESSION_EVENTS: ReadonlySet<string> = new Set(
  [
    "session",
    "device",
    "image",
    "interface",
    "setup",
    "answer",
    "ping",
    "end",
  ] satisfies SessionEvent[
    "event"
  ][],
);

function isSession(entry: LoggedEntry["entry"]): entry is SessionEvent {
  return SESSION_EVENTS.has(entry.event);
}

/** A line that is damaged or from another version is left out, not a failure. */
function describeRecovery(entry: RecoveryEvent): string | undefined {
  try {
    return describeRecoveryEvent(entry);
  } catch {
    return undefined;
  }
}

function describeSession(entry: SessionEvent): string {
  switch (entry.event) {
    case "session":
      return `unbrick ${entry.version} on ${entry.os}${entry.practice ? ", practice" : ""}`;
    case "device":
      return `Router: ${entry.title} (${entry.direction}); computer ${list(entry.computer)}, ` +
        `router ${list(entry.device)}, names ${list(entry.names)}`;
    case "image":
      return `Image: "${entry.name}" (${formatBytes(entry.bytes)})\n  SHA-256 ${entry.sha256}` +
        (entry.findings?.length > 0 ? `\n  Findings: ${list(entry.findings)}` : "");
    case "interface":
      return `Interface: ${entry.kind}, link ${entry.link}`;
    case "setup":
      return `Preparation: ${entry.result} (${list(entry.steps)})` +
        (entry.reason === undefined ? "" : `: ${entry.reason}`);
    case "answer":
      return `Answer: ${entry.yes ? "yes" : "no"} (${entry.about})`;
    case "ping":
      return `Ping: ${entry.address} ${
        entry.running === null ? "does not answer" : `answers (${entry.running})`
      }`;
    case "end":
      return `End: ${entry.result}`;
  }
}

function list(items: readonly string[] | undefined): string {
  return items === undefined || items.length === 0 ? "none" : items.join(", ");
}

/** "02:05" since the beginning. */
function clock(ms: number): string {
  const seconds = Number.isFinite(ms) ? Math.max(0, Math.floor(ms / 1000)) : 0;
  const two = (value: number): string => String(value).padStart(2, "0");
  return `${two(Math.floor(seconds / 60))}:${two(seconds % 60)}`;
}
