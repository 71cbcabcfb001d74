/**
 * What `redboot` and `console --port` share: typing the lines of a script and those of a person, with
 * a question before each that writes flash.
 *
 * @module
 */
import type { ConsoleLink } from "../../lib/console/console_link.ts";
import { checkLine, type LoaderName, writesFlash } from "../../lib/console/loaders.ts";
import { runScript } from "../../lib/console/run_script.ts";
import type { ScriptLine } from "../../lib/console/scripts.ts";
import { UnbrickError } from "../../lib/errors.ts";
import type { LineReader } from "../line_reader.ts";
import type { ConsoleOutput } from "../output/console_output.ts";

/** A console with somebody in front of it. */
export interface ConsoleDesk {
  /** The boot loader. */
  readonly loader: LoaderName;
  /** Its console. */
  readonly link: ConsoleLink;
  /** Lines that the person types. */
  readonly lines: LineReader;
  /** Where text goes. */
  readonly output: ConsoleOutput;
  /** Asks for something to be typed; the question goes to standard error. */
  readonly ask: (question: string) => void;
}

/** What has to be typed before a line that writes flash is sent. */
const YES = "write";

/** Types the lines of a script; see `runScript` of `lib/console`. */
export async function typeScript(desk: ConsoleDesk, script: readonly ScriptLine[]): Promise<void> {
  const { loader, link, output } = desk;
  await runScript({
    loader,
    link,
    mayWrite: (line) => isConfirmed(desk, line),
    onCommand: (line, writesFlash) =>
      output.console({ event: "console-command", line, writesFlash }),
  }, script);
}

/** Types what the person types, until the end of input, "exit" or the end of the connection. */
export async function runInteractive(desk: ConsoleDesk): Promise<void> {
  desk.output.note('Type commands; "^C" interrupts, "exit" ends');
  while (true) {
    const line = await Promise.race([desk.lines.next(), desk.link.ended.then(() => undefined)]);
    if (line === undefined || line.trim() === "exit") return;
    if (line.trim() === "^C") {
      desk.link.interrupt();
      continue;
    }
    try {
      checkLine(desk.loader, line);
      if (await isConfirmed(desk, line)) await desk.link.command(line);
    } catch (thrown) {
      if (!(thrown instanceof UnbrickError) || thrown.code === "peer-error") throw thrown;
      const hint = thrown.hint === undefined ? "" : `\n  ${thrown.hint}`;
      desk.output.note(`${thrown.message}${hint}`);
    }
  }
}

async function isConfirmed(desk: ConsoleDesk, line: string): Promise<boolean> {
  if (!writesFlash(desk.loader, line)) return true;
  desk.ask(`\nThis line writes flash, or may:\n  ${line}\nType "${YES}" to send it: `);
  return (await desk.lines.next())?.trim() === YES;
}
