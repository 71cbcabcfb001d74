/**
 * Keeps the server from answering on a living network. Asks for an address itself, as a client on
 * port 68, and listens for anybody who answers: before the first answer, after every loss of the
 * link (a cable may be plugged elsewhere), and every few seconds while nothing is transferred (a
 * switch can take half a minute until it lets packets through).
 *
 * States: *checking* (asked, verdict not due yet), *clear* (requests may be answered), *held* (no
 * link, a default route, or another server; only the first two end by themselves, a server that was
 * heard counts until the link has been down).
 *
 * @module
 */
import type { UnbrickError } from "../errors.ts";
import type { DatagramSocket, Host, Millis, SocketAddress } from "../host/host.ts";
import { describeMessage } from "./describe.ts";
import { encodeProbe, readProbeAnswer } from "./probe.ts";

/** UDP port of BOOTP and DHCP servers (RFC 951 §4). */
export const SERVER_PORT = 67;

/** UDP port of BOOTP and DHCP clients (RFC 951 §4). */
export const CLIENT_PORT = 68;

/** The limited broadcast address: everybody on this cable. */
export const BROADCAST = "255.255.255.255";

/** When the questions of one check are sent, after its beginning. */
const ASK_AT_MS: readonly Millis[] = [0, 1000, 2000, 3000];

/** From the first question to the verdict: some servers ping an address for 3 s before they offer it. */
export const CHECK_MS: Millis = 4500;

/** Time between two questions once the verdict is there. */
const REPEAT_MS: Millis = 10_000;

/** Why nobody is answered. */
export type Held =
  /** No cable, or the other end is off. */
  | { readonly why: "no-link" }
  /** The interface leads to a network with a router. */
  | { readonly why: "default-route" }
  /** Somebody else gives addresses on this cable. */
  | { readonly why: "other-server"; readonly server: string };

/** What the guard knows. */
export type GuardState =
  | { readonly state: "checking" }
  | { readonly state: "clear" }
  | { readonly state: "held"; readonly held: Held };

/** What is known of the interface. */
export interface InterfaceFacts {
  /** Whether there is a link; a system that does not tell counts as one. */
  readonly hasLink: boolean;
  /** Whether a default route leaves through it. */
  readonly hasDefaultRoute: boolean;
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
  /** Called at every change, and once at the beginning. */
  readonly onState: (state: GuardState) => void;
  /** Called for every packet, with its description. */
  readonly onPacket?: (text: string, peer: SocketAddress) => void;
}

/** A guard at work. */
export interface Guard {
  /** Whether requests may be answered now. */
  readonly isClear: boolean;
  /** Something on the interface may have changed. */
  update(facts: InterfaceFacts): void;
  /** Another server was noticed in some other way. */
  heardServer(server: string): void;
  /** Ends it. */
  close(): void;
}

/** Starts a guard. Throws UnbrickError when port 68 cannot be had: then nothing can be known. */
export function startGuard(
  host: Pick<Host, "bind" | "startTimer" | "now">,
  options: GuardOptions,
): Guard {
  let state: GuardState = { state: "checking" };
  let facts = options.facts;
  let cancels: (() => void)[] = [];
  let isClosed = false;

  const onDatagram = (bytes: Uint8Array, from: SocketAddress): void => {
    const answer = readProbeAnswer(bytes, from);
    if (answer === undefined) return;
    // Our own server's answers come by here, too, but it never answers this computer.
    if (from.hostname === options.address && answer.client !== options.mac) return;
    options.onPacket?.(describeMessage("received", bytes), from);
    heardServer(answer.server);
  };
  // Behind the address alone no broadcast is heard, behind the wildcard alone it is not certain
  // through which interface a broadcast leaves.
  const sockets: DatagramSocket[] = [];
  try {
    for (const hostname of ["0.0.0.0", options.address]) {
      sockets.push(host.bind({ hostname, port: CLIENT_PORT }, {
        datagram: onDatagram,
        sendFailed: onSendFailed,
        receiveFailed: () => {},
      }, { reuseAddress: true }));
    }
  } catch (error) {
    sockets.forEach((socket) => socket.close());
    throw error;
  }
  const sender = sockets[1]!;
  begin();

  function begin(): void {
    stopTimers();
    if (!facts.hasLink) return enter({ state: "held", held: { why: "no-link" } });
    if (facts.hasDefaultRoute) return enter({ state: "held", held: { why: "default-route" } });
    enter({ state: "checking" });
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
    sender.send(bytes, to);
  }

  /** A question that did not leave proves nothing: the check begins again. */
  function onSendFailed(_error: UnbrickError): void {
    if (isClosed || state.state === "held") return;
    stopTimers();
    enter({ state: "checking" });
    after(ASK_AT_MS[1]!, begin);
  }

  function heardServer(server: string): void {
    if (isClosed || (state.state === "held" && state.held.why === "other-server")) return;
    stopTimers();
    enter({ state: "held", held: { why: "other-server", server } });
  }

  function update(next: InterfaceFacts): void {
    if (isClosed) return;
    const changed = next.hasLink !== facts.hasLink ||
      next.hasDefaultRoute !== facts.hasDefaultRoute;
    const linkChanged = next.hasLink !== facts.hasLink;
    facts = next;
    const isOtherServer = state.state === "held" && state.held.why === "other-server";
    if (linkChanged || (changed && !isOtherServer)) begin();
  }

  function enter(next: GuardState): void {
    state = next;
    options.onState(next);
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
      return state.state === "clear";
    },
    update,
    heardServer,
    close() {
      isClosed = true;
      stopTimers();
      sockets.forEach((socket) => socket.close());
    },
  };
}

/** Why nobody is answered, in words that follow "not answering:". */
export function describeHeld(held: Held): string {
  switch (held.why) {
    case "no-link":
      return "no link (cable out, or the other end is off)";
    case "default-route":
      return "a default route leaves through this interface, so it leads to a living network";
    case "other-server":
      return `another DHCP server answers here: ${held.server}`;
  }
}
