/**
 * UDP sockets over `Deno.listenDatagram`.
 *
 * @module
 */
import { setImmediate } from "node:timers";
import { UnbrickError } from "../errors.ts";
import type {
  BindOptions,
  DatagramHandlers,
  DatagramSocket,
  Millis,
  SocketAddress,
} from "./host.ts";
import { bindError, sendError } from "./os_errors.ts";

/** Larger than any UDP payload: a smaller buffer would cut datagrams without a word. */
const LARGEST_DATAGRAM = 65536;

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
  const pace = new AnswerPace();
  let open = true;

  receiveAll(
    connection,
    (bytes, from) => {
      pace.received();
      handlers.datagram(bytes, from);
    },
    () => open,
    options.largestDatagram ?? LARGEST_DATAGRAM,
  )
    .catch((error) => {
      if (!open) return;
      open = false;
      connection.close();
      handlers.receiveFailed(sendError(error, local));
    });

  return {
    local: { hostname: bound.hostname, port: bound.port },
    send(bytes, to) {
      if (!open) return;
      connection.send(bytes, { transport: "udp", hostname: to.hostname, port: to.port })
        .catch((error) => {
          if (open) handlers.sendFailed(sendError(error, to), to);
        });
      pace.sent();
    },
    close() {
      if (!open) return;
      open = false;
      connection.close();
    },
  };
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
    try {
      deliver(received[0], received[1] as Deno.NetAddr);
    } catch (error) {
      // A fault of this program, not of the socket: let it end the program with its message.
      Promise.reject(error);
    }
  }
}

/** Peers that answer within this time are worth staying awake for. */
const FAST_ANSWER_MS: Millis = 0.25;

/** How long to stay awake for an answer. */
const AWAKE_MS: Millis = 0.4;

/**
 * In lock-step every block costs one round trip, and on a fast link most of that is this process
 * falling asleep and being woken (30 to 40 µs of about 100 µs on loopback). So while a peer answers
 * quickly, the event loop is kept turning for a moment after each send instead of going to sleep. A
 * bootloader on a real cable answers too slowly to trigger it, so it costs nothing there.
 */
class AnswerPace {
  #sentAt: Millis | undefined;
  #answerMs: Millis = Infinity;

  sent(): void {
    this.#sentAt = performance.now();
    if (this.#answerMs < FAST_ANSWER_MS) stayAwakeUntil(this.#sentAt + AWAKE_MS);
  }

  received(): void {
    if (this.#sentAt === undefined) return;
    const answerMs = performance.now() - this.#sentAt;
    this.#sentAt = undefined;
    this.#answerMs = this.#answerMs === Infinity
      ? answerMs
      : this.#answerMs + (answerMs - this.#answerMs) / 8;
  }
}

let awakeUntil: Millis = 0;
let isTurning = false;

function stayAwakeUntil(time: Millis): void {
  awakeUntil = time;
  if (isTurning) return;
  isTurning = true;
  setImmediate(turn);
}

function turn(): void {
  if (performance.now() < awakeUntil) {
    setImmediate(turn);
  } else {
    isTurning = false;
  }
}
