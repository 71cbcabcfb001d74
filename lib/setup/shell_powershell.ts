/**
 * Quoting for PowerShell. Single quotes keep everything as it is, except the quote itself, and
 * PowerShell takes four typographic quotes for it too.
 *
 * Windows PowerShell 5 hands a double quote inside an argument on without escaping it, so a program
 * would lose it there. Neither names of connections nor paths can contain one on Windows.
 *
 * @module
 */

/** Words that PowerShell hands on as they are, in argument position. */
const PLAIN = /^(?:-[A-Za-z]+|[A-Za-z0-9_/\\][A-Za-z0-9_/\\.:=-]*)$/;

function quote(word: string): string {
  return PLAIN.test(word) ? word : `'${word.replace(/['\u2018-\u201b]/g, "$&$&")}'`;
}

/** Writes an argv as one line of PowerShell. */
export function renderPowershell(argv: readonly string[]): string {
  const [command = "", ...words] = argv;
  const isBare = /^[A-Za-z][A-Za-z0-9_-]*(?:\.exe)?$/.test(command);
  const head = isBare ? command : `& '${command.replace(/['\u2018-\u201b]/g, "$&$&")}'`;
  return [head, ...words.map(quote)].join(" ");
}
