/**
 * Real programs as the other side of a test: started, read line by line, ended.
 *
 * @module
 */
import { DEADLINE_MS, withDeadline } from "./waiting.ts";

/** A program that does not end by itself when told to is killed after this time. */
const STOP_MS = 2000;

/** How a program is started. */
export interface ProcessOptions {
  /** Folder it works in. */
  readonly cwd?: string;
  /** Environment variables on top of this process's. */
  readonly env?: Readonly<Record<string, string>>;
  /** Text for its standard input; none by default. */
  readonly stdin?: string;
  /** Signal with which it is ended when it is disposed of; SIGKILL by default. */
  readonly stopSignal?: Deno.Signal;
}

/** The lines that a program has written so far, and a way to wait for one. */
export interface LineLog {
  /** Complete lines, without line ends. */
  readonly lines: readonly string[];
  /**
   * Waits for the `count`-th line that passes the test. Throws when the program ends without it or
   * it does not come.
   */
  waitFor(test: (line: string) => boolean, what: string, count?: number): Promise<string>;
}

/** A program that runs. Disposing of it ends it. */
export interface RunningProcess extends AsyncDisposable {
  /** Its process id. */
  readonly pid: number;
  /** What it wrote to standard output. */
  readonly stdout: LineLog;
  /** What it wrote to standard error. */
  readonly stderr: LineLog;
  /** Settles with its exit code when it has ended and all its output is read. */
  readonly exit: Promise<number>;
  /** Sends it a signal; no effect when it has ended. */
  signal(name: Deno.Signal): void;
  /** Waits for its end like {@link RunningProcess.exit}, but fails when it does not end. */
  end(): Promise<number>;
}

/** What a program that has ended left. */
export interface FinishedProcess {
  /** Exit code. */
  readonly code: number;
  /** Standard output. */
  readonly stdout: string;
  /** Standard error. */
  readonly stderr: string;
}

/** Runs a program to its end. Throws when it does not end. */
export async function runProgram(
  argv: readonly string[],
  options: ProcessOptions = {},
): Promise<FinishedProcess> {
  await using process = startProcess(argv, options);
  const code = await process.end();
  const text = (log: LineLog): string => log.lines.map((line) => `${line}\n`).join("");
  return { code, stdout: text(process.stdout), stderr: text(process.stderr) };
}

/** Runs a program that must succeed; throws with what it wrote when it does not. */
export async function runChecked(argv: readonly string[], options?: ProcessOptions): Promise<void> {
  const { code, stdout, stderr } = await runProgram(argv, options);
  if (code !== 0) throw new Error(`${argv.join(" ")} ended with ${code}: ${stdout}${stderr}`);
}

/** Starts a program. Throws when there is no such program. */
export function startProcess(
  argv: readonly string[],
  options: ProcessOptions = {},
): RunningProcess {
  const [program, ...args] = argv;
  const { stdin, stopSignal = "SIGKILL", ...rest } = options;
  const child = new Deno.Command(program!, {
    ...rest,
    args,
    stdin: stdin === undefined ? "null" : "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const shown = (): string =>
    `${argv.join(" ")}\n${[...stdout.lines, ...stderr.lines].slice(-30).join("\n")}`;
  const stdout = readLines(child.stdout, shown);
  const stderr = readLines(child.stderr, shown);
  const fed = stdin === undefined ? undefined : feed(child.stdin, stdin);
  let ended = false;
  const exit = (async () => {
    const { code } = await child.status;
    ended = true;
    await Promise.all([stdout.closed, stderr.closed, fed]);
    return code;
  })();
  const signal = (name: Deno.Signal): void => {
    if (ended) return;
    try {
      child.kill(name);
    } catch (error) {
      // It has ended, and its status is on the way.
      if (!(error instanceof TypeError)) throw error;
    }
  };
  return {
    pid: child.pid,
    stdout,
    stderr,
    exit,
    signal,
    end: () => withDeadline(exit, () => `the end of ${shown()}`),
    async [Symbol.asyncDispose]() {
      signal(stopSignal);
      const patience = setTimeout(() => signal("SIGKILL"), STOP_MS);
      await child.status;
      clearTimeout(patience);
      // A grandchild may hold the pipes open: what it says is of no interest any more.
      await Promise.all([stdout.stop(), stderr.stop()]);
    },
  };
}

async function feed(stdin: WritableStream<Uint8Array>, text: string): Promise<void> {
  const writer = stdin.getWriter();
  await writer.write(new TextEncoder().encode(text)).catch(() => {});
  await writer.close().catch(() => {});
}

interface LineReader extends LineLog {
  readonly closed: Promise<void>;
  stop(): Promise<void>;
}

function readLines(stream: ReadableStream<Uint8Array>, shown: () => string): LineReader {
  const lines: string[] = [];
  const waiters = new Set<() => void>();
  const reader = stream.getReader();
  const decoder = new TextDecoder();
  let rest = "";
  let isClosed = false;
  const wake = (): void => waiters.forEach((waiter) => waiter());
  const closed = (async () => {
    while (true) {
      const { value, done } = await reader.read();
      rest += done ? decoder.decode() : decoder.decode(value, { stream: true });
      const complete = rest.split("\n");
      rest = complete.pop()!;
      lines.push(...complete);
      if (done) break;
      wake();
    }
    if (rest !== "") lines.push(rest);
    isClosed = true;
    wake();
  })();
  return {
    lines,
    closed,
    stop: () => reader.cancel(),
    waitFor(test, what, count = 1) {
      let looked = 0;
      let seen = 0;
      let waiter = (): void => {};
      const found = new Promise<string>((resolve, reject) => {
        waiter = () => {
          for (; looked < lines.length; looked++) {
            if (test(lines[looked]!) && ++seen === count) return resolve(lines[looked]!);
          }
          if (isClosed) reject(new Error(`Ended without ${what}: ${shown()}`));
        };
      });
      waiters.add(waiter);
      waiter();
      return withDeadline(found, () => `${what} within ${DEADLINE_MS} ms: ${shown()}`)
        .finally(() => waiters.delete(waiter));
    },
  };
}
