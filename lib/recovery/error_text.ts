/**
 * The shape of an explained error text, and what is known about where a text came from.
 *
 * @module
 */

/** What an error text means, for a person who has a dead router on the table. */
export interface Explanation {
  /** What happened, in one plain sentence. */
  readonly meaning: string;
  /** Why it probably happened. */
  readonly cause: string;
  /** One or two things to do next. */
  readonly next: string;
  /** Where this reading comes from. */
  readonly source: string;
}

/** Which side said it and what was going on, to choose between readings of the same text. */
export interface ErrorContext {
  /**
   * Who said it: the device in an ERROR packet, a TFTP server on this computer, a program on this
   * computer, or the device's serial or telnet console.
   */
  readonly saidBy?: "device" | "server" | "client" | "console";
  /** What this computer was doing. */
  readonly direction?: "push" | "serve" | "get";
  /** Code of the ERROR packet (RFC 1350 section 5, RFC 2347). */
  readonly code?: number;
  /** Whether the ERROR came in place of the last ACK, after the whole image was sent. */
  readonly verdict?: boolean;
  /** Whether the device answers ping. */
  readonly pingAnswers?: boolean;
}

/**
 * The contexts in which a reading holds. A key that is missing says nothing. The code is no key:
 * bootloaders send their texts under any code.
 */
export type ErrorContextFit = {
  readonly [Key in Exclude<keyof ErrorContext, "code">]-?: readonly NonNullable<
    ErrorContext[Key]
  >[];
};

/** One entry of the tables: the texts it knows, and what they mean. */
export interface ErrorText extends Explanation {
  /** Name for tests and for the order of the tables. */
  readonly id: string;
  /**
   * Any of them found in the text makes the entry a candidate. The text has its white space
   * collapsed to single blanks and its quotes straightened before.
   */
  readonly patterns: readonly RegExp[];
  /** A context that contradicts one of these rules the entry out; each agreement moves it up. */
  readonly fits?: Partial<ErrorContextFit>;
  /** Only used when no entry without this mark matched. */
  readonly isGeneral?: true;
}
