/**
 * What a FAT32 file system, which sticks have, can hold.
 *
 * @module
 */

/** A file of FAT32 is smaller than 4 GiB. */
const FAT_MAX_BYTES = 2 ** 32 - 1;

/** Longest name, in UTF-16 units. */
const FAT_MAX_NAME = 255;

/** Names of devices, which Windows takes for them with any ending. */
const RESERVED = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i;

/** Looks at paths (with "/") and their bytes. @returns what is wrong, in words; nothing when all fit. */
export function fatProblems(sizes: ReadonlyMap<string, number>): readonly string[] {
  const problems: string[] = [];
  const seen = new Map<string, string>();
  for (const [path, size] of sizes) {
    const twin = seen.get(path.toLowerCase());
    if (twin !== undefined) problems.push(`${path}: the same as ${twin} but for capitals`);
    seen.set(path.toLowerCase(), path);
    if (size > FAT_MAX_BYTES) problems.push(`${path}: 4 GiB or more`);
    for (const name of path.split("/")) {
      // deno-lint-ignore no-control-regex -- control characters are what must not be there
      if (/[\x00-\x1f"*:<>?\\|]/.test(name)) problems.push(`${path}: a character FAT has not`);
      if (/[. ]$/.test(name)) problems.push(`${path}: ends in a dot or a blank`);
      if (RESERVED.test(name)) problems.push(`${path}: the name of a device`);
      if (name.length > FAT_MAX_NAME || name === "") problems.push(`${path}: length of the name`);
    }
  }
  return problems;
}
