/**
 * A person made of a script: answers questions by their id, and keeps everything that was shown.
 *
 * @module
 */
import { UnbrickError } from "../../lib/errors.ts";
import { BACK, type Back, type LiveScreen, type Ui } from "../../tui/ui.ts";

/** The person ends the program instead of answering. */
export const INTERRUPT: unique symbol = Symbol("interrupt");

/** What the person does on a live screen: presses keys, looks, or leaves. */
export type LiveAct = (screen: LiveScreen<unknown>) => Promise<unknown>;

/**
 * An answer: text (part of a label, or what is typed), yes or no, back, the end, or what is done on
 * a live screen ("wait" for its end).
 */
export type ScriptedAnswer = string | boolean | Back | typeof INTERRUPT | LiveAct;

/** Answers by question. A list is used up in order, and asking once more is a fault. */
export type Script = Readonly<Record<string, ScriptedAnswer | readonly ScriptedAnswer[]>>;

/** A {@link Ui} that answers by itself. */
export interface ScriptedUi extends Ui {
  /** Ids of the questions and live screens so far, in order. */
  readonly asked: readonly string[];
  /** Everything shown so far, questions and answers included. */
  text(): string;
}

/** More questions than any flow has: then it goes round in circles. */
const MAX_QUESTIONS = 100;

/** Options of {@link scriptedUi}. */
export interface ScriptedUiOptions {
  /** Answers by position, counted from 0: they come before those of the script. */
  readonly at?: ReadonlyMap<number, ScriptedAnswer>;
  /** Size of the screen. */
  readonly size?: { readonly columns: number; readonly rows: number };
}

/** Makes a person of a script. */
export function scriptedUi(script: Script, options: ScriptedUiOptions = {}): ScriptedUi {
  const { at, size = { columns: 80, rows: 24 } } = options;
  const asked: string[] = [];
  const shown: string[] = [];
  const used = new Map<string, number>();

  function answerTo(id: string, message: string): Exclude<ScriptedAnswer, typeof INTERRUPT> {
    const special = at?.get(asked.length);
    asked.push(id);
    if (asked.length > MAX_QUESTIONS) throw new Error(`too many questions: ${asked.join(" ")}`);
    const answers = script[id];
    const count = used.get(id) ?? 0;
    // An answer that was pushed aside is still there when the question comes again.
    if (special === undefined) used.set(id, count + 1);
    const answer = special ?? (Array.isArray(answers) ? answers[count] : answers);
    if (answer === undefined) throw new Error(`no answer for "${id}": ${message}\n${text()}`);
    shown.push(`? [${id}] ${message} -> ${String(answer)}`);
    if (answer === INTERRUPT) throw new UnbrickError("interrupted", "Stopped");
    return answer;
  }
  function text(): string {
    return shown.join("\n");
  }
  function wrong(id: string, answer: unknown): never {
    throw new Error(`"${id}" cannot be answered with ${String(answer)}\n${text()}`);
  }

  // Awaiting first makes what is thrown a rejection, as with a real terminal.
  return {
    unicode: false,
    asked,
    text,
    size: () => size,
    heading: (heading) => shown.push(`\n# ${heading}`),
    show: (paragraph) => shown.push(paragraph),
    item: (label, text) => shown.push(`  ${label} ${text}`),
    showExactly: (lines) => shown.push(...lines),
    async select(question) {
      await Promise.resolve();
      const answer = answerTo(question.id, question.message);
      if (answer === BACK) return BACK;
      if (typeof answer !== "string") wrong(question.id, answer);
      const labels = question.choices.map(({ label }) => label);
      const choice = question.choices.find(({ label }) => label.includes(answer));
      if (choice === undefined) wrong(question.id, `${answer} (of ${labels.join(" | ")})`);
      return choice.value;
    },
    async input(question) {
      await Promise.resolve();
      for (;;) {
        const answer = answerTo(question.id, question.message);
        if (answer === BACK) return BACK;
        if (typeof answer !== "string") wrong(question.id, answer);
        const given = answer === "" ? question.default ?? "" : answer;
        const fault = question.check?.(given);
        if (fault === undefined) return given;
        shown.push(`  ${fault}`);
      }
    },
    async confirm(question) {
      await Promise.resolve();
      const answer = answerTo(question.id, question.message);
      if (answer === BACK) return BACK;
      return typeof answer === "boolean" ? answer : wrong(question.id, answer);
    },
    async confirmTyped(question) {
      await Promise.resolve();
      const answer = answerTo(question.id, question.message);
      if (answer === BACK) return BACK;
      return typeof answer === "string" ? answer === question.word : wrong(question.id, answer);
    },
    async live(screen) {
      await Promise.resolve();
      const answer = answerTo(screen.id, screen.view(size).join("\n"));
      if (answer === BACK) return BACK;
      if (answer === "wait") return await screen.finished;
      if (typeof answer !== "function") wrong(screen.id, answer);
      const acted = await answer(screen as LiveScreen<unknown>);
      return acted === BACK ? BACK : await screen.finished;
    },
  };
}
