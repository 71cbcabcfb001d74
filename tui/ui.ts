/**
 * How the guided flow talks to a person: questions with stable ids, text, and a live screen. The
 * flow knows nothing of terminals; tests answer by id.
 *
 * @module
 */

/** The answer that means: the question before this one, please. */
export const BACK: unique symbol = Symbol("back");

/** Type of {@link BACK}. */
export type Back = typeof BACK;

/** What every question has. */
export interface Question {
  /** Stable name of the question, for tests and the log. */
  readonly id: string;
  /** The question in one short line. */
  readonly message: string;
}

/** One answer to choose. */
export interface Choice<Value> {
  /** What choosing it gives. */
  readonly value: Value;
  /** How it is shown, in one line. */
  readonly label: string;
}

/** A question with a list of answers. */
export interface SelectQuestion<Value> extends Question {
  /** The answers, at least one, the likeliest first. */
  readonly choices: readonly Choice<Value>[];
}

/** A question for a line of text. */
export interface InputQuestion extends Question {
  /** The answer to a bare Enter. */
  readonly default?: string;
  /** Says what is wrong with an answer; undefined when nothing is. */
  readonly check?: (answer: string) => string | undefined;
}

/** A question for yes or no. */
export interface ConfirmQuestion extends Question {
  /** The answer to a bare Enter. */
  readonly default: boolean;
}

/** A question where a bare Enter must not do: a word has to be typed. */
export interface TypedQuestion extends Question {
  /** The word. */
  readonly word: string;
}

/** Cells of a screen. */
export interface ScreenSize {
  /** Cells in a line. */
  readonly columns: number;
  /** Lines. */
  readonly rows: number;
}

/** A key with a meaning on a live screen. */
export interface LiveKey {
  /** The key as typed, one lower-case letter. */
  readonly key: string;
  /** What it does; shown on the screen. */
  readonly label: string;
  /** Does it. */
  readonly press: () => void;
}

/** A screen that changes by itself. */
export interface LiveScreen<Result> {
  /** Stable name of the screen, for tests and the log. */
  readonly id: string;
  /** What it shows now. Called ten times a second. Longer lines are cut. */
  readonly view: (size: ScreenSize) => readonly string[];
  /** Keys that work now. */
  readonly keys: () => readonly LiveKey[];
  /** Whether the person can go back now; yes unless given. */
  readonly canGoBack?: () => boolean;
  /** Ends the screen. */
  readonly finished: Promise<Result>;
}

/**
 * Asks and shows. Every method that waits rejects with an UnbrickError `interrupted` when the person
 * or the system ends the program, or when nobody is there any more.
 */
export interface Ui {
  /** Whether the person's terminal is known to show more than ASCII. */
  readonly unicode: boolean;
  /** Size of the screen now. */
  size(): ScreenSize;
  /** Shows a heading. */
  heading(text: string): void;
  /** Shows a paragraph, broken to fit; lines of their own and their indentation stay. */
  show(text: string): void;
  /** Shows a text behind a short label; its further lines are indented as far. */
  item(label: string, text: string): void;
  /** Shows lines exactly as they are: commands to copy, drawings. */
  showExactly(lines: readonly string[]): void;
  /** Lets one of several answers be chosen. */
  select<Value>(question: SelectQuestion<Value>): Promise<Value | Back>;
  /** Asks for a line of text, blanks around it removed, that passes its check. */
  input(question: InputQuestion): Promise<string | Back>;
  /** Asks yes or no. */
  confirm(question: ConfirmQuestion): Promise<boolean | Back>;
  /** Asks for a word to be typed; anything else is false. */
  confirmTyped(question: TypedQuestion): Promise<boolean | Back>;
  /** Shows a live screen until it ends by itself or the person goes back. */
  live<Result>(screen: LiveScreen<Result>): Promise<Result | Back>;
}
