/**
 * Lines that a person types, or that a program pipes in.
 *
 * @module
 */
import type { TerminalInput } from "./context.ts";

/** Reads lines. */
export interface LineReader {
  /** The next line without its end; undefined at the end of input and when the program is to end. */
  next(): Promise<string | undefined>;
}

/** Bytes of one read. */
const READ_SIZE = 4096;

/** Reads lines off an input until `signal` is aborted. */
export function lineReader(
  input: Pick<TerminalInput, "read">,
  signal: AbortSignal,
): LineReader {
  const decoder = new TextDecoder();
  const stopped = new Promise<null>((resolve) => {
    if (signal.aborted) resolve(null);
    signal.addEventListener("abort", () => resolve(null), { once: true });
  });
  let text = "";
  let hasEnded = false;
  // A read cannot be taken back: one that was left waiting gives its bytes to the next line.
  let reading: Promise<Uint8Array | null> | undefined;

  async function read(): Promise<Uint8Array | null> {
    const buffer = new Uint8Array(READ_SIZE);
    const count = await input.read(buffer);
    return count === null ? null : buffer.subarray(0, count);
  }

  return {
    async next() {
      while (!text.includes("\n")) {
        if (hasEnded || signal.aborted) break;
        reading ??= read();
        const bytes = await Promise.race([reading, stopped]);
        if (signal.aborted) return undefined;
        reading = undefined;
        if (bytes === null) hasEnded = true;
        else text += decoder.decode(bytes, { stream: true });
      }
      if (signal.aborted || text === "") return undefined;
      const end = text.indexOf("\n");
      const line = end < 0 ? text : text.slice(0, end);
      text = end < 0 ? "" : text.slice(end + 1);
      return line.replace(/\r$/, "");
    },
  };
}
