/**
 * What server and client tell while they run. These objects are the `--json` schema: one event per
 * line, field names stable.
 *
 * @module
 */
import type { UnbrickError, UnbrickErrorCode } from "../errors.ts";

/** A failure inside an event. */
export interface FailureDetails {
  /** Stable name. */
  readonly code: UnbrickErrorCode;
  /** What happened. */
  readonly message: string;
  /** What to do next; empty when there is nothing useful to say. */
  readonly hint: string;
}

/** A device of the catalogue that a request may come from. */
export interface LikelyDevice {
  /** Its id in the catalogue. */
  readonly id: string;
  /** Vendor and model. */
  readonly name: string;
  /** What speaks for it. */
  readonly reason: string;
}

/** Something that happened in a server or client. */
export type TransferEvent =
  /** The server waits for requests at this address. */
  | { readonly event: "listening"; readonly address: string; readonly port: number }
  /** A request arrived. `served`: whether it gets a file. */
  | {
    readonly event: "request";
    readonly peer: string;
    readonly op: "RRQ" | "WRQ";
    readonly name: string;
    readonly mode: string;
    readonly options: Readonly<Record<string, string>>;
    readonly served: boolean;
    readonly reason?: string;
  }
  /** Devices of the catalogue that ask as a request that was not served did, likeliest first. */
  | {
    readonly event: "likely";
    readonly peer: string;
    readonly name: string;
    readonly devices: readonly LikelyDevice[];
  }
  /** Nothing has come yet, or something on this computer stands in the way. */
  | {
    readonly event: "waiting";
    readonly reason: "for-answer" | UnbrickErrorCode;
    readonly message: string;
    readonly hint: string;
  }
  /** A transfer began. */
  | {
    readonly event: "started";
    readonly transfer: number;
    readonly peer: string;
    readonly direction: "send" | "receive";
    readonly name: string;
    readonly bytes: number | null;
    readonly blksize: number;
    readonly windowsize: number;
  }
  /** A transfer moves. */
  | {
    readonly event: "progress";
    readonly transfer: number;
    readonly bytes: number;
    readonly total: number | null;
    readonly retransmissions: number;
  }
  /** A packet was sent again. */
  | {
    readonly event: "retransmit";
    readonly transfer: number;
    readonly block: number;
    readonly attempt: number;
  }
  /** A packet was not acted on; with `transfer` one inside a transfer, such as a duplicate. */
  | {
    readonly event: "ignored";
    readonly peer: string;
    readonly reason: string;
    readonly transfer?: number;
  }
  /**
   * Of more packets than are told one by one: how many were ignored, requests that were refused,
   * packets ignored inside transfers.
   */
  | {
    readonly event: "flood";
    readonly ignored: number;
    readonly refused: number;
    readonly inTransfers: number;
  }
  /** A transfer is over because its peer wanted to know the size only (EDK2 does). */
  | {
    readonly event: "size-asked";
    readonly transfer: number;
    readonly peer: string;
    readonly name: string;
  }
  /** A transfer is complete. `last-ack-missing`: all was sent, the last ACK never came. */
  | {
    readonly event: "completed";
    readonly transfer: number;
    readonly peer: string;
    readonly name: string;
    readonly outcome: "acknowledged" | "last-ack-missing";
    readonly bytes: number;
    readonly seconds: number;
    readonly blocks: number;
    readonly retransmissions: number;
    readonly sha256: string | null;
  }
  /** A device that has all of an image told, after the end of the transfer, what it makes of it. */
  | {
    readonly event: "verdict";
    readonly transfer: number;
    readonly peer: string;
    readonly name: string;
    readonly good: boolean;
    /** What it said, in words. */
    readonly message: string;
    /** What to do next; empty when there is nothing useful to say. */
    readonly hint: string;
  }
  /** A transfer failed; without `transfer` the whole command did. */
  | (FailureDetails & {
    readonly event: "failed";
    readonly transfer?: number;
    readonly peer?: string;
    readonly name?: string;
    /** Bytes that had arrived when it failed. */
    readonly bytes?: number;
  });

/** A packet on its way, for `--trace`. */
export type PacketTap = (
  direction: "sent" | "received",
  bytes: Uint8Array,
  peer: { readonly hostname: string; readonly port: number },
) => void;

/** The event that says what on this computer stands in the way. */
export function waitingBecause(error: UnbrickError): TransferEvent {
  return { event: "waiting", reason: error.code, message: error.message, hint: error.hint ?? "" };
}
