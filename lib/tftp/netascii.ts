/**
 * The netascii mode (RFC 1350 §1, RFC 764): line ends travel as CR LF, a bare CR as CR NUL.
 *
 * @module
 */

const CR = 13;
const LF = 10;
const NUL = 0;

/** How many bytes {@link encodeNetascii} makes of these. */
export function netasciiLength(bytes: Uint8Array): number {
  let length = bytes.length;
  for (const byte of bytes) if (byte === CR || byte === LF) length++;
  return length;
}

/** Bytes of a file (lines end in LF) in netascii form. */
export function encodeNetascii(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const result = new Uint8Array(netasciiLength(bytes));
  let offset = 0;
  for (const byte of bytes) {
    if (byte === LF) result[offset++] = CR;
    result[offset++] = byte;
    if (byte === CR) result[offset++] = NUL;
  }
  return result;
}

/**
 * Decodes netascii that comes in pieces: the returned function takes each piece, and at the end
 * `undefined`, and gives the bytes that are sure by then. A CR before anything but LF and NUL, which
 * the standard forbids, is kept as it is.
 */
export function netasciiDecoder(): (piece: Uint8Array | undefined) => Uint8Array<ArrayBuffer> {
  let heldCr = false;
  return (piece) => {
    const result = new Uint8Array((piece?.length ?? 0) + 1);
    let length = 0;
    for (const byte of piece ?? []) {
      if (heldCr) {
        heldCr = false;
        if (byte === LF) {
          result[length++] = LF;
          continue;
        }
        result[length++] = CR;
        if (byte === NUL) continue;
      }
      if (byte === CR) heldCr = true;
      else result[length++] = byte;
    }
    if (piece === undefined && heldCr) {
      heldCr = false;
      result[length++] = CR;
    }
    return result.subarray(0, length);
  };
}
