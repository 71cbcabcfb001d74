/**
 * The options area of BOOTP and DHCP messages (RFC 1497, RFC 2132; long options RFC 3396).
 *
 * ```
 *  | code | length | length bytes |      0 is padding, 255 ends the area
 * ```
 *
 * Values are kept as bytes, so that options nobody knows survive; getters read the known ones.
 *
 * @module
 */
import { bytesFromByteString, type ByteString, byteStringFromBytes } from "../tftp/name.ts";

/** An option with the bytes of its value. */
export interface DhcpOption {
  /** Code, 1–254. */
  readonly code: number;
  /** Value; longer than 255 bytes when it travels in pieces (RFC 3396). */
  readonly value: Uint8Array;
}

/** Codes of the options that matter here (RFC 2132 unless noted). */
export const OptionCode = {
  PAD: 0,
  SUBNET_MASK: 1,
  ROUTER: 3,
  REQUESTED_ADDRESS: 50,
  LEASE_TIME: 51,
  OVERLOAD: 52,
  MESSAGE_TYPE: 53,
  SERVER_IDENTIFIER: 54,
  PARAMETER_LIST: 55,
  LARGEST_MESSAGE: 57,
  VENDOR_CLASS: 60,
  CLIENT_IDENTIFIER: 61,
  TFTP_SERVER: 66,
  BOOT_FILE: 67,
  /** RFC 3004. */
  USER_CLASS: 77,
  /** RFC 4578 §2.1. */
  ARCHITECTURE: 93,
  END: 255,
} as const;

/** Most bytes of a value in one piece. */
const LONGEST_PIECE = 255;

/**
 * Reads one area. Peers leave the end mark out and cut the last option short: what is whole counts.
 */
export function decodeOptions(area: Uint8Array): DhcpOption[] {
  const options: DhcpOption[] = [];
  for (let offset = 0; offset < area.length;) {
    const code = area[offset]!;
    if (code === OptionCode.END) break;
    if (code === OptionCode.PAD) {
      offset++;
      continue;
    }
    const length = area[offset + 1];
    const start = offset + 2;
    if (length === undefined || start + length > area.length) break;
    options.push({ code, value: area.slice(start, start + length) });
    offset = start + length;
  }
  return options;
}

/** Joins the pieces of options that occur more than once, in their order (RFC 3396 §7). */
export function joinOptions(pieces: readonly DhcpOption[]): DhcpOption[] {
  const byCode = new Map<number, Uint8Array>();
  for (const { code, value } of pieces) {
    const before = byCode.get(code);
    byCode.set(code, before === undefined ? value : concat(before, value));
  }
  return [...byCode].map(([code, value]) => ({ code, value }));
}

/** Writes an area with its end mark; values longer than 255 bytes are split (RFC 3396 §6). */
export function encodeOptions(options: readonly DhcpOption[]): Uint8Array {
  const bytes: number[] = [];
  for (const { code, value } of options) {
    let offset = 0;
    do {
      const piece = value.subarray(offset, offset + LONGEST_PIECE);
      bytes.push(code, piece.length, ...piece);
      offset += LONGEST_PIECE;
    } while (offset < value.length);
  }
  bytes.push(OptionCode.END);
  return Uint8Array.from(bytes);
}

/** An option whose value is a 32-bit number, such as an address or a time. */
export function numberOption(code: number, value: number): DhcpOption {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return { code, value: bytes };
}

/** An option whose value is one byte. */
export function byteOption(code: number, value: number): DhcpOption {
  return { code, value: Uint8Array.of(value) };
}

/** An option whose value is text. */
export function textOption(code: number, text: ByteString): DhcpOption {
  return { code, value: bytesFromByteString(text) };
}

/** The value of an option; undefined when it is not there. */
export function optionValue(
  options: readonly DhcpOption[],
  code: number,
): Uint8Array | undefined {
  return options.find((option) => option.code === code)?.value;
}

/** A 32-bit value; undefined when the option is missing or has another length. */
export function optionNumber(options: readonly DhcpOption[], code: number): number | undefined {
  const value = optionValue(options, code);
  if (value === undefined || value.length !== 4) return undefined;
  return new DataView(value.buffer, value.byteOffset, 4).getUint32(0);
}

/** A one-byte value; undefined when the option is missing or has another length. */
export function optionByte(options: readonly DhcpOption[], code: number): number | undefined {
  const value = optionValue(options, code);
  return value?.length === 1 ? value[0] : undefined;
}

/** Text without the NUL that some clients put behind it; undefined when the option is missing. */
export function optionText(options: readonly DhcpOption[], code: number): ByteString | undefined {
  const value = optionValue(options, code);
  return value === undefined ? undefined : byteStringFromBytes(value).replace(/\0+$/, "");
}

function concat(one: Uint8Array, other: Uint8Array): Uint8Array {
  const joined = new Uint8Array(one.length + other.length);
  joined.set(one);
  joined.set(other, one.length);
  return joined;
}
