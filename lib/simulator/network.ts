/**
 * A network of a few computers on one cable, in virtual time. Every computer has the part of `Host`
 * that the engine needs, so the real server and client run on it, thousands of transfers a second.
 *
 * @module
 */
import { UnbrickError } from "../errors.ts";
import type {
  BindOptions,
  DatagramHandlers,
  DatagramSocket,
  Host,
  Millis,
  SocketAddress,
} from "../host/host.ts";
import type { PathWatch } from "../net/peer_path.ts";
import { CableDirection, type CableFaults, GOOD_CABLE } from "./cable.ts";
import { Neighbours } from "./neighbours.ts";
import { type Random, seededRandom } from "./random.ts";
import { Timeline } from "./timeline.ts";

/** The part of {@link Host} that a simulated computer has. */
export type SimulatedHost = Pick<Host, "now" | "startTimer" | "bind" | "addresses">;

/** How a network behaves. */
export interface NetworkOptions {
  /** Start of all chance. */
  readonly seed?: number;
  /** Faults of the cable; those not named are those of {@link GOOD_CABLE}. */
  readonly cable?: Partial<CableFaults>;
  /** Whether addresses must be resolved by ARP; otherwise every frame goes straight out. */
  readonly resolvesAddresses?: boolean;
  /**
   * Called for every datagram that is put on the cable; what it answers "lost" is lost, in addition
   * to what the cable loses by itself.
   */
  readonly onSent?: (
    bytes: Uint8Array,
    from: SocketAddress,
    to: SocketAddress,
    now: Millis,
  ) => "lost" | void;
}

/** A computer on a simulated network. */
export interface SimulatedComputer {
  /** Its sockets, clock and timers. */
  readonly host: SimulatedHost;
  /** Whether frames leave and arrive. Going down makes it forget its neighbours. */
  setLink(up: boolean): void;
  /** Whether its interface has its address. Without, nothing leaves and nothing arrives. */
  setAddressPresent(present: boolean): void;
  /**
   * What sending does while the link is down: fail ("unreachable", as macOS and a removed address
   * do) or vanish ("silent", as Linux does).
   */
  setSendsWhileDown(way: "unreachable" | "silent"): void;
  /** Enters the address of a neighbour for good. */
  enterNeighbour(address: string): void;
  /** Watches the way to a neighbour, as `net/watch_peer_path.ts` does. */
  watchPath(address: string): PathWatch;
}

interface Socket {
  readonly local: SocketAddress;
  readonly handlers: DatagramHandlers;
  readonly largestDatagram: number;
  open: boolean;
}

interface Computer {
  readonly address: string;
  /** Open sockets; those that share a port are bound to different addresses. */
  readonly sockets: Set<Socket>;
  readonly cable: CableDirection;
  readonly neighbours: Neighbours;
  linkUp: boolean;
  addressPresent: boolean;
  sendsWhileDown: "unreachable" | "silent";
  lastPort: number;
  /** Called when the way to somebody has changed. */
  readonly watchers: Set<() => void>;
}

/** Everybody on the cable. */
const BROADCAST = "255.255.255.255";

/** First port that is given to sockets which do not ask for one (RFC 6335). */
const FIRST_EPHEMERAL_PORT = 49152;

/** Computers on one cable, and their time. */
export class SimulatedNetwork {
  /** The time of the network. */
  readonly timeline: Timeline = new Timeline();
  readonly #options: NetworkOptions;
  readonly #random: Random;
  readonly #computers = new Map<string, Computer>();
  #faults: CableFaults;

  /** Makes a network without computers. */
  constructor(options: NetworkOptions = {}) {
    this.#options = options;
    this.#random = seededRandom(options.seed ?? 1);
    this.#faults = { ...GOOD_CABLE, ...options.cable };
  }

  /** Virtual time in milliseconds. */
  get now(): Millis {
    return this.timeline.now;
  }

  /** Whether somebody with this address would answer a question by ARP. */
  answersArp(address: string): boolean {
    return isReachable(this.#computers.get(address));
  }

  /** Changes faults of the cable from now on. */
  setCable(faults: Partial<CableFaults>): void {
    this.#faults = { ...this.#faults, ...faults };
  }

  /** Adds a computer with one interface. */
  plug(address: string, prefixLength = 24): SimulatedComputer {
    const { timeline } = this;
    const computer: Computer = {
      address,
      sockets: new Set(),
      cable: new CableDirection(),
      neighbours: new Neighbours({
        schedule: (delayMs, action) => timeline.schedule(delayMs, action),
        answers: (asked) => this.#resolve(computer, asked),
        changed: () => computer.watchers.forEach((changed) => changed()),
      }),
      linkUp: true,
      addressPresent: true,
      sendsWhileDown: "silent",
      lastPort: FIRST_EPHEMERAL_PORT - 1,
      watchers: new Set(),
    };
    this.#computers.set(address, computer);
    return {
      host: {
        now: () => timeline.now,
        startTimer: (delayMs, callback) => timeline.schedule(delayMs, callback),
        bind: (local, handlers, options) => this.#bind(computer, local, handlers, options),
        addresses: () =>
          computer.addressPresent ? [{ interfaceName: "eth0", address, prefixLength }] : [],
      },
      setLink(up) {
        computer.linkUp = up;
        if (!up) computer.neighbours.flush();
        computer.watchers.forEach((changed) => changed());
      },
      setAddressPresent: (present) => void (computer.addressPresent = present),
      setSendsWhileDown: (way) => void (computer.sendsWhileDown = way),
      enterNeighbour: (neighbour) => computer.neighbours.enter(neighbour),
      watchPath: (peer) => watchPath(computer, peer),
    };
  }

  /** A question that arrives tells the one who is asked about the one who asks. */
  #resolve(asking: Computer, address: string): boolean {
    const asked = this.#computers.get(address);
    if (asked === undefined || !isReachable(asked) || !isReachable(asking)) return false;
    asked.neighbours.meet(asking.address);
    return true;
  }

  #bind(
    computer: Computer,
    wanted: SocketAddress,
    handlers: DatagramHandlers,
    options: BindOptions = {},
  ): DatagramSocket {
    const { hostname } = wanted;
    const isOwn = hostname === computer.address && computer.addressPresent;
    if (hostname !== "0.0.0.0" && !isOwn) {
      throw new UnbrickError("address-not-assigned", `No interface has ${hostname}`);
    }
    const port = wanted.port === 0 ? freePort(computer) : wanted.port;
    const sharers = [...computer.sockets].filter(({ local }) => local.port === port);
    if (sharers.length > 0 && options.reuseAddress !== true) {
      throw new UnbrickError("port-in-use", `Port ${port} is taken`);
    }
    const socket: Socket = {
      local: { hostname, port },
      handlers,
      largestDatagram: options.largestDatagram ?? Infinity,
      open: true,
    };
    computer.sockets.add(socket);
    return {
      local: socket.local,
      send: (bytes, to) => this.#send(computer, socket, bytes, to),
      close() {
        socket.open = false;
        computer.sockets.delete(socket);
      },
    };
  }

  #send(computer: Computer, socket: Socket, bytes: Uint8Array, to: SocketAddress): void {
    if (!socket.open) return;
    const obstacle = obstacleOf(computer, socket);
    if (obstacle === "silent") return;
    if (obstacle !== undefined) {
      this.timeline.schedule(0, () => {
        if (socket.open) socket.handlers.sendFailed(obstacle, to);
      });
      return;
    }
    // The sender may use its buffer again at once.
    const frame = bytes.slice();
    const from = { hostname: computer.address, port: socket.local.port };
    const transmit = (): void => this.#transmit(computer, frame, from, to);
    if (this.#options.resolvesAddresses === true && to.hostname !== BROADCAST) {
      computer.neighbours.whenKnown(to.hostname, transmit);
    } else {
      transmit();
    }
  }

  #transmit(computer: Computer, frame: Uint8Array, from: SocketAddress, to: SocketAddress): void {
    const { timeline } = this;
    if (this.#options.onSent?.(frame, from, to, this.now) === "lost") return;
    for (const { at, bytes } of computer.cable.carry(frame, this.now, this.#faults, this.#random)) {
      timeline.schedule(at - timeline.now, () => this.#arrive(bytes, from, to));
    }
  }

  #arrive(bytes: Uint8Array, from: SocketAddress, to: SocketAddress): void {
    const receivers = to.hostname === BROADCAST
      ? [...this.#computers.values()].filter(({ address }) => address !== from.hostname)
      : [this.#computers.get(to.hostname)];
    for (const computer of receivers) this.#receive(computer, bytes, from, to);
  }

  #receive(
    computer: Computer | undefined,
    bytes: Uint8Array,
    from: SocketAddress,
    to: SocketAddress,
  ): void {
    if (computer === undefined || !isReachable(computer)) return;
    const sockets = [...computer.sockets].filter(({ local }) => local.port === to.port);
    // A socket behind an address hears no broadcast, and is preferred for everything else.
    const socket = sockets.find(({ local }) => local.hostname === to.hostname) ??
      sockets.find(({ local }) => local.hostname === "0.0.0.0");
    if (socket === undefined) return;
    // A buffer of its own that is wiped afterwards, as the real socket's is used for the next one:
    // whoever keeps a view of it finds out here.
    const buffer = bytes.slice(0, socket.largestDatagram);
    socket.handlers.datagram(buffer, from);
    buffer.fill(0xee);
  }
}

function isReachable(computer: Computer | undefined): boolean {
  return computer !== undefined && computer.linkUp && computer.addressPresent;
}

function watchPath(computer: Computer, peer: string): PathWatch {
  let tell = (): void => {};
  const changed = (): void => tell();
  computer.watchers.add(changed);
  return {
    get path() {
      return {
        localAddress: computer.address,
        hasCarrier: computer.linkUp,
        knowsPeer: computer.neighbours.knows(peer),
        searchesFailed: computer.neighbours.failures(peer),
        searchesFast: false,
        leadsElsewhere: false,
      };
    },
    listen: (listener) => void (tell = listener),
    stop: () => void computer.watchers.delete(changed),
  };
}

function freePort(computer: Computer): number {
  do {
    computer.lastPort = computer.lastPort === 65535 ? FIRST_EPHEMERAL_PORT : computer.lastPort + 1;
  } while ([...computer.sockets].some(({ local }) => local.port === computer.lastPort));
  return computer.lastPort;
}

/** What keeps a datagram from leaving. */
function obstacleOf(computer: Computer, socket: Socket): UnbrickError | "silent" | undefined {
  if (!computer.addressPresent) {
    return socket.local.hostname === "0.0.0.0"
      ? new UnbrickError("network-unreachable", "No way to that address")
      : new UnbrickError("address-not-assigned", "The address of the interface is gone");
  }
  if (computer.linkUp) return undefined;
  if (computer.sendsWhileDown === "silent") return "silent";
  return new UnbrickError("network-unreachable", "The link is down");
}
