/**
 * What the system knows of the cable between this computer and a peer in its own network.
 *
 * @module
 */

/** The way to a peer that needs no router in between. */
export interface PeerPath {
  /** Dotted address of this computer in the peer's network. */
  readonly localAddress: string;
  /** Whether the cable has a live other end. */
  readonly hasCarrier: boolean;
  /** Whether the system knows the peer's MAC address, so that packets leave at once. */
  readonly knowsPeer: boolean;
  /** How often the system has given the peer's MAC address up: the next packet starts a new search. */
  readonly searchesFailed: number;
  /** Whether the system searches many times a second and keeps one packet meanwhile. */
  readonly searchesFast: boolean;
  /** Whether a default route leaves by that cable, so that others than the peer are likely there. */
  readonly leadsElsewhere: boolean;
}

/** A path that is being watched. */
export interface PathWatch {
  /** What is known now; undefined when nothing is. */
  readonly path: PeerPath | undefined;
  /** Has `changed` called whenever something else is known. */
  listen(changed: () => void): void;
  /** Ends it. */
  stop(): void;
}
