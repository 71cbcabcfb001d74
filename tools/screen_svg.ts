/**
 * A screen of a terminal, as text with escape sequences, drawn as an SVG picture.
 *
 * @module
 */

/** How text is drawn. */
interface Style {
  readonly color: string | undefined;
  readonly isBold: boolean;
  readonly isDim: boolean;
  readonly isItalic: boolean;
}

const PLAIN: Style = { color: undefined, isBold: false, isDim: false, isItalic: false };

/** Colours of the sixteen that terminals have, readable on the background below. */
const COLORS = [
  "#6e7681",
  "#ff7b72",
  "#7ee787",
  "#e3b341",
  "#79c0ff",
  "#d2a8ff",
  "#76e3ea",
  "#e6edf3",
] as const;

const BACKGROUND = "#0d1117";
const FOREGROUND = "#e6edf3";

/** Pixels of a cell, and around the screen. */
const CELL = { width: 8.4, height: 18 } as const;
const MARGIN = 12;

/** Draws a screen. `title` is for those who cannot see it. */
export function screenToSvg(screen: string, columns: number, title: string): string {
  const lines = screen.replace(/\s+$/, "").split("\n");
  const width = Math.round(columns * CELL.width + 2 * MARGIN);
  const height = lines.length * CELL.height + 2 * MARGIN;
  let style = PLAIN;
  const rows = lines.map((line, row) => {
    const y = MARGIN + (row + 1) * CELL.height - 5;
    let column = 0;
    const spans: string[] = [];
    // deno-lint-ignore no-control-regex -- escape sequences are what is looked for
    for (const part of line.split(/(\x1b\[[0-9;]*[A-Za-z])/)) {
      if (part.startsWith("\x1b")) {
        style = part.endsWith("m") ? restyled(style, part.slice(2, -1)) : style;
      } else if (part !== "") {
        const cells = [...part].length;
        if (part.trim() !== "") {
          const x = (MARGIN + column * CELL.width).toFixed(1);
          const length = (cells * CELL.width).toFixed(1);
          spans.push(
            `<text x="${x}" y="${y}" textLength="${length}"${attributes(style)}>` +
              `${escaped(part)}</text>`,
          );
        }
        column += cells;
      }
    }
    return spans.join("");
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" ` +
    `viewBox="0 0 ${width} ${height}" role="img">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="${width}" height="${height}" rx="6" fill="${BACKGROUND}"/>`,
    `<g font-family="ui-monospace, Menlo, Consolas, monospace" font-size="14" ` +
    `fill="${FOREGROUND}" xml:space="preserve" style="white-space:pre">`,
    ...rows.filter((row) => row !== ""),
    "</g>",
    "</svg>",
    "",
  ].join("\n");
}

/** The style after the numbers of an SGR sequence (ECMA-48 §8.3.117). */
function restyled(style: Style, numbers: string): Style {
  return numbers.split(";").map(Number).reduce((current, number): Style => {
    if (number === 0) return PLAIN;
    if (number === 1) return { ...current, isBold: true };
    if (number === 2) return { ...current, isDim: true };
    if (number === 3) return { ...current, isItalic: true };
    if (number === 22) return { ...current, isBold: false, isDim: false };
    if (number === 23) return { ...current, isItalic: false };
    if (number === 39) return { ...current, color: undefined };
    if (number >= 30 && number <= 37) return { ...current, color: COLORS[number - 30] };
    if (number >= 90 && number <= 97) return { ...current, color: COLORS[number - 90] };
    return current;
  }, style);
}

function attributes({ color, isBold, isDim, isItalic }: Style): string {
  return (color === undefined ? "" : ` fill="${color}"`) +
    (isBold ? ' font-weight="bold"' : "") +
    (isDim ? ' opacity="0.65"' : "") +
    (isItalic ? ' font-style="italic"' : "");
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
