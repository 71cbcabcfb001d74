/**
 * A relay on loopback between a TFTP client and a server that loses and doubles packets, by a seed.
 * It keeps the ports of both sides apart as the two would see them without it.
 *
 * @module
 */
import { loopbackAddress } from "./loopback.ts";

/** What a relay does. */
export interface RelayOptions {
  /** Where requests go on to. */
  readonly target: { readonly address: string; readonly port: number };
  /** Share of packets that are lost, 0 to 1. */
  readonly loss: number;
  /** Share of packets that arrive twice, 0 to 1. */
  readonly duplication: number;
  /** Makes the faults the same each time for the same order of packets. */
  readonly seed: number;
}

/**
 * A running relay. Requests and the first packet each way always arrive once: repeating a request is
 * up to the client, which may take five seconds, and atftp gives up for good on a second OACK.
 * Disposing of it closes all its sockets.
 */
export interface FaultyRelay extends Disposable {
  /** IPv4 address to send requests to. */
  readonly address: string;
  /** UDP port to send requests to. */
  readonly port: number;
  /** Packets lost so far. */
  readonly lost: number;
  /** Packets doubled so far. */
  readonly doubled: number;
}

/** Clients that are remembered: of more, the one that has been silent for longest is done. */
const MOST_CLIENTS = 200;

/** The sockets that stand for one client. */
interface Way {
  /** Towards the server. */
  readonly upstream: Deno.DatagramConn;
  /** Towards the client, one for each port from which the server answers. */
  readonly downstream: ReadonlyMap<number, Deno.DatagramConn>;
}

/** Starts a relay. */
export function startFaultyRelay(options: RelayOptions): FaultyRelay {
  const address = loopbackAddress();
  const target = netAddr(options.target.address, options.target.port);
  const random = randomNumbers(options.seed);
  const sockets = new Set<Deno.DatagramConn>();
  const faults = { lost: 0, doubled: 0 };

  function open(deliver: (bytes: Uint8Array, from: Deno.NetAddr) => void): Deno.DatagramConn {
    const socket = Deno.listenDatagram({ transport: "udp", hostname: address, port: 0 });
    sockets.add(socket);
    (async () => {
      for await (const [bytes, from] of socket) deliver(bytes, from as Deno.NetAddr);
    })();
    return socket;
  }

  /** Sockets from which something has been sent on. */
  const begun = new Set<Deno.DatagramConn>();

  function pass(socket: Deno.DatagramConn, bytes: Uint8Array, to: Deno.NetAddr): void {
    const chance = begun.has(socket) ? random() : 1;
    begun.add(socket);
    const copies = chance < options.loss ? 0 : chance < options.loss + options.duplication ? 2 : 1;
    if (copies === 0) faults.lost++;
    if (copies === 2) faults.doubled++;
    // A relay that is closed in the middle of it loses the packet, too.
    for (let copy = 0; copy < copies; copy++) socket.send(bytes, to).catch(() => {});
  }

  function openWay(client: Deno.NetAddr, heard: () => void): Way {
    const downstream = new Map<number, Deno.DatagramConn>();
    const upstream = open((bytes, server) => {
      let socket = downstream.get(server.port);
      if (socket === undefined) {
        socket = open((answer) => {
          heard();
          pass(upstream, answer, server);
        });
        downstream.set(server.port, socket);
      }
      pass(socket, bytes, client);
    });
    return { upstream, downstream };
  }

  function forget({ upstream, downstream }: Way): void {
    for (const socket of [upstream, ...downstream.values()]) {
      sockets.delete(socket);
      begun.delete(socket);
      socket.close();
    }
  }

  /** In the order in which the clients were last heard. */
  const ways = new Map<string, Way>();
  function heard(client: string): void {
    const way = ways.get(client);
    if (way === undefined) return;
    ways.delete(client);
    ways.set(client, way);
  }
  const listener = open((bytes, client) => {
    const key = `${client.hostname}:${client.port}`;
    let way = ways.get(key);
    if (way === undefined) {
      const [longestSilent] = ways;
      if (longestSilent !== undefined && ways.size === MOST_CLIENTS) {
        ways.delete(longestSilent[0]);
        forget(longestSilent[1]);
      }
      way = openWay(client, () => heard(key));
      ways.set(key, way);
    }
    heard(key);
    way.upstream.send(bytes, target).catch(() => {});
  });
  return {
    address,
    port: (listener.addr as Deno.NetAddr).port,
    get lost() {
      return faults.lost;
    },
    get doubled() {
      return faults.doubled;
    },
    [Symbol.dispose]() {
      for (const socket of sockets) socket.close();
    },
  };
}

function netAddr(hostname: string, port: number): Deno.NetAddr {
  return { transport: "udp", hostname, port };
}

/** Numbers from 0 to 1 that look random (mulberry32). */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
