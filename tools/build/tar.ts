/**
 * Finds a file in a tar (POSIX ustar), as far as archives of npm need it.
 *
 * @module
 */

const BLOCK = 512;

/** A file in a tar. */
export interface TarEntry {
  /** Where its content begins, in bytes. */
  readonly offset: number;
  /** Bytes of its content. */
  readonly size: number;
}

/** The file of that name; undefined when the archive has none or ends too early. */
export function findTarEntry(tar: Uint8Array, name: string): TarEntry | undefined {
  let at = 0;
  while (at + BLOCK <= tar.length && tar[at] !== 0) {
    const size = parseInt(fieldText(tar, at + 124, 12), 8);
    const offset = at + BLOCK;
    if (!Number.isSafeInteger(size) || offset + size > tar.length) return undefined;
    if (fieldText(tar, at, 100) === name) return { offset, size };
    at = offset + Math.ceil(size / BLOCK) * BLOCK;
  }
  return undefined;
}

function fieldText(tar: Uint8Array, at: number, length: number): string {
  return new TextDecoder().decode(tar.subarray(at, at + length)).replace(/\0[^]*$/, "").trim();
}
