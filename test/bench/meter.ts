/**
 * What processes use, from Linux' `/proc`: processor seconds and memory.
 *
 * @module
 */

/** What was used between two looks. */
export interface Use {
  /** Processor seconds, in steps of 10 ms. */
  readonly cpuSeconds: number;
  /** Most memory in use at once, in bytes, of all processes together. */
  readonly peakBytes: number;
}

/** Ticks of the processor clock in a second: the same on every Linux. */
const TICKS = 100;

/** Pause between two looks at the memory, in milliseconds. */
const LOOK_MS = 20;

/** A process with all that it has started, and what these have started. */
export function familyOf(pid: number): number[] {
  const family = [pid];
  for (const member of family) {
    try {
      for (const { name } of Deno.readDirSync(`/proc/${member}/task`)) {
        const children = Deno.readTextFileSync(`/proc/${member}/task/${name}/children`);
        family.push(...children.split(" ").filter((child) => child !== "").map(Number));
      }
    } catch {
      // It has ended.
    }
  }
  return family;
}

/** Fields of `/proc/PID/stat` after the program's name, which may hold anything. */
function statOf(pid: number | "self"): number[] {
  const text = Deno.readTextFileSync(`/proc/${pid}/stat`);
  return text.slice(text.lastIndexOf(")") + 2).split(" ").map(Number);
}

/** Where user time, system time, and those of children that were waited for stand in it. */
const OWN_TIMES = [11, 12];
const CHILD_TIMES = [13, 14];

function ticks(pid: number | "self", fields: readonly number[]): number {
  try {
    const stat = statOf(pid);
    return fields.reduce((sum, field) => sum + stat[field]!, 0);
  } catch {
    return 0;
  }
}

/** Highest use of memory of a process so far, in bytes; 0 when it has ended. */
function peakOf(pid: number): number {
  try {
    const status = Deno.readTextFileSync(`/proc/${pid}/status`);
    return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}

/** Looks at processes from time to time: those that end in between are remembered as last seen. */
class Watch {
  readonly #pids: () => readonly number[];
  readonly #timer = setInterval(() => this.look(), LOOK_MS);
  readonly #before = new Map<number, number>();
  readonly #ticks = new Map<number, number>();
  #peak = 0;

  constructor(pids: () => readonly number[]) {
    this.#pids = pids;
    for (const pid of pids()) this.#before.set(pid, ticks(pid, OWN_TIMES));
  }

  look(): void {
    const pids = this.#pids();
    this.#peak = Math.max(this.#peak, pids.reduce((sum, pid) => sum + peakOf(pid), 0));
    for (const pid of pids) {
      this.#ticks.set(pid, Math.max(this.#ticks.get(pid) ?? 0, ticks(pid, OWN_TIMES)));
    }
  }

  end(): Use {
    clearInterval(this.#timer);
    this.look();
    const used = [...this.#ticks].map(([pid, last]) => last - (this.#before.get(pid) ?? 0));
    return {
      cpuSeconds: used.reduce((sum, one) => sum + one, 0) / TICKS,
      peakBytes: this.#peak,
    };
  }
}

/**
 * Begins to measure a process that goes on running, with its children: tftpd-hpa makes one for each
 * transfer and does not wait for its end. The result ends it.
 */
export function meterServer(pid: number): () => Use {
  for (const member of familyOf(pid)) {
    // 5: the highest use begins anew.
    Deno.writeTextFileSync(`/proc/${member}/clear_refs`, "5");
  }
  const watch = new Watch(() => familyOf(pid));
  return () => watch.end();
}

/** Begins to measure a program that is about to be started, and to end. */
export function meterClient(): { started(pid: number): void; end(): Use } {
  const pids: number[] = [];
  const before = ticks("self", CHILD_TIMES);
  const watch = new Watch(() => pids);
  return {
    started(pid) {
      pids.push(pid);
      // Some are done before the first look.
      watch.look();
    },
    end: () => ({
      ...watch.end(),
      // Exact, as it was waited for.
      cpuSeconds: (ticks("self", CHILD_TIMES) - before) / TICKS,
    }),
  };
}

/** Jain's index: 1 when all have the same share, 1/n when one has everything. */
export function fairness(shares: readonly number[]): number {
  const sum = shares.reduce((total, share) => total + share, 0);
  const squares = shares.reduce((total, share) => total + share * share, 0);
  return sum * sum / (shares.length * squares);
}
