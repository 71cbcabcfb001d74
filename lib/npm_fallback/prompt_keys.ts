/**
 * Keys from a Cliffy reader to a prompt of Inquirer, one read at a time, and its drawing back to a
 * Cliffy writer.
 *
 * @module
 */
import process from "node:process";
import { PassThrough, Writable } from "node:stream";

/** Where keys come from; a subset of Cliffy's reader. */
export interface PromptReader {
  /** Reads what was typed; null at the end of input. */
  read(into: Uint8Array): Promise<number | null>;
  /** Whether it is a terminal. */
  isTerminal(): boolean;
  /** Delivers each key at once, without showing it. */
  setRaw(mode: boolean): void;
}

/** Where a prompt draws. */
export interface PromptWriter {
  /** Writes bytes; returns how many. */
  writeSync(bytes: Uint8Array): number;
}

/** The streams that Inquirer works on. */
export interface PromptStreams {
  /** Keys. */
  readonly input: NodeJS.ReadableStream;
  /** Drawing. */
  readonly output: NodeJS.WritableStream;
  /** Ends the prompt early. */
  readonly signal: AbortSignal;
}

/** Holds back the next key until the answer is checked. */
export type UntilChecked = <Result>(check: Promise<Result>) => Promise<Result>;

/** What Ctrl-C sends in raw mode. */
const CTRL_C = 0x03;

/** Bytes of one read; Cliffy's size, one key with all its modifiers. */
const READ_SIZE = 8;

/**
 * Runs a prompt. Nothing is read before the prompt waits for a key and nothing after its answer, so
 * that the next prompt finds its own keys.
 */
export async function withKeys<Value>(
  reader: PromptReader,
  writer: PromptWriter,
  ask: (streams: PromptStreams, untilChecked: UntilChecked) => Promise<Value>,
): Promise<Value> {
  const input = new PassThrough();
  const ending = new AbortController();
  const output = new Writable({
    write(chunk: Uint8Array, _encoding, done) {
      for (let offset = 0; offset < chunk.length;) {
        offset += writer.writeSync(chunk.subarray(offset));
      }
      done();
    },
  });
  let isAnswered = false;
  let checking: Promise<unknown> = Promise.resolve();
  const untilChecked: UntilChecked = (check) => {
    checking = check;
    return check;
  };
  const answer = ask({ input, output, signal: ending.signal }, untilChecked)
    .finally(() => isAnswered = true);
  // The failure is reported by what is awaited below.
  answer.catch(() => {});
  while (!isAnswered) {
    let key: Uint8Array | undefined;
    try {
      key = await readKey(reader);
    } catch (thrown) {
      ending.abort();
      await answer.catch(() => {});
      throw thrown;
    }
    if (key === undefined || (key.length === 1 && key[0] === CTRL_C)) {
      ending.abort();
      await answer.catch(() => {});
      if (key === undefined) throw new Error("The input ended before the question was answered");
      process.exit(130);
    }
    input.write(key);
    await settle();
    await checking.catch(() => {});
    await settle();
  }
  return await answer;
}

async function readKey(reader: PromptReader): Promise<Uint8Array | undefined> {
  const buffer = new Uint8Array(READ_SIZE);
  const isTerminal = reader.isTerminal();
  if (isTerminal) reader.setRaw(true);
  const length = await reader.read(buffer);
  if (isTerminal) reader.setRaw(false);
  return length === null ? undefined : buffer.slice(0, length);
}

/** Turns of the event loop in which Inquirer takes a key, validates and draws. */
const TURNS = 4;

async function settle(): Promise<void> {
  for (let turn = 0; turn < TURNS; turn++) {
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Standard input as Cliffy sees it. */
export const STDIN: PromptReader = {
  read: (into) => Deno.stdin.read(into),
  isTerminal: () => Deno.stdin.isTerminal(),
  setRaw: (mode) => Deno.stdin.setRaw(mode),
};

/** Standard output as Cliffy sees it. */
export const STDOUT: PromptWriter = { writeSync: (bytes) => Deno.stdout.writeSync(bytes) };
