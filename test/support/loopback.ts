/**
 * Addresses, ports and raw sockets on loopback.
 *
 * @module
 */
import { withDeadline } from "./waiting.ts";

/** An address in 127.0.0.0/8 that nobody else uses; all of them are this computer on Linux. */
export function loopbackAddress(): string {
  if (Deno.build.os !== "linux") return "127.0.0.1";
  const [one, two, three] = crypto.getRandomValues(new Uint8Array(3));
  return `127.${one! | 1}.${two}.${(three! % 254) + 1}`;
}

/** A UDP port that is free on this address now. */
export function freePort(address: string): number {
  const socket = Deno.listenDatagram({ transport: "udp", hostname: address, port: 0 });
  const { port } = socket.addr as Deno.NetAddr;
  socket.close();
  return port;
}

/** A datagram with where it came from. */
export interface ReceivedDatagram {
  /** Its bytes. */
  readonly bytes: Uint8Array;
  /** Who sent it. */
  readonly from: Deno.NetAddr;
}

/** A bare socket with which a test plays the other side by hand. */
export interface BareSocket extends Disposable {
  /** Address it is bound to. */
  readonly address: string;
  /** Port it is bound to. */
  readonly port: number;
  /** Waits for the next datagram. */
  receive(): Promise<ReceivedDatagram>;
  /** Waits for a certain one: on a slow computer others come once more in between. */
  receiveUntil(isWanted: (bytes: Uint8Array) => boolean): Promise<ReceivedDatagram>;
  /** Sends bytes. */
  send(bytes: Uint8Array | readonly number[], to: Deno.NetAddr): Promise<void>;
}

/** Opens a bare socket on an address of its own. */
export function openBareSocket(address: string = loopbackAddress()): BareSocket {
  const socket = Deno.listenDatagram({ transport: "udp", hostname: address, port: 0 });
  const { port } = socket.addr as Deno.NetAddr;
  async function receive(): Promise<ReceivedDatagram> {
    const [bytes, from] = await withDeadline(socket.receive(), () => "a datagram");
    return { bytes, from: from as Deno.NetAddr };
  }
  return {
    address,
    port,
    receive,
    async receiveUntil(isWanted) {
      let received = await receive();
      while (!isWanted(received.bytes)) received = await receive();
      return received;
    },
    async send(bytes, to) {
      await socket.send(Uint8Array.from(bytes), to);
    },
    [Symbol.dispose]: () => socket.close(),
  };
}
