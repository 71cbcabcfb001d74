/**
 * Finds the ERROR packet behind a line of log: TFTP programs and boot loaders print its code and
 * message each in their own way.
 *
 * @module
 */
import type { ErrorContext } from "./error_text.ts";

/** Code and message of an ERROR packet, as a program printed them. */
export interface ReportedError {
  /** Code of the ERROR packet (RFC 1350 section 5). */
  readonly code: number;
  /** Its message; empty when the program does not show it. */
  readonly message: string;
  /** What the form of the line tells about who sent it. */
  readonly context: ErrorContext;
}

const SENT_BY_SERVER: ErrorContext = { saidBy: "server", direction: "serve" };

/** Forms with a named group `code`, and most with a group `message`. */
const FORMS: readonly { readonly pattern: RegExp; readonly context: ErrorContext }[] = [
  // netkit, tftp-hpa, BSD.
  { pattern: /error code (?<code>\d{1,5}): ?(?<message>.*)/i, context: {} },
  // Packet traces, ours among them.
  { pattern: /error <code[=:] ?(?<code>\d{1,5}), msg[=:] ?(?<message>[^>]{0,200})/i, context: {} },
  // BusyBox.
  { pattern: /server error: \((?<code>\d{1,5})\) ?(?<message>.*)/i, context: {} },
  // U-Boot's console repeats what the server on this computer sent.
  { pattern: /error: '(?<message>[^']{0,200})' \((?<code>\d{1,5})\)/i, context: SENT_BY_SERVER },
  {
    pattern: /(?<message>\b[a-z][a-z ]{1,60}?)'? \((?<code>\d{1,5})\),? starting again/i,
    context: SENT_BY_SERVER,
  },
  // dnsmasq logs what the device sent.
  {
    pattern: /error (?<code>\d{1,5}) (?<message>.{0,200}?) received from/i,
    context: { saidBy: "device", direction: "serve" },
  },
];

/**
 * What curl's exit codes stand for. The text after them is of no use: curl 7.88 prints
 * "getpeername() failed" for each of them.
 */
const CURL_CODES: ReadonlyMap<number, number> = new Map([
  [68, 1],
  [69, 2],
  [70, 3],
  [71, 4],
  [72, 5],
  [73, 6],
  [74, 7],
  [42, 8],
]);

/** Finds the ERROR packet a line tells of; undefined when it tells of none. */
export function parseReportedError(line: string): ReportedError | undefined {
  const curl = /curl: \((\d{1,3})\)/i.exec(line);
  const curlCode = curl === null ? undefined : CURL_CODES.get(Number(curl[1]));
  if (curlCode !== undefined) return { code: curlCode, message: "", context: {} };
  for (const { pattern, context } of FORMS) {
    const groups = pattern.exec(line)?.groups;
    if (groups !== undefined) {
      return { code: Number(groups["code"]), message: groups["message"] ?? "", context };
    }
  }
  return undefined;
}
