/**
 * What the live screen shows of the time before a router pulls: who asks for an address, and what its
 * console says. Pure.
 *
 * @module
 */
import type { RecoveryEvent } from "../../lib/recovery/recovery.ts";
import { describeProblem } from "../sentence.ts";
import { hangText, wrapText } from "../wrap_text.ts";

/** What is known of it. */
export interface OpeningModel {
  /** Why nobody is answered yet; undefined when everybody may be. */
  readonly hold: string | undefined;
  /** What was heard and given lately, newest last, each once. */
  readonly heard: readonly string[];
  /** The end of what the console printed; undefined until it is open. */
  readonly printed: string | undefined;
  /** The line that was typed last. */
  readonly typed: { readonly line: string; readonly writesFlash: boolean } | undefined;
  /** Whether the console waits for commands. */
  readonly isCaught: boolean;
}

/** Nothing has happened. */
export const NO_OPENING: OpeningModel = {
  hold: undefined,
  heard: [],
  printed: undefined,
  typed: undefined,
  isCaught: false,
};

/** What is kept of the console's text. */
const MOST_PRINTED = 1000;

/** Lines of the console that are shown. */
const PRINTED_LINES = 4;

/** Lines about clients that are shown. */
const HEARD_LINES = 3;

/** The model after an event. */
export function reduceOpening(model: OpeningModel, event: RecoveryEvent): OpeningModel {
  switch (event.event) {
    case "bootp-checking":
      return {
        ...model,
        hold: `First this cable is searched for another DHCP server: ${event.seconds} s`,
      };
    case "bootp-held":
      return {
        ...model,
        hold: describeProblem({
          message: `Nobody is answered at the moment: ${event.reason}`,
          hint: event.hint,
        }),
      };
    case "bootp-back":
    case "bootp-clear":
    case "bootp-stopped":
      return { ...model, hold: undefined };
    case "bootp-client":
      return heard(model, `${event.mac} asks for an address by ${event.protocol}`);
    case "bootp-reply": {
      const address = event.address === null ? "an answer" : event.address;
      return heard(model, `${event.mac} gets ${address} and the file name "${event.file}"`);
    }
    case "console-knocking":
      return { ...model, isCaught: false, typed: undefined };
    case "console-connected":
      return { ...model, printed: "" };
    case "console-caught":
      return { ...model, isCaught: true };
    case "console-text":
      return { ...model, printed: ((model.printed ?? "") + event.text).slice(-MOST_PRINTED) };
    case "console-command":
      return { ...model, typed: { line: event.line, writesFlash: event.writesFlash } };
    default:
      return model;
  }
}

function heard(model: OpeningModel, line: string): OpeningModel {
  const others = model.heard.filter((known) => known !== line);
  return { ...model, heard: [...others, line].slice(-HEARD_LINES) };
}

/** Its lines. */
export function viewOpening(model: OpeningModel, width: number): readonly string[] {
  const lines = model.hold === undefined ? [] : [...wrapText(model.hold, width)];
  for (const what of model.heard) lines.push(...hangText(what, "> ", width));
  const printed = model.printed?.trimEnd();
  if (printed !== undefined && printed !== "") {
    const shown = printed.split("\n").slice(-PRINTED_LINES);
    lines.push(...shown.map((line) => `| ${line}`.slice(0, width)));
  }
  return lines;
}

/** What the person must know while the console works; empty while it does not. */
export function opensWith(model: OpeningModel): string | undefined {
  if (!model.isCaught) return undefined;
  return model.typed?.writesFlash === true
    ? "It writes its flash: DO NOT cut its power. Some parts take minutes."
    : "Its console is open and takes commands: leave power and cable alone.";
}
