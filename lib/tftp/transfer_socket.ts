/**
 * The socket that a server opens for one transfer, with a port of its own: the transfer identifier
 * (TID) of RFC 1350 §4.
 *
 * @module
 */
import type { UnbrickError } from "../errors.ts";
import type { DatagramSocket, Host, SocketAddress } from "../host/host.ts";
import { parseIpv4, subnetContains } from "../net/ipv4.ts";
import { openLastingSocket } from "../net/lasting_socket.ts";
import type { PacketTap } from "./events.ts";
import { answerToStranger } from "./packet.ts";

/** What a transfer's socket is for, and what it reports. */
export interface TransferSocketOptions {
  /** Address that the request came to; "0.0.0.0" when it is not known. */
  readonly listening: string;
  /** The only one who is listened to. */
  readonly peer: SocketAddress;
  /** Longer datagrams are cut to this many bytes. */
  readonly largestDatagram: number;
  /** A datagram of the peer, valid during the call. */
  readonly deliver: (bytes: Uint8Array) => void;
  /** Somebody else sent something and was told so. */
  readonly stranger: (from: SocketAddress) => void;
  /** Something on this computer keeps packets from the peer; they are repeated all the same. */
  readonly hindered: (error: UnbrickError) => void;
  /** Called for every packet. */
  readonly tap: PacketTap;
}

/** Opens a socket for one transfer. Throws UnbrickError. */
export function openTransferSocket(
  host: Pick<Host, "bind" | "startTimer" | "addresses">,
  options: TransferSocketOptions,
): DatagramSocket {
  const { listening, peer, largestDatagram, hindered, tap } = options;
  // The system is asked for its addresses only if need be: that takes longer than all the rest.
  const hostname = listening === "0.0.0.0"
    ? answerAddress(peer.hostname, host.addresses()) ?? listening
    : listening;
  const socket: DatagramSocket = openLastingSocket(host, {
    local: { hostname, port: 0 },
    binding: { largestDatagram },
    datagram(bytes, from) {
      tap("received", bytes, from);
      if (from.port === peer.port && from.hostname === peer.hostname) return options.deliver(bytes);
      const answer = answerToStranger(bytes);
      if (answer !== undefined) {
        tap("sent", answer, from);
        socket.send(answer, from);
      }
      options.stranger(from);
    },
    // A lost packet and one that could not be sent are the same to the session: it repeats.
    sendFailed(error, to) {
      if (to.port === peer.port && to.hostname === peer.hostname) hindered(error);
    },
    lost: hindered,
  });
  return socket;
}

/**
 * The address to answer from. Behind a wildcard socket the system chooses by route, which is the
 * wrong one of several addresses on the same cable; the one in the peer's subnet is what it asked.
 */
function answerAddress(
  peer: string,
  addresses: ReturnType<Host["addresses"]>,
): string | undefined {
  const asker = parseIpv4(peer);
  return addresses.find(({ address, prefixLength }) => {
    const own = parseIpv4(address);
    return own !== undefined && asker !== undefined &&
      subnetContains({ address: own, prefixLength }, asker);
  })?.address;
}
