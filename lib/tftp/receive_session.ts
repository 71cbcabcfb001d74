/**
 * The side that receives DATA: our server after a WRQ, our client after an RRQ was answered.
 *
 * | state | entered | DATA of the next block | other DATA | timeout | ends |
 * |---|---|---|---|---|---|
 * | receiving | opening sent | write; ACK at the end of a window | old: ACK again; gap: ACK the last good one | ACK again | last block, silence, ERROR |
 * | dallying | last block written | – | last block: ACK again | done dallying | its time |
 * | ended | done or failed | ignored | ignored | – | – |
 *
 * @module
 */
import type { Millis } from "../host/host.ts";
import { type Rollover, unwrapBlock, wireBlock } from "./block.ts";
import type { TransferOptions } from "./options.ts";
import {
  type DataPacket,
  decodePacket,
  encodeAck,
  encodeError,
  TftpError,
  type TftpErrorCode,
} from "./packet.ts";
import { QUIET_MS, type RetransmissionPolicy, RetransmissionTimer } from "./retransmission.ts";
import {
  ignored,
  NO_OUTPUT,
  type Output,
  type Session,
  type TransferFailure,
  type TransferProgress,
} from "./session.ts";

/** How long a receiver is patient. */
export interface ReceivePatience {
  /** Silence after which the transfer is given up, in milliseconds. */
  readonly giveUpMs: Millis;
  /** How often the opening packet is sent before anything was heard. */
  readonly openingAttempts: number;
  /** How long to answer repetitions of the last block (RFC 1350 §6, dallying). */
  readonly dallyMs: Millis;
  /** The same on a link that lost nothing so far; a tenth of it unless given. */
  readonly cleanDallyMs?: Millis;
}

/** What a {@link ReceiveSession} needs. */
export interface ReceiveParameters {
  /** What was negotiated. */
  readonly options: TransferOptions;
  /**
   * Packet to open with: ACK 0 or OACK for a WRQ, ACK 0 for an OACK; undefined when DATA 1 is
   * already there and will be passed in next.
   */
  readonly opening: Uint8Array | undefined;
  /** Bytes that must have come with the last block; undefined to take what comes. */
  readonly announced?: number | undefined;
  /** When to repeat. */
  readonly retransmission: RetransmissionPolicy;
  /** When to give up. */
  readonly patience: ReceivePatience;
}

/** See the same constant of the sender: a computer that slept has not listened. */
const LEAST_UNANSWERED = 3;

/**
 * Repetitions of an ACK in a row, after which the line is left quiet for {@link QUIET_MS}: they help
 * when the ACK was lost, but when it was DATA, the next move is the sender's.
 */
const QUICK_REPETITIONS = 3;

/**
 * Shortest wait for the rest of a window, in milliseconds. A lost block in its middle shows at once by
 * the gap; a sender that only paused would send all of the rest twice (and atftp lose count).
 */
const REST_OF_WINDOW_MS: Millis = 200;

/** Windows that must begin with block 1 before a rollover to 1 is believed. Not from an RFC. */
const WINDOWS_TO_TRUST = 4;

type State =
  | { readonly name: "idle" }
  | { readonly name: "receiving" }
  | { readonly name: "dallying"; readonly until: Millis }
  | { readonly name: "ended" };

/** Receives a file block by block. See the module description for its states. */
export class ReceiveSession implements Session {
  readonly #parameters: ReceiveParameters;
  readonly #timer: RetransmissionTimer;
  #state: State = { name: "idle" };
  /** Highest block received in order. */
  #received = 0;
  #bytes = 0;
  /** Blocks since the last ACK. */
  #unacknowledged = 0;
  /** The peer's habit after block 65535; known once it has rolled over. */
  #rollover: Rollover = 0;
  /** Windows after block 65535 that began with block 1. */
  #windowsFromOne = 0;
  /** Whether the next block 1 belongs to another window than the one counted last. */
  #windowBegins = true;
  /** The packet to repeat on a timeout: the opening, then the last ACK. */
  #lastSent: Uint8Array | undefined;
  #lastSentAt: Millis = 0;
  #repeated = false;
  /** The block after which a gap was already reported. */
  #gapReportedAfter = -1;
  #attempt = 0;
  #lastHeardAt: Millis = 0;
  #heard = false;
  #retransmissions = 0;
  #startedAt: Millis = 0;
  #movedAt: Millis = 0;

  /** Makes a session; nothing happens before {@link ReceiveSession.start}. */
  constructor(parameters: ReceiveParameters) {
    this.#parameters = parameters;
    this.#timer = new RetransmissionTimer(parameters.retransmission);
    this.#lastSent = parameters.opening;
  }

  /** See {@link Session.nextTimeout}. */
  get nextTimeout(): Millis | undefined {
    const state = this.#state;
    if (state.name === "dallying") return state.until;
    return state.name === "receiving" ? this.#lastSentAt + this.#wait : undefined;
  }

  get #wait(): Millis {
    if (this.#unacknowledged > 0) return Math.max(this.#timer.wait, REST_OF_WINDOW_MS);
    // Recovery is the sender's business, and it ignores a second ACK (RFC 1123 §4.2.3.1). Were this
    // side as quick, each would take the other's repetition for a slow answer and grow slow itself.
    const wait = (this.#received > 0 ? 2 : 1) * this.#timer.wait;
    if (this.#attempt < QUICK_REPETITIONS) return wait;
    return Math.max(wait, Math.min(QUIET_MS, this.#parameters.patience.giveUpMs));
  }

  /** See {@link Session.progress}. */
  get progress(): TransferProgress {
    return {
      bytes: this.#bytes,
      totalBytes: this.#parameters.options.transferSize,
      blocks: this.#received,
      retransmissions: this.#retransmissions,
      startedAt: this.#startedAt,
      movedAt: this.#movedAt,
    };
  }

  /** Sends the opening, if there is one. */
  start(now: Millis): readonly Output[] {
    this.#state = { name: "receiving" };
    this.#startedAt = now;
    this.#movedAt = now;
    this.#lastHeardAt = now;
    this.#lastSentAt = now;
    return this.#lastSent === undefined ? NO_OUTPUT : [{ kind: "send", bytes: this.#lastSent }];
  }

  /** Takes a DATA or ERROR. */
  handleDatagram(bytes: Uint8Array, now: Millis): readonly Output[] {
    if (this.#state.name === "ended" || this.#state.name === "idle") {
      return ignored("the transfer has ended");
    }
    const packet = decodePacket(bytes);
    switch (packet.op) {
      case "DATA":
        this.#heard = true;
        this.#lastHeardAt = now;
        return this.#state.name === "dallying"
          ? this.#repeatLastAck(packet, now)
          : this.#handleData(packet, now);
      case "ERROR":
        if (this.#state.name === "dallying") return ignored("ERROR after the last block");
        return this.#fail({
          kind: "peer-error",
          code: packet.code,
          message: packet.message,
          verdict: false,
        });
      case "malformed":
        return ignored(packet.reason);
      default:
        return ignored(`${packet.op} while waiting for DATA`);
    }
  }

  /** Repeats the last ACK, gives up, or ends dallying. */
  handleTimeout(now: Millis): readonly Output[] {
    const due = this.nextTimeout;
    if (due === undefined || now < due) return NO_OUTPUT;
    if (this.#state.name === "dallying") {
      this.#state = { name: "ended" };
      return NO_OUTPUT;
    }
    const { patience } = this.#parameters;
    const silentMs = now - this.#lastHeardAt;
    if (silentMs >= patience.giveUpMs && this.#attempt >= LEAST_UNANSWERED) {
      return this.#giveUp({ kind: "timeout", silentMs, heard: this.#heard });
    }
    if (!this.#heard && this.#attempt + 1 >= patience.openingAttempts) {
      return this.#giveUp({ kind: "timeout", silentMs, heard: false });
    }
    this.#attempt++;
    this.#windowBegins = true;
    this.#timer.expired();
    const told: Output = {
      kind: "event",
      event: { kind: "retransmit", block: this.#received, attempt: this.#attempt },
    };
    // Within a window the blocks that did arrive are acknowledged now, so that only the rest comes
    // again.
    return [told, ...this.#acknowledge(now, true)];
  }

  /** Sends an ERROR and ends. */
  abort(code: TftpErrorCode, reason: string): readonly Output[] {
    if (this.nextTimeout === undefined) return NO_OUTPUT;
    return [
      { kind: "send", bytes: encodeError(code, reason) },
      ...this.#fail({ kind: "aborted", reason }),
    ];
  }

  #handleData(packet: DataPacket, now: Millis): readonly Output[] {
    const { blksize, windowsize } = this.#parameters.options;
    const next = this.#received + 1;
    // After 65535 some go on with 0, some with 1: follow whichever comes.
    if (next === 0x10000 && packet.block <= 1 && this.#isFirstAfterRollover(packet.block)) {
      this.#rollover = packet.block as Rollover;
    }
    if (packet.block !== wireBlock(next, this.#rollover)) return this.#handleOtherData(packet, now);
    if (packet.payload.length > blksize) {
      return this.#giveUp({
        kind: "protocol",
        reason: `block ${next} has ${packet.payload.length} bytes, agreed were ${blksize}`,
      });
    }
    if (!this.#repeated && this.#unacknowledged === 0) {
      this.#timer.measured(now - this.#lastSentAt);
    }
    this.#received = next;
    this.#movedAt = now;
    this.#bytes += packet.payload.length;
    this.#attempt = 0;
    this.#unacknowledged++;
    this.#timer.progressed();
    const write: Output = { kind: "write", bytes: packet.payload };
    if (packet.payload.length < blksize) {
      const { announced } = this.#parameters;
      if (announced !== undefined && announced !== this.#bytes) {
        return this.#giveUp({ kind: "size", announced, received: this.#bytes });
      }
      const { dallyMs, cleanDallyMs = dallyMs / 10 } = this.#parameters.patience;
      const until = now + (this.#retransmissions === 0 ? cleanDallyMs : dallyMs);
      this.#state = { name: "dallying", until };
      return [
        write,
        { kind: "commit" },
        ...this.#acknowledge(now, false),
        { kind: "done", outcome: "acknowledged" },
      ];
    }
    if (this.#unacknowledged >= windowsize) return [write, ...this.#acknowledge(now, false)];
    // The wait for the rest of the window starts anew with each block.
    this.#lastSentAt = now;
    return [write];
  }

  /**
   * Whether block 0 or 1 is the one after 65535. In lock-step it is. With a window, block 1 may also
   * be the second one, the first (0) being lost: taking it would leave a hole in the file. Only
   * several windows that all begin with 1 show that the peer rolls over to 1.
   */
  #isFirstAfterRollover(block: number): boolean {
    if (block === 0 || this.#parameters.options.windowsize === 1) return true;
    if (this.#windowBegins) {
      this.#windowBegins = false;
      this.#windowsFromOne++;
      this.#gapReportedAfter = -1;
    }
    return this.#windowsFromOne >= WINDOWS_TO_TRUST;
  }

  /** A block that is not the next one: an old one again, or one after a gap. */
  #handleOtherData(packet: DataPacket, now: Millis): readonly Output[] {
    if (this.#received > 0 && packet.block === wireBlock(this.#received, this.#rollover)) {
      // In the middle of a window nothing is owed: an ACK would make the sender go back and send all
      // that is still on its way twice, and every window after it.
      if (this.#unacknowledged > 0) return ignored(`duplicate DATA ${packet.block}`);
      // The last good block again: our ACK was lost (RFC 1123 §4.2.3.1: the receiver answers).
      return [...ignored(`duplicate DATA ${packet.block}`), ...this.#acknowledge(now, true)];
    }
    if (packet.block !== 1) this.#windowBegins = true;
    // Any block shows that the OACK arrived: from here ACK 0 stands for it.
    if (this.#received === 0) this.#lastSent = encodeAck(0);
    const ahead = unwrapBlock(packet.block, this.#received, this.#rollover);
    const { windowsize } = this.#parameters.options;
    if (windowsize > 1 && ahead !== undefined && ahead <= this.#received + windowsize) {
      // RFC 7440 §4: a gap is answered with the last good block, once per gap.
      if (this.#gapReportedAfter === this.#received) {
        return ignored(`DATA ${packet.block} after a gap`);
      }
      this.#gapReportedAfter = this.#received;
      return [...ignored(`DATA ${packet.block} after a gap`), ...this.#acknowledge(now, true)];
    }
    return ignored(`DATA ${packet.block} is not the next block`);
  }

  #repeatLastAck(packet: DataPacket, now: Millis): readonly Output[] {
    if (packet.block !== wireBlock(this.#received, this.#rollover)) {
      return ignored(`DATA ${packet.block} after the last block`);
    }
    // The ACK was lost and may be lost again: stay, but not for ever.
    const { dallyMs, giveUpMs } = this.#parameters.patience;
    this.#state = { name: "dallying", until: Math.min(now + dallyMs, this.#movedAt + giveUpMs) };
    return this.#acknowledge(now, true);
  }

  #acknowledge(now: Millis, again: boolean): Output[] {
    if (this.#received > 0) this.#lastSent = encodeAck(wireBlock(this.#received, this.#rollover));
    this.#unacknowledged = 0;
    this.#lastSentAt = now;
    this.#repeated = again;
    if (again) this.#retransmissions++;
    return this.#lastSent === undefined ? [] : [{ kind: "send", bytes: this.#lastSent }];
  }

  /** Ends in failure and tells the peer, which may be waiting. */
  #giveUp(failure: TransferFailure): Output[] {
    const code = failure.kind === "protocol" ? TftpError.ILLEGAL_OPERATION : TftpError.NOT_DEFINED;
    const said = failure.kind === "size" ? "size is not tsize" : failure.kind;
    return [
      { kind: "send", bytes: encodeError(code, said) },
      ...this.#fail(failure),
    ];
  }

  #fail(failure: TransferFailure): Output[] {
    this.#state = { name: "ended" };
    return [{ kind: "failed", failure }];
  }
}
