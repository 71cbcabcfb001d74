/**
 * What to type on a console, as text for people: lines to copy stand alone at the left edge of their
 * block, what they do stands above them.
 *
 * @module
 */
import type { LoaderName } from "../../lib/console/loaders.ts";
import type { ConsoleScript, ScriptLine } from "../../lib/console/scripts.ts";
import { wrapLines, wrapText } from "../wrap_text.ts";

/** What else is to be said. */
export interface ConsoleScriptDetails {
  /** What can go badly wrong with this device. */
  readonly dangers: readonly string[];
  /** Address that this computer must have, with its prefix length. */
  readonly computer: string;
  /** Cells in a line. */
  readonly columns: number;
}

const LOADER_TITLES: Readonly<Record<LoaderName, string>> = {
  "u-boot": "U-Boot",
  "cfe": "CFE",
  "redboot": "RedBoot",
};

/** Widest text; longer lines are hard to read. */
const MAX_WIDTH = 80;

/** The whole text, without a line end behind it; `image` says what is known of the image. */
export function consoleScriptText(
  loader: LoaderName,
  image: string,
  script: ConsoleScript,
  details: ConsoleScriptDetails,
): string {
  const width = Math.min(MAX_WIDTH, details.columns) - 1;
  const wrap = (text: string, first: string, rest: string): string[] =>
    wrapText(text, width - first.length).map((part, index) => (index === 0 ? first : rest) + part);
  const block = (lines: readonly ScriptLine[]): string[] =>
    lines.flatMap(({ text, purpose }) => [...wrap(purpose, "  # ", "  # "), `  ${text}`]);
  return [
    ...details.dangers.flatMap((danger) => wrap(danger, "DANGER: ", "  ")),
    wrapLines(`${LOADER_TITLES[loader]} and ${image}`, width),
    ...wrap(`This computer must have ${details.computer} and serve the image (--serve).`, "", ""),
    "",
    "Look first:",
    ...block(script.look),
    "",
    "Try from memory, flash stays as it is:",
    ...block(script.memory),
    ...(script.flash.length === 0 ? [] : [
      "",
      "!!! WRITES FLASH: a mistake here can make the device unusable !!!",
      ...block(script.flash),
      "!!! end of what writes flash !!!",
    ]),
    "",
    ...script.notes.flatMap((note) => wrap(note, "- ", "  ")),
  ].join("\n");
}
