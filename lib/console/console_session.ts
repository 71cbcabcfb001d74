/**
 * A boot loader's console: caught in its few seconds, then used line by line. Pure: bytes and time in,
 * outputs out.
 *
 * | state      | bytes                                   | time                         | ends with    |
 * | ---------- | --------------------------------------- | ---------------------------- | ------------ |
 * | *catching* | shown; a prompt leads to *settling*     | the interrupt is sent again  | a prompt     |
 * | *settling* | shown; every byte prolongs it           | after a pause: *ready*       | silence      |
 * | *ready*    | shown                                   | none                         | a command    |
 * | *running*  | shown; a prompt leads to *ready*        | silent for too long: failed  | a prompt     |
 * | *ended*    | ignored                                 | none                         |              |
 *
 * @module
 */
import { assertNever } from "../errors.ts";
import type { Millis } from "../host/host.ts";
import { TelnetFilter } from "./telnet.ts";

/** What a session wants done. */
export type ConsoleOutput =
  /** Bytes for the device. */
  | { readonly kind: "send"; readonly bytes: Uint8Array }
  /** Text of the device for the person: lines, tabs and printable characters only. */
  | { readonly kind: "text"; readonly text: string }
  /** The prompt is there, commands can be typed. */
  | { readonly kind: "ready" }
  /** The prompt came back. */
  | { readonly kind: "finished"; readonly command: string; readonly answer: ConsoleAnswer }
  /** No prompt for too long after a command. */
  | { readonly kind: "stalled"; readonly command: string };

/** What came back after a command. */
export interface ConsoleAnswer {
  /** What was printed, without the echo and the prompt. */
  readonly printed: string;
  /** The prompt, or the question that the device asks back. */
  readonly prompt: string;
}

/** How a console behaves. */
export interface ConsoleKind {
  /** What the last line looks like when a command can be typed. */
  readonly prompt: RegExp;
  /**
   * What stops the boot loader from booting, tried one after the other; the first also clears a line
   * that was begun.
   */
  readonly interrupts: readonly Uint8Array[];
  /** Time between two interrupts. */
  readonly interruptEveryMs: Millis;
  /** Silence after which a command is given up. */
  readonly commandTimeoutMs: Millis;
  /** Whether telnet's own bytes are to be expected. */
  readonly isTelnet: boolean;
}

/** Silence after the first prompt: interrupts on their way bring more of them. */
export const SETTLE_MS: Millis = 400;

/** What is kept to look for a prompt and to answer a command with. */
const MOST_KEPT = 65_536;

const ENTER = "\r";

type State =
  | { readonly state: "catching"; readonly interruptAt: Millis; readonly count: number }
  | { readonly state: "settling"; readonly readyAt: Millis }
  | { readonly state: "ready" }
  | { readonly state: "running"; readonly command: string; readonly stalledAt: Millis }
  | { readonly state: "ended" };

function timeoutOf(state: State): Millis | undefined {
  switch (state.state) {
    case "catching":
      return state.interruptAt;
    case "settling":
      return state.readyAt;
    case "running":
      return state.stalledAt;
    case "ready":
    case "ended":
      return undefined;
    default:
      return assertNever(state);
  }
}

/** The session; see the table of the module. */
export class ConsoleSession {
  readonly #kind: ConsoleKind;
  readonly #telnet: TelnetFilter | undefined;
  readonly #decoder = new TextDecoder("latin1");
  #state: State = { state: "ended" };
  #text = "";

  /** Makes a session that has not begun. */
  constructor(kind: ConsoleKind) {
    this.#kind = kind;
    this.#telnet = kind.isTelnet ? new TelnetFilter() : undefined;
  }

  /** When {@link ConsoleSession.handleTimeout} wants to be called; undefined for never. */
  get nextTimeout(): Millis | undefined {
    return timeoutOf(this.#state);
  }

  /** The connection stands. */
  start(now: Millis): ConsoleOutput[] {
    this.#state = { state: "catching", interruptAt: now, count: 0 };
    return this.handleTimeout(now);
  }

  /** Bytes of the device arrived. */
  handleBytes(bytes: Uint8Array, now: Millis): ConsoleOutput[] {
    if (this.#state.state === "ended") return [];
    const outputs: ConsoleOutput[] = [];
    const { data, reply } = this.#telnet?.receive(bytes) ??
      { data: bytes, reply: new Uint8Array() };
    if (reply.length > 0) outputs.push({ kind: "send", bytes: reply });
    if (data.length === 0) return outputs;
    const text = printable(this.#decoder.decode(data));
    if (text !== "") outputs.push({ kind: "text", text });
    this.#text = (this.#text + text).slice(-MOST_KEPT);
    const state = this.#state;
    switch (state.state) {
      case "catching":
        if (!this.#isAtPrompt()) return outputs;
        this.#state = { state: "settling", readyAt: now + SETTLE_MS };
        // An interrupt that the device did not understand stands in its line: the first clears it.
        if ((state.count - 1) % this.#kind.interrupts.length !== 0) {
          outputs.push(...this.interrupt());
        }
        return outputs;
      case "settling":
        this.#state = { state: "settling", readyAt: now + SETTLE_MS };
        return outputs;
      case "running":
        if (this.#isAtPrompt()) {
          this.#state = { state: "ready" };
          const { command } = state;
          outputs.push({ kind: "finished", command, answer: this.#answerTo(command) });
        } else {
          this.#state = { ...state, stalledAt: now + this.#kind.commandTimeoutMs };
        }
        return outputs;
      case "ready":
        return outputs;
    }
  }

  /** The time of {@link ConsoleSession.nextTimeout} has come; earlier calls change nothing. */
  handleTimeout(now: Millis): ConsoleOutput[] {
    if (now < (this.nextTimeout ?? Infinity)) return [];
    const state = this.#state;
    switch (state.state) {
      case "catching": {
        const { interrupts, interruptEveryMs } = this.#kind;
        const bytes = interrupts[state.count % interrupts.length]!;
        this.#state = { ...state, interruptAt: now + interruptEveryMs, count: state.count + 1 };
        return [{ kind: "send", bytes }];
      }
      case "settling":
        this.#state = { state: "ready" };
        return [{ kind: "ready" }];
      case "running":
        this.#state = { state: "ready" };
        return [{ kind: "stalled", command: state.command }];
      case "ready":
      case "ended":
        return [];
    }
  }

  /**
   * Types a command. To be called after `ready`, `finished` or `stalled` only.
   *
   * @param waits whether the prompt comes back; a command that starts a system does not wait.
   */
  command(line: string, now: Millis, waits = true): ConsoleOutput[] {
    this.#text = "";
    this.#state = waits
      ? { state: "running", command: line, stalledAt: now + this.#kind.commandTimeoutMs }
      : { state: "ready" };
    return [{ kind: "send", bytes: new TextEncoder().encode(line + ENTER) }];
  }

  /** Types Ctrl-C into whatever runs. */
  interrupt(): ConsoleOutput[] {
    return [{ kind: "send", bytes: this.#kind.interrupts[0]! }];
  }

  /** The connection has ended. */
  end(): void {
    this.#state = { state: "ended" };
  }

  #isAtPrompt(): boolean {
    return this.#kind.prompt.test(lastLine(this.#text));
  }

  #answerTo(command: string): ConsoleAnswer {
    const prompt = lastLine(this.#text);
    const body = this.#text.slice(0, this.#text.length - prompt.length);
    const isEchoed = body.startsWith(command);
    return { printed: isEchoed ? body.slice(command.length).replace(/^\n/, "") : body, prompt };
  }
}

function lastLine(text: string): string {
  return text.slice(text.lastIndexOf("\n") + 1);
}

/** Menus are drawn with these. */
// deno-lint-ignore no-control-regex
const ESCAPE_SEQUENCE = /\x1b\[[0-9;?]*[A-Za-z]/g;

/** Line ends are one character, and nothing can steer the terminal of the person. */
function printable(text: string): string {
  return text.replace(ESCAPE_SEQUENCE, "").replace(/[^\n\t\x20-\x7e]/g, "");
}
