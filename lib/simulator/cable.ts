/**
 * What a cable does to the frames on it.
 *
 * @module
 */
import type { Millis } from "../host/host.ts";
import type { Random } from "./random.ts";

/** Faults of a cable. Probabilities are from 0 to 1, each frame on its own. */
export interface CableFaults {
  /** Probability that a frame is lost. */
  readonly loss: number;
  /** Probability that a frame arrives twice. */
  readonly duplication: number;
  /** Probability that a frame is held up so that later ones overtake it. */
  readonly reordering: number;
  /** Probability that a byte is damaged. */
  readonly corruption: number;
  /**
   * Whether damaged datagrams arrive. In the real world the checksums of Ethernet and UDP drop them,
   * so that damage is loss.
   */
  readonly deliversCorrupted: boolean;
  /** Time on the way, in milliseconds. */
  readonly delayMs: Millis;
  /** Up to this much more, never so that frames overtake each other. */
  readonly jitterMs: Millis;
}

/** A short cable in good order. */
export const GOOD_CABLE: CableFaults = {
  loss: 0,
  duplication: 0,
  reordering: 0,
  corruption: 0,
  deliversCorrupted: false,
  delayMs: 0.2,
  jitterMs: 0,
};

/** A copy of a frame that arrives. */
export interface Arrival {
  /** Instant of arrival. */
  readonly at: Millis;
  /** What arrives. */
  readonly bytes: Uint8Array;
}

/** One direction of a cable. Remembers when the last frame arrived, so that order is kept. */
export class CableDirection {
  #lastArrivalAt: Millis = 0;

  /** Decides what becomes of a frame that is sent now. */
  carry(bytes: Uint8Array, now: Millis, faults: CableFaults, random: Random): Arrival[] {
    if (happens(faults.loss, random)) return [];
    let arriving = bytes;
    if (happens(faults.corruption, random)) {
      if (!faults.deliversCorrupted) return [];
      arriving = damaged(bytes, random);
    }
    const travel = faults.delayMs + (faults.jitterMs > 0 ? random() * faults.jitterMs : 0);
    if (happens(faults.reordering, random)) {
      // Long enough for an answer to the next frame to be on its way.
      return [{ at: now + travel + 3 * faults.delayMs * random(), bytes: arriving }];
    }
    const at = Math.max(now + travel, this.#lastArrivalAt);
    this.#lastArrivalAt = at;
    const arrival = { at, bytes: arriving };
    return happens(faults.duplication, random) ? [arrival, arrival] : [arrival];
  }
}

function happens(probability: number, random: Random): boolean {
  return probability > 0 && random() < probability;
}

function damaged(bytes: Uint8Array, random: Random): Uint8Array {
  const copy = bytes.slice();
  const index = Math.floor(random() * copy.length);
  if (copy.length > 0) copy[index] = copy[index]! ^ (1 << Math.floor(random() * 8));
  return copy;
}
