/**
 * From bytes of a terminal to single keys. One key at a time is handed on, because a prompt takes
 * everything of one read for itself; a paste is cut to its first line and never answers by itself.
 *
 * @module
 */

/** Ctrl-C in raw mode. */
export const CTRL_C = "\x03";

/** The Escape key by itself. */
export const ESCAPE = "\x1b";

/** Asks a terminal to mark what is pasted. Terminals that do not know it ignore it. */
export const MARK_PASTES = "\x1b[?2004h";

/** Ends {@link MARK_PASTES}. */
export const UNMARK_PASTES = "\x1b[?2004l";

const PASTE_BEGIN = "\x1b[200~";
const PASTE_END = "\x1b[201~";

/** Longest paste that is looked at; no path is longer. */
const MAX_PASTE = 8192;

/** CSI and SS3 sequences (arrows, page keys, function keys), Alt with a key, then any character. */
// deno-lint-ignore no-control-regex -- keys are control characters
const KEY = /\x1b\[[0-?]*[ -/]*[@-~]|\x1bO[ -~]|\x1b[^\x1b[O]|[^]/gu;

/** Splits what a terminal sends. */
export interface KeySplitter {
  /** The keys in what was read. A sequence cut off at the end waits for the rest. */
  split(bytes: Uint8Array): readonly string[];
}

/** Makes a splitter. */
export function keySplitter(): KeySplitter {
  const decoder = new TextDecoder();
  /** Text since the beginning of a paste; undefined outside of one. */
  let pasted: string | undefined;
  let held = "";

  function take(text: string): string[] {
    if (pasted !== undefined) {
      const end = (pasted + text).indexOf(PASTE_END);
      if (end < 0) {
        pasted = (pasted + text).slice(0, MAX_PASTE + PASTE_END.length);
        return [];
      }
      const whole = pasted + text;
      pasted = undefined;
      return [...typeable(whole.slice(0, end)), ...take(whole.slice(end + PASTE_END.length))];
    }
    const begin = text.indexOf(PASTE_BEGIN);
    if (begin >= 0) {
      const before = keysOf(text.slice(0, begin));
      pasted = "";
      return [...before, ...take(text.slice(begin + PASTE_BEGIN.length))];
    }
    // deno-lint-ignore no-control-regex -- the beginning of a sequence at the end of a read
    const cut = /\x1b\[[0-?]*[ -/]*$/.exec(text);
    held = cut?.[0] ?? "";
    return keysOf(cut === null ? text : text.slice(0, cut.index));
  }

  return {
    split(bytes) {
      const text = held + decoder.decode(bytes, { stream: true });
      held = "";
      return take(text);
    },
  };
}

function keysOf(text: string): string[] {
  return text.match(KEY) ?? [];
}

/** What of a paste may be typed: its first line that is not empty, without control characters. */
function typeable(text: string): string[] {
  const line = text.slice(0, MAX_PASTE).split(/[\r\n]+/).find((part) => part.trim() !== "") ?? "";
  return [...line.replace(/\p{Cc}/gu, "")];
}
