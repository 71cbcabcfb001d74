/**
 * The transfers that a server runs at the moment, one for each peer address and port.
 *
 * @module
 */
import type { SocketAddress } from "../host/host.ts";
import type { Drive } from "./drive.ts";

/** A transfer of a server. */
export interface Transfer {
  /** Its number in the events. */
  readonly id: number;
  /** The other side. */
  readonly peer: SocketAddress;
  /** The request that began it. */
  readonly request: Uint8Array;
  /** What keeps it going. */
  readonly drive: Drive;
}

/** The running transfers of a server. */
export class TransferTable {
  readonly #byPeer = new Map<string, Transfer>();
  readonly #limit: number;

  /** Makes an empty table for at most `limit` transfers at a time. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Transfers in it. */
  get size(): number {
    return this.#byPeer.size;
  }

  /** The transfer with this peer. */
  with(peer: SocketAddress): Transfer | undefined {
    return this.#byPeer.get(peerKey(peer));
  }

  /** Takes a transfer in, in place of the one that its peer had. */
  add(transfer: Transfer): void {
    this.#byPeer.set(peerKey(transfer.peer), transfer);
  }

  /** Forgets a transfer, but not a newer one with the same peer. */
  remove(peer: SocketAddress, id: number): void {
    if (this.with(peer)?.id === id) this.#byPeer.delete(peerKey(peer));
  }

  /**
   * Whether another transfer fits. One that is complete gives way, or else one that was asked for but
   * never acknowledged; without a word, since who asked may not be who the packet said.
   */
  makeRoom(): boolean {
    if (this.size < this.#limit) return true;
    const running = [...this.#byPeer.values()];
    const leaving = running.find(({ drive }) => drive.isComplete) ??
      running.find(({ drive }) => drive.progress.blocks === 0);
    leaving?.drive.abandon("made room for another request");
    return leaving !== undefined;
  }

  /** Ends all; peers in the middle of a transfer are told. */
  abortAll(reason: string): void {
    for (const transfer of [...this.#byPeer.values()]) transfer.drive.abort(reason);
  }
}

/** A peer as the events show it, and as transfers are found by. */
export function peerKey(peer: SocketAddress): string {
  return `${peer.hostname}:${peer.port}`;
}
