/**
 * TFTP packets: bytes to meaning and back (RFC 1350 §5, RFC 2347).
 *
 * ```
 *  RRQ/WRQ  | 1 or 2 | file name | 0 | mode | 0 | option | 0 | value | 0 | …
 *  DATA     | 3 | block | 0 … blksize bytes |
 *  ACK      | 4 | block |
 *  ERROR    | 5 | code  | message | 0 |
 *  OACK     | 6 | option | 0 | value | 0 | …
 * ```
 *
 * All integers are 16 bits, big-endian.
 *
 * @module
 */
import { type ByteString, byteStringFromBytes, displayByteString } from "./name.ts";

/** UDP port on which servers and bootloaders are asked (RFC 1350 §4). */
export const TFTP_PORT = 69;

/** A request option as it was spelled; the order on the wire is kept (RFC 2347). */
export interface RequestOption {
  /** Option name, in the spelling of the peer; compare without case. */
  readonly name: ByteString;
  /** Value as text. */
  readonly value: ByteString;
}

/** A read or write request (RFC 1350 §5). */
export interface RequestPacket {
  /** RRQ: the peer wants to read. WRQ: the peer wants to write. */
  readonly op: "RRQ" | "WRQ";
  /** File name as bytes. */
  readonly filename: ByteString;
  /** Transfer mode as spelled by the peer; compare without case. */
  readonly mode: ByteString;
  /** Options in the order of the packet. */
  readonly options: readonly RequestOption[];
}

/** One block of the file. */
export interface DataPacket {
  /** Marks a DATA packet. */
  readonly op: "DATA";
  /** Block number on the wire, 0–65535. */
  readonly block: number;
  /** The bytes: a view into the datagram, valid as long as that is. */
  readonly payload: Uint8Array;
}

/** Acknowledgement of a block. */
export interface AckPacket {
  /** Marks an ACK packet. */
  readonly op: "ACK";
  /** Block number on the wire, 0–65535. */
  readonly block: number;
}

/** End of a transfer by error. */
export interface ErrorPacket {
  /** Marks an ERROR packet. */
  readonly op: "ERROR";
  /** Error code (RFC 1350 appendix; 8 from RFC 2347). */
  readonly code: number;
  /** Text of the peer, as bytes. */
  readonly message: ByteString;
}

/** Acknowledgement of options (RFC 2347). */
export interface OackPacket {
  /** Marks an OACK packet. */
  readonly op: "OACK";
  /** The accepted options. */
  readonly options: readonly RequestOption[];
}

/** Any well-formed TFTP packet. */
export type Packet = RequestPacket | DataPacket | AckPacket | ErrorPacket | OackPacket;

/** A datagram that is no TFTP packet. Never an exception: peers may send anything. */
export interface MalformedPacket {
  /** Marks a datagram that could not be decoded. */
  readonly op: "malformed";
  /** What is wrong with it, for the log. */
  readonly reason: string;
}

/** Error codes of RFC 1350 (appendix) and RFC 2347. */
export const TftpError = {
  /** Not defined, see the message. */
  NOT_DEFINED: 0,
  /** File not found. */
  FILE_NOT_FOUND: 1,
  /** Access violation. */
  ACCESS_VIOLATION: 2,
  /** Disk full or allocation exceeded. */
  DISK_FULL: 3,
  /** Illegal TFTP operation. */
  ILLEGAL_OPERATION: 4,
  /** Unknown transfer ID. */
  UNKNOWN_TID: 5,
  /** File already exists. */
  FILE_EXISTS: 6,
  /** No such user. */
  NO_SUCH_USER: 7,
  /** Options refused (RFC 2347). */
  OPTIONS_REFUSED: 8,
} as const;

/** One of {@link TftpError}. */
export type TftpErrorCode = typeof TftpError[keyof typeof TftpError];

const OPCODE = { RRQ: 1, WRQ: 2, DATA: 3, ACK: 4, ERROR: 5, OACK: 6 } as const;

/** Bytes before the payload of a DATA packet. */
export const DATA_HEADER_LENGTH = 4;

/**
 * Longest request, OACK and text of an ERROR that is read, in bytes. RFC 2347 allows a request 512; a
 * path into deep folders may be longer. Whoever sends 64 KiB wants to keep this computer busy.
 */
const LONGEST_TEXT = 4096;

/** Decodes one datagram. DATA payloads are views into `bytes`. */
export function decodePacket(bytes: Uint8Array): Packet | MalformedPacket {
  if (bytes.length < 2) return malformed(`${bytes.length} bytes are too few for an opcode`);
  const opcode = uint16(bytes, 0);
  switch (opcode) {
    case OPCODE.DATA:
      if (bytes.length < 4) return malformed("DATA without a block number");
      return { op: "DATA", block: uint16(bytes, 2), payload: bytes.subarray(4) };
    case OPCODE.ACK:
      // Longer ACKs occur (padding to the Ethernet minimum by careless stacks): the rest is junk.
      if (bytes.length < 4) return malformed("ACK without a block number");
      return { op: "ACK", block: uint16(bytes, 2) };
    case OPCODE.RRQ:
      return decodeRequest("RRQ", bytes);
    case OPCODE.WRQ:
      return decodeRequest("WRQ", bytes);
    case OPCODE.ERROR: {
      if (bytes.length < 4) return malformed("ERROR without a code");
      // The closing NUL is missing in some bootloaders' packets; take what is there.
      const text = bytes.subarray(4, LONGEST_TEXT);
      const end = text.indexOf(0);
      return {
        op: "ERROR",
        code: uint16(bytes, 2),
        message: byteStringFromBytes(end < 0 ? text : text.subarray(0, end)),
      };
    }
    case OPCODE.OACK:
      return decodeOack(bytes);
    default:
      return malformed(`opcode ${opcode} is not TFTP${quoteText(bytes)}`);
  }
}

/** Encodes a packet. Throws RangeError for numbers that do not fit and for NULs inside strings. */
export function encodePacket(packet: Packet): Uint8Array {
  switch (packet.op) {
    case "DATA":
      return encodeData(packet.block, packet.payload);
    case "ACK":
      return encodeAck(packet.block);
    case "ERROR": {
      const bytes = encodeStrings(OPCODE.ERROR, 4, [packet.message]);
      putUint16(bytes, 2, packet.code);
      return bytes;
    }
    case "OACK":
      return encodeStrings(OPCODE.OACK, 2, optionStrings(packet.options));
    case "RRQ":
    case "WRQ":
      return encodeStrings(OPCODE[packet.op], 2, [
        packet.filename,
        packet.mode,
        ...optionStrings(packet.options),
      ]);
  }
}

/**
 * Encodes a DATA packet; the payload is copied.
 *
 * @param into where to write it, if there is a place already; the packet is a view of its beginning.
 */
export function encodeData(
  block: number,
  payload: Uint8Array,
  into: Uint8Array = new Uint8Array(DATA_HEADER_LENGTH + payload.length),
): Uint8Array {
  putUint16(into, 0, OPCODE.DATA);
  putUint16(into, 2, block);
  into.set(payload, DATA_HEADER_LENGTH);
  return into.subarray(0, DATA_HEADER_LENGTH + payload.length);
}

/** Encodes an ACK packet. */
export function encodeAck(block: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(4);
  putUint16(bytes, 0, OPCODE.ACK);
  putUint16(bytes, 2, block);
  return bytes;
}

/** Encodes an ERROR packet with a short ASCII message. */
export function encodeError(code: TftpErrorCode, message: string): Uint8Array {
  return encodePacket({ op: "ERROR", code, message });
}

/**
 * The answer to a packet for somebody else's transfer (RFC 1350 §4).
 *
 * @returns undefined for an ERROR, which is never answered (RFC 1350 §5): two servers would do so for
 * ever.
 */
export function answerToStranger(bytes: Uint8Array): Uint8Array | undefined {
  if (bytes[1] === OPCODE.ERROR) return undefined;
  return encodeError(TftpError.UNKNOWN_TID, "unknown transfer ID");
}

function decodeRequest(op: "RRQ" | "WRQ", bytes: Uint8Array): RequestPacket | MalformedPacket {
  if (bytes.length > LONGEST_TEXT) return malformed(`${op} of ${bytes.length} bytes`);
  const strings = nulTerminated(bytes, 2);
  const [filename, mode] = strings;
  if (filename === undefined) return malformed(`${op} without the end of a file name`);
  if (mode === undefined) return malformed(`${op} without the end of a mode`);
  // An odd string at the end is junk, and so are empty option names: HP firmware pads every
  // request to 516 bytes with zeros.
  return { op, filename, mode, options: optionPairs(strings.slice(2)) };
}

function decodeOack(bytes: Uint8Array): OackPacket | MalformedPacket {
  if (bytes.length > LONGEST_TEXT) return malformed(`OACK of ${bytes.length} bytes`);
  // Here a cut packet matters: acting on half an OACK would mean a wrong block size.
  if (bytes.length > 2 && bytes[bytes.length - 1] !== 0) return malformed("OACK is cut off");
  const strings = nulTerminated(bytes, 2);
  if (strings.length % 2 !== 0) return malformed("OACK has an option without a value");
  return { op: "OACK", options: optionPairs(strings) };
}

function optionPairs(strings: readonly ByteString[]): RequestOption[] {
  const options: RequestOption[] = [];
  for (let index = 0; index + 1 < strings.length; index += 2) {
    const name = strings[index]!;
    if (name !== "") options.push({ name, value: strings[index + 1]! });
  }
  return options;
}

function optionStrings(options: readonly RequestOption[]): ByteString[] {
  return options.flatMap((option) => [option.name, option.value]);
}

/** Strings that end in a NUL; what follows the last NUL is left out. */
function nulTerminated(bytes: Uint8Array, from: number): ByteString[] {
  const strings: ByteString[] = [];
  for (let start = from; start < bytes.length;) {
    const end = bytes.indexOf(0, start);
    if (end < 0) break;
    strings.push(latin1(bytes, start, end));
    start = end + 1;
  }
  return strings;
}

function encodeStrings(
  opcode: number,
  from: number,
  strings: readonly ByteString[],
): Uint8Array<ArrayBuffer> {
  const length = strings.reduce((sum, text) => sum + text.length + 1, from);
  const bytes = new Uint8Array(length);
  putUint16(bytes, 0, opcode);
  let offset = from;
  for (const text of strings) {
    for (let index = 0; index < text.length; index++) {
      const byte = text.charCodeAt(index);
      if (byte === 0 || byte > 255) {
        throw new RangeError(`Cannot encode "${displayByteString(text)}": not a byte string`);
      }
      bytes[offset++] = byte;
    }
    offset++;
  }
  return bytes;
}

function latin1(bytes: Uint8Array, start: number, end: number): ByteString {
  return byteStringFromBytes(bytes.subarray(start, end));
}

function uint16(bytes: Uint8Array, offset: number): number {
  return (bytes[offset]! << 8) | bytes[offset + 1]!;
}

function putUint16(bytes: Uint8Array, offset: number, value: number): void {
  if (!Number.isInteger(value) || value < 0 || value > 0xffff) {
    throw new RangeError(`Cannot encode ${value}: not a 16-bit number`);
  }
  bytes[offset] = value >> 8;
  bytes[offset + 1] = value & 0xff;
}

function malformed(reason: string): MalformedPacket {
  return { op: "malformed", reason };
}

/** Some devices answer with bare text instead of an ERROR packet: show it. */
function quoteText(bytes: Uint8Array): string {
  const head = latin1(bytes, 0, Math.min(bytes.length, 80));
  return /^[\x20-\x7e\r\n]{4,}/.test(head) ? `: "${displayByteString(head.trim())}"` : "";
}
