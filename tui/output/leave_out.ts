/**
 * What is not written while a reader has stopped reading, so that what waits for him stays small.
 *
 * @module
 */
import type { TransferEvent } from "../../lib/tftp/events.ts";
import type { Console } from "../context.ts";

/**
 * A `passing` line is one of many: progress, repetitions, packets. A `lasting` one tells what no other
 * does.
 */
export type LineKind = "passing" | "lasting";

/** The kind of an event's line in JSON. */
export function kindOf(event: TransferEvent): LineKind {
  const isPassing = event.event === "progress" || event.event === "retransmit" ||
    event.event === "ignored" && event.transfer !== undefined;
  return isPassing ? "passing" : "lasting";
}

/**
 * Characters that may wait before a line of each kind is left out: more than what gathers while a
 * busy computer lets the writer wait, as every packet of a fast transfer can be a line.
 */
const MOST_WAITING: Readonly<Record<LineKind, number>> = {
  passing: 1_048_576,
  lasting: 2_097_152,
};

/** Characters that may wait before a picture of the live screen is left out. */
const MOST_BEFORE_PICTURE = 4096;

/** Decides what is left out, and has it told. */
export interface LeaveOut {
  /** Whether a line is to be written now; one that is not is counted. */
  admits(kind: LineKind): boolean;
  /** Tells what was left out and not told yet. */
  tell(): void;
}

/**
 * Watches over the lines of one output. `write` tells how many were left out: in front of the next
 * line that is written, so exactly where they are missing, or when the reader has taken all before.
 */
export function leaveOut(
  console: Pick<Console, "waiting" | "flushed">,
  write: (count: number) => void,
): LeaveOut {
  let count = 0;
  function tell(): void {
    if (count === 0) return;
    const told = count;
    count = 0;
    write(told);
  }
  return {
    admits(kind) {
      if (console.waiting() < MOST_WAITING[kind]) {
        tell();
        return true;
      }
      count++;
      if (count === 1) void console.flushed().then(tell);
      return false;
    },
    tell,
  };
}

/** Whether a picture drawn now would be old when it is seen: the next one does. */
export function isPictureLate(console: Pick<Console, "waiting">): boolean {
  return console.waiting() > MOST_BEFORE_PICTURE;
}

/** What was left out, for programs. */
export interface LeftOutEvent {
  /** Name of the event. */
  readonly event: "left-out";
  /** Lines that are missing here. */
  readonly lines: number;
}

/** What was left out, for people. */
export function describeLeftOut(count: number): string {
  const lines = count === 1 ? "1 line was" : `${count} lines were`;
  return `(${lines} left out while the output was stopped)`;
}
