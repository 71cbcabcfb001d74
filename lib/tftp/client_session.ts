/**
 * A client's transfer from its request to its end (RFC 1350 §4): the request is repeated until
 * something answers, then a `SendSession` (after a WRQ) or `ReceiveSession` (after an RRQ) takes
 * over.
 *
 * While asking, nothing but the request leaves, always the same bytes at a steady pace: the first
 * datagram ends the wait of a CFE, every further WRQ restarts the transfer of an ASUS or Ubiquiti
 * bootloader, so the first answer stops the asking, and a queue of late answers (ACK 0 again and
 * again) falls to the inner session, which ignores duplicates.
 *
 * @module
 */
import type { Millis } from "../host/host.ts";
import type { Rollover } from "./block.ts";
import type { ByteString } from "./name.ts";
import {
  acceptOack,
  PLAIN_OPTIONS,
  requestOptions,
  type TransferOptions,
  type WantedOptions,
} from "./options.ts";
import {
  decodePacket,
  encodeAck,
  encodeError,
  encodePacket,
  type OackPacket,
  TftpError,
  type TftpErrorCode,
} from "./packet.ts";
import { type ReceivePatience, ReceiveSession } from "./receive_session.ts";
import type { RetransmissionPolicy } from "./retransmission.ts";
import { type SendPatience, SendSession } from "./send_session.ts";
import {
  type BlockSource,
  ignored,
  NO_OUTPUT,
  type Output,
  type Session,
  type TransferFailure,
  type TransferProgress,
} from "./session.ts";

/** What to do once the peer answers. */
export type ClientDirection =
  /** WRQ: send these bytes. */
  | {
    readonly op: "WRQ";
    /** The bytes to send. */
    readonly source: BlockSource;
    /** When to give up sending. */
    readonly patience: SendPatience;
    /** Block number after 65535. */
    readonly rollover: Rollover;
  }
  /** RRQ: receive. */
  | {
    readonly op: "RRQ";
    /** When to give up receiving. */
    readonly patience: ReceivePatience;
  };

/** What a {@link ClientSession} needs. */
export interface ClientParameters {
  /** Direction with what belongs to it. */
  readonly direction: ClientDirection;
  /** Name of the file at the peer. */
  readonly filename: ByteString;
  /** Mode on the wire. */
  readonly mode: "octet" | "netascii";
  /** Options to ask for; all absent for a plain RFC 1350 request. */
  readonly wanted: WantedOptions;
  /** Time between two requests, in milliseconds. */
  readonly intervalMs: Millis;
  /** How long to go on asking, in milliseconds; undefined for ever. */
  readonly waitMs: Millis | undefined;
  /** When to repeat packets of the transfer. */
  readonly retransmission: RetransmissionPolicy;
}

type State =
  | { readonly name: "idle" }
  | { readonly name: "asking"; readonly askAt: Millis }
  | { readonly name: "transferring"; readonly session: Session }
  | { readonly name: "ended" };

/** Asks, then transfers. */
export class ClientSession implements Session {
  readonly #parameters: ClientParameters;
  #state: State = { name: "idle" };
  #wanted: WantedOptions;
  #agreed: TransferOptions = PLAIN_OPTIONS;
  #optionsRefused = false;
  #requests = 0;
  #askingSince: Millis = 0;

  /** Makes a session; nothing happens before {@link ClientSession.start}. */
  constructor(parameters: ClientParameters) {
    this.#parameters = parameters;
    this.#wanted = parameters.wanted;
  }

  /** Whether the peer has answered and the transfer is under way or over. */
  get hasAnswer(): boolean {
    return this.#state.name === "transferring";
  }

  /** Whether requests are still being sent. */
  get isAsking(): boolean {
    return this.#state.name === "idle" || this.#state.name === "asking";
  }

  /** What was agreed with the peer; plain RFC 1350 before it answered. */
  get options(): TransferOptions {
    return this.#agreed;
  }

  /** Requests sent so far. */
  get requests(): number {
    return this.#requests;
  }

  /** See {@link Session.nextTimeout}. */
  get nextTimeout(): Millis | undefined {
    const state = this.#state;
    if (state.name === "transferring") return state.session.nextTimeout;
    return state.name === "asking" ? state.askAt : undefined;
  }

  /** See {@link Session.progress}. */
  get progress(): TransferProgress {
    const state = this.#state;
    if (state.name === "transferring") return state.session.progress;
    const { direction } = this.#parameters;
    const totalBytes = direction.op === "WRQ" ? direction.source.size : undefined;
    const startedAt = this.#askingSince;
    return {
      bytes: 0,
      totalBytes,
      blocks: 0,
      retransmissions: 0,
      startedAt,
      movedAt: startedAt,
    };
  }

  /** Sends the first request. */
  start(now: Millis): readonly Output[] {
    this.#askingSince = now;
    return this.#ask(now);
  }

  /** Waits for the first answer, then hands on to the transfer. */
  handleDatagram(bytes: Uint8Array, now: Millis): readonly Output[] {
    const state = this.#state;
    if (state.name === "transferring") return state.session.handleDatagram(bytes, now);
    if (state.name !== "asking") return ignored("the transfer has ended");
    const { direction } = this.#parameters;
    const packet = decodePacket(bytes);
    switch (packet.op) {
      case "ACK":
        if (direction.op !== "WRQ" || packet.block !== 0) {
          return ignored(`ACK ${packet.block} while waiting for an answer`);
        }
        return this.#transfer(PLAIN_OPTIONS, undefined, now);
      case "DATA": {
        if (direction.op !== "RRQ" || packet.block !== 1) {
          return ignored(`DATA ${packet.block} while waiting for an answer`);
        }
        const opened = this.#transfer(PLAIN_OPTIONS, undefined, now);
        return [...opened, ...this.handleDatagram(bytes, now)];
      }
      case "OACK":
        return this.#handleOack(packet, now);
      case "ERROR":
        if (packet.code === TftpError.OPTIONS_REFUSED && this.#hasWishes()) {
          // RFC 2347: the client may ask again without options.
          this.#wanted = {};
          this.#optionsRefused = true;
          return this.#ask(now);
        }
        if (packet.code === TftpError.OPTIONS_REFUSED && this.#optionsRefused) {
          // Several requests may have been on their way.
          return ignored("options refused again");
        }
        return this.#fail({
          kind: "peer-error",
          code: packet.code,
          message: packet.message,
          verdict: false,
        });
      case "malformed":
        return ignored(packet.reason);
      default:
        return ignored(`${packet.op} while waiting for an answer`);
    }
  }

  /** Asks again, or lets the transfer do what it has to. */
  handleTimeout(now: Millis): readonly Output[] {
    const state = this.#state;
    if (state.name === "transferring") return state.session.handleTimeout(now);
    if (state.name !== "asking" || now < state.askAt) return NO_OUTPUT;
    const { waitMs } = this.#parameters;
    const silentMs = now - this.#askingSince;
    if (waitMs !== undefined && silentMs >= waitMs) {
      return this.#fail({ kind: "timeout", silentMs, heard: false });
    }
    return this.#ask(now);
  }

  /**
   * Moves the next request to another time; not beyond the end of asking. No effect unless it asks.
   */
  moveRequest(at: Millis): void {
    if (this.#state.name !== "asking") return;
    const { waitMs } = this.#parameters;
    const end = waitMs === undefined ? Infinity : this.#askingSince + waitMs;
    this.#state = { name: "asking", askAt: Math.min(at, end) };
  }

  /** Ends it; a peer that has answered is told. */
  abort(code: TftpErrorCode, reason: string): readonly Output[] {
    const state = this.#state;
    if (state.name === "transferring") return state.session.abort(code, reason);
    // Nobody has answered: a packet other than a request could only disturb a bootloader.
    return state.name === "asking" ? this.#fail({ kind: "aborted", reason }) : NO_OUTPUT;
  }

  #hasWishes(): boolean {
    return requestOptions(this.#wanted).length > 0;
  }

  #ask(now: Millis): Output[] {
    const { direction, filename, mode, intervalMs, waitMs } = this.#parameters;
    const pause = waitMs === undefined
      ? intervalMs
      : Math.min(intervalMs, this.#askingSince + waitMs - now);
    this.#state = { name: "asking", askAt: now + Math.max(pause, 1) };
    this.#requests++;
    const options = requestOptions(this.#wanted);
    return [{ kind: "send", bytes: encodePacket({ op: direction.op, filename, mode, options }) }];
  }

  #handleOack(oack: OackPacket, now: Millis): readonly Output[] {
    const result = acceptOack(oack, this.#wanted);
    if ("refusal" in result) {
      return [
        { kind: "send", bytes: encodeError(TftpError.OPTIONS_REFUSED, result.refusal) },
        ...this.#fail({ kind: "protocol", reason: result.refusal }),
      ];
    }
    return this.#transfer(result.options, encodeAck(0), now);
  }

  #transfer(
    options: TransferOptions,
    oackReply: Uint8Array | undefined,
    now: Millis,
  ): readonly Output[] {
    const { direction, retransmission } = this.#parameters;
    const session = direction.op === "WRQ"
      ? new SendSession({
        source: direction.source,
        options,
        oack: undefined,
        rollover: direction.rollover,
        peerHeard: true,
        retransmission,
        patience: direction.patience,
      })
      : new ReceiveSession({
        options,
        opening: oackReply,
        retransmission,
        patience: direction.patience,
      });
    this.#agreed = options;
    this.#state = { name: "transferring", session };
    return session.start(now);
  }

  #fail(failure: TransferFailure): Output[] {
    this.#state = { name: "ended" };
    return [{ kind: "failed", failure }];
  }
}
