/**
 * Where the events of a command go: a live terminal, plain lines, or JSON.
 *
 * @module
 */
import { toUnbrickError } from "../../lib/errors.ts";
import type { Host } from "../../lib/host/host.ts";
import { describePacket } from "../../lib/tftp/describe.ts";
import type { PacketTap, TransferEvent } from "../../lib/tftp/events.ts";
import type { Console } from "../context.ts";
import { wrapLines } from "../wrap_text.ts";
import { describeEvent, formatBytes } from "./event_text.ts";
import {
  describeLeftOut,
  isPictureLate,
  kindOf,
  leaveOut,
  type LeftOutEvent,
  type LineKind,
} from "./leave_out.ts";
import { reduceLive, startLive, viewLive } from "./live_model.ts";

/** Takes events in. */
export interface EventOutput {
  /** Shows an event. */
  event(event: TransferEvent): void;
  /** Shows an event of another kind than a transfer: the text to people, the object in JSON. */
  report(event: { readonly event: string }, text: string | undefined): void;
  /** Writes lines that are for people only; nothing in JSON. */
  note(text: string): void;
  /** Shows a packet, for `--trace`. */
  readonly packet: PacketTap;
  /** Shows a packet of another protocol, already in words. */
  trace(text: string, peer: { readonly hostname: string; readonly port: number }): void;
  /** Ends the live display. No event after that. */
  end(): void;
  /** Ends the live display because the command failed; in JSON that is an event, too. */
  fail(thrown: unknown): void;
}

/** Choices of the command line. */
export interface EventOutputOptions {
  /** One JSON object per line on standard output. */
  readonly json: boolean;
  /** What the live line says before the first event. */
  readonly waitingFor: string;
}

/** Chooses the form: JSON if asked for, live on a terminal that can, plain lines otherwise. */
export function openEventOutput(
  console: Console,
  host: Pick<Host, "now" | "startTimer" | "wallClock" | "env">,
  options: EventOutputOptions,
): EventOutput {
  if (options.json) return jsonOutput(console, host);
  const canMoveCursor = console.isTerminal && host.env("TERM") !== "dumb";
  return canMoveCursor ? liveOutput(console, host, options.waitingFor) : plainOutput(console);
}

function packetLine(
  direction: "sent" | "received",
  bytes: Uint8Array,
  peer: { readonly hostname: string; readonly port: number },
): string {
  return traceLine(describePacket(direction, bytes), peer);
}

function traceLine(
  text: string,
  peer: { readonly hostname: string; readonly port: number },
): string {
  return `${peer.hostname}:${peer.port} ${text}`;
}

function jsonOutput(console: Console, host: Pick<Host, "wallClock">): EventOutput {
  const events = leaveOut(console, (lines) => {
    const leftOut: LeftOutEvent = { event: "left-out", lines };
    print(leftOut);
  });
  const packets = leaveOut(console, (count) => console.stderr(`${describeLeftOut(count)}\n`));
  function print(event: { readonly event: string }): void {
    const time = new Date(host.wallClock()).toISOString();
    console.stdout(`${JSON.stringify({ time, ...event })}\n`);
  }
  function write(event: { readonly event: string }, kind: LineKind = "lasting"): void {
    if (events.admits(kind)) print(event);
  }
  function trace(line: string): void {
    if (packets.admits("passing")) console.stderr(`${line}\n`);
  }
  function end(): void {
    events.tell();
    packets.tell();
  }
  return {
    event: (event) => write(event, kindOf(event)),
    report: (event) => write(event),
    note: () => {},
    packet: (direction, bytes, peer) => trace(packetLine(direction, bytes, peer)),
    trace: (text, peer) => trace(traceLine(text, peer)),
    end,
    fail(thrown) {
      const { code, message, hint = "" } = toUnbrickError(thrown);
      const failed: TransferEvent = { event: "failed", code, message, hint };
      end();
      print(failed);
    },
  };
}

function plainOutput(console: Console): EventOutput {
  const lines = lineFilter(console, (line) => console.stdout(`${line}\n`));
  const tenths = new Map<number, number>();
  return {
    event(event) {
      if (event.event === "progress") {
        if (event.total === null || event.total === 0) return;
        const tenth = Math.floor(event.bytes / event.total * 10);
        if (tenth <= (tenths.get(event.transfer) ?? 0)) return;
        tenths.set(event.transfer, tenth);
        lines.write(`${tenth * 10} % of ${formatBytes(event.total)}`, "passing");
        return;
      }
      const isOver = event.event === "completed" || event.event === "failed";
      if (isOver && event.transfer !== undefined) tenths.delete(event.transfer);
      const text = describeEvent(event);
      if (text !== undefined) lines.write(text);
    },
    note: (text) => lines.write(text),
    report(_event, text) {
      if (text !== undefined) lines.write(text);
    },
    packet: (direction, bytes, peer) => lines.write(packetLine(direction, bytes, peer), "passing"),
    trace: (text, peer) => lines.write(traceLine(text, peer), "passing"),
    end: lines.flush,
    fail: lines.flush,
  };
}

/** Redraws per second of the live block. */
const REDRAW_MS = 100;

function liveOutput(
  console: Console,
  host: Pick<Host, "now" | "startTimer">,
  waitingFor: string,
): EventOutput {
  let model = startLive(waitingFor, host.now());
  let drawn = 0;
  let started = false;
  let ended = false;
  let cancel = (): void => {};

  function erase(): string {
    const text = drawn === 0 ? "" : `\x1b[${drawn}A\x1b[J`;
    drawn = 0;
    return text;
  }
  function draw(above: string): void {
    const size = console.size();
    const style = { ...size, unicode: console.unicode };
    const block = isPictureLate(console) ? [] : viewLive(model, host.now(), style);
    const text = erase() + above + block.map((line) => `${line}\n`).join("");
    drawn = block.length;
    console.stdout(text);
  }
  const lines = lineFilter(console, (text) => {
    draw(`${wrapLines(text, console.size().columns - 1)}\n`);
    if (!started) tick();
  });
  function tick(): void {
    if (ended) return;
    started = true;
    if (!isPictureLate(console)) draw("");
    cancel = host.startTimer(REDRAW_MS, tick);
  }
  function end(): void {
    if (ended) return;
    ended = true;
    cancel();
    lines.flush();
    console.stdout(erase());
  }
  return {
    event(event) {
      model = reduceLive(model, event, host.now());
      const text = describeEvent(event);
      if (text !== undefined) lines.write(text);
    },
    note: (text) => lines.write(text),
    report(_event, text) {
      if (text !== undefined) lines.write(text);
    },
    packet: (direction, bytes, peer) => lines.write(packetLine(direction, bytes, peer), "passing"),
    trace: (text, peer) => lines.write(traceLine(text, peer), "passing"),
    end,
    fail: end,
  };
}

/**
 * Says a line once, and how often it came again when another one comes; leaves lines out while
 * nobody reads.
 */
function lineFilter(console: Console, print: (line: string) => void): {
  readonly write: (line: string, kind?: LineKind) => void;
  readonly flush: () => void;
} {
  const leftOut = leaveOut(console, (count) => print(describeLeftOut(count)));
  let last = "";
  let lastKind: LineKind = "lasting";
  let repeats = 0;
  function tellRepeats(): void {
    if (repeats === 0) return;
    const times = `${repeats} more time${repeats === 1 ? "" : "s"}`;
    repeats = 0;
    if (leftOut.admits(lastKind)) print(`  (the same ${times})`);
  }
  return {
    write(line, kind = "lasting") {
      if (line === last) {
        repeats++;
        return;
      }
      tellRepeats();
      last = line;
      lastKind = kind;
      if (leftOut.admits(kind)) print(line);
    },
    flush() {
      tellRepeats();
      leftOut.tell();
    },
  };
}
