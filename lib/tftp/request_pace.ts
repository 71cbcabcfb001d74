/**
 * When requests leave for a bootloader that is not there yet, and where to.
 *
 * A packet to a computer whose MAC address is not known waits in the system's queue while the system
 * asks for the address by ARP: on Linux once a second, three times, then it throws the queue away.
 * Asking at a steady pace therefore has the first request arrive up to a second late, and with it all
 * that have gathered. What helps without any privilege, in the order of what it brings:
 *
 * - Requests to 255.255.255.255 wait for nobody. Bootloaders take what is sent there for sent to them
 *   (tried with U-Boot 2023.01, read in older U-Boot and in CFE), whereas they throw away what is sent
 *   to the broadcast address of their network. Servers that are no bootloaders ignore such requests
 *   (RFC 1123 §4.2.3.5). A bootloader that has to ask for our MAC address before it can answer tells
 *   the system its own by that.
 * - One request to the peer itself, and only one, waits in the queue: it keeps the system searching,
 *   leaves the moment the peer answers or is heard of otherwise, and is no burst.
 * - When the system gives up, and when the cable comes to life, that one is sent anew at once, which
 *   makes the system search at once.
 *
 * Nothing is broadcast into a network that a default route leads through: others than the device are
 * there, perhaps one that takes files from whoever sends them.
 *
 * Where the computer was prepared (a static entry, or the system searching fifty times a second and
 * keeping one packet), all requests go to the peer as soon as there is a link.
 *
 * @module
 */
import type { Millis } from "../host/host.ts";
import type { PeerPath } from "../net/peer_path.ts";

/** Where a request goes. */
export type RequestWay = "peer" | "broadcast";

/** What is to be done with a request that is due. */
export interface RequestTurn {
  /** Where it goes; undefined when it is better not sent. */
  readonly way: RequestWay | undefined;
  /** When the next one is due. */
  readonly nextAt: Millis;
}

/** Time between two requests: five a second, as nmrpflash does. */
export const INTERVAL_MS: Millis = 200;

/** The same when nothing can gather in a queue because the MAC address is known. */
export const KNOWN_INTERVAL_MS: Millis = 80;

/** A request that has just left, perhaps out of the queue, gets this time for its answer. */
const ANSWER_MS: Millis = 20;

/** The system has given up by then, whether or not that was seen: three times one second, rounded up. */
const SEARCH_MS: Millis = 4000;

/** Decides for one peer. */
export class RequestPace {
  readonly #intervalMs: Millis | undefined;
  #seen: PeerPath | undefined;
  #sentAt: Millis = -Infinity;
  /** When a request was put into the system's queue; undefined when there is none. */
  #queuedAt: Millis | undefined;

  /**
   * Starts knowing nothing.
   *
   * @param intervalMs time between two requests; undefined leaves it to this class.
   */
  constructor(intervalMs: Millis | undefined) {
    this.#intervalMs = intervalMs;
  }

  /**
   * Takes notice of a change.
   *
   * @returns when the next request is now due, or undefined when that stays as it was.
   */
  notice(path: PeerPath | undefined, now: Millis): Millis | undefined {
    const before = this.#seen;
    this.#seen = path;
    if (path === undefined) return undefined;
    // A way that was not there: what was sent until now has gone nowhere.
    if (before === undefined) return path.hasCarrier ? this.#soon(now) : undefined;
    const linkCame = path.hasCarrier && !before.hasCarrier;
    if (path.knowsPeer) {
      // What waited has left this moment: time for an answer before the next one.
      if (!before.knowsPeer) return now + ANSWER_MS;
      return linkCame ? this.#soon(now) : undefined;
    }
    const searchEnded = path.searchesFailed !== before.searchesFailed || before.knowsPeer;
    if (searchEnded || linkCame) this.#queuedAt = undefined;
    return path.hasCarrier && (searchEnded || linkCame) ? this.#soon(now) : undefined;
  }

  /** What to do with a request that is due now. */
  take(path: PeerPath | undefined, now: Millis): RequestTurn {
    const isNews = path?.knowsPeer === true && this.#seen?.knowsPeer === false;
    this.notice(path, now);
    if (isNews) return { way: undefined, nextAt: now + ANSWER_MS };
    if (path === undefined) return this.#send("peer", now, this.#intervalMs ?? INTERVAL_MS);
    if (path.knowsPeer) return this.#send("peer", now, this.#intervalMs ?? KNOWN_INTERVAL_MS);
    const intervalMs = this.#intervalMs ?? INTERVAL_MS;
    // A request to everybody is for a cable that leads to the device alone.
    const meanwhile = path.leadsElsewhere ? undefined : "broadcast";
    // Without a link no search may begin: one that begins with the link asks at once.
    if (!path.hasCarrier) return this.#send(meanwhile, now, intervalMs);
    if (path.searchesFast) return this.#send("peer", now, intervalMs);
    const isQueued = this.#queuedAt !== undefined && now - this.#queuedAt < SEARCH_MS;
    if (isQueued) return this.#send(meanwhile, now, intervalMs);
    this.#queuedAt = now;
    // The search has begun: a peer that is there answers it before the broadcast goes out.
    return this.#send("peer", now, ANSWER_MS);
  }

  #send(way: RequestWay | undefined, now: Millis, pauseMs: Millis): RequestTurn {
    if (way !== undefined) this.#sentAt = now;
    return { way, nextAt: now + pauseMs };
  }

  /** At once, unless a request has just left. */
  #soon(now: Millis): Millis {
    return Math.max(now, this.#sentAt + ANSWER_MS);
  }
}
