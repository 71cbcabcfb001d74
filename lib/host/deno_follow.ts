/**
 * Programs that go on telling until they are stopped.
 *
 * @module
 */
import type { FollowHandlers } from "./host.ts";

/** Starts a program and hands on its lines. See `Host.follow`. */
export function followProgram(argv: readonly string[], handlers: FollowHandlers): () => void {
  const [program = "", ...args] = argv;
  let stopped = false;
  let child: Deno.ChildProcess | undefined;
  const end = (): void => {
    if (!stopped) handlers.ended();
    stopped = true;
  };
  try {
    child = new Deno.Command(program, {
      args,
      stdin: "null",
      stdout: "piped",
      stderr: "null",
      env: { LC_ALL: "C", LANG: "C" },
    }).spawn();
    readLines(child.stdout, (lines) => {
      if (!stopped) handlers.lines(lines);
    }).then(end, end);
  } catch {
    // There is no such program, or it may not be run.
    queueMicrotask(end);
  }
  return () => {
    stopped = true;
    try {
      child?.kill();
    } catch {
      // It has ended by itself.
    }
  };
}

async function readLines(
  stream: ReadableStream<Uint8Array>,
  tell: (lines: readonly string[]) => void,
): Promise<void> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const bytes of stream) {
    const lines = (rest + decoder.decode(bytes, { stream: true })).split("\n");
    rest = lines.pop()!;
    if (lines.length > 0) tell(lines);
  }
}
