/**
 * Explains error texts of bootloaders, TFTP programs and operating systems: what happened, why it
 * probably did, what to do next. Pure.
 *
 * @module
 */
import type { ErrorContext, ErrorText, Explanation } from "./error_text.ts";
import { COMPUTER_ERROR_TEXTS } from "./error_texts_computer.ts";
import { DEVICE_ERROR_TEXTS } from "./error_texts_device.ts";
import { parseReportedError } from "./reported_error.ts";

export type { ErrorContext, Explanation } from "./error_text.ts";

/** Of longer pastes only the end is read: the error that stopped it stands there. */
const MAX_TEXT_LENGTH = 20_000;

/** Messages of the codes in RFC 1350 section 5 and RFC 2347; code 0 has none. */
const RFC_MESSAGES: readonly string[] = [
  "",
  "File not found",
  "Access violation",
  "Disk full or allocation exceeded",
  "Illegal TFTP operation",
  "Unknown transfer ID",
  "File already exists",
  "No such user",
  "Option negotiation failed",
];

const REFUSED_AT_THE_END: Explanation = {
  meaning: "The device received the whole image, checked it and refused it.",
  cause:
    "It sent an error in place of the last acknowledgement: wrong model or hardware version, " +
    "wrong kind of image, or an image that is damaged or not signed by the maker.",
  next: "Leave the power on until the device is quiet: most write nothing then and can be tried " +
    "again. Check the image with unbrick inspect and get the factory image for exactly this model.",
  source: "U-Boot of Ubiquiti devices: the verdict comes in place of the last ACK",
};

const BROKEN_OFF_BY_DEVICE: Explanation = {
  meaning: "The device broke off the download by itself.",
  cause:
    "It only wanted to know the size, the image does not fit its memory, or it does not like " +
    "the options the server granted.",
  next: "Wait a minute: many loaders ask again by themselves. If not, use unbrick serve with " +
    "--no-options and check the size of the image.",
  source: "RFC 1350 section 5",
};

const UNNAMED_ERROR: Explanation = {
  meaning: "The other side ended the transfer with an error that has no standard meaning.",
  cause: "Only its own message, if there is one, tells more.",
  next: "Switch the device off and try once more with --trace, and compare where it stops.",
  source: "RFC 1350 section 5, ERROR 0",
};

function normalizeLine(line: string): string {
  return line
    // deno-lint-ignore no-control-regex
    .replace(/\u001b\[[0-9;?]*[A-Za-z]/g, "")
    .replace(/[\u2018\u2019\u00b4]/g, "'")
    .replace(/[\u201c\u201d]/g, '"')
    // deno-lint-ignore no-control-regex
    .replace(/[\s\u0000-\u001f\u007f]+/g, " ")
    .trim();
}

/** Count of agreements, or undefined when the context contradicts the entry. */
function agreement(entry: ErrorText, context: ErrorContext): number | undefined {
  let count = 0;
  for (const [key, allowed] of Object.entries(entry.fits ?? {})) {
    const actual = context[key as keyof ErrorContext];
    if (actual === undefined) continue;
    if (!(allowed as readonly unknown[]).includes(actual)) return undefined;
    count++;
  }
  return count;
}

/**
 * The entries that know the text, best first. Entries with a text of their own win over general
 * ones; a context that would rule out every reading is ignored.
 */
export function matchErrorTexts(text: string, context: ErrorContext = {}): readonly ErrorText[] {
  const line = normalizeLine(text.slice(-MAX_TEXT_LENGTH));
  const found = [...DEVICE_ERROR_TEXTS, ...COMPUTER_ERROR_TEXTS]
    .filter((entry) => entry.patterns.some((pattern) => pattern.test(line)));
  const rated = found.map((entry) => ({ entry, count: agreement(entry, context) }));
  const fitting = rated.some(({ count }) => count !== undefined)
    ? rated.filter(({ count }) => count !== undefined)
    : rated;
  const hasSpecific = fitting.some(({ entry }) => entry.isGeneral !== true);
  return fitting
    .filter(({ entry }) => !hasSpecific || entry.isGeneral !== true)
    .sort((left, right) => (right.count ?? 0) - (left.count ?? 0))
    .map(({ entry }) => entry);
}

function toExplanation({ meaning, cause, next, source }: Explanation): Explanation {
  return { meaning, cause, next, source };
}

/** U-Boot net/tftp.c stops after the codes 1 and 2 and restarts after any other. */
function describeUbootReaction(code: number): string {
  return code === 1 || code === 2
    ? "After this code U-Boot gives up for good; only very old ones start again."
    : "After this code U-Boot starts the download again by itself.";
}

function explainError(
  code: number,
  message: string,
  context: ErrorContext,
): readonly Explanation[] {
  const known = matchErrorTexts(message, context);
  const isSpecific = known[0] !== undefined && known[0].isGeneral !== true;
  if (!isSpecific && context.verdict === true) return [REFUSED_AT_THE_END];
  const found = known.length > 0 ? known : matchErrorTexts(RFC_MESSAGES[code] ?? "", context);
  const explanations = found.length > 0 ? found.map(toExplanation) : [
    context.saidBy === "device" && context.direction === "serve"
      ? BROKEN_OFF_BY_DEVICE
      : UNNAMED_ERROR,
  ];
  // An ERROR of a server on this computer is read by the device's loader, mostly U-Boot.
  const isReadByDevice = context.saidBy === "console" ||
    (context.direction === "serve" && context.saidBy === "server");
  if (!isReadByDevice) return explanations;
  return explanations.map((explanation) => ({
    ...explanation,
    cause: `${explanation.cause} ${describeUbootReaction(code)}`,
  }));
}

/**
 * Explains an error text in any form: a message, a log line, several pasted lines. A line that
 * reports an ERROR packet is read as such.
 *
 * @returns the readings, best first; empty when the text is unknown and no code is given.
 */
export function explainText(text: string, context: ErrorContext = {}): readonly Explanation[] {
  const reported = text.slice(-MAX_TEXT_LENGTH).split(/\r\n|\r|\n/)
    .map((line) => parseReportedError(normalizeLine(line)))
    .filter((error) => error !== undefined);
  const explained = reported.flatMap((error) =>
    explainError(error.code, error.message, { ...context, ...error.context })
  );
  const whole = matchErrorTexts(text, context);
  // The general readings of the whole paste only repeat what the ERROR packet says better.
  const others = whole.filter((entry) => explained.length === 0 || entry.isGeneral !== true)
    .map(toExplanation);
  const all = [...explained, ...others];
  if (all.length === 0 && context.code !== undefined) {
    return explainError(context.code, text, context);
  }
  const seen = new Set<string>();
  return all.filter(({ meaning }) => !seen.has(meaning) && seen.add(meaning));
}

/**
 * Explains a received or sent ERROR packet by its message, or by its code when the message says
 * nothing known (RFC 1350 section 5, RFC 2347).
 */
export function explainTftpError(
  code: number,
  message: string,
  context: ErrorContext = {},
): Explanation {
  return explainError(code, message, context)[0] ?? UNNAMED_ERROR;
}
