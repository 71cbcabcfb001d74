/**
 * A clock of the wall that a test sets, for one program, by libfaketime. The monotonic clock goes on.
 *
 * @module
 */
import type { RunningUnbrick } from "./running_unbrick.ts";
import type { TestFolder } from "./test_files.ts";

/** The library, where Debian puts it. */
export const FAKETIME = "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1";

/** Where it keeps a semaphore and a page of memory for each program. */
const SHARED_MEMORY = "/dev/shm";

/** A clock. */
export interface FakeClock {
  /** What to put before a program so that it sees this clock. */
  readonly under: readonly string[];
  /** Sets it, in seconds from the real time, with a sign. */
  set(offset: string): Promise<void>;
  /** Gives the program back; when it is disposed of, what the library left of it goes, too. */
  own(program: RunningUnbrick): RunningUnbrick;
}

/** Makes a clock that shows the real time at first. Its state is in the folder. */
export async function makeClock(folder: TestFolder): Promise<FakeClock> {
  const state = folder.file("clock");
  const set = (offset: string): Promise<void> => Deno.writeTextFile(state, offset);
  await set("+0");
  return {
    under: [
      ...["env", `LD_PRELOAD=${FAKETIME}`, "FAKETIME_NO_CACHE=1", "DONT_FAKE_MONOTONIC=1"],
      `FAKETIME_TIMESTAMP_FILE=${state}`,
    ],
    set,
    own: (program) => ({
      ...program,
      async [Symbol.asyncDispose]() {
        await program[Symbol.asyncDispose]();
        await removeLeftovers(program.pid);
      },
    }),
  };
}

/** The library's names end in the number of the process. */
async function removeLeftovers(pid: number): Promise<void> {
  for await (const { name } of Deno.readDir(SHARED_MEMORY)) {
    if (name.includes("faketime") && name.endsWith(`_${pid}`)) {
      await Deno.remove(`${SHARED_MEMORY}/${name}`);
    }
  }
}
