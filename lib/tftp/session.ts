/**
 * What a transfer session is: an object without I/O. Packets and time go in, outputs come out.
 *
 * The sender of DATA is always a `SendSession`, the other side a `ReceiveSession`, whether we are
 * server or client: an RRQ at our server and a WRQ of our client run the same machine.
 *
 * @module
 */
import type { Millis } from "../host/host.ts";
import type { TftpErrorCode } from "./packet.ts";

/** The bytes to be sent, readable at any position without waiting. */
export interface BlockSource {
  /** Bytes in all. */
  readonly size: number;
  /**
   * Up to `length` bytes from `offset`; fewer only at the end. The result is copied before the next
   * call. Throws UnbrickError when the bytes cannot be read any more.
   */
  read(offset: number, length: number): Uint8Array;
}

/** How far a transfer is. */
export interface TransferProgress {
  /** Bytes acknowledged (sending) or received in order (receiving). */
  readonly bytes: number;
  /** Bytes in all; undefined when the sender did not say. */
  readonly totalBytes: number | undefined;
  /** Blocks acknowledged or received in order. */
  readonly blocks: number;
  /** DATA packets (sending) or ACKs (receiving) that were sent more than once. */
  readonly retransmissions: number;
  /** When the transfer began, on the monotonic clock; for a client: when the peer answered. */
  readonly startedAt: Millis;
  /** When the last new block was acknowledged or received. */
  readonly movedAt: Millis;
}

/** How a transfer that did not fail ended. */
export type Outcome =
  /** Every block was acknowledged. */
  | "acknowledged"
  /** Every block was sent, but the last ACK never came: usually it has arrived all the same. */
  | "last-ack-missing"
  /** The peer only wanted to know the size and ended the transfer on purpose (EDK2 does). */
  | "size-only";

/** Why a transfer failed, as a value. */
export type TransferFailure =
  /** Nothing heard for `silentMs`. `heard` tells whether the peer ever answered in this transfer. */
  | { readonly kind: "timeout"; readonly silentMs: Millis; readonly heard: boolean }
  /** ERROR packet. `verdict`: it came in place of the last ACK, so it judges the image. */
  | {
    readonly kind: "peer-error";
    readonly code: number;
    readonly message: string;
    readonly verdict: boolean;
  }
  /** The peer broke the protocol in a way that cannot be ignored. */
  | { readonly kind: "protocol"; readonly reason: string }
  /** The last block came, but not as many bytes in all as the peer had announced (RFC 2349). */
  | { readonly kind: "size"; readonly announced: number; readonly received: number }
  /** This side could not read or write its file. */
  | { readonly kind: "local"; readonly cause: unknown }
  /** This side ended it. `reason` is a sentence for a person, without a final period. */
  | { readonly kind: "aborted"; readonly reason: string };

/** Something worth telling. */
export type SessionEvent =
  /** A packet was sent again. `block` is counted without rollover; 0 is the opening. */
  | { readonly kind: "retransmit"; readonly block: number; readonly attempt: number }
  /** A packet was not acted on. */
  | { readonly kind: "ignored"; readonly reason: string };

/** What the driver has to do, in this order. */
export type Output =
  /** Send to the peer. */
  | { readonly kind: "send"; readonly bytes: Uint8Array }
  /** Append to the file. The bytes are a view into the datagram just handled. */
  | { readonly kind: "write"; readonly bytes: Uint8Array }
  /** Make the file final, before its last block is acknowledged. */
  | { readonly kind: "commit" }
  /** Tell. */
  | { readonly kind: "event"; readonly event: SessionEvent }
  /** The transfer is complete. The session may still answer repetitions until its last timeout. */
  | { readonly kind: "done"; readonly outcome: Outcome }
  /** The transfer failed. */
  | { readonly kind: "failed"; readonly failure: TransferFailure };

/** A transfer without I/O. Peer input never throws. */
export interface Session {
  /** When `handleTimeout` is wanted; undefined when the session has ended. Changes with any call. */
  readonly nextTimeout: Millis | undefined;
  /** How far it is. */
  readonly progress: TransferProgress;
  /** Begins. Called once, first. */
  start(now: Millis): readonly Output[];
  /** A datagram from the peer of this transfer. */
  handleDatagram(bytes: Uint8Array, now: Millis): readonly Output[];
  /** The time of `nextTimeout` has come; called too early it does nothing. */
  handleTimeout(now: Millis): readonly Output[];
  /** Ends it from this side, telling the peer. */
  abort(code: TftpErrorCode, reason: string): readonly Output[];
}

/** Nothing to do. */
export const NO_OUTPUT: readonly Output[] = [];

/** The output that reports a packet as not acted on. */
export function ignored(reason: string): Output[] {
  return [{ kind: "event", event: { kind: "ignored", reason } }];
}
