/**
 * UDP sockets over `Deno.listenDatagram`.
 *
 * @module
 */
import { UnbrickError } from "../errors.ts";
import type { BindOptions, DatagramHandlers, DatagramSocket, SocketAddress } from "./host.ts";
import { bindError, receiveError, sendError } from "./os_errors.ts";

/** Larger than any UDP payload: a smaller buffer would cut datagrams without a word. */
const LARGEST_DATAGRAM = 65536;

/** Sockets that are closed here, but not yet by the runtime: it does so when it next looks at them. */
let leaving = 0;

/**
 * So many of them may there be before who closes more has to wait. A flood of requests opened and
 * closed sockets faster than the runtime let them go: there were thousands, each with its memory.
 */
const MOST_LEAVING = 32;

/** Opens a UDP socket and starts receiving. See `Host.bind`. */
export function openDatagramSocket(
  local: SocketAddress,
  handlers: DatagramHandlers,
  options: BindOptions = {},
): DatagramSocket {
  if (typeof Deno.listenDatagram !== "function") {
    throw new UnbrickError("runtime", "Deno was started without its UDP sockets", {
      hint:
        'Start it with --unstable-net, or from a folder whose deno.json has "unstable": ["net"]',
    });
  }
  let connection: Deno.DatagramConn;
  try {
    connection = Deno.listenDatagram({
      transport: "udp",
      hostname: local.hostname,
      port: local.port,
      reuseAddress: options.reuseAddress ?? false,
    });
  } catch (error) {
    throw bindError(error, local);
  }
  const bound = connection.addr as Deno.NetAddr;
  let open = true;
  /** What waits to be sent, in order, while a send is under way. */
  let waiting: Departure[] = [];
  let isSending = false;

  receiveAll(
    connection,
    (bytes, from) => handlers.datagram(bytes, from),
    () => open,
    options.largestDatagram ?? LARGEST_DATAGRAM,
  )
    .catch((error) => {
      if (!open) return;
      close();
      handlers.receiveFailed(
        receiveError(error, { hostname: bound.hostname, port: bound.port }),
      );
    })
    .finally(() => leaving--);

  function close(): void {
    if (!open) return;
    open = false;
    leaving++;
    // What was sent before the end, such as an ERROR that explains it, still leaves.
    if (!isSending) connection.close();
  }

  /**
   * Sends one datagram after the other. Deno makes a task of every send that it cannot finish at once,
   * which happens after 128 in one turn of the event loop, and runs such tasks in any order: blocks
   * of a window overtook each other, and each time the peer asked for the window again.
   */
  async function sendInOrder(first: Departure): Promise<void> {
    isSending = true;
    let batch = [first];
    while (batch.length > 0) {
      for (const { bytes, to } of batch) {
        try {
          await connection.send(bytes, { transport: "udp", hostname: to.hostname, port: to.port });
        } catch (error) {
          if (open) handlers.sendFailed(sendError(error, to), to);
        }
      }
      batch = waiting;
      waiting = [];
    }
    isSending = false;
    if (!open) connection.close();
  }

  return {
    local: { hostname: bound.hostname, port: bound.port },
    send(bytes, to) {
      if (!open) return;
      if (isSending) waiting.push({ bytes, to });
      else sendInOrder({ bytes, to });
    },
    close,
  };
}

/** A datagram on its way out. */
interface Departure {
  readonly bytes: Uint8Array;
  readonly to: SocketAddress;
}

async function receiveAll(
  connection: Deno.DatagramConn,
  deliver: (bytes: Uint8Array, from: SocketAddress) => void,
  isOpen: () => boolean,
  largestDatagram: number,
): Promise<void> {
  const buffer = new Uint8Array(largestDatagram);
  while (isOpen()) {
    let received: [Uint8Array, Deno.Addr];
    try {
      received = await connection.receive(buffer);
    } catch (error) {
      // Windows reports an ICMP "port unreachable" for something sent earlier on the next receive.
      // It says nothing about this socket: a bootloader that is not up yet causes it.
      if (error instanceof Deno.errors.ConnectionReset && isOpen()) continue;
      if (error instanceof Deno.errors.ConnectionRefused && isOpen()) continue;
      throw error;
    }
    if (!isOpen()) return;
    const before = leaving;
    try {
      deliver(received[0], received[1] as Deno.NetAddr);
    } catch (error) {
      // A fault of this program, not of the socket: let it end the program with its message.
      Promise.reject(error);
    }
    // The others receive on, and one that is closed itself must not wait for itself.
    while (leaving > before && leaving > MOST_LEAVING && isOpen()) {
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
  }
}
