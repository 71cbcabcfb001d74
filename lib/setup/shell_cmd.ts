/**
 * Quoting for the Windows command prompt (cmd.exe), typed at the prompt. Two readers have to be
 * satisfied: cmd.exe itself, and the program, which splits its own command line (the rules of
 * `CommandLineToArgvW`). In a batch file percent signs would have to be doubled instead.
 *
 * @module
 */

const PLAIN = /^[A-Za-z0-9_+:./\\=@#$-]+$/;

/** What the program must find in its command line. */
function quoteForProgram(word: string): string {
  if (word !== "" && !/[\s"]/.test(word)) return word;
  const escaped = word.replace(/(\\*)"/g, '$1$1\\"').replace(/(\\+)$/, "$1$1");
  return `"${escaped}"`;
}

function quote(word: string): string {
  if (PLAIN.test(word)) return word;
  const forProgram = quoteForProgram(word);
  if (!/["%!]/.test(word)) {
    // Between quotes nothing but the percent sign means anything to cmd.exe.
    if (forProgram.startsWith('"')) return forProgram;
    return `"${word.replace(/(\\+)$/, "$1$1")}"`;
  }
  // A caret before each quote keeps cmd.exe out of its own quote mode; a caret before a percent sign
  // becomes part of the variable's name, so that no variable of that name is found.
  return forProgram.replace(/[()%!^"<>&|]/g, "^$&");
}

/** Writes an argv as one line for the prompt of cmd.exe. No argument may contain a line break. */
export function renderCmd(argv: readonly string[]): string {
  return argv.map(quote).join(" ");
}
