/**
 * TFTP file names as byte strings, with a spelling that JSON and people can read.
 *
 * RFC 1350 §5 calls the name netascii, but bootloaders use it as a password with raw bytes in it
 * (ASUS: `ASUSSPACELINK\x01\x01\xA8\xC0`).
 *
 * @module
 */
import type { RemoteName } from "./types.ts";

/** Longest name; the BOOTP `file` field holds 128 bytes with its NUL (RFC 951 §3). */
export const MAX_REMOTE_NAME_BYTES = 127;

/** Printable ASCII without the backslash. */
const PLAIN_NAME = /^[\x20-\x5b\x5d-\x7e]{1,127}$/;

const ENCODER = new TextEncoder();

/**
 * Reads a spelling: printable ASCII stands for itself, `\xNN` for a byte, `\\` for a backslash.
 *
 * @returns undefined when it is no such spelling, is empty, holds a NUL or is too long.
 */
export function parseRemoteName(text: string): RemoteName | undefined {
  // Nearly every name is plain, and the whole catalogue is read at start-up.
  if (PLAIN_NAME.test(text)) return { text, bytes: ENCODER.encode(text) };
  const bytes: number[] = [];
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x20 || code > 0x7e) return undefined;
    if (code !== 0x5c) {
      bytes.push(code);
      continue;
    }
    if (text[i + 1] === "\\") {
      bytes.push(0x5c);
      i += 1;
      continue;
    }
    const escape = /^\\x([0-9A-Fa-f]{2})/.exec(text.slice(i, i + 4));
    if (escape === null) return undefined;
    bytes.push(Number.parseInt(escape[1] ?? "", 16));
    i += 3;
  }
  if (bytes.length === 0 || bytes.length > MAX_REMOTE_NAME_BYTES || bytes.includes(0)) {
    return undefined;
  }
  return { text, bytes: Uint8Array.from(bytes) };
}

/** Spells a name; the inverse of {@link parseRemoteName}. */
export function formatRemoteName(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) {
    if (byte === 0x5c) text += "\\\\";
    else if (byte >= 0x20 && byte <= 0x7e) text += String.fromCharCode(byte);
    else text += `\\x${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }
  return text;
}
