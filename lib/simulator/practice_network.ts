/**
 * The network card of a practice router: real UDP sockets on loopback that lose or delay packets as
 * a bad cable does, and one port that stays the same while the router is switched off and on.
 *
 * @module
 */
import type { DatagramHandlers, DatagramSocket, Host, Millis } from "../host/host.ts";
import type { Random } from "./random.ts";

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
  /** Gives the ports back. */
  close(): void;
}

const LOOPBACK = "127.0.0.1";

/** UDP port that stays (RFC 1350). */
const WELL_KNOWN = 69;

/** Opens a card. Throws UnbrickError when no port can be had. */
export function openPracticeCard(host: PracticeHost, cable: PracticeCable): PracticeCard {
  /** Whoever listens on the port that stays; nobody while the router is off. */
  let tenant: DatagramHandlers | undefined;
  let isOpen = true;
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
      send(bytes, to) {
        if (isClosed || isLost()) return;
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
        if (local.port !== WELL_KNOWN) {
          const socket = host.bind({ hostname: LOOPBACK, port: 0 }, lossy(handlers), options);
          return slow(socket, () => void host.startTimer(2 * cable.delayMs, () => socket.close()));
        }
        const own = lossy(handlers);
        tenant = own;
        return slow(staying, () => {
          if (tenant === own) tenant = undefined;
        });
      },
    },
    close() {
      isOpen = false;
      staying.close();
    },
  };
}
