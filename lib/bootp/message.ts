/**
 * BOOTP and DHCP messages: bytes to meaning and back (RFC 951 §3, RFC 2131 §2).
 *
 * ```
 *    0 | op (1) | htype (1) | hlen (1) | hops (1) |
 *    4 | xid (4)                                  |
 *    8 | secs (2)           | flags (2)           |
 *   12 | ciaddr (4)                               |
 *   16 | yiaddr (4)                               |
 *   20 | siaddr (4)                               |
 *   24 | giaddr (4)                               |
 *   28 | chaddr (16)                              |
 *   44 | sname (64)                               |
 *  108 | file (128)                               |
 *  236 | magic cookie 63 82 53 63, options …      |
 * ```
 *
 * All integers are big-endian.
 *
 * @module
 */
import { bytesFromByteString, type ByteString, byteStringFromBytes } from "../tftp/name.ts";
import {
  decodeOptions,
  type DhcpOption,
  encodeOptions,
  joinOptions,
  optionByte,
  OptionCode,
} from "./options.ts";

/** A well-formed message. */
export interface BootpMessage {
  /** Who speaks: a client (1) or a server (2). */
  readonly op: "BOOTREQUEST" | "BOOTREPLY";
  /** Type of the hardware address; 1 is Ethernet. */
  readonly htype: number;
  /** Bytes of {@link BootpMessage.chaddr} that count, 0–16. */
  readonly hlen: number;
  /** Relays on the way. */
  readonly hops: number;
  /** Number by which a client knows its answer, 32 bits. */
  readonly xid: number;
  /** Seconds since the client began, as it says. */
  readonly secs: number;
  /** The highest bit asks for a broadcast answer (RFC 1542 §3.1.1). */
  readonly flags: number;
  /** Address that the client has and answers ARP for; 0 for none. */
  readonly ciaddr: number;
  /** Address that the server gives. */
  readonly yiaddr: number;
  /** Address of the TFTP server. */
  readonly siaddr: number;
  /** Address of a relay; 0 when client and server are on one cable. */
  readonly giaddr: number;
  /** Hardware address in a field of 16 bytes. */
  readonly chaddr: Uint8Array;
  /** Name of the server; empty when the field carries options. */
  readonly sname: ByteString;
  /** Name of the boot file; empty when the field carries options. */
  readonly file: ByteString;
  /** Options, pieces joined; undefined without the magic cookie. */
  readonly options: readonly DhcpOption[] | undefined;
}

/** A datagram that is no BOOTP message. Never an exception: peers may send anything. */
export interface MalformedMessage {
  /** Marks a datagram that could not be decoded. */
  readonly op: "malformed";
  /** What is wrong with it. */
  readonly reason: string;
}

/** {@link BootpMessage.flags} of a client that hears broadcasts only. */
export const BROADCAST_FLAG = 0x8000;

/** {@link BootpMessage.htype} of Ethernet. */
export const HTYPE_ETHERNET = 1;

/** Bytes before the vendor area. */
const HEADER_LENGTH = 236;

/** Some clients drop anything shorter (RFC 1542 §2.1). */
const SHORTEST_MESSAGE = 300;

const SNAME_OFFSET = 44;
const SNAME_LENGTH = 64;
const FILE_OFFSET = 108;

/** Bytes of the file field, the closing NUL included. */
export const FILE_LENGTH = 128;

const MAGIC_COOKIE = 0x63825363;

/** Bits of option 52: which fields carry options (RFC 2132 §9.3). */
const OVERLOADS_FILE = 1;
const OVERLOADS_SNAME = 2;

/** Decodes a datagram. The vendor area may be cut or missing: some bootloaders send none. */
export function decodeMessage(bytes: Uint8Array): BootpMessage | MalformedMessage {
  if (bytes.length < HEADER_LENGTH) {
    return { op: "malformed", reason: `${bytes.length} bytes are too short for BOOTP` };
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const op = view.getUint8(0);
  if (op !== 1 && op !== 2) return { op: "malformed", reason: `unknown op ${op}` };
  const hlen = view.getUint8(2);
  if (hlen > 16) return { op: "malformed", reason: `hardware address of ${hlen} bytes` };

  const snameField = bytes.slice(SNAME_OFFSET, SNAME_OFFSET + SNAME_LENGTH);
  const fileField = bytes.slice(FILE_OFFSET, FILE_OFFSET + FILE_LENGTH);
  const hasCookie = bytes.length >= HEADER_LENGTH + 4 &&
    view.getUint32(HEADER_LENGTH) === MAGIC_COOKIE;
  const pieces = hasCookie ? decodeOptions(bytes.subarray(HEADER_LENGTH + 4)) : [];
  const overload = optionByte(pieces, OptionCode.OVERLOAD) ?? 0;
  // RFC 2131 §4.1: first the options area, then file, then sname.
  if ((overload & OVERLOADS_FILE) !== 0) pieces.push(...decodeOptions(fileField));
  if ((overload & OVERLOADS_SNAME) !== 0) pieces.push(...decodeOptions(snameField));
  return {
    op: op === 1 ? "BOOTREQUEST" : "BOOTREPLY",
    htype: view.getUint8(1),
    hlen,
    hops: view.getUint8(3),
    xid: view.getUint32(4),
    secs: view.getUint16(8),
    flags: view.getUint16(10),
    ciaddr: view.getUint32(12),
    yiaddr: view.getUint32(16),
    siaddr: view.getUint32(20),
    giaddr: view.getUint32(24),
    chaddr: bytes.slice(28, 44),
    sname: (overload & OVERLOADS_SNAME) !== 0 ? "" : untilNul(snameField),
    file: (overload & OVERLOADS_FILE) !== 0 ? "" : untilNul(fileField),
    options: hasCookie ? joinOptions(pieces) : undefined,
  };
}

/**
 * Encodes a message, padded to 300 bytes. Names longer than their fields are cut; callers check
 * before (see {@link FILE_LENGTH}).
 */
export function encodeMessage(message: BootpMessage): Uint8Array {
  const area = message.options === undefined ? undefined : encodeOptions(message.options);
  const needed = HEADER_LENGTH + (area === undefined ? 0 : 4 + area.length);
  const bytes = new Uint8Array(Math.max(needed, SHORTEST_MESSAGE));
  const view = new DataView(bytes.buffer);
  view.setUint8(0, message.op === "BOOTREQUEST" ? 1 : 2);
  view.setUint8(1, message.htype);
  view.setUint8(2, message.hlen);
  view.setUint8(3, message.hops);
  view.setUint32(4, message.xid);
  view.setUint16(8, message.secs);
  view.setUint16(10, message.flags);
  view.setUint32(12, message.ciaddr);
  view.setUint32(16, message.yiaddr);
  view.setUint32(20, message.siaddr);
  view.setUint32(24, message.giaddr);
  bytes.set(message.chaddr.subarray(0, 16), 28);
  bytes.set(bytesFromByteString(message.sname).subarray(0, SNAME_LENGTH - 1), SNAME_OFFSET);
  bytes.set(bytesFromByteString(message.file).subarray(0, FILE_LENGTH - 1), FILE_OFFSET);
  if (area !== undefined) {
    view.setUint32(HEADER_LENGTH, MAGIC_COOKIE);
    bytes.set(area, HEADER_LENGTH + 4);
  }
  return bytes;
}

/** DHCP message types (RFC 2132 §9.6). */
export const DHCP_TYPES = [
  "DISCOVER",
  "OFFER",
  "REQUEST",
  "DECLINE",
  "ACK",
  "NAK",
  "RELEASE",
  "INFORM",
] as const;

/** A DHCP message type. */
export type DhcpType = (typeof DHCP_TYPES)[number];

/** The number of a type in option 53. */
export function dhcpTypeNumber(type: DhcpType): number {
  return DHCP_TYPES.indexOf(type) + 1;
}

/**
 * What a message is: a DHCP message has option 53, plain BOOTP has not.
 *
 * @returns "unknown" for a number in option 53 that is none of RFC 2132.
 */
export function messageType(message: BootpMessage): DhcpType | "BOOTP" | "unknown" {
  const options = message.options ?? [];
  if (!options.some(({ code }) => code === OptionCode.MESSAGE_TYPE)) return "BOOTP";
  const number = optionByte(options, OptionCode.MESSAGE_TYPE) ?? 0;
  return DHCP_TYPES[number - 1] ?? "unknown";
}

/** The client's hardware address with colons, such as "4c:5e:0c:01:02:03"; empty for none. */
export function hardwareAddress(message: BootpMessage): string {
  return [...message.chaddr.subarray(0, message.hlen)]
    .map((byte) => byte.toString(16).padStart(2, "0")).join(":");
}

function untilNul(field: Uint8Array): ByteString {
  const end = field.indexOf(0);
  return byteStringFromBytes(end < 0 ? field : field.subarray(0, end));
}
