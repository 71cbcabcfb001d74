/**
 * A terminal in memory: what is typed in comes out of reads, what is written is kept.
 *
 * @module
 */
import type { Host } from "../../lib/host/host.ts";
import type { Console, TerminalInput } from "../../tui/context.ts";
import { type Keyboard, openKeyboard } from "../../tui/keyboard.ts";

/** A terminal in memory. */
export interface FakeTerminal {
  /** Output. */
  readonly console: Console;
  /** Input. */
  readonly input: TerminalInput;
  /** Keys of the input. */
  readonly keyboard: Keyboard;
  /** Clock and timers of the real world. */
  readonly host: Pick<Host, "now" | "startTimer">;
  /** Ends the program, as SIGTERM does. */
  readonly stop: AbortController;
  /** Types; each call is one read. */
  type(text: string): void;
  /** Ends the input. */
  hangUp(): void;
  /** Lets so many characters wait for the reader, as far as is asked. */
  keepWaiting(characters: number): void;
  /** Everything written, without escape sequences. */
  text(): string;
  /** Everything written. */
  raw(): string;
  /** Whether keys come one by one, without echo. */
  isRaw(): boolean;
  /** Settles when the text shows up after what was waited for before. */
  shows(text: string): Promise<void>;
}

/** Makes a terminal. */
export function fakeTerminal(
  options: { readonly columns?: number; readonly rows?: number; readonly color?: boolean } = {},
): FakeTerminal {
  const { columns = 80, rows = 24, color = false } = options;
  let written = "";
  let seen = 0;
  let isRaw = false;
  let waitingCharacters = 0;
  let hasEnded = false;
  const typed: Uint8Array[] = [];
  let wake = (): void => {};
  const waiting: { readonly text: string; readonly resolve: () => void }[] = [];
  const stop = new AbortController();
  const host: Pick<Host, "now" | "startTimer"> = {
    now: () => performance.now(),
    startTimer(delayMs, callback) {
      const timer = setTimeout(callback, delayMs);
      return () => clearTimeout(timer);
    },
  };
  const input: TerminalInput = {
    setRaw: (raw) => isRaw = raw,
    async read(into) {
      while (typed.length === 0) {
        if (hasEnded) return null;
        await new Promise<void>((resolve) => wake = resolve);
      }
      const bytes = typed.shift()!;
      into.set(bytes);
      return bytes.length;
    },
  };
  const console: Console = {
    stdout(text) {
      written += text;
      notify();
    },
    stderr: () => {},
    waiting: () => waitingCharacters,
    flushed: () => Promise.resolve(),
    isInteractive: true,
    isTerminal: true,
    color,
    unicode: false,
    size: () => ({ columns, rows }),
  };
  function notify(): void {
    for (let next = waiting[0]; next !== undefined; next = waiting[0]) {
      const at = written.indexOf(next.text, seen);
      if (at < 0) return;
      seen = at + next.text.length;
      waiting.shift();
      next.resolve();
    }
  }
  return {
    console,
    input,
    host,
    stop,
    keyboard: openKeyboard(input, host, console.stdout, stop.signal),
    type(text) {
      typed.push(new TextEncoder().encode(text));
      wake();
    },
    hangUp() {
      hasEnded = true;
      wake();
    },
    keepWaiting: (characters) => waitingCharacters = characters,
    // deno-lint-ignore no-control-regex -- escape sequences are what is taken out
    text: () => written.replace(/\x1b\[[0-9;?]*[A-Za-z]/g, ""),
    raw: () => written,
    isRaw: () => isRaw,
    shows: (text) =>
      new Promise((resolve) => {
        waiting.push({ text, resolve });
        notify();
      }),
  };
}
