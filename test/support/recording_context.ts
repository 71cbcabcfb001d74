/** A command context for tests: output is collected, the exit code is kept. */
import type { Host } from "../../lib/host/host.ts";
import type { CommandContext } from "../../tui/context.ts";

/** What a command under test left behind. */
export interface Recording {
  /** Handed to the command. */
  readonly context: CommandContext;
  /** Ends the command as Ctrl-C does. */
  readonly stop: AbortController;
  /** Everything written to standard output so far. */
  stdout(): string;
  /** Everything written to standard error so far. */
  stderr(): string;
  /** Lets so many characters wait for the reader, as far as is asked. */
  keepWaiting(characters: number): void;
  /** The exit code set, 0 otherwise. */
  exitCode(): number;
}

/** Makes a context over (part of) a host. */
export function recordingContext(host: Partial<Host>): Recording {
  const stop = new AbortController();
  let stdout = "";
  let stderr = "";
  let waiting = 0;
  let exitCode = 0;
  return {
    stop,
    stdout: () => stdout,
    stderr: () => stderr,
    keepWaiting: (characters) => waiting = characters,
    exitCode: () => exitCode,
    context: {
      host: host as Host,
      console: {
        stdout: (text) => stdout += text,
        stderr: (text) => stderr += text,
        waiting: () => waiting,
        // Nobody reads what waits.
        flushed: () => waiting === 0 ? Promise.resolve() : new Promise(() => {}),
        isInteractive: false,
        isTerminal: false,
        color: false,
        unicode: false,
        size: () => ({ columns: 80, rows: 24 }),
      },
      signal: stop.signal,
      setExitCode: (code) => exitCode = code,
    },
  };
}
