/**
 * When to send again. The estimate follows RFC 6298 (smoothed round trip plus four deviations,
 * Karn's rule, doubling), with a floor that rises for peers that pause on their own account, such
 * as a bootloader that erases flash in the middle of a transfer.
 *
 * @module
 */
import type { Millis } from "../host/host.ts";

/** The bounds of a retransmission timer. None of these numbers is from an RFC about TFTP. */
export interface RetransmissionPolicy {
  /** Wait before the first repetition while no round trip has been measured. */
  readonly initialMs: Millis;
  /** Shortest wait. */
  readonly floorMs: Millis;
  /** Longest wait, also after doubling. */
  readonly ceilingMs: Millis;
}

/**
 * A wait longer than any peer's own. atftp and tftp-hpa start theirs (5 s, curl's is up to 7) anew
 * with every packet that they ignore, and say nothing in answer: repeated more often, a packet that
 * is not the one they lack keeps them silent for ever.
 */
export const QUIET_MS: Millis = 8000;

/** A pause that turned out longer than the floor raises it, but never beyond this. */
const HIGHEST_FLOOR_MS = 1000;

/** Estimates the round trip and tells how long to wait for an answer. */
export class RetransmissionTimer {
  readonly #policy: RetransmissionPolicy;
  #smoothed: Millis | undefined;
  #deviation: Millis = 0;
  #floor: Millis;
  #doublings = 0;

  /** Starts with the policy's initial wait. */
  constructor(policy: RetransmissionPolicy) {
    this.#policy = policy;
    this.#floor = policy.floorMs;
  }

  /** Smoothed round trip in milliseconds; undefined before the first measurement. */
  get roundTrip(): Millis | undefined {
    return this.#smoothed;
  }

  /** How long to wait for an answer to something that was sent once, in milliseconds. */
  get firstWait(): Millis {
    const estimate = this.#smoothed === undefined
      ? this.#policy.initialMs
      : this.#smoothed + 4 * this.#deviation;
    return Math.max(estimate, this.#floor);
  }

  /** How long to wait from now for an answer, in milliseconds. */
  get wait(): Millis {
    return Math.min(this.firstWait * 2 ** this.#doublings, this.#policy.ceilingMs);
  }

  /** Takes a round trip in. Only of packets that were sent once (Karn's rule). */
  measured(roundTrip: Millis): void {
    if (this.#smoothed === undefined) {
      this.#smoothed = roundTrip;
      this.#deviation = roundTrip / 2;
    } else {
      this.#deviation += (Math.abs(this.#smoothed - roundTrip) - this.#deviation) / 4;
      this.#smoothed += (roundTrip - this.#smoothed) / 8;
    }
  }

  /** The peer moved on: waits are short again. */
  progressed(): void {
    this.#doublings = 0;
  }

  /** Nothing came in time: the next wait is twice as long. */
  expired(): void {
    this.#doublings++;
  }

  /** A repetition turned out to have been needless: this peer wants more patience. */
  wasTooEager(): void {
    this.#floor = Math.min(this.#floor * 2, Math.max(HIGHEST_FLOOR_MS, this.#policy.floorMs));
  }
}
