/**
 * `unbrick explain`: what an error text of a bootloader, a TFTP program or the system means.
 *
 * @module
 */
import { Command } from "@cliffy/command";
import { UnbrickError } from "../../lib/errors.ts";
import { explainText, type Explanation } from "../../lib/recovery/explain.ts";
import type { CommandContext } from "../context.ts";
import { wrapText } from "../wrap_text.ts";

/** Width of the output; the terminal may be narrower. */
const MAX_COLUMNS = 80;
/** Width of the column with the labels. */
const LABEL_COLUMNS = 15;
/** More readings than this confuse; `--json` has them all. */
const MAX_READINGS = 3;

const UNKNOWN_TEXT = [
  "This text is not in unbrick's table, so nothing is known about it.",
  "",
  "What to do: run the same push, serve or get again with --trace, which shows each packet, and " +
  "see where it stops. Ask with that output, the exact model and version from the label and the " +
  "name of the image at forum.openwrt.org or in the forum of your firmware.",
];

function formatExplanation(explanation: Explanation, columns: number): readonly string[] {
  const rows = [
    ["What happened", explanation.meaning],
    ["Likely cause", explanation.cause],
    ["Next step", explanation.next],
    ["Source", explanation.source],
  ] as const;
  return rows.flatMap(([label, text]) =>
    wrapText(text, columns - LABEL_COLUMNS)
      .map((line, index) => `${(index === 0 ? label : "").padEnd(LABEL_COLUMNS)}${line}`)
  );
}

/** The readings as text for people, best first. */
export function formatExplanations(
  explanations: readonly Explanation[],
  columns: number,
): string {
  const shown = explanations.slice(0, MAX_READINGS);
  const lines = shown.flatMap((explanation, index) => [
    ...(index > 0 ? [""] : []),
    ...(shown.length > 1 ? [`Reading ${index + 1} of ${shown.length}`] : []),
    ...formatExplanation(explanation, columns),
  ]);
  const more = explanations.length - shown.length;
  if (more > 0) {
    const note = `${more} more with --json. Explain one line at a time for a clearer answer.`;
    lines.push("", ...wrapText(note, columns));
  }
  return `${lines.join("\n")}\n`;
}

/** Builds `unbrick explain`. Exits with 1 when the text is unknown. */
export function explainCommand(context: CommandContext) {
  return new Command()
    .description("Explain an error text: what it means, the likely cause, the next step.")
    .arguments("<text...:string>")
    .option("--json", "Print one JSON document with all readings.")
    .example("A message", 'unbrick explain "Code pattern is incorrect"')
    .example("A line of a log", "unbrick explain \"TFTP error: 'File not found' (1)\"")
    .action((options, ...words) => {
      const text = words.join(" ");
      if (text.trim() === "") {
        throw new UnbrickError("usage", "The text to explain is empty", {
          hint: "Give the error message in quotes",
        });
      }
      const explanations = explainText(text);
      if (explanations.length === 0) context.setExitCode(1);
      if (options.json === true) {
        context.console.stdout(`${JSON.stringify({ text, explanations }, undefined, 2)}\n`);
        return;
      }
      const columns = Math.min(MAX_COLUMNS, Math.max(40, context.console.size().columns));
      if (explanations.length === 0) {
        const lines = UNKNOWN_TEXT.flatMap((part) => part === "" ? [""] : wrapText(part, columns));
        context.console.stderr(`${lines.join("\n")}\n`);
        return;
      }
      context.console.stdout(formatExplanations(explanations, columns));
    });
}
