/**
 * The cabling as a drawing in characters.
 *
 * @module
 */
import { wrapText } from "../wrap_text.ts";

/** Cells that a name gets in the drawing. */
const NAME_WIDTH = 18;

/** Cells of the drawing besides what stands in the computer's box. */
const BESIDES_BOX = 52;

/** Draws computer, switch and router. A narrow terminal gets the same from top to bottom. */
export function drawCabling(
  interfaceName: string,
  port: string,
  columns: number,
): readonly string[] {
  const own = interfaceName.length > NAME_WIDTH
    ? `${interfaceName.slice(0, NAME_WIDTH - 3)}...`
    : interfaceName;
  const box = Math.max(own.length, "this computer".length);
  if (columns <= box + BESIDES_BOX) {
    return [
      "  [ this computer ]",
      `     ${own}`,
      "         |",
      "  ( small switch, if you have one )",
      "         |",
      "  [ router ]",
      ...wrapText(port, Math.max(10, columns - 6)).map((line) => `     ${line}`),
    ];
  }
  const rule = `+-${"-".repeat(box)}-+`;
  return [
    `  ${rule}         +----------------+         +--------+`,
    `  | ${"this computer".padEnd(box)} |---------| a small switch |---------| router |`,
    `  | ${own.padEnd(box)} |  cable  | if you have one|  cable  +--------+`,
    `  ${rule}         +----------------+`,
    ...wrapText(`The router's end goes into ${port}.`, Math.min(76, columns - 3))
      .map((line) => `  ${line}`),
  ];
}
