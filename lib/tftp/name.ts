/**
 * File names as they travel in requests: byte strings. RFC 1350 §5 calls them netascii, but real
 * devices put any byte but NUL there, so a name is kept as bytes and only decoded to be shown.
 *
 * @module
 */

/**
 * A name as it is on the wire: a string in which every character stands for one byte (U+0000 to
 * U+00FF). It compares and hashes like any string and loses nothing.
 */
export type ByteString = string;

/** Encodes text that a person typed (UTF-8) as a byte string. */
export function byteStringFromText(text: string): ByteString {
  return byteStringFromBytes(new TextEncoder().encode(text));
}

/** Bytes made into text at a time: few enough to be the arguments of a function. */
const PIECE = 4096;

/** Makes a byte string of bytes. */
export function byteStringFromBytes(bytes: Uint8Array): ByteString {
  let result = "";
  // In pieces: a string that grows by single characters takes 32 bytes of memory for each.
  for (let start = 0; start < bytes.length; start += PIECE) {
    result += Reflect.apply(String.fromCharCode, undefined, bytes.subarray(start, start + PIECE));
  }
  return result;
}

/** The bytes of a byte string. Characters above U+00FF cannot occur and are cut to their low byte. */
export function bytesFromByteString(name: ByteString): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(name.length);
  for (let index = 0; index < name.length; index++) bytes[index] = name.charCodeAt(index);
  return bytes;
}

/**
 * A byte string for reading: as UTF-8 when it is that, otherwise byte by byte; control characters
 * and bytes that are no text appear as `\xNN`, so that nothing a peer sends can steer a terminal.
 */
export function displayByteString(name: ByteString): string {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytesFromByteString(name));
  } catch {
    // deno-lint-ignore no-control-regex
    return name.replace(/[\x00-\x1f\x7f-\xff\\]/g, escapeCharacter);
  }
  // Controls, and the invisible characters that can disguise a name (bidirectional overrides).
  return text.replace(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu,
    (character) => [...new TextEncoder().encode(character)].map(escapeByte).join(""),
  );
}

function escapeCharacter(character: string): string {
  return character === "\\" ? "\\\\" : escapeByte(character.charCodeAt(0));
}

function escapeByte(byte: number): string {
  return `\\x${byte.toString(16).padStart(2, "0")}`;
}
