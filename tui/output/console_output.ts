/**
 * Where a console's text and events go: to a person as they come, or as JSON.
 *
 * @module
 */
import type { ConsoleEvent } from "../../lib/console/events.ts";
import { assertNever, toUnbrickError } from "../../lib/errors.ts";
import type { Host } from "../../lib/host/host.ts";
import type { TransferEvent } from "../../lib/tftp/events.ts";
import type { Console } from "../context.ts";
import { describeEvent } from "./event_text.ts";
import {
  describeLeftOut,
  kindOf,
  leaveOut,
  type LeftOutEvent,
  type LineKind,
} from "./leave_out.ts";

/** Takes events in. */
export interface ConsoleOutput {
  /** Shows an event of the console. */
  console(event: ConsoleEvent): void;
  /** Shows an event of the TFTP server beside it. */
  transfer(event: TransferEvent): void;
  /** Writes lines that are for people only. */
  note(text: string): void;
  /** In JSON: the command failed. */
  fail(thrown: unknown): void;
  /** Tells what has not been told yet. No event after that. */
  end(): void;
}

/** Opens the output. The device's own text is never mixed into a line of ours. */
export function openConsoleOutput(
  console: Console,
  host: Pick<Host, "wallClock">,
  json: boolean,
): ConsoleOutput {
  return json ? jsonOutput(console, host) : plainOutput(console);
}

function jsonOutput(console: Console, host: Pick<Host, "wallClock">): ConsoleOutput {
  const leftOut = leaveOut(console, (lines) => print({ event: "left-out", lines }));
  function print(event: ConsoleEvent | TransferEvent | LeftOutEvent): void {
    const time = new Date(host.wallClock()).toISOString();
    console.stdout(`${JSON.stringify({ time, ...event })}\n`);
  }
  function write(event: ConsoleEvent | TransferEvent, kind: LineKind): void {
    if (leftOut.admits(kind)) print(event);
  }
  return {
    console: (event) => write(event, "lasting"),
    transfer: (event) => write(event, kindOf(event)),
    note: () => {},
    fail(thrown) {
      const { code, message, hint = "" } = toUnbrickError(thrown);
      leftOut.tell();
      print({ event: "failed", code, message, hint });
    },
    end: leftOut.tell,
  };
}

function plainOutput(console: Console): ConsoleOutput {
  let isLineBegun = false;
  const leftOut = leaveOut(console, (count) => print(describeLeftOut(count)));
  function print(text: string): void {
    console.stdout(`${isLineBegun ? "\n" : ""}${text}\n`);
    isLineBegun = false;
  }
  function write(text: string): void {
    if (leftOut.admits("lasting")) print(text);
  }
  return {
    console(event) {
      if (event.event !== "console-text") return write(describeConsoleEvent(event));
      if (!leftOut.admits("lasting")) return;
      console.stdout(event.text);
      isLineBegun = !event.text.endsWith("\n");
    },
    transfer(event) {
      const text = describeEvent(event);
      if (text !== undefined) write(text);
    },
    note: write,
    fail() {
      leftOut.tell();
      if (isLineBegun) console.stdout("\n");
    },
    end: leftOut.tell,
  };
}

/** The line for an event other than the device's own text. */
export function describeConsoleEvent(
  event: Exclude<ConsoleEvent, { readonly event: "console-text" }>,
): string {
  switch (event.event) {
    case "console-knocking":
      return `Knocking at ${event.address} port ${event.port}, ten times a second`;
    case "console-opened":
      return `Listening on ${event.port} at ${event.baud} baud`;
    case "console-connected":
      return `Connected to ${event.address} port ${event.port}: stopping the boot loader`;
    case "console-missed":
      return `Missed: ${event.reason}. Switch the device off and on again`;
    case "console-caught":
      return "Caught: the boot loader waits for commands";
    case "console-command":
      return `[unbrick types: ${event.line}]`;
    default:
      return assertNever(event);
  }
}
