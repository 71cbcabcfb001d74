/**
 * The transfers that a server runs at the moment, one for each peer address and port.
 *
 * @module
 */
import type { UnbrickError } from "../errors.ts";
import type { Millis, SocketAddress } from "../host/host.ts";
import type { Drive } from "./drive.ts";

/** A transfer of a server. */
export interface Transfer {
  /** Its number in the events. */
  readonly id: number;
  /** The other side. */
  readonly peer: SocketAddress;
  /** The request that began it. */
  readonly request: Uint8Array;
  /** Direction and name of the file: what its peer asks for again when it begins anew. */
  readonly wanted: string;
  /** What keeps it going. */
  readonly drive: Drive;
  /** When it began, on the monotonic clock. */
  readonly startedAt: Millis;
  /** When the peer was last heard in it, on the monotonic clock; its beginning before that. */
  readonly heardAt: Millis;
  /** Hands in a datagram of the peer. */
  deliver(bytes: Uint8Array): void;
  /** Something on this computer kept a packet from its peer. */
  hindered(error: UnbrickError): void;
}

/**
 * Silence after which a transfer counts as left behind by a peer that runs a newer one, in
 * milliseconds: U-Boot and others repeat their ACK after five seconds.
 */
const LEFT_BEHIND_MS: Millis = 6000;

/** The running transfers of a server. */
export class TransferTable {
  readonly #byPeer = new Map<string, Transfer>();
  /** The transfer that began after another of the same file to the same address. */
  readonly #newer = new WeakMap<Transfer, Transfer>();
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
    for (const older of this.#byPeer.values()) {
      const isSame = older.peer.hostname === transfer.peer.hostname &&
        older.wanted === transfer.wanted;
      const known = this.#newer.get(older);
      // One that was acknowledged is not forgotten for one that may be forged.
      if (isSame && !(known && known.drive.progress.blocks > 0)) this.#newer.set(older, transfer);
    }
    this.#byPeer.set(peerKey(transfer.peer), transfer);
  }

  /** Forgets a transfer, but not a newer one with the same peer. */
  remove(peer: SocketAddress, id: number): void {
    if (this.with(peer)?.id === id) this.#byPeer.delete(peerKey(peer));
  }

  /**
   * Whether another transfer fits, for this peer. One that is complete gives way, or else one that
   * was asked for but never acknowledged, first of the same address, so that a flood from one address
   * does not reach the others; without a word, since who asked may not be who the packet said.
   */
  makeRoom(peer: SocketAddress): boolean {
    return this.size < this.#limit || this.giveWay(peer);
  }

  /** Ends a transfer for another of this peer, by the same rule, if there is one to end. */
  giveWay(peer: SocketAddress): boolean {
    const running = [...this.#byPeer.values()];
    const unanswered = running.filter(({ drive }) => drive.progress.blocks === 0);
    const leaving = running.find(({ drive }) => drive.isComplete) ??
      unanswered.find((transfer) => transfer.peer.hostname === peer.hostname) ?? unanswered[0];
    leaving?.drive.abandon("Made room for another request");
    return leaving !== undefined;
  }

  /**
   * Ends a silent transfer that its peer has left behind: a bootloader that was switched off and on
   * asks for the same file again, from another port.
   *
   * A request alone proves nothing, its source can be forged. So the older transfer ends only when
   * its peer's address has acknowledged a packet of the newer one, which went to that address only,
   * and the older one was silent all that time and long enough for the peer to repeat its ACK. What
   * is still heard goes on: several programs of one computer may read the same file.
   */
  endIfLeftBehind(transfer: Transfer, now: Millis): void {
    const newer = this.#newer.get(transfer);
    if (newer === undefined || newer.drive.progress.blocks === 0) return;
    if (transfer.heardAt >= newer.startedAt || now - transfer.heardAt < LEFT_BEHIND_MS) return;
    transfer.drive.abandon("The device fell silent, and asked again from another port");
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
