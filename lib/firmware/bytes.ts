/**
 * Reading a foreign file without ever stepping outside it.
 *
 * @module
 */
import { nodeBuffer } from "../node_builtins.ts";

const FIRST_PRINTABLE = 0x20;
const LAST_PRINTABLE = 0x7e;

/**
 * A stretch of a file. Offsets are relative to its start. A read that would leave it gives 0 or
 * nothing instead of failing, so a reader asks {@link Window.has} before it trusts what it read.
 */
export class Window {
  /** Number of bytes. */
  readonly size: number;
  /** Where it starts in the file. */
  readonly start: number;
  readonly #file: Uint8Array;
  readonly #view: DataView;

  /** Opens the bytes from `start` up to `end`, both brought inside the file. */
  constructor(file: Uint8Array, start = 0, end = file.length) {
    this.start = Math.min(Math.max(0, start), file.length);
    this.size = Math.min(Math.max(this.start, end), file.length) - this.start;
    this.#file = file;
    this.#view = new DataView(file.buffer, file.byteOffset + this.start, this.size);
  }

  /** Whether `length` bytes from `offset` are inside. */
  has(offset: number, length: number): boolean {
    return offset >= 0 && length >= 0 && offset + length <= this.size;
  }

  /** One byte. */
  u8(offset: number): number {
    return this.has(offset, 1) ? this.#view.getUint8(offset) : 0;
  }

  /** 16 bits, big-endian unless told otherwise. */
  u16(offset: number, littleEndian = false): number {
    return this.has(offset, 2) ? this.#view.getUint16(offset, littleEndian) : 0;
  }

  /** 32 bits, big-endian unless told otherwise. */
  u32(offset: number, littleEndian = false): number {
    return this.has(offset, 4) ? this.#view.getUint32(offset, littleEndian) : 0;
  }

  /** 64 bits as a number; beyond 2^53 it is only roughly right, which is still "far too long". */
  u64(offset: number, littleEndian = false): number {
    return this.has(offset, 8) ? Number(this.#view.getBigUint64(offset, littleEndian)) : 0;
  }

  /** The bytes themselves, not copied, as far as they are inside. */
  bytes(offset: number, length: number): Uint8Array {
    const from = Math.min(Math.max(0, offset), this.size);
    const to = Math.min(Math.max(from, offset + length), this.size);
    return this.#file.subarray(this.start + from, this.start + to);
  }

  /** Bytes as lower-case hexadecimal. */
  hex(offset: number, length: number): string {
    return toHex(this.bytes(offset, length));
  }

  /** Text up to the first NUL or FF byte; whatever a terminal must not see becomes a dot. */
  text(offset: number, length: number): string {
    let text = "";
    for (const byte of this.bytes(offset, length)) {
      if (byte === 0 || byte === 0xff) break;
      text += byte >= FIRST_PRINTABLE && byte <= LAST_PRINTABLE ? String.fromCharCode(byte) : ".";
    }
    return text.trimEnd();
  }

  /** Text with its line ends, for tables that are text; other control characters become dots. */
  lines(offset: number, length: number): string[] {
    let text = "";
    for (const byte of this.bytes(offset, length)) {
      if (byte === 0 || byte === 0xff) break;
      const isKept = byte === 0x0a || (byte >= FIRST_PRINTABLE && byte <= LAST_PRINTABLE);
      text += isKept ? String.fromCharCode(byte) : byte === 0x0d || byte === 0x09 ? " " : ".";
    }
    return text.split("\n").map((line) => line.trim()).filter((line) => line !== "");
  }

  /** Whether the given text (one byte a character) or bytes stand at `offset`. */
  matches(offset: number, wanted: string | readonly number[]): boolean {
    if (!this.has(offset, wanted.length)) return false;
    for (let i = 0; i < wanted.length; i++) {
      const byte = typeof wanted === "string" ? wanted.charCodeAt(i) : wanted[i];
      if (this.u8(offset + i) !== byte) return false;
    }
    return true;
  }

  /** Whether all bytes of a stretch, which must be inside, have one value. */
  isFilledWith(value: number, offset: number, length: number): boolean {
    return this.has(offset, length) && isFilled(this.bytes(offset, length), value);
  }

  /** First offset at or after `offset` whose byte is neither 00 nor FF; the size if there is none. */
  skipPadding(offset: number): number {
    const bytes = this.bytes(0, this.size);
    let position = Math.max(0, offset);
    while (position < bytes.length && (bytes[position] === 0 || bytes[position] === 0xff)) {
      position++;
    }
    return Math.min(position, this.size);
  }

  /** A smaller window in this one. */
  slice(offset: number, length = this.size - offset): Window {
    const from = this.start + Math.min(Math.max(0, offset), this.size);
    const to = Math.min(this.start + this.size, from + Math.max(0, length));
    return new Window(this.#file, from, to);
  }
}

/** Offset of a text (one byte a character) in a window at or after `from`; -1 if it is not there. */
export function find(window: Window, wanted: string, from = 0): number {
  const { Buffer } = nodeBuffer();
  const bytes = window.bytes(0, window.size);
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).indexOf(wanted, from, "latin1");
}

/** Whether all bytes have one value. A plain loop: `every` takes ten times as long on a whole file. */
export function isFilled(bytes: Uint8Array, value: number): boolean {
  for (let i = 0; i < bytes.length; i++) {
    if (bytes[i] !== value) return false;
  }
  return true;
}

/** Bytes as lower-case hexadecimal. */
export function toHex(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += byte.toString(16).padStart(2, "0");
  return text;
}

/** A 32-bit number as eight hexadecimal digits. */
export function hex32(value: number): string {
  return (value >>> 0).toString(16).padStart(8, "0");
}

/** A 16-bit number as four hexadecimal digits. */
export function hex16(value: number): string {
  return (value & 0xffff).toString(16).padStart(4, "0");
}

/** `value` rounded up to the next multiple of `step`. */
export function roundUp(value: number, step: number): number {
  return Math.ceil(value / step) * step;
}
