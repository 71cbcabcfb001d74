/**
 * The network card of a practice router: real UDP sockets on loopback that lose or delay packets as
 * a bad cable does, and one port that stays the same while the router is switched off and on.
 *
 * Loopback knows no broadcast and gives no low port to everybody. So the two sides of BOOTP, and the
 * router's console, are led to each other here: see {@link PracticeCard.ours}.
 *
 * @module
 */
import type {
  BindOptions,
  DatagramHandlers,
  DatagramSocket,
  Host,
  Millis,
  SocketAddress,
  StreamHandlers,
  StreamSocket,
} from "../host/host.ts";
import type { NetworkInterface } from "../net/interface.ts";
import type { Random } from "./random.ts";
import { TFTP_PORT } from "../tftp/packet.ts";

/** The part of the host that the card needs. */
export type PracticeHost = Pick<Host, "now" | "startTimer" | "bind">;

/** How the card behaves. */
export interface PracticeCable {
  /** Probability that a packet is lost, each way. */
  readonly loss: number;
  /** Time of a packet from the router to this computer, in milliseconds. */
  readonly delayMs: Millis;
  /** Chance. */
  readonly random: Random;
}

/** A network card. */
export interface PracticeCard {
  /** What the bootloader gets in place of the host. */
  readonly host: PracticeHost;
  /** The UDP port of this computer behind the well-known port of the router. */
  readonly port: number;
  /** Who answers at the router's console; nobody unless set. */
  plugConsole(connect: ((handlers: StreamHandlers) => StreamSocket) | undefined): void;
  /**
   * The host of this computer, on a cable with the router: what it opens for BOOTP gets what the
   * router broadcasts, its own broadcasts reach the router, and so do its connections by TCP.
   */
  ours<H extends OurHost>(host: H): H;
  /** Gives the ports back. */
  close(): void;
}

/** The part of this computer's host that the cable changes. */
export type OurHost = Pick<Host, "bind" | "connect" | "startTimer">;

const LOOPBACK = "127.0.0.1";

/** UDP ports of BOOTP (RFC 951 §4). */
const BOOTP_SERVER = 67;
const BOOTP_CLIENT = 68;

/** The interface of this computer at the other end of the practice cable. */
export const PRACTICE_INTERFACE: NetworkInterface = {
  name: "practice",
  index: undefined,
  guid: undefined,
  service: undefined,
  description: undefined,
  kind: "loopback",
  mac: undefined,
  addresses: [{ address: LOOPBACK, prefixLength: 8, origin: "static", isUsable: true }],
  link: "up",
  speedMbps: undefined,
  duplex: undefined,
  manager: "none",
  usesDhcp: false,
  hasDefaultRoute: false,
};

/** Opens a card. Throws UnbrickError when no port can be had. */
export function openPracticeCard(host: PracticeHost, cable: PracticeCable): PracticeCard {
  /** Whoever listens on the port that stays; nobody while the router is off. */
  let tenant: DatagramHandlers | undefined;
  let isOpen = true;
  /** Real ports of the two sides of BOOTP, while they are open. */
  let bootpServer: number | undefined;
  let bootpClient: number | undefined;
  let reachConsole: ((handlers: StreamHandlers) => StreamSocket) | undefined;
  const staying = host.bind({ hostname: LOOPBACK, port: 0 }, {
    datagram: (bytes, from) => tenant?.datagram(bytes, from),
    sendFailed: (error, to) => tenant?.sendFailed(error, to),
    receiveFailed: (error) => tenant?.receiveFailed(error),
  });

  function isLost(): boolean {
    return cable.loss > 0 && cable.random() < cable.loss;
  }
  function lossy(handlers: DatagramHandlers): DatagramHandlers {
    return {
      ...handlers,
      datagram(bytes, from) {
        if (!isLost()) handlers.datagram(bytes, from);
      },
    };
  }
  function slow(socket: DatagramSocket, close: () => void): DatagramSocket {
    let isClosed = false;
    return {
      local: socket.local,
      send(bytes, wanted) {
        if (isClosed || isLost()) return;
        const to = wanted.port === BOOTP_SERVER ? onLoopback(bootpServer) : wanted;
        if (to === undefined) return;
        if (cable.delayMs === 0) return socket.send(bytes, to);
        const kept = bytes.slice();
        host.startTimer(cable.delayMs, () => {
          // A packet that is on the cable arrives also when the router closes its port meanwhile.
          if (isOpen) socket.send(kept, to);
        });
      },
      close() {
        isClosed = true;
        close();
      },
    };
  }
  return {
    port: staying.local.port,
    host: {
      now: () => host.now(),
      startTimer: (delayMs, callback) => host.startTimer(delayMs, callback),
      bind(local, handlers, options) {
        if (local.port !== TFTP_PORT) {
          const socket = host.bind({ hostname: LOOPBACK, port: 0 }, lossy(handlers), options);
          if (local.port === BOOTP_CLIENT) bootpClient = socket.local.port;
          return slow(socket, () => void host.startTimer(2 * cable.delayMs, () => socket.close()));
        }
        const own = lossy(handlers);
        tenant = own;
        return slow(staying, () => {
          if (tenant === own) tenant = undefined;
        });
      },
    },
    plugConsole: (connect) => void (reachConsole = connect),
    ours: (ours) => ({
      ...ours,
      bind: (local: SocketAddress, handlers: DatagramHandlers, options?: BindOptions) =>
        local.port === BOOTP_SERVER
          ? bindBootpServer(ours, local, handlers)
          : ours.bind(local, handlers, options),
      connect: (_to: SocketAddress, handlers: StreamHandlers) =>
        reachConsole?.(handlers) ?? SILENT_STREAM,
    }),
    close() {
      isOpen = false;
      staying.close();
    },
  };

  /** A server has one socket for what it hears and one for what it says; one is enough here. */
  function bindBootpServer(
    ours: OurHost,
    local: SocketAddress,
    handlers: DatagramHandlers,
  ): DatagramSocket {
    if (local.hostname !== LOOPBACK) return { local, send: () => {}, close: () => {} };
    const socket = ours.bind({ hostname: LOOPBACK, port: 0 }, handlers);
    bootpServer = socket.local.port;
    return {
      local,
      send(bytes) {
        const to = onLoopback(bootpClient);
        if (to !== undefined) socket.send(bytes, to);
      },
      close() {
        bootpServer = undefined;
        socket.close();
      },
    };
  }
}

/** A router that is off: nobody answers, nobody refuses. */
const SILENT_STREAM: StreamSocket = { send: () => {}, close: () => {} };

function onLoopback(port: number | undefined): SocketAddress | undefined {
  return port === undefined ? undefined : { hostname: LOOPBACK, port };
}
