/**
 * Keeps the server from answering on a living network. Asks for an address itself, as a client on
 * port 68, and listens for anybody who answers: before the first answer, after every loss of the
 * link (a cable may be plugged elsewhere), and every few seconds while nothing is transferred (a
 * switch can take half a minute until it lets packets through).
 *
 * States: *checking* (asked, verdict not due yet), *clear* (requests may be answered), *held* (see
 * {@link Held}; all but another server end by themselves, a server that was heard counts until the
 * link has been down).
 *
 * No system tells through which interface a broadcast came. What answers this guard's own questions
 * is on its cable, because they leave by its interface only. Whatever else is heard of a server, such
 * as its answers to others, may come from another network that this computer is in.
 *
 * @module
 */
import type { UnbrickError } from "../errors.ts";
import type { Host, Millis, SocketAddress } from "../host/host.ts";
import { type Ipv4Subnet, parseIpv4, subnetContains } from "../net/ipv4.ts";
import { describeMessage } from "./describe.ts";
import { BROADCAST, openPort } from "./port_sockets.ts";
import { encodeProbe, readProbeAnswer } from "./probe.ts";

/** UDP port of BOOTP and DHCP servers (RFC 951 §4). */
export const SERVER_PORT = 67;

/** UDP port of BOOTP and DHCP clients (RFC 951 §4). */
export const CLIENT_PORT = 68;

/** When the questions of one check are sent, after its beginning. */
const ASK_AT_MS: readonly Millis[] = [0, 1000, 2000, 3000];

/** From the first question to the verdict: some servers ping an address for 3 s before they offer it. */
export const CHECK_MS: Millis = 4500;

/** Time between two questions once the verdict is there. */
const REPEAT_MS: Millis = 10_000;

/** Pause after a question that could not leave. */
const RETRY_MS: Millis = 1000;

/** Questions in a row that could not leave, until that is said: one fails when a link comes up. */
const MOST_UNSENT = 3;

/** Time in which the system says that a question could not leave. */
const UNSENT_MS: Millis = 500;

/** What is wrong with the interface. */
export type Obstacle =
  /** It is gone: an adapter that was unplugged, or switched off with the router. */
  | { readonly why: "no-interface" }
  /** No cable, or the other end is off. */
  | { readonly why: "no-link" }
  /** It has lost the address from which is answered. */
  | { readonly why: "no-address"; readonly address: string }
  /** It leads to a network with a router. */
  | { readonly why: "default-route" };

/** Why nobody is answered. */
export type Held =
  | Obstacle
  /** Somebody else gives addresses on this cable. */
  | { readonly why: "other-server"; readonly server: string }
  /** This computer does not let the question out, so nothing can be known. */
  | { readonly why: "cannot-ask"; readonly error: UnbrickError };

/** What the guard knows. */
export type GuardState =
  | { readonly state: "checking" }
  | { readonly state: "clear" }
  | { readonly state: "held"; readonly held: Held };

/** What is known of the interface. */
export interface InterfaceFacts {
  /** What is wrong with it; undefined when all is well. */
  readonly obstacle: Obstacle | undefined;
  /** Its networks. */
  readonly networks: readonly Ipv4Subnet[];
  /** The networks of all other interfaces. */
  readonly otherNetworks: readonly Ipv4Subnet[];
}

/** What a guard needs to know. */
export interface GuardOptions {
  /** Address of the interface, from which questions leave. */
  readonly address: string;
  /** MAC address of the interface, for which an address is asked. */
  readonly mac: string;
  /** What is known at the beginning. */
  readonly facts: InterfaceFacts;
  /** Whether it is quiet enough for a question: not during a transfer. */
  readonly isQuiet: () => boolean;
  /** Called at every change, and once at the beginning. `before` is what it was until now. */
  readonly onState: (state: GuardState, before: GuardState | undefined) => void;
  /** Called for every packet, with its description. */
  readonly onPacket?: (text: string, peer: SocketAddress) => void;
}

/** A guard at work. */
export interface Guard {
  /** Whether requests may be answered now. */
  readonly isClear: boolean;
  /** Something on the interface may have changed. */
  update(facts: InterfaceFacts): void;
  /** A client named another server as the one it chose. */
  heardOf(server: string): void;
  /** Ends it. */
  close(): void;
}

/** Starts a guard. Throws UnbrickError when port 68 cannot be had: then nothing can be known. */
export function startGuard(
  host: Pick<Host, "bind" | "startTimer" | "now">,
  options: GuardOptions,
): Guard {
  let state: GuardState | undefined;
  let facts = options.facts;
  let cancels: (() => void)[] = [];
  let unsent = 0;
  let isClosed = false;

  const port = openPort(host, {
    address: options.address,
    port: CLIENT_PORT,
    datagram: receive,
    sendFailed: onSendFailed,
    lost(error) {
      if (isSettled()) return;
      stopTimers();
      enter({ state: "held", held: { why: "cannot-ask", error } });
    },
    back() {
      if (!isSettled()) begin();
    },
  });
  begin();

  function receive(bytes: Uint8Array, from: SocketAddress): void {
    const answer = readProbeAnswer(bytes, from);
    if (answer === undefined) return;
    const isForUs = answer.client === options.mac;
    // Our own server's answers come by here, too, but it never answers this computer.
    if (from.hostname === options.address && !isForUs) return;
    options.onPacket?.(describeMessage("received", bytes), from);
    if (isForUs) heardServer(answer.server);
    else heardOf(from.hostname, answer.server);
  }

  function begin(): void {
    stopTimers();
    unsent = 0;
    const { obstacle } = facts;
    if (obstacle !== undefined) return enter({ state: "held", held: obstacle });
    // It begins when they are open again.
    if (!port.isOpen) return;
    if (state?.state !== "checking") enter({ state: "checking" });
    for (const delay of ASK_AT_MS) after(delay, ask);
    after(CHECK_MS, () => {
      enter({ state: "clear" });
      repeat();
    });
  }

  function repeat(): void {
    after(REPEAT_MS, () => {
      if (options.isQuiet()) ask();
      repeat();
    });
  }

  function ask(): void {
    // Any number will do that differs from one question to the next.
    const xid = (Math.floor(host.now() * 1000) ^ 0x756e6272) >>> 0;
    const bytes = encodeProbe(xid, options.mac);
    const to = { hostname: BROADCAST, port: SERVER_PORT };
    options.onPacket?.(describeMessage("sent", bytes), to);
    port.send(bytes, to);
  }

  /** A question that did not leave proves nothing: the check begins again once one can. */
  function onSendFailed(error: UnbrickError): void {
    if (isSettled()) return;
    stopTimers();
    unsent++;
    if (unsent >= MOST_UNSENT && !isHeldBy("cannot-ask")) {
      enter({ state: "held", held: { why: "cannot-ask", error } });
    } else if (state?.state === "clear") {
      enter({ state: "checking" });
    }
    after(RETRY_MS, () => {
      after(UNSENT_MS, begin);
      ask();
    });
  }

  /** A server is known to be on this cable. */
  function heardServer(server: string): void {
    if (isClosed || isHeldBy("other-server")) return;
    stopTimers();
    enter({ state: "held", held: { why: "other-server", server } });
  }

  /** A server was heard of that may be on this cable, or on another of this computer's. */
  function heardOf(address: string, server: string): void {
    const number = parseIpv4(address) ?? 0;
    const isIn = (networks: readonly Ipv4Subnet[]): boolean =>
      networks.some((network) => subnetContains(network, number));
    const { networks, otherNetworks } = facts;
    const isOther = isIn(otherNetworks);
    if (otherNetworks.length === 0 || (isIn(networks) && !isOther)) heardServer(server);
    // Where it is nobody can tell: it is asked itself.
    else if ((isIn(networks) || !isOther) && state?.state === "clear") ask();
  }

  function update(next: InterfaceFacts): void {
    if (isClosed) return;
    const before = facts.obstacle?.why;
    facts = next;
    const now = next.obstacle?.why;
    if (now === before) return;
    const isUnplugged = now === "no-link" || now === "no-interface";
    if (isUnplugged || !isHeldBy("other-server")) begin();
  }

  /** Whether it is known without asking that nobody is answered. */
  function isSettled(): boolean {
    return isClosed || facts.obstacle !== undefined || isHeldBy("other-server");
  }
  function isHeldBy(why: Held["why"]): boolean {
    return state?.state === "held" && state.held.why === why;
  }
  function enter(next: GuardState): void {
    const before = state;
    state = next;
    options.onState(next, before);
  }
  function after(delayMs: Millis, action: () => void): void {
    cancels.push(host.startTimer(delayMs, action));
  }
  function stopTimers(): void {
    cancels.forEach((cancel) => cancel());
    cancels = [];
  }

  return {
    get isClear() {
      return state?.state === "clear";
    },
    update,
    heardOf: (server) => heardOf(server, server),
    close() {
      isClosed = true;
      stopTimers();
      port.close();
    },
  };
}
