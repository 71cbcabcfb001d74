/**
 * Checksum lists as `sha256sum` writes them and as OpenWrt's download pages carry them.
 *
 * @module
 */

/** Usual names of such a list, in the order in which they are looked for. */
export const LIST_NAMES = ["SHA256SUMS", "sha256sums", "SHA256SUMS.txt"] as const;

/** `<64 hex digits> [ *]<name>`; a backslash in front marks an escaped name. */
const LINE = /^\\?([0-9a-fA-F]{64}) [ *](.+)$/;

/**
 * SHA-256 that a list gives for a file, in lower case. Names may carry a folder; only the last part
 * counts. Lines that are no entry are passed over. When a file is listed twice with different values,
 * the last one counts.
 */
export function findSha256(list: string, fileName: string): string | undefined {
  let found: string | undefined;
  for (const line of list.split("\n")) {
    const [, sha256, name] = LINE.exec(line.trimEnd()) ?? [];
    if (sha256 === undefined || name === undefined) continue;
    if (name.slice(Math.max(name.lastIndexOf("/"), name.lastIndexOf("\\")) + 1) === fileName) {
      found = sha256.toLowerCase();
    }
  }
  return found;
}
