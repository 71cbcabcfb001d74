/**
 * Breaking text into lines of a width.
 *
 * @module
 */

/** How {@link wrapText} lays out a text. */
export interface WrapOptions {
  /** Cells in a line, the indentation included. */
  readonly width: number;
  /** What the first line starts with. */
  readonly first?: string;
  /** What every further line starts with. */
  readonly rest?: string;
}

/**
 * Breaks a text at its blanks. A word longer than the line (a link, a file name) is left whole, so
 * that it can be copied.
 */
export function wrapText(text: string, options: WrapOptions): string[] {
  const { width, first = "", rest = first } = options;
  const lines: string[] = [];
  let line = first;
  let isEmpty = true;
  for (const word of text.split(/\s+/).filter((part) => part !== "")) {
    if (!isEmpty && line.length + 1 + word.length > width) {
      lines.push(line);
      line = rest;
      isEmpty = true;
    }
    line += isEmpty ? word : ` ${word}`;
    isEmpty = false;
  }
  lines.push(line.trimEnd());
  return lines;
}
