/**
 * A socket that outlives what happens to its address. An interface can go away with the router's
 * power and come back; whoever waits on it keeps address and port, which is what the peer knows.
 *
 * @module
 */
import type { UnbrickError } from "../errors.ts";
import type { BindOptions, DatagramSocket, Host, Millis, SocketAddress } from "../host/host.ts";

/** What a lasting socket is for. */
export interface LastingSocketOptions {
  /** Address and port; port 0 for any, which is then kept. */
  readonly local: SocketAddress;
  /** Further options of {@link Host.bind}. */
  readonly binding?: BindOptions;
  /** A datagram arrived. `bytes` is only valid during the call. */
  readonly datagram: (bytes: Uint8Array, from: SocketAddress) => void;
  /** A datagram to this peer could not be sent. The socket stays. */
  readonly sendFailed: (error: UnbrickError, to: SocketAddress) => void;
  /** The system closed the socket; it is tried again from now on. */
  readonly lost: (error: UnbrickError) => void;
  /** It is open, for the first time or again. */
  readonly opened?: (local: SocketAddress) => void;
}

/** Pause before an address that went away is tried again, in milliseconds. */
const REBIND_MS: Millis = 500;

/** Opens it. Throws UnbrickError when that fails the first time. */
export function openLastingSocket(
  host: Pick<Host, "bind" | "startTimer">,
  options: LastingSocketOptions,
): DatagramSocket {
  const { datagram, sendFailed, opened = () => {} } = options;
  let closed = false;
  let cancelRetry = (): void => {};
  let socket: DatagramSocket | undefined;
  let { local } = options;

  function open(): void {
    socket = host.bind(local, {
      datagram,
      sendFailed,
      receiveFailed(error) {
        socket = undefined;
        if (closed) return;
        options.lost(error);
        retryLater();
      },
    }, options.binding);
    local = socket.local;
    opened(local);
  }

  function retryLater(): void {
    cancelRetry = host.startTimer(REBIND_MS, () => {
      try {
        open();
      } catch {
        // Said once, when it was lost.
        retryLater();
      }
    });
  }

  open();
  return {
    local,
    send: (bytes, to) => socket?.send(bytes, to),
    close() {
      closed = true;
      cancelRetry();
      socket?.close();
    },
  };
}
