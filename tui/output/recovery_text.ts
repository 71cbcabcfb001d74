/**
 * Any event of a recovery as lines for people.
 *
 * @module
 */
import type { BootpEvent } from "../../lib/bootp/events.ts";
import type { ConsoleEvent } from "../../lib/console/events.ts";
import type { RecoveryEvent } from "../../lib/recovery/recovery.ts";
import { describeBootpEvent } from "./bootp_text.ts";
import { describeConsoleEvent } from "./console_output.ts";
import { describeEvent } from "./event_text.ts";

/** The line or lines for an event; undefined for one that is nothing to read. */
export function describeRecoveryEvent(event: RecoveryEvent): string | undefined {
  if (isBootp(event)) return describeBootpEvent(event);
  if (!isConsole(event)) return describeEvent(event);
  if (event.event !== "console-text") return describeConsoleEvent(event);
  const text = event.text.trim();
  return text === "" ? undefined : `| ${text.replaceAll("\n", "\n| ")}`;
}

/** Whether an event comes from giving addresses. */
function isBootp(event: RecoveryEvent): event is BootpEvent {
  return event.event.startsWith("bootp-");
}

/** Whether an event comes from a console. */
function isConsole(event: RecoveryEvent): event is ConsoleEvent {
  return event.event.startsWith("console-");
}
