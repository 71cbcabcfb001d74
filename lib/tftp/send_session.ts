/**
 * The side that sends DATA: our server answering an RRQ, our client after a WRQ was accepted.
 *
 * States and what happens in them:
 *
 * | state | entered | ACK of a new block | timeout | ends |
 * |---|---|---|---|---|
 * | opening | OACK sent (RFC 2347) | ACK 0: first window | OACK again | silence, ERROR |
 * | sending | window sent | next window, or go back to the block asked for | window again | last ACK, silence, ERROR |
 * | verdict | last ACK came, peer may still judge the image | ignored | done | its time, ERROR, ASUS's verdict |
 * | ended | done or failed | ignored | – | – |
 *
 * Without a negotiated window this is strict lock-step, and a duplicate ACK never causes DATA
 * (RFC 1123 §4.2.3.1, the Sorcerer's Apprentice).
 *
 * @module
 */
import type { Millis } from "../host/host.ts";
import { blockCount, type Rollover, unwrapBlock } from "./block.ts";
import { DataBlocks } from "./data_blocks.ts";
import type { TransferOptions } from "./options.ts";
import {
  decodePacket,
  encodeError,
  type ErrorPacket,
  TftpError,
  type TftpErrorCode,
} from "./packet.ts";
import { QUIET_MS, type RetransmissionPolicy, RetransmissionTimer } from "./retransmission.ts";
import {
  type BlockSource,
  ignored,
  NO_OUTPUT,
  type Outcome,
  type Output,
  type Session,
  type TransferFailure,
  type TransferProgress,
} from "./session.ts";
import { asusVerdict } from "./verdict.ts";

/** How long a sender is patient. */
export interface SendPatience {
  /** Silence after which the transfer is given up, in milliseconds. */
  readonly giveUpMs: Millis;
  /** Silence after the last block that counts as "sent, last ACK missing". */
  readonly lastAckMs: Millis;
  /**
   * How often the opening packet is sent before anything was heard. It bounds what a request with
   * a forged source address can make us send.
   */
  readonly openingAttempts: number;
  /** How long to wait after the last ACK for a device that still judges the image; 0 for none. */
  readonly verdictMs: Millis;
}

/** What a {@link SendSession} needs. */
export interface SendParameters {
  /** The bytes. */
  readonly source: BlockSource;
  /** What was negotiated. */
  readonly options: TransferOptions;
  /** OACK packet to open with; undefined to open with DATA 1. */
  readonly oack: Uint8Array | undefined;
  /** Block number after 65535. */
  readonly rollover: Rollover;
  /** Whether the peer has answered before: true for a client whose WRQ was accepted. */
  readonly peerHeard: boolean;
  /** When to repeat. */
  readonly retransmission: RetransmissionPolicy;
  /** When to give up. */
  readonly patience: SendPatience;
}

/**
 * Repetitions that must go unanswered before silence counts. A computer that slept for a minute has
 * not listened for a minute.
 */
const LEAST_UNANSWERED = 3;

/** Shortest wait for the answer to an OACK: a second one ends atftp, which may only be slow. */
const OACK_MS: Millis = 1000;

/** Repetitions in a row, after which the line is left quiet for {@link QUIET_MS} before the next. */
const QUICK_REPETITIONS = 6;

type State =
  | { readonly name: "idle" }
  | { readonly name: "opening" }
  | { readonly name: "sending" }
  | { readonly name: "verdict"; readonly until: Millis }
  | { readonly name: "ended" };

/** Sends a file block by block. See the module description for its states. */
export class SendSession implements Session {
  readonly #parameters: SendParameters;
  readonly #timer: RetransmissionTimer;
  readonly #blocks: DataBlocks;
  readonly #total: number;
  #state: State = { name: "idle" };
  /** Highest block acknowledged. */
  #acked = 0;
  /** Highest block ever sent. */
  #sent = 0;
  /** When the packets now unanswered were sent. */
  #sentAt: Millis = 0;
  /** Whether the packet whose answer is awaited was sent more than once (Karn's rule). */
  #repeated = false;
  /** A block whose repetition was answered, to recognise that the repetition was needless. */
  #answeredRepetition = 0;
  /** The acknowledged block whose duplicate ACK was already answered with a window. */
  #wentBackFrom = -1;
  /** Highest block that was on its way when blocks were last sent again, and when that was. */
  #copiedUpTo = -1;
  #copiedAt: Millis = 0;
  /** Unanswered repetitions in a row. */
  #attempt = 0;
  #lastHeardAt: Millis = 0;
  #heard: boolean;
  #retransmissions = 0;
  #startedAt: Millis = 0;
  #movedAt: Millis = 0;

  /** Makes a session; nothing happens before {@link SendSession.start}. */
  constructor(parameters: SendParameters) {
    this.#parameters = parameters;
    this.#timer = new RetransmissionTimer(parameters.retransmission);
    this.#blocks = new DataBlocks(parameters);
    this.#total = blockCount(parameters.source.size, parameters.options.blksize);
    this.#heard = parameters.peerHeard;
  }

  /** See {@link Session.nextTimeout}. */
  get nextTimeout(): Millis | undefined {
    const state = this.#state;
    if (state.name === "verdict") return state.until;
    const waiting = state.name === "opening" || state.name === "sending";
    return waiting ? this.#sentAt + this.#wait : undefined;
  }

  get #wait(): Millis {
    const { wait } = this.#timer;
    if (this.#state.name === "opening") return Math.max(wait, OACK_MS);
    if (this.#attempt < QUICK_REPETITIONS) return wait;
    return Math.max(wait, Math.min(QUIET_MS, this.#parameters.patience.giveUpMs));
  }

  /** See {@link Session.progress}. */
  get progress(): TransferProgress {
    const { source, options } = this.#parameters;
    return {
      bytes: Math.min(this.#acked * options.blksize, source.size),
      totalBytes: source.size,
      blocks: this.#acked,
      retransmissions: this.#retransmissions,
      startedAt: this.#startedAt,
      movedAt: this.#movedAt,
    };
  }

  /** Sends the OACK, or the first window. */
  start(now: Millis): readonly Output[] {
    this.#startedAt = now;
    this.#movedAt = now;
    this.#lastHeardAt = now;
    this.#sentAt = now;
    const { oack } = this.#parameters;
    if (oack !== undefined) {
      this.#state = { name: "opening" };
      return [{ kind: "send", bytes: oack }];
    }
    this.#state = { name: "sending" };
    return this.#sendWindow(now);
  }

  /** Takes an ACK or ERROR. */
  handleDatagram(bytes: Uint8Array, now: Millis): readonly Output[] {
    if (this.#state.name === "ended" || this.#state.name === "idle") {
      return ignored("the transfer has ended");
    }
    const verdict = this.#sent === this.#total ? asusVerdict(bytes) : undefined;
    if (verdict !== undefined) return this.#handleAsusVerdict(verdict, now);
    const packet = decodePacket(bytes);
    if (this.#state.name === "verdict") {
      if (packet.op === "ERROR") return this.#handleError(packet);
      return ignored(`${packet.op} after the last ACK`);
    }
    switch (packet.op) {
      case "ACK":
        this.#hear(now);
        return this.#handleAck(packet.block, now);
      case "ERROR":
        return this.#handleError(packet);
      case "malformed":
        return ignored(packet.reason);
      default:
        return ignored(`${packet.op} while waiting for an ACK`);
    }
  }

  /** Repeats what is unanswered, or gives up. */
  handleTimeout(now: Millis): readonly Output[] {
    const due = this.nextTimeout;
    if (due === undefined || now < due) return NO_OUTPUT;
    if (this.#state.name === "verdict") return this.#done("acknowledged");
    const { patience } = this.#parameters;
    const silentMs = now - this.#lastHeardAt;
    if (this.#attempt >= LEAST_UNANSWERED) {
      if (this.#onlyLastAckMissing() && silentMs >= patience.lastAckMs) {
        return this.#done("last-ack-missing");
      }
      if (silentMs >= patience.giveUpMs) {
        return this.#fail({ kind: "timeout", silentMs, heard: this.#heard });
      }
    }
    if (!this.#heard && this.#attempt + 1 >= patience.openingAttempts) {
      return this.#fail({ kind: "timeout", silentMs, heard: false });
    }
    this.#attempt++;
    this.#repeated = true;
    this.#timer.expired();
    const block = this.#state.name === "opening" ? 0 : this.#acked + 1;
    const told: Output = {
      kind: "event",
      event: { kind: "retransmit", block, attempt: this.#attempt },
    };
    if (this.#state.name === "opening") {
      this.#retransmissions++;
      this.#sentAt = now;
      return [told, { kind: "send", bytes: this.#parameters.oack! }];
    }
    return [told, ...this.#sendWindow(now)];
  }

  /** Sends an ERROR and ends. */
  abort(code: TftpErrorCode, reason: string): readonly Output[] {
    if (this.nextTimeout === undefined) return NO_OUTPUT;
    return [
      { kind: "send", bytes: encodeError(code, reason) },
      ...this.#fail({ kind: "aborted", reason }),
    ];
  }

  #hear(now: Millis): void {
    this.#heard = true;
    this.#lastHeardAt = now;
  }

  #handleAck(wire: number, now: Millis): readonly Output[] {
    if (this.#state.name === "opening") {
      // RFC 2347: ACK 0 answers the OACK, and from here the OACK is never sent again: U-Boot takes
      // a second one as a new beginning.
      if (wire !== 0) return ignored(`ACK ${wire} while waiting for ACK 0`);
      this.#state = { name: "sending" };
      if (!this.#repeated) this.#timer.measured(now - this.#sentAt);
      this.#advance();
      return this.#sendWindow(now);
    }
    const block = unwrapBlock(wire, this.#acked, this.#parameters.rollover);
    if (block === undefined || block > this.#sent) {
      return ignored(`ACK ${wire} is not of a block in flight`);
    }
    if (block === this.#acked) return this.#handleDuplicateAck(wire, now);
    if (!this.#repeated && block === this.#sent) this.#timer.measured(now - this.#sentAt);
    if (this.#repeated) this.#answeredRepetition = block;
    this.#acked = block;
    this.#movedAt = now;
    this.#advance();
    if (this.#acked === this.#total) return this.#allAcknowledged(now);
    if (block === this.#sent) return this.#sendWindow(now);
    this.#repeated = true;
    // An ACK in the middle of a window asks to go on from there (RFC 7440 §4).
    return this.#answersCopies(now) ? this.#sendFrom(this.#sent + 1, now) : this.#sendWindow(now);
  }

  /**
   * Whether the ACK now at hand was provoked by copies, or by what left before them. When a window is
   * sent again although nothing was lost (the peer had only paused), atftp and U-Boot answer the
   * first copy with an ACK of the last block they have. Going back for that would make copies again,
   * and so on for every window until the end: the Sorcerer's Apprentice, by the window.
   */
  #answersCopies(now: Millis): boolean {
    if (this.#acked === this.#copiedUpTo) return true;
    return this.#acked < this.#copiedUpTo && now - this.#copiedAt < (this.#timer.roundTrip ?? 0);
  }

  #handleDuplicateAck(wire: number, now: Millis): readonly Output[] {
    const { windowsize } = this.#parameters.options;
    const roundTrip = this.#timer.roundTrip;
    const mayTellLoss = windowsize > 1 && roundTrip !== undefined &&
      now - this.#sentAt >= 0.8 * roundTrip;
    if (
      windowsize === 1 && this.#acked > 0 && this.#acked === this.#answeredRepetition &&
      now - this.#movedAt <= this.#timer.firstWait
    ) {
      // The block arrived twice: it was not lost, the peer was only slow. An ACK that comes later is
      // one that the peer repeats because the next block was lost. In a window nothing of this
      // follows: a peer that lost the end of one has its beginning twice, and whoever has become
      // patient waits at the end of each.
      this.#timer.wasTooEager();
      this.#answeredRepetition = 0;
    }
    // With a window, a second ACK of the block before it says that its first block was lost
    // (RFC 7440 §4). It is answered once, and not sooner than a round trip after the window left:
    // an earlier one is a copy of the ACK that started the window.
    if (mayTellLoss && this.#wentBackFrom !== this.#acked && !this.#answersCopies(now)) {
      this.#wentBackFrom = this.#acked;
      this.#repeated = true;
      return this.#sendWindow(now);
    }
    return ignored(`duplicate ACK ${wire}`);
  }

  #advance(): void {
    this.#attempt = 0;
    this.#repeated = false;
    this.#timer.progressed();
  }

  #allAcknowledged(now: Millis): readonly Output[] {
    const { verdictMs } = this.#parameters.patience;
    if (verdictMs === 0) return this.#done("acknowledged");
    this.#state = { name: "verdict", until: now + verdictMs };
    return NO_OUTPUT;
  }

  /** The device has all of the file, whether or not its last ACK arrived. */
  #handleAsusVerdict(good: boolean, now: Millis): readonly Output[] {
    if (!good) return this.#fail({ kind: "peer-error", code: 0, message: "", verdict: true });
    if (this.#acked < this.#total) this.#movedAt = now;
    this.#acked = this.#total;
    return this.#done("acknowledged");
  }

  #handleError(packet: ErrorPacket): readonly Output[] {
    // EDK2 asks for the size in a transfer of its own and ends that with ERROR 8 on purpose.
    if (
      this.#state.name === "opening" && packet.code === TftpError.OPTIONS_REFUSED &&
      this.#parameters.options.transferSize !== undefined
    ) {
      return this.#done("size-only");
    }
    return this.#fail({
      kind: "peer-error",
      code: packet.code,
      message: packet.message,
      verdict: this.#state.name === "verdict" || this.#onlyLastAckMissing(),
    });
  }

  #onlyLastAckMissing(): boolean {
    return this.#heard && this.#sent === this.#total &&
      this.#acked >= this.#total - this.#parameters.options.windowsize;
  }

  /** Sends the blocks after the last acknowledged one, as many as the window holds. */
  #sendWindow(now: Millis): readonly Output[] {
    if (this.#sent > this.#acked) {
      this.#copiedUpTo = this.#sent;
      this.#copiedAt = now;
    }
    return this.#sendFrom(this.#acked + 1, now);
  }

  /** Sends what the window holds from this block on; from the first one never sent, it fills it up. */
  #sendFrom(first: number, now: Millis): readonly Output[] {
    const last = Math.min(this.#acked + this.#parameters.options.windowsize, this.#total);
    const outputs: Output[] = [];
    for (let block = first; block <= last; block++) {
      try {
        outputs.push({ kind: "send", bytes: this.#blocks.packet(block) });
      } catch (cause) {
        return [
          ...outputs,
          { kind: "send", bytes: encodeError(TftpError.NOT_DEFINED, "read failed") },
          ...this.#fail({ kind: "local", cause }),
        ];
      }
      if (block <= this.#sent) this.#retransmissions++;
    }
    if (last > this.#sent) this.#sent = last;
    this.#sentAt = now;
    return outputs;
  }

  #done(outcome: Outcome): Output[] {
    this.#state = { name: "ended" };
    return [{ kind: "done", outcome }];
  }

  #fail(failure: TransferFailure): Output[] {
    this.#state = { name: "ended" };
    return [{ kind: "failed", failure }];
  }
}
