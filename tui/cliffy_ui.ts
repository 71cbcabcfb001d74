/**
 * The {@link Ui} of a terminal, over Cliffy's prompts: the only file that knows them.
 *
 * Cliffy takes the end of input for keys and draws for ever, ends the process on Ctrl-C by itself,
 * and gives everything of one read to one prompt. So it never sees the terminal: it gets single keys
 * of a {@link Keyboard}, and what is no answer (Ctrl-C, Escape, the end) ends the prompt from inside
 * its reader. Answers are checked here, as Cliffy lets a default pass unchecked.
 *
 * The first question is a list. The other prompts bring a hundred modules, which are loaded with the
 * first of them.
 *
 * @module
 */
import { Select } from "@cliffy/prompt/select";
import type { Host } from "../lib/host/host.ts";
import type { Console } from "./context.ts";
import { interruption, type Keyboard } from "./keyboard.ts";
import { CTRL_C, ESCAPE } from "./keys.ts";
import { runLive } from "./live_screen.ts";
import { BACK, type Back, type Ui } from "./ui.ts";
import { hangText, wrapLines } from "./wrap_text.ts";

/** Thrown inside a prompt's reader by the Escape key. */
class BackRequest extends Error {}

/** Lines of the screen that a list leaves free, and the fewest and most lines it has. */
const ROWS = { free: 8, least: 3, most: 12 } as const;

/** Cells that Cliffy puts before a line of a list, with one to spare. */
const LIST_MARGIN = 4;

/** Widest text; longer lines are hard to read. */
const MAX_TEXT_WIDTH = 90;

/** Cells of a label, for texts that stand below each other. */
const LABEL_WIDTH = 10;

type PromptIo = {
  readonly reader: {
    read(into: Uint8Array): Promise<number | null>;
    isTerminal(): boolean;
    setRaw(raw: boolean): void;
  };
  readonly writer: { writeSync(bytes: Uint8Array): number };
};

/** Makes the user interface of a terminal. */
export function cliffyUi(
  console: Console,
  keyboard: Keyboard,
  host: Pick<Host, "now" | "startTimer">,
): Ui {
  const encoder = new TextEncoder();

  /** Runs a prompt with a guarded keyboard. */
  async function ask<Value>(
    prompt: (io: PromptIo) => Promise<Value>,
  ): Promise<Value | Back> {
    const decoder = new TextDecoder();
    await keyboard.open();
    try {
      return await prompt({
        reader: {
          // The keyboard is raw for the whole question, not key by key.
          isTerminal: () => false,
          setRaw: () => {},
          async read(into) {
            const key = await keyboard.next();
            if (key === undefined || key === CTRL_C) throw interruption();
            if (key === ESCAPE) throw new BackRequest();
            return encoder.encodeInto(key, into).written;
          },
        },
        writer: {
          writeSync(bytes) {
            console.stdout(decoder.decode(bytes, { stream: true }));
            return bytes.length;
          },
        },
      });
    } catch (thrown) {
      // What is left of the prompt below the cursor.
      console.stdout("\r\x1b[J\x1b[?25h\n");
      if (thrown instanceof BackRequest) return BACK;
      throw thrown;
    } finally {
      keyboard.close();
    }
  }

  function textWidth(): number {
    return Math.min(MAX_TEXT_WIDTH, console.size().columns - 1);
  }

  function show(text: string): void {
    console.stdout(`${wrapLines(text, textWidth())}\n`);
  }

  function paint(code: string, text: string): string {
    return console.color ? `\x1b[${code}m${text}\x1b[0m` : text;
  }

  const marks = {
    prefix: "? ",
    pointer: console.unicode ? "\u203a" : ">",
  };

  async function input(
    question: { readonly message: string; readonly default?: string },
  ): Promise<string | Back> {
    const loading = import("@cliffy/prompt/input");
    const answer = await ask(async (io) =>
      (await loading).Input.prompt({
        ...io,
        ...marks,
        message: question.message,
        // Cliffy would show an empty default as "()".
        ...(question.default ? { default: question.default } : {}),
      })
    );
    return answer === BACK ? BACK : answer.trim();
  }

  return {
    unicode: console.unicode,
    size: () => console.size(),
    heading(text) {
      const rule = "-".repeat(Math.min(text.length, textWidth()));
      console.stdout(`\n${paint("1", text)}\n${rule}\n`);
    },
    show,
    item(label, text) {
      const mark = `  ${label.padEnd(LABEL_WIDTH)} `;
      console.stdout(hangText(text, mark, textWidth()).map((line) => `${line}\n`).join(""));
    },
    showExactly: (lines) => console.stdout(lines.map((line) => `${line}\n`).join("")),
    async select(question) {
      const { columns, rows } = console.size();
      if (question.choices.length === 0) throw new TypeError(`${question.id} has no answers`);
      // A value of Cliffy must not be falsy, so it gets the number of the answer as text.
      const picked = await ask((io) =>
        Select.prompt<string>({
          ...io,
          ...marks,
          message: question.message,
          options: question.choices.map(({ label }, index) => ({
            name: label.length <= columns - LIST_MARGIN
              ? label
              : `${label.slice(0, Math.max(1, columns - LIST_MARGIN - 3))}...`,
            value: String(index),
          })),
          listPointer: marks.pointer,
          maxRows: Math.max(ROWS.least, Math.min(ROWS.most, rows - ROWS.free)),
          groupIcon: false,
        })
      );
      if (picked === BACK) return BACK;
      const choice = question.choices[Number(picked)];
      if (choice === undefined) throw new TypeError(`${question.id}: no answer ${picked}`);
      return choice.value;
    },
    async input(question) {
      for (;;) {
        const answer = await input(question);
        if (answer === BACK) return BACK;
        const fault = question.check?.(answer);
        if (fault === undefined) return answer;
        show(`  ${fault}`);
      }
    },
    confirm(question) {
      const loading = import("@cliffy/prompt/confirm");
      const { message, default: fallback } = question;
      return ask(async (io) =>
        (await loading).Confirm.prompt({ ...io, ...marks, message, default: fallback })
      );
    },
    async confirmTyped(question) {
      const answer = await input({ message: question.message });
      return answer === BACK ? BACK : answer.toLowerCase() === question.word.toLowerCase();
    },
    live: (screen) => runLive(console, keyboard, host, screen),
  };
}
