/**
 * The terminal of this process as a {@link Console}. Together with `main.ts` the only place of the
 * user interface that touches `Deno.*`.
 *
 * @module
 */
import type { OsName } from "../lib/host/host.ts";
import type { Console, TerminalInput } from "./context.ts";
import { UNMARK_PASTES } from "./keys.ts";
import { openLane, type Sink } from "./output_lane.ts";

/** Cells of a terminal. */
export interface TerminalSize {
  /** Cells in a line. */
  readonly columns: number;
  /** Lines. */
  readonly rows: number;
}

/** Size assumed where there is no terminal. */
export const DEFAULT_SIZE: TerminalSize = { columns: 80, rows: 24 };

/** Reads an environment variable. */
export type ReadEnv = (name: string) => string | undefined;

/** Whether colour is wanted on a terminal: not with `NO_COLOR` (any text), not on a dumb terminal. */
export function wantsColor(env: ReadEnv, isTerminal: boolean): boolean {
  return isTerminal && !env("NO_COLOR") && env("TERM") !== "dumb";
}

/** Whether a terminal is known to show more than ASCII. */
export function showsUnicode(env: ReadEnv, os: OsName, isTerminal: boolean): boolean {
  if (!isTerminal) return false;
  // Windows Terminal shows all of it; the old console window may have a font that does not.
  if (os === "windows") return Boolean(env("WT_SESSION"));
  // The Linux text console has 256 or 512 glyphs.
  if (env("TERM") === "linux" || env("TERM") === "dumb") return false;
  const locale = env("LC_ALL") || env("LC_CTYPE") || env("LANG") || "";
  return /utf-?8/i.test(locale);
}

/** What {@link openTerminal} needs. */
export interface TerminalOptions {
  /** System of this computer. */
  readonly os: OsName;
  /** Reads an environment variable. */
  readonly env: ReadEnv;
  /** Called once when nobody reads standard output any more. */
  readonly outputClosed: () => void;
}

/** The terminal of this process, or the pipes in its place. */
export interface Terminal {
  /** Its screen. */
  readonly console: Console;
  /** Its keys. */
  readonly input: TerminalInput;
  /**
   * Leaves it as a shell expects it: cursor shown, keys echoed, lines edited. One that was never
   * changed is left alone: its system stops a program in the background that touches it.
   */
  restore(): void;
  /**
   * The command that restores a terminal which takes no output; undefined where there is nothing to
   * restore. Deno would wait for the output first.
   */
  stuckRestore(): readonly string[] | undefined;
}

/** Milliseconds between two attempts to write to a pipe that is full and does not block. */
const RETRY_MS = 5;

type Stream = Pick<typeof Deno.stdout, "write">;

/** A pipe takes so many bytes whole or not at all: PIPE_BUF of Linux. */
const WHOLE_BYTES = 4096;

const NEWLINE = 0x0a;

/**
 * End of what is written at once: with a line, as Deno keeps what follows the last one in a buffer of
 * its own, and then nobody knows how much of it a full pipe has got.
 */
function endOfPart(bytes: Uint8Array, offset: number): number {
  let end = Math.min(bytes.length, offset + WHOLE_BYTES);
  const newline = bytes.subarray(offset, end).lastIndexOf(NEWLINE);
  if (newline >= 0) return offset + newline + 1;
  // Not inside a character.
  while (end < bytes.length && (bytes[end]! & 0xc0) === 0x80) end--;
  return end;
}

/** Deno writes on a thread of its own: a reader who has stopped holds up that thread only. */
async function writeAll(stream: Stream, bytes: Uint8Array): Promise<void> {
  for (let offset = 0; offset < bytes.length;) {
    try {
      offset += await stream.write(bytes.subarray(offset, endOfPart(bytes, offset)));
    } catch (thrown) {
      // A pipe set to non-blocking by whoever shares it.
      if (!(thrown instanceof Deno.errors.WouldBlock)) throw thrown;
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }
}

/** A closed pipe, or a terminal window that is gone, closes it: there is nobody left to tell. */
function sinkOf(stream: Stream, closed: () => void): Sink {
  const encoder = new TextEncoder();
  return { write: (text) => writeAll(stream, encoder.encode(text)), closed };
}

/** Opens the terminal of this process. */
export function openTerminal(options: TerminalOptions): Terminal {
  const isTerminal = Deno.stdout.isTerminal();
  const stdout = sinkOf(Deno.stdout, options.outputClosed);
  const stderr = sinkOf(Deno.stderr, () => {});
  const lane = openLane();
  // Two terminals are one, and so may two pipes be: their order is kept. Of a terminal and a pipe,
  // one goes on when the other is stuck.
  const stderrLane = Deno.stderr.isTerminal() === isTerminal ? lane : openLane();
  const lanes = [...new Set([lane, stderrLane])];
  const console: Console = {
    stdout: (text) => lane.write(stdout, text),
    stderr: (text) => stderrLane.write(stderr, text),
    waiting: () => lanes.reduce((sum, { waiting }) => sum + waiting(), 0),
    async flushed() {
      await Promise.all(lanes.map((each) => each.flushed()));
    },
    isInteractive: isTerminal && Deno.stdin.isTerminal(),
    isTerminal,
    color: wantsColor(options.env, isTerminal),
    unicode: showsUnicode(options.env, options.os, isTerminal),
    size: screenSize,
  };
  let wasRaw = false;
  let isRaw = false;
  const input: TerminalInput = {
    read: (into) => Deno.stdin.read(into),
    setRaw(raw) {
      wasRaw ||= raw;
      // While a write is stuck in a terminal, its system would hold up this process, too.
      lane.after(() => {
        try {
          if (!Deno.stdin.isTerminal()) return;
          Deno.stdin.setRaw(raw);
          isRaw = raw;
        } catch {
          // The window is gone; the next read says so.
        }
      });
    },
  };
  return {
    console,
    input,
    restore() {
      if (!wasRaw) return;
      input.setRaw(false);
      if (isTerminal) console.stdout(PLAIN_SCREEN);
    },
    stuckRestore: () => isRaw && options.os !== "windows" ? STUCK_RESTORE : undefined,
  };
}

function screenSize(): TerminalSize {
  try {
    const { columns, rows } = Deno.consoleSize();
    return columns > 0 && rows > 0 ? { columns, rows } : DEFAULT_SIZE;
  } catch {
    return DEFAULT_SIZE;
  }
}

/** What Deno's raw mode has taken away. */
const COOKED = "icanon echo isig iexten icrnl ixon brkint";

/** Ends the marks around pastes, and shows the cursor. */
const PLAIN_SCREEN = `${UNMARK_PASTES}\x1b[?25h`;

/**
 * Restores a terminal that takes no output now, and its screen as soon as it does. GNU's stty waits
 * for the output unless told not to, and the one of BSD, which never does, does not know the word.
 */
const STUCK_RESTORE: readonly string[] = [
  ...["sh", "-c"],
  `stty -drain ${COOKED} 2>/dev/null || stty ${COOKED}; printf '%s' "$1" &`,
  ...["sh", PLAIN_SCREEN],
];
