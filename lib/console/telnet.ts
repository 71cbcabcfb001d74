/**
 * The telnet protocol as far as a console needs it: commands are taken out of the stream, options
 * are agreed to or refused (RFC 854, RFC 1143 in its simplest form: each offer is answered once).
 *
 * @module
 */

/** Bytes of the protocol (RFC 854). */
export const Telnet = {
  IAC: 255,
  DONT: 254,
  DO: 253,
  WONT: 252,
  WILL: 251,
  SB: 250,
  /** Interrupt process: what Ctrl-C is on a telnet connection. */
  IP: 244,
  SE: 240,
  /** RFC 857. */
  ECHO: 1,
  /** RFC 858. */
  SUPPRESS_GO_AHEAD: 3,
  /** RFC 860. */
  TIMING_MARK: 6,
} as const;

/** Options that the other side may use: it echoes, and both send when they like. */
const WELCOME: readonly number[] = [Telnet.ECHO, Telnet.SUPPRESS_GO_AHEAD];

const DOLLAR = 0x24;

/** What to make of received bytes. */
export interface TelnetInput {
  /** What the device printed. */
  readonly data: Uint8Array;
  /** What to send back; often empty. */
  readonly reply: Uint8Array;
}

type State = "data" | "command" | "option" | "sub" | "sub-command";

/** Takes telnet's own bytes out of a stream, wherever it is cut into pieces. */
export class TelnetFilter {
  #state: State = "data";
  #verb = 0;
  readonly #answered = new Set<string>();

  /** Takes bytes as they arrived. */
  receive(bytes: Uint8Array): TelnetInput {
    const data: number[] = [];
    const reply: number[] = [];
    for (const byte of bytes) {
      switch (this.#state) {
        case "data":
          if (byte === Telnet.IAC) this.#state = "command";
          // A NUL follows a bare carriage return (RFC 854); a console has no other use for it.
          else if (byte !== 0) data.push(byte);
          break;
        case "command":
          this.#state = this.#begin(byte, data);
          break;
        case "option":
          reply.push(...this.#answer(byte));
          this.#state = "data";
          break;
        case "sub":
          if (byte === Telnet.IAC) this.#state = "sub-command";
          break;
        case "sub-command":
          this.#state = byte === Telnet.SE ? "data" : "sub";
          break;
      }
    }
    return { data: Uint8Array.from(data), reply: Uint8Array.from(reply) };
  }

  #begin(byte: number, data: number[]): State {
    if (byte === Telnet.IAC) data.push(byte);
    if (byte === Telnet.SB) return "sub";
    if (byte < Telnet.WILL || byte === Telnet.IAC) return "data";
    this.#verb = byte;
    return "option";
  }

  #answer(option: number): number[] {
    const verb = this.#verb;
    // A refusal is no question, and a timing mark is the answer to ours.
    if (verb === Telnet.WONT || verb === Telnet.DONT) return [];
    if (verb === Telnet.WILL && option === Telnet.TIMING_MARK) return [];
    // The option ENVIRON has the number of the dollar sign, which must never reach a RedBoot.
    if (option === DOLLAR) return [];
    const key = `${verb} ${option}`;
    if (this.#answered.has(key)) return [];
    this.#answered.add(key);
    if (verb === Telnet.WILL) {
      return [Telnet.IAC, WELCOME.includes(option) ? Telnet.DO : Telnet.DONT, option];
    }
    const agrees = option === Telnet.SUPPRESS_GO_AHEAD || option === Telnet.TIMING_MARK;
    return [Telnet.IAC, agrees ? Telnet.WILL : Telnet.WONT, option];
  }
}

/** Interrupt process with a timing mark, as telnet programs send it for Ctrl-C. */
export const TELNET_INTERRUPT: Uint8Array = Uint8Array.of(
  ...[Telnet.IAC, Telnet.IP, Telnet.IAC, Telnet.DO, Telnet.TIMING_MARK],
);
