/**
 * The keyboard of a person: single keys, the end of input, and the end of the program, for prompts
 * and for the live screen alike.
 *
 * A read of a terminal cannot be taken back. So at most one is under way, and whoever wants a key
 * next gets what it brings.
 *
 * @module
 */
import { UnbrickError } from "../lib/errors.ts";
import type { Host, Millis } from "../lib/host/host.ts";
import type { TerminalInput } from "./context.ts";
import { CTRL_C, type KeySplitter, keySplitter, MARK_PASTES, UNMARK_PASTES } from "./keys.ts";

/** Reads keys. */
export interface Keyboard {
  /**
   * Begins a question: keys come one by one and are not echoed. What was typed before is thrown
   * away, so that no answer is given to a question nobody has read; Ctrl-C is no answer and stays.
   *
   * May be called before the question is loaded, and again when it is: the silence that has passed
   * by then is not waited for twice.
   */
  open(): Promise<void>;
  /**
   * Ends the question: the terminal echoes and edits lines again. Whoever still waits for a key gets
   * none.
   */
  close(): void;
  /**
   * The next key; undefined at the end of input. Rejects with UnbrickError `interrupted` when the
   * program is to end.
   */
  next(): Promise<string | undefined>;
  /** Settles when the program is to end. */
  readonly untilStopped: () => Promise<unknown>;
}

/**
 * Silence after which nothing typed earlier is still on its way, in milliseconds. Nobody reads and
 * answers a question in that time.
 */
const QUIET_MS: Millis = 40;

/** Time in which a key is handed over that came while the program was busy, in milliseconds. */
const HANDOVER_MS: Millis = 1;

/** Bytes of one read: a pasted path in one piece. */
const READ_SIZE = 4096;

/** What a person who ends the program gets to know, if anything. */
export function interruption(): UnbrickError {
  return new UnbrickError("interrupted", "Stopped");
}

/** Makes a keyboard of the input of a terminal. */
export function openKeyboard(
  input: TerminalInput,
  host: Pick<Host, "now" | "startTimer">,
  write: (text: string) => void,
  signal: AbortSignal,
): Keyboard {
  const splitter: KeySplitter = keySplitter();
  const queue: string[] = [];
  let hasEnded = false;
  let reading: Promise<void> | undefined;
  /** Counts the questions, so that one that is over takes no key of the next. */
  let question = 0;
  let isOpen = false;
  /** When a key came last, or the keyboard was opened. */
  let heardAt: Millis = 0;
  let discarding: Promise<void> = Promise.resolve();

  /** Joins the read that is under way, or starts one. */
  function read(): Promise<void> {
    reading ??= (async () => {
      const buffer = new Uint8Array(READ_SIZE);
      try {
        const length = await input.read(buffer);
        heardAt = host.now();
        if (length === null) hasEnded = true;
        else queue.push(...splitter.split(buffer.subarray(0, length)));
      } catch {
        // A terminal that was taken away.
        hasEnded = true;
      } finally {
        reading = undefined;
      }
    })();
    return reading;
  }

  async function discard(): Promise<void> {
    for (;;) {
      const isStopped = queue.includes(CTRL_C);
      queue.length = 0;
      if (isStopped) queue.push(CTRL_C);
      if (isStopped || hasEnded || signal.aborted) return;
      const remaining = heardAt + QUIET_MS - host.now();
      const { quiet, cancel } = timeout(host, Math.max(remaining, HANDOVER_MS));
      const isQuiet = await Promise.race([quiet, untilAborted(signal), read().then(() => false)]);
      cancel();
      if (isQuiet) return;
    }
  }

  return {
    async open() {
      if (!isOpen) {
        isOpen = true;
        heardAt = host.now();
        input.setRaw(true);
        write(MARK_PASTES);
      }
      discarding = discarding.then(discard);
      await discarding;
    },
    close() {
      isOpen = false;
      question++;
      write(UNMARK_PASTES);
      input.setRaw(false);
    },
    async next() {
      const asked = question;
      for (;;) {
        if (signal.aborted) throw interruption();
        if (asked !== question) return undefined;
        const key = queue.shift();
        if (key !== undefined) return key;
        if (hasEnded) return undefined;
        await Promise.race([read(), untilAborted(signal)]);
      }
    },
    untilStopped: () => untilAborted(signal),
  };
}

function timeout(
  host: Pick<Host, "startTimer">,
  delayMs: Millis,
): { readonly quiet: Promise<true>; readonly cancel: () => void } {
  let cancel = (): void => {};
  const quiet = new Promise<true>((resolve) => {
    cancel = host.startTimer(delayMs, () => resolve(true));
  });
  return { quiet, cancel };
}

/** One promise for each signal, as a listener for each key would pile up. */
const aborted = new WeakMap<AbortSignal, Promise<true>>();

function untilAborted(signal: AbortSignal): Promise<true> {
  const known = aborted.get(signal);
  if (known !== undefined) return known;
  const promise = new Promise<true>((resolve) => {
    if (signal.aborted) resolve(true);
    else signal.addEventListener("abort", () => resolve(true), { once: true });
  });
  aborted.set(signal, promise);
  return promise;
}
