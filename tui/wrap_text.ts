/**
 * Breaks text into lines for a terminal.
 *
 * @module
 */

/** Breaks text at blanks into lines of at most `width` characters; a longer word stays whole. */
export function wrapText(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(/\s+/).filter((part) => part !== "")) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === "" ? word : `${line} ${word}`;
    }
  }
  return line === "" ? lines : [...lines, line];
}

/** Breaks lines at blanks, keeping the indentation of each. */
export function wrapLines(text: string, width: number): string {
  return text.split("\n").flatMap((line) => {
    const indent = /^ */.exec(line)?.[0] ?? "";
    if (line.length <= width) return [line];
    return wrapText(line, width - indent.length).map((part) => indent + part);
  }).join("\n");
}

/** Breaks text behind a mark; the lines after the first are indented as far. */
export function hangText(text: string, mark: string, width: number): readonly string[] {
  const lines = wrapText(text, Math.max(MIN_WIDTH, width - mark.length));
  return lines.map((line, index) => `${index === 0 ? mark : " ".repeat(mark.length)}${line}`);
}

/** Narrower text cannot be read. */
const MIN_WIDTH = 10;
