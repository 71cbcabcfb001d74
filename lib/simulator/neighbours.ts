/**
 * Address resolution (ARP) as Linux does it, because it shapes what a bootloader gets: while nobody
 * answers, datagrams are queued, and they all leave at once when somebody does. A router that starts
 * up is met by a burst of the same request.
 *
 * @module
 */
import type { Millis } from "../host/host.ts";

/** Time between two ARP requests. */
const ASK_MS: Millis = 1000;

/** ARP requests before Linux gives up and drops the queue; the next datagram starts anew. */
const ASKS = 3;

/** Datagrams that wait for an answer; more push out the oldest. */
const QUEUE_LENGTH = 20;

interface Resolution {
  readonly queue: (() => void)[];
  readonly cancel: () => void;
}

/** What resolution needs of the simulated network. */
export interface NeighbourWorld {
  /** Schedules an action. */
  schedule(delayMs: Millis, action: () => void): () => void;
  /** Whether somebody with this address answers now. */
  answers(address: string): boolean;
  /** Called when an address was found, lost or given up. */
  changed(): void;
}

/** Resolves addresses for one computer. */
export class Neighbours {
  readonly #world: NeighbourWorld;
  readonly #known = new Set<string>();
  readonly #permanent = new Set<string>();
  readonly #asking = new Map<string, Resolution>();
  readonly #failures = new Map<string, number>();

  /** Starts knowing nobody. */
  constructor(world: NeighbourWorld) {
    this.#world = world;
  }

  /** Transmits at once when the address is known, otherwise when it has been found. */
  whenKnown(address: string, transmit: () => void): void {
    if (this.knows(address)) return transmit();
    const resolution = this.#asking.get(address) ?? this.#ask(address);
    if (resolution.queue.length === QUEUE_LENGTH) resolution.queue.shift();
    resolution.queue.push(transmit);
  }

  /** Whether packets to that address leave at once. */
  knows(address: string): boolean {
    return this.#known.has(address) || this.#permanent.has(address);
  }

  /** How often the search for an address was in vain. */
  failures(address: string): number {
    return this.#failures.get(address) ?? 0;
  }

  /** Learns an address from somebody's own question; what waited for it leaves. */
  meet(address: string): void {
    if (this.knows(address)) return;
    const resolution = this.#asking.get(address);
    resolution?.cancel();
    this.#asking.delete(address);
    this.#known.add(address);
    resolution?.queue.forEach((transmit) => transmit());
    this.#world.changed();
  }

  /** Enters an address for good, as `arp -s` does. */
  enter(address: string): void {
    this.#permanent.add(address);
  }

  /** Forgets everybody who was found by asking: the link went down. */
  flush(): void {
    for (const { cancel } of this.#asking.values()) cancel();
    for (const address of [...this.#asking.keys(), ...this.#known]) this.#countFailure(address);
    this.#known.clear();
    this.#asking.clear();
    this.#world.changed();
  }

  #countFailure(address: string): void {
    this.#failures.set(address, this.failures(address) + 1);
  }

  #ask(address: string): Resolution {
    let cancel = (): void => {};
    const resolution: Resolution = { queue: [], cancel: () => cancel() };
    let asks = 0;
    const ask = (): void => {
      if (this.#world.answers(address)) {
        this.meet(address);
      } else if (++asks > ASKS) {
        this.#asking.delete(address);
        this.#countFailure(address);
        this.#world.changed();
      } else {
        cancel = this.#world.schedule(ASK_MS, ask);
      }
    };
    this.#asking.set(address, resolution);
    // The first question leaves with the datagram that needs it.
    cancel = this.#world.schedule(0, ask);
    return resolution;
  }
}
