/**
 * `unbrick` in a namespace, followed through its JSON.
 *
 * @module
 */
import type { Namespace } from "./namespaces.ts";
import { type RunningProcess, startProcess } from "./process.ts";
import { unbrickArgv } from "./unbrick_process.ts";

/** An event as `--json` prints it. */
export type JsonEvent = { readonly event: string } & Readonly<Record<string, unknown>>;

/** `unbrick` at work. Disposing of it ends it. */
export interface NamespacedUnbrick extends AsyncDisposable {
  /** The process. */
  readonly process: RunningProcess;
  /** Everything told so far. */
  events(): JsonEvent[];
  /** Waits for the `count`-th event of a name. */
  waitFor(name: string, count?: number): Promise<JsonEvent>;
}

/**
 * Starts `unbrick` with `--json`. Its interface of software stands in for a wired one.
 *
 * @param faults share of datagrams that are lost, and share that arrive twice.
 */
export function startUnbrickIn(
  namespace: Namespace,
  interfaceName: string,
  args: readonly string[],
  faults = 0,
): NamespacedUnbrick {
  const argv = unbrickArgv([interfaceName, ...args, "--json"], "test/support/wired_unbrick.ts");
  const process = startProcess(namespace.argv(...argv), {
    env: { UNBRICK_TEST_FAULTS: String(faults) },
    stopSignal: "SIGTERM",
  });
  const parse = (line: string): JsonEvent => JSON.parse(line);
  return {
    process,
    events: () => process.stdout.lines.filter((line) => line.startsWith("{")).map(parse),
    async waitFor(name, count = 1) {
      const isIt = (line: string): boolean => line.startsWith("{") && parse(line).event === name;
      return parse(await process.stdout.waitFor(isIt, `the event "${name}"`, count));
    },
    [Symbol.asyncDispose]: () => process[Symbol.asyncDispose](),
  };
}
