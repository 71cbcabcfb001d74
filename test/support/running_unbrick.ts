/**
 * `unbrick` as a process of its own that is watched while it runs.
 *
 * @module
 */
import type { TransferEvent } from "../../lib/tftp/events.ts";
import { type RunningProcess, startProcess } from "./process.ts";
import { unbrickArgv } from "./unbrick_process.ts";

/** The event of that name. */
type EventNamed<Name extends TransferEvent["event"]> = Extract<TransferEvent, { event: Name }>;

/** A running `unbrick … --json`. */
export interface RunningUnbrick extends RunningProcess {
  /** All events of that name so far. */
  events<Name extends TransferEvent["event"]>(name: Name): EventNamed<Name>[];
  /** Waits for an event of that name that passes the test. */
  waitForEvent<Name extends TransferEvent["event"]>(
    name: Name,
    test?: (event: EventNamed<Name>) => boolean,
  ): Promise<EventNamed<Name>>;
}

/** How `unbrick` is started. */
export interface RunningUnbrickOptions {
  /** Program and arguments to run it under, such as `ip netns exec NAME`. */
  readonly under?: readonly string[];
  /** Folder it works in. */
  readonly cwd?: string;
}

/** Starts `unbrick` with these arguments and `--json`. */
export function startUnbrick(
  args: readonly string[],
  options: RunningUnbrickOptions = {},
): RunningUnbrick {
  const { under = [], ...rest } = options;
  const process = startProcess([...under, ...unbrickArgv([...args, "--json"])], rest);
  const parse = <Name extends TransferEvent["event"]>(
    line: string,
    name: Name,
  ): EventNamed<Name> | undefined => {
    const event = JSON.parse(line) as TransferEvent;
    return event.event === name ? event as EventNamed<Name> : undefined;
  };
  return {
    ...process,
    events: (name) => process.stdout.lines.flatMap((line) => parse(line, name) ?? []),
    async waitForEvent(name, test = () => true) {
      const line = await process.stdout.waitFor((candidate) => {
        const event = parse(candidate, name);
        return event !== undefined && test(event);
      }, `the event "${name}"`);
      return parse(line, name)!;
    },
  };
}
