/**
 * Quoting for POSIX shells (sh, bash, zsh, dash).
 *
 * @module
 */

/** Words that mean the same to every shell as they are. The first word must not look like `a=b`. */
const PLAIN = /^[A-Za-z0-9_@%+:,./-][A-Za-z0-9_@%+=:,./-]*$/;

function quote(word: string, isCommand: boolean): string {
  if (PLAIN.test(word) && !(isCommand && word.includes("="))) return word;
  return `'${word.replaceAll("'", "'\\''")}'`;
}

/** Writes an argv as one line that a POSIX shell splits into the same argv. */
export function renderSh(argv: readonly string[]): string {
  return argv.map((word, position) => quote(word, position === 0)).join(" ");
}
