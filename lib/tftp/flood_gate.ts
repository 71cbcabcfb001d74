/**
 * Bounds what is told of packets that get nothing. Telling costs more than receiving, and whoever reads
 * it is slower still: with a line for each datagram of a flood, honest ones are lost before they are
 * read.
 *
 * @module
 */
import type { Host, Millis, SocketAddress } from "../host/host.ts";
import type { TransferEvent } from "./events.ts";

/**
 * What a packet was: ignored, a request refused, or ignored inside a transfer, where
 * duplicates are everyday. Each kind has its own bounds, so that none hides another.
 */
export type FloodKind = "ignored" | "refused" | "inTransfers";

/** Tells of packets, or counts them. */
export interface FloodGate {
  /** Takes a packet in; its event is made only when it is told. */
  tell(kind: FloodKind, peer: SocketAddress, event: () => TransferEvent): void;
  /** Tells what was counted and not told yet. */
  flush(): void;
}

/** Time for which the bounds hold, and after which is told how many were left out, in milliseconds. */
const WINDOW_MS: Millis = 1000;

/** Events of a kind in that time. A bench of forty routers that all ask wrong stays below. */
const MOST = 100;

/** Of these, from one address, so that one that floods leaves room for another that asks. */
const MOST_OF_ONE = 50;

/** Opens a gate before `onEvent`. */
export function openFloodGate(
  host: Pick<Host, "now" | "startTimer">,
  onEvent: (event: TransferEvent) => void,
): FloodGate {
  let until = -Infinity;
  let cancelTimer: (() => void) | undefined;
  const told = new Map<string, number>();
  const leftOut = { ignored: 0, refused: 0, inTransfers: 0 };

  const count = (key: string): number => told.get(key) ?? 0;

  function flush(): void {
    cancelTimer?.();
    cancelTimer = undefined;
    const { ignored, refused, inTransfers } = leftOut;
    if (ignored + refused + inTransfers === 0) return;
    leftOut.ignored = leftOut.refused = leftOut.inTransfers = 0;
    onEvent({ event: "flood", ignored, refused, inTransfers });
  }

  return {
    tell(kind, peer, event) {
      const now = host.now();
      if (now >= until) {
        flush();
        told.clear();
        until = now + WINDOW_MS;
      }
      const own = `${kind} ${peer.hostname}`;
      if (count(kind) < MOST && count(own) < MOST_OF_ONE) {
        told.set(kind, count(kind) + 1).set(own, count(own) + 1);
        onEvent(event());
        return;
      }
      leftOut[kind]++;
      cancelTimer ??= host.startTimer(until - now, flush);
    },
    flush,
  };
}
