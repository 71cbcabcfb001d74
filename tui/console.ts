/**
 * The terminal of this process as a {@link Console}. Together with `main.ts` the only place of the
 * user interface that touches `Deno.*`.
 *
 * @module
 */
import type { OsName } from "../lib/host/host.ts";
import type { Console, TerminalInput } from "./context.ts";
import { UNMARK_PASTES } from "./keys.ts";

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

/** What {@link openConsole} needs. */
export interface ConsoleOptions {
  /** System of this computer. */
  readonly os: OsName;
  /** Reads an environment variable. */
  readonly env: ReadEnv;
  /** Called once when nobody reads standard output any more. */
  readonly outputClosed: () => void;
}

interface Sink {
  writeSync(bytes: Uint8Array): number;
}

/** Milliseconds between two attempts to write to a pipe that is full and does not block. */
const RETRY_MS = 5;

function writeAll(sink: Sink, bytes: Uint8Array): void {
  const pause = new Int32Array(new SharedArrayBuffer(4));
  for (let offset = 0; offset < bytes.length;) {
    try {
      offset += sink.writeSync(bytes.subarray(offset));
    } catch (thrown) {
      // A pipe set to non-blocking by whoever shares it.
      if (!(thrown instanceof Deno.errors.WouldBlock)) throw thrown;
      Atomics.wait(pause, 0, 0, RETRY_MS);
    }
  }
}

/** Writes text until the other end closes; after that, nothing. */
function writer(sink: Sink, closed: () => void): (text: string) => void {
  const encoder = new TextEncoder();
  let isClosed = false;
  return (text) => {
    if (isClosed) return;
    try {
      writeAll(sink, encoder.encode(text));
    } catch {
      // A closed pipe, or a terminal window that is gone: there is nobody left to tell.
      isClosed = true;
      closed();
    }
  };
}

/** Opens the terminal of this process. */
export function openConsole(options: ConsoleOptions): Console {
  const isTerminal = Deno.stdout.isTerminal();
  return {
    stdout: writer(Deno.stdout, options.outputClosed),
    stderr: writer(Deno.stderr, () => {}),
    isInteractive: isTerminal && Deno.stdin.isTerminal(),
    isTerminal,
    color: wantsColor(options.env, isTerminal),
    unicode: showsUnicode(options.env, options.os, isTerminal),
    size() {
      try {
        const { columns, rows } = Deno.consoleSize();
        return columns > 0 && rows > 0 ? { columns, rows } : DEFAULT_SIZE;
      } catch {
        return DEFAULT_SIZE;
      }
    },
  };
}

/** Whether keys were ever read one by one. */
let wasRaw = false;

/** The keys of the terminal of this process. */
export const terminalInput: TerminalInput = {
  read: (into) => Deno.stdin.read(into),
  setRaw(raw) {
    wasRaw ||= raw;
    try {
      if (Deno.stdin.isTerminal()) Deno.stdin.setRaw(raw);
    } catch {
      // The window is gone; the next read says so.
    }
  },
};

/**
 * Leaves the terminal as a shell expects it: cursor shown, keys echoed, lines edited. A terminal that
 * was never changed is left alone: its system stops a program in the background that touches it.
 */
export function restoreTerminal(): void {
  if (!wasRaw) return;
  try {
    if (Deno.stdin.isTerminal()) Deno.stdin.setRaw(false);
    if (Deno.stdout.isTerminal()) {
      writeAll(Deno.stdout, new TextEncoder().encode(`${UNMARK_PASTES}\x1b[?25h`));
    }
  } catch {
    // The window is gone, and its settings with it.
  }
}
