/**
 * Option negotiation (RFC 2347) for blksize (RFC 2348), timeout and tsize (RFC 2349) and windowsize
 * (RFC 7440).
 *
 * @module
 */
import type { OackPacket, RequestOption } from "./packet.ts";

/** What both sides agreed on. */
export interface TransferOptions {
  /** Bytes per block, 8–65464 (RFC 2348). */
  readonly blksize: number;
  /** Blocks per window, 1–65535 (RFC 7440). */
  readonly windowsize: number;
  /** Retransmission time asked for, in seconds 1–255 (RFC 2349); undefined when not agreed. */
  readonly timeoutSeconds: number | undefined;
  /** Size of the file in bytes, if the sender told (RFC 2349). */
  readonly transferSize: number | undefined;
}

/** What holds without any option (RFC 1350). */
export const PLAIN_OPTIONS: TransferOptions = {
  blksize: 512,
  windowsize: 1,
  timeoutSeconds: undefined,
  transferSize: undefined,
};

/** Limits of RFC 2348. */
export const BLKSIZE_RANGE = { min: 8, max: 65464 } as const;

/** Limits of RFC 7440. */
export const WINDOWSIZE_RANGE = { min: 1, max: 65535 } as const;

/**
 * Most blocks and bytes that a server keeps in flight. Not from an RFC: a window larger than the
 * peer's socket buffer only makes it lose the rest (Linux gives 208 KiB by default), and each transfer
 * holds that much memory: a hundred peers that ask for all they can get a hundred of these.
 */
const SERVER_WINDOW = { blocks: 256, bytes: 1024 * 1024 } as const;

/** Result of a server's negotiation. */
export interface Negotiation {
  /** What holds for the transfer. */
  readonly options: TransferOptions;
  /** Options for the OACK; empty means: answer without an OACK. */
  readonly accepted: readonly RequestOption[];
}

/**
 * Answers the options of a request. Unknown and invalid options are left out, as RFC 2347 wants;
 * names are answered in lower case because lwIP's client compares them with case; `timeout` is
 * echoed exactly and blksize never raised, because U-Boot ends the transfer otherwise.
 *
 * @param fileSize bytes of the file for an RRQ; undefined when it is not known or for a WRQ.
 */
export function negotiate(
  asked: readonly RequestOption[],
  direction: "RRQ" | "WRQ",
  fileSize: number | undefined,
): Negotiation {
  const accepted = new Map<string, string>();
  let { blksize, windowsize, timeoutSeconds, transferSize } = PLAIN_OPTIONS;
  for (const option of asked) {
    const name = option.name.toLowerCase();
    if (accepted.has(name)) continue;
    const value = parseDecimal(option.value);
    if (value === undefined) continue;
    switch (name) {
      case "blksize":
        if (value < BLKSIZE_RANGE.min) continue;
        blksize = Math.min(value, BLKSIZE_RANGE.max);
        accepted.set(name, String(blksize));
        break;
      case "windowsize":
        if (value < WINDOWSIZE_RANGE.min || value > WINDOWSIZE_RANGE.max) continue;
        windowsize = value;
        accepted.set(name, String(windowsize));
        break;
      case "timeout":
        if (value < 1 || value > 255) continue;
        timeoutSeconds = value;
        accepted.set(name, option.value);
        break;
      case "tsize":
        if (direction === "RRQ") {
          if (fileSize === undefined) continue;
          transferSize = fileSize;
        } else {
          transferSize = value;
        }
        accepted.set(name, String(transferSize));
        break;
      default:
        continue;
    }
  }
  if (accepted.has("windowsize")) {
    windowsize = Math.max(
      1,
      Math.min(windowsize, SERVER_WINDOW.blocks, Math.floor(SERVER_WINDOW.bytes / blksize)),
    );
    accepted.set("windowsize", String(windowsize));
  }
  return {
    options: { blksize, windowsize, timeoutSeconds, transferSize },
    accepted: [...accepted].map(([name, value]) => ({ name, value })),
  };
}

/** What a client wants to ask for. Absent values are not asked. */
export interface WantedOptions {
  /** Bytes per block, 8–65464. */
  readonly blksize?: number;
  /** Blocks per window, 1–65535. */
  readonly windowsize?: number;
  /** Size of the file in bytes for a WRQ, 0 to ask for it with an RRQ. */
  readonly tsize?: number;
}

/** The options of a client's request, in the order that most servers are used to. */
export function requestOptions(wanted: WantedOptions): RequestOption[] {
  return (["tsize", "blksize", "windowsize"] as const).flatMap((name) => {
    const value = wanted[name];
    return value === undefined ? [] : [{ name, value: String(value) }];
  });
}

/**
 * Reads a server's OACK against what was asked.
 *
 * @returns the agreed options, or why the OACK cannot be accepted (RFC 2347: answer with ERROR 8).
 */
export function acceptOack(
  oack: OackPacket,
  asked: WantedOptions,
): { readonly options: TransferOptions } | { readonly refusal: string } {
  let { blksize, windowsize, transferSize } = PLAIN_OPTIONS;
  for (const option of oack.options) {
    const name = option.name.toLowerCase();
    const value = parseDecimal(option.value);
    if (name === "blksize" && asked.blksize !== undefined) {
      if (value === undefined || value < BLKSIZE_RANGE.min || value > asked.blksize) {
        return { refusal: `blksize ${option.value} was not asked for` };
      }
      blksize = value;
    } else if (name === "windowsize" && asked.windowsize !== undefined) {
      if (value === undefined || value < WINDOWSIZE_RANGE.min || value > asked.windowsize) {
        return { refusal: `windowsize ${option.value} was not asked for` };
      }
      windowsize = value;
    } else if (name === "tsize" && asked.tsize !== undefined) {
      // A wrong size is no reason to stop: it is only shown.
      transferSize = value;
    } else if (name === "blksize" || name === "windowsize") {
      // RFC 2347: an option that was not asked for must not be acknowledged, and these two would
      // change how the bytes are cut.
      return { refusal: `${name} was not asked for` };
    }
  }
  return { options: { blksize, windowsize, timeoutSeconds: undefined, transferSize } };
}

/** A decimal number as options carry it; undefined for anything else. */
function parseDecimal(text: string): number | undefined {
  return /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}
