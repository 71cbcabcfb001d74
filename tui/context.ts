/**
 * What every command gets: the world, the place to write to, and the way to end with an exit code.
 *
 * @module
 */
import type { Host } from "../lib/host/host.ts";

/**
 * Where a person reads. Text is written as it is, line ends included. Nothing here waits for the
 * reader: what is written waits in order until it is taken.
 */
export interface Console {
  /** Writes to standard output. A closed pipe is not an error. */
  stdout(text: string): void;
  /** Writes to standard error. */
  stderr(text: string): void;
  /** Characters written that the readers have not taken yet. */
  waiting(): number;
  /** Settles when the readers have taken all of it, or are gone. */
  flushed(): Promise<void>;
  /** Whether both standard input and standard output are a terminal. */
  readonly isInteractive: boolean;
  /** Whether standard output is a terminal. */
  readonly isTerminal: boolean;
  /** Whether colour is wanted (terminal, no `NO_COLOR`, not `TERM=dumb`). */
  readonly color: boolean;
  /** Whether the terminal is known to show more than ASCII. */
  readonly unicode: boolean;
  /** Size of the terminal in cells; 80×24 when it is none. Read anew at each use. */
  size(): { readonly columns: number; readonly rows: number };
}

/** The keys of a terminal, as the system delivers them. */
export interface TerminalInput {
  /** Reads what was typed; null at the end of input. Cannot be taken back. */
  read(into: Uint8Array): Promise<number | null>;
  /**
   * Delivers each key at once without showing it, or whole lines with echo; once all that was written
   * before is on the screen. Never throws.
   */
  setRaw(raw: boolean): void;
}

/** Handed to the function that builds each command. */
export interface CommandContext {
  /** Sockets, clock, files, programs. */
  readonly host: Host;
  /** Output for people and programs. */
  readonly console: Console;
  /**
   * Aborted by Ctrl-C, SIGTERM and SIGHUP. A command that waits must end soon after; the program
   * then exits with 130.
   */
  readonly signal: AbortSignal;
  /** Ends the program with this code once the command has returned. Default 0. */
  setExitCode(code: number): void;
}

/** What commands get that ask questions. */
export interface InteractiveContext extends CommandContext {
  /** Keys of the person. */
  readonly input: TerminalInput;
}
