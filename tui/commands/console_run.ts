/**
 * What `redboot` and `console --port` share: typing the lines of a script and those of a person, with
 * a question before each that writes flash.
 *
 * @module
 */
import type { ConsoleLink } from "../../lib/console/console_link.ts";
import {
  checkLine,
  isQuestion,
  type LoaderName,
  saysFailure,
  writesFlash,
} from "../../lib/console/loaders.ts";
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

/** Lines that answer a question of the device. */
const ANSWER = /^(?:y|n|yes|no)$/i;

/** What has to be typed before a line that writes flash is sent. */
const YES = "write";

/**
 * Types the lines of a script, each after the prompt of the one before. Throws UnbrickError when one
 * of them fails or is not confirmed: no later line makes sense then.
 */
export async function runScript(desk: ConsoleDesk, script: readonly ScriptLine[]): Promise<void> {
  for (const { text } of script) checkLine(desk.loader, text);
  let question: string | undefined;
  for (const line of script) {
    if (question !== undefined && !ANSWER.test(line.text)) {
      throw new UnbrickError("peer-error", `The device asks "${question}", nothing more was sent`, {
        hint: "Answer it by hand, or put the answer into the script as a line of its own",
      });
    }
    if (!await isConfirmed(desk, line.text)) {
      throw new UnbrickError("interrupted", `"${line.text}" was not sent, nothing after it either`);
    }
    if (line.returns) question = await send(desk, line.text);
    else start(desk, line.text);
  }
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

/** Lines of a file: empty ones and those that begin with "#" are left out. */
export function parseScript(text: string): ScriptLine[] {
  return text.split(/\r?\n/).map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => ({ text: line, purpose: "", returns: !STARTS.test(line) }));
}

/** Commands after which no prompt is to be expected. */
const STARTS = /^(?:go|exec|reset|reboot|boot|bootm|bootelf|bootz|booti)\b/;

async function isConfirmed(desk: ConsoleDesk, line: string): Promise<boolean> {
  if (!writesFlash(desk.loader, line)) return true;
  desk.ask(`\nThis line writes flash, or may:\n  ${line}\nType "${YES}" to send it: `);
  return (await desk.lines.next())?.trim() === YES;
}

/** Sends a line; returns what the device asks back, if it does. */
async function send(desk: ConsoleDesk, line: string): Promise<string | undefined> {
  tell(desk, line);
  const { printed, prompt } = await desk.link.command(line);
  if (!saysFailure(desk.loader, printed)) return isQuestion(prompt) ? prompt.trim() : undefined;
  throw new UnbrickError("peer-error", `"${line}" went wrong, nothing after it was sent`, {
    hint: "Look at what the device printed: unbrick explain knows many such texts",
  });
}

function start(desk: ConsoleDesk, line: string): void {
  tell(desk, line);
  desk.link.start(line);
}

function tell(desk: ConsoleDesk, line: string): void {
  const isWriting = writesFlash(desk.loader, line);
  desk.output.console({ event: "console-command", line, writesFlash: isWriting });
}
