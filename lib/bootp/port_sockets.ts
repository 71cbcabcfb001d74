/**
 * The two sockets that a port of BOOTP needs: one behind the wildcard hears broadcasts, but they
 * would leave by the default route; one behind the interface's address sends them out of that
 * interface, but hears none. Both outlive the interface.
 *
 * @module
 */
import type { UnbrickError } from "../errors.ts";
import type { DatagramSocket, Host, SocketAddress } from "../host/host.ts";
import { openLastingSocket } from "../net/lasting_socket.ts";

/** The limited broadcast address: everybody on this cable. */
export const BROADCAST = "255.255.255.255";

const WILDCARD = "0.0.0.0";

/** What the sockets of a port are for. */
export interface PortOptions {
  /** Address of the interface. */
  readonly address: string;
  /** Port of both sockets. */
  readonly port: number;
  /**
   * A datagram arrived at the socket behind `hostname`. `bytes` is only valid during the call.
   */
  readonly datagram: (bytes: Uint8Array, from: SocketAddress, hostname: string) => void;
  /** A datagram to this peer could not be sent. */
  readonly sendFailed: (error: UnbrickError, to: SocketAddress) => void;
  /** The system closed one of the sockets; it is opened again as soon as that is possible. */
  readonly lost: (error: UnbrickError) => void;
  /** Both are open again. */
  readonly back: () => void;
}

/** The sockets of a port. */
export interface PortSockets {
  /** Whether both are open. */
  readonly isOpen: boolean;
  /** Sends from the interface's address. */
  send(bytes: Uint8Array, to: SocketAddress): void;
  /** Closes both. */
  close(): void;
}

/** Opens both. Throws UnbrickError, leaving none open, when one of them cannot be had. */
export function openPort(
  host: Pick<Host, "bind" | "startTimer">,
  options: PortOptions,
): PortSockets {
  const sockets: DatagramSocket[] = [];
  const missing = new Set<string>();

  function open(hostname: string): DatagramSocket {
    const socket = openLastingSocket(host, {
      local: { hostname, port: options.port },
      binding: { reuseAddress: true },
      datagram: (bytes, from) => options.datagram(bytes, from, hostname),
      sendFailed: options.sendFailed,
      lost(error) {
        missing.add(hostname);
        if (missing.size === 1) options.lost(error);
      },
      opened() {
        if (missing.delete(hostname) && missing.size === 0) options.back();
      },
    });
    sockets.push(socket);
    return socket;
  }
  const close = (): void => sockets.forEach((socket) => socket.close());

  try {
    open(WILDCARD);
    const sender = open(options.address);
    return {
      get isOpen() {
        return missing.size === 0;
      },
      send: (bytes, to) => sender.send(bytes, to),
      close,
    };
  } catch (error) {
    close();
    throw error;
  }
}
