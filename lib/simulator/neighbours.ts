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
}

/** Resolves addresses for one computer. */
export class Neighbours {
  readonly #world: NeighbourWorld;
  readonly #known = new Set<string>();
  readonly #permanent = new Set<string>();
  readonly #asking = new Map<string, Resolution>();

  /** Starts knowing nobody. */
  constructor(world: NeighbourWorld) {
    this.#world = world;
  }

  /** Transmits at once when the address is known, otherwise when it has been found. */
  whenKnown(address: string, transmit: () => void): void {
    if (this.#known.has(address) || this.#permanent.has(address)) return transmit();
    const resolution = this.#asking.get(address) ?? this.#ask(address);
    if (resolution.queue.length === QUEUE_LENGTH) resolution.queue.shift();
    resolution.queue.push(transmit);
  }

  /** Enters an address for good, as `arp -s` does. */
  enter(address: string): void {
    this.#permanent.add(address);
  }

  /** Forgets everybody who was found by asking: the link went down. */
  flush(): void {
    this.#known.clear();
    for (const { cancel } of this.#asking.values()) cancel();
    this.#asking.clear();
  }

  #ask(address: string): Resolution {
    let cancel = (): void => {};
    const resolution: Resolution = { queue: [], cancel: () => cancel() };
    let asks = 0;
    const ask = (): void => {
      if (this.#world.answers(address)) {
        this.#known.add(address);
        this.#asking.delete(address);
        resolution.queue.forEach((transmit) => transmit());
      } else if (++asks > ASKS) {
        this.#asking.delete(address);
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
