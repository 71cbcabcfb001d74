/**
 * Virtual time: what is to happen is kept in order, and the clock jumps from one to the next.
 *
 * @module
 */
import type { Millis } from "../host/host.ts";

interface Entry {
  readonly at: Millis;
  /** Order of scheduling, for entries of the same time. */
  readonly order: number;
  action: (() => void) | undefined;
}

/** A clock that only moves when {@link Timeline.step} is called. Everything runs synchronously. */
export class Timeline {
  /** A binary heap: every entry comes before the two at twice its index. */
  readonly #heap: Entry[] = [];
  #now: Millis = 0;
  #scheduled = 0;

  /** Virtual time in milliseconds since the beginning. */
  get now(): Millis {
    return this.#now;
  }

  /** Time of the next entry; undefined when nothing is to happen any more. */
  get nextAt(): Millis | undefined {
    this.#dropCancelled();
    return this.#heap[0]?.at;
  }

  /** Schedules an action; the returned function cancels it. */
  schedule(delayMs: Millis, action: () => void): () => void {
    const entry: Entry = { at: this.#now + Math.max(0, delayMs), order: this.#scheduled++, action };
    this.#push(entry);
    return () => entry.action = undefined;
  }

  /** Jumps to the next entry and performs it. @returns false when there is none. */
  step(): boolean {
    this.#dropCancelled();
    const entry = this.#pop();
    if (entry === undefined) return false;
    this.#now = entry.at;
    entry.action?.();
    return true;
  }

  /** Performs everything up to a time, which then is now. */
  runUntil(time: Millis): void {
    while ((this.nextAt ?? Infinity) <= time) this.step();
    this.#now = Math.max(this.#now, time);
  }

  /** Performs entries as long as `wanted` says so and there are any. */
  runWhile(wanted: () => boolean): void {
    while (wanted() && this.step());
  }

  #dropCancelled(): void {
    while (this.#heap.length > 0 && this.#heap[0]!.action === undefined) this.#pop();
  }

  #push(entry: Entry): void {
    const heap = this.#heap;
    let index = heap.push(entry) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (isBefore(heap[parent]!, entry)) break;
      heap[index] = heap[parent]!;
      index = parent;
    }
    heap[index] = entry;
  }

  #pop(): Entry | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) return first;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child++;
      if (isBefore(last, heap[child]!)) break;
      heap[index] = heap[child]!;
      index = child;
    }
    heap[index] = last;
    return first;
  }
}

function isBefore(one: Entry, other: Entry): boolean {
  return one.at < other.at || (one.at === other.at && one.order < other.order);
}
