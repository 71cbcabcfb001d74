/**
 * Typing the lines of a script into a console, each after the prompt of the one before, with a
 * question before each that writes flash.
 *
 * @module
 */
import { UnbrickError } from "../errors.ts";
import type { ConsoleLink } from "./console_link.ts";
import { checkLine, isQuestion, type LoaderName, saysFailure, writesFlash } from "./loaders.ts";
import type { ScriptLine } from "./scripts.ts";

/** What typing a script needs. */
export interface ScriptDesk {
  /** The boot loader. */
  readonly loader: LoaderName;
  /** Its console. */
  readonly link: Pick<ConsoleLink, "command" | "start">;
  /** Whether a line that writes flash may be sent. */
  readonly mayWrite: (line: string) => Promise<boolean>;
  /** Called before each line that is sent. */
  readonly onCommand: (line: string, writesFlash: boolean) => void;
}

/** Stands in a script for the length of the free flash, which `fis free` tells. */
export const FREE = "{free}";

/** Lines that answer a question of the device. */
const ANSWER = /^(?:y|n|yes|no)$/i;

/**
 * Types the lines. Throws UnbrickError when one of them fails or is not confirmed: no later line
 * makes sense then. An answer to a question that the device did not ask is left out.
 */
export async function runScript(desk: ScriptDesk, script: readonly ScriptLine[]): Promise<void> {
  for (const { text } of script) checkLine(desk.loader, text);
  let question: string | undefined;
  let free: string | undefined;
  let isWriting = false;
  for (const line of script) {
    const isAnswer = ANSWER.test(line.text);
    if (isAnswer && question === undefined) continue;
    if (question !== undefined && !isAnswer) throw unexpectedQuestion(question);
    const text = line.text.includes(FREE)
      ? line.text.replaceAll(FREE, requireFree(free))
      : line.text;
    // A yes to what was asked back does what the line before it would do.
    isWriting = isAnswer ? isWriting : writesFlash(desk.loader, text);
    if (isWriting && !isAnswer && !await desk.mayWrite(text)) {
      throw new UnbrickError("interrupted", `"${text}" was not sent, nothing after it either`);
    }
    desk.onCommand(text, isWriting);
    if (!line.returns) {
      await desk.link.start(text);
      continue;
    }
    const { printed, prompt } = await desk.link.command(text);
    if (saysFailure(desk.loader, printed)) {
      throw new UnbrickError("peer-error", `"${text}" went wrong, nothing after it was sent`, {
        hint: "Look at what the device printed: unbrick explain knows many such texts",
      });
    }
    question = isQuestion(prompt) ? prompt.trim() : undefined;
    if (/^fis\s+free$/.test(text)) free = freeLength(printed);
  }
}

/**
 * Length of the free flash in what RedBoot's `fis free` prints: `0xA80F0000 .. 0xA87E0000`.
 *
 * @returns undefined unless there is exactly one free piece: then nobody can tell which is meant.
 */
export function freeLength(printed: string): string | undefined {
  const pieces = [...printed.matchAll(/0x([0-9a-f]{8})\s*\.\.\s*0x([0-9a-f]{8})/gi)];
  const [piece] = pieces;
  if (piece === undefined || pieces.length > 1) return undefined;
  const length = parseInt(piece[2]!, 16) - parseInt(piece[1]!, 16);
  return length > 0 ? `0x${length.toString(16).padStart(8, "0")}` : undefined;
}

function requireFree(free: string | undefined): string {
  if (free !== undefined) return free;
  throw new UnbrickError("peer-error", "The device does not tell how much of its flash is free", {
    hint: 'Type "fis free" by hand: there should be one line, such as 0xA80F0000 .. 0xA87E0000',
  });
}

function unexpectedQuestion(question: string): UnbrickError {
  return new UnbrickError("peer-error", `The device asks "${question}", nothing more was sent`, {
    hint: "Answer it by hand, or put the answer into the script as a line of its own",
  });
}
