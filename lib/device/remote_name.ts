/**
 * TFTP file names as byte strings, with a spelling that JSON and people can read.
 *
 * RFC 1350 §5 calls the name netascii, but bootloaders use it as a password with raw bytes in it
 * (ASUS: `ASUSSPACELINK\x01\x01\xA8\xC0`).
 *
 * @module
 */
import type { ByteString } from "../tftp/name.ts";
import type { RemoteName } from "./types.ts";

/** Longest name; the BOOTP `file` field holds 128 bytes with its NUL (RFC 951 §3). */
export const MAX_REMOTE_NAME_BYTES = 127;

/** Printable ASCII; after a backslash only another one or the number of a byte. */
const SPELLING = /^(?:[\x20-\x5b\x5d-\x7e]|\\\\|\\x[0-9A-Fa-f]{2})+$/;

/**
 * Reads a spelling: printable ASCII stands for itself, `\xNN` for a byte, `\\` for a backslash.
 *
 * @returns undefined when it is no such spelling, is empty, holds a NUL or is too long.
 */
export function parseRemoteName(text: string): RemoteName | undefined {
  if (!SPELLING.test(text)) return undefined;
  const bytes = text.includes("\\")
    ? text.replace(
      /\\(?:\\|x(..))/g,
      (_, hex?: string) => hex === undefined ? "\\" : String.fromCharCode(Number.parseInt(hex, 16)),
    )
    : text;
  return bytes.length > MAX_REMOTE_NAME_BYTES || bytes.includes("\0") ? undefined : { text, bytes };
}

/** Spells a name; the inverse of {@link parseRemoteName}. */
export function formatRemoteName(name: ByteString): string {
  return name.replace(/[^\x20-\x5b\x5d-\x7e]/g, (character) => {
    if (character === "\\") return "\\\\";
    return `\\x${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`;
  });
}
