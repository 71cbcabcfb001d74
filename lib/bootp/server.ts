/**
 * The BOOTP and DHCP server over sockets: hears requests, answers them out of the right interface.
 *
 * @module
 */
import { assertNever, type UnbrickError } from "../errors.ts";
import type { Host, Millis, SocketAddress } from "../host/host.ts";
import { formatIpv4, parseIpv4, subnetContains } from "../net/ipv4.ts";
import { displayByteString } from "../tftp/name.ts";
import { type BootpClient, identifyClient } from "./client_class.ts";
import { describeMessage } from "./describe.ts";
import type { BootpEvent } from "./events.ts";
import { CLIENT_PORT, SERVER_PORT } from "./guard.ts";
import { type LeaseTable, NO_LEASES } from "./leases.ts";
import { type BootpMessage, decodeMessage, encodeMessage, messageType } from "./message.ts";
import { BROADCAST, openPort } from "./port_sockets.ts";
import { broadcastAddress, respond, type ResponderConfig } from "./responder.ts";

/** How the server behaves. */
export interface BootpServerOptions {
  /** What is answered, and with what. */
  readonly responder: ResponderConfig;
  /** Name of the interface, for events. */
  readonly interfaceName: string;
  /** Why nobody may be answered at the moment; undefined when all is well. */
  readonly heldBecause: () => string | undefined;
  /**
   * Whether this client may be answered; asked at each of its requests that has an answer, also
   * while nobody is answered.
   */
  readonly admit: (client: BootpClient) => boolean;
  /** A client took the offer of another server, on this cable or on another of this computer's. */
  readonly onOtherServer: (server: string) => void;
  /** An answer could not leave. */
  readonly onUnsent: (error: UnbrickError) => void;
  /** Called for everything worth telling. */
  readonly onEvent: (event: BootpEvent) => void;
  /** Called for every packet, with its description. */
  readonly onPacket?: (text: string, peer: SocketAddress) => void;
}

/** A running server. */
export interface BootpServer {
  /** Ends it; nobody is answered any more. */
  close(): void;
}

/** Systems that give a broadcast to both sockets do so within this time. */
const TWIN_MS: Millis = 50;

/** Clients that are remembered as told. Whoever makes up more than that is told of again. */
const MOST_KNOWN = 1000;

/** Starts the server. Throws UnbrickError when port 67 cannot be had. */
export function startBootpServer(
  host: Pick<Host, "bind" | "now" | "startTimer">,
  options: BootpServerOptions,
): BootpServer {
  const { responder } = options;
  const subnet = { address: responder.serverAddress, prefixLength: responder.prefixLength };
  const address = formatIpv4(responder.serverAddress);
  const known = new Set<string>();
  let table: LeaseTable = NO_LEASES;
  let last: { readonly hostname: string; readonly text: string; readonly at: Millis } | undefined;
  let lastBroadcast: Uint8Array | undefined;
  let isLossTold = false;
  let isClosed = false;

  const port = openPort(host, {
    address,
    port: SERVER_PORT,
    datagram: receive,
    sendFailed,
    lost(error) {
      // While nobody is answered for another reason, that one has been told.
      if (options.heldBecause() !== undefined) return;
      isLossTold = true;
      const { message: reason, hint = "" } = error;
      options.onEvent({ event: "bootp-held", interface: options.interfaceName, reason, hint });
    },
    back() {
      if (!isLossTold) return;
      isLossTold = false;
      const reason = `UDP port ${SERVER_PORT} is open again`;
      options.onEvent({ event: "bootp-back", interface: options.interfaceName, reason });
    },
  });
  options.onEvent({
    event: "bootp-listening",
    interface: options.interfaceName,
    address,
    first: formatIpv4(responder.pool.first),
    last: formatIpv4(responder.pool.last),
  });

  function receive(bytes: Uint8Array, from: SocketAddress, hostname: string): void {
    if (isClosed || isTwin(hostname, bytes)) return;
    options.onPacket?.(describeMessage("received", bytes), from);
    const message = decodeMessage(bytes);
    if (message.op === "malformed") return ignore(from, message.reason);
    // Only clients without an address (0.0.0.0) and those of this cable's network can be on it.
    const source = parseIpv4(from.hostname) ?? 0;
    if (source !== 0 && !subnetContains(subnet, source)) {
      return ignore(from, "from another network than the interface's");
    }
    handle(message);
  }

  function isTwin(hostname: string, bytes: Uint8Array): boolean {
    const text = bytes.toString();
    const now = host.now();
    const twin = last !== undefined && last.hostname !== hostname && last.text === text &&
      now - last.at <= TWIN_MS;
    last = twin ? undefined : { hostname, text, at: now };
    return twin;
  }

  function handle(message: BootpMessage): void {
    const client = identifyClient(message);
    const isOwn = client.mac === responder.ownMac;
    if (message.op === "BOOTREQUEST" && !isOwn && !known.has(client.mac)) {
      if (known.size >= MOST_KNOWN) known.clear();
      known.add(client.mac);
      options.onEvent({
        event: "bootp-client",
        mac: client.mac,
        protocol: client.protocol,
        program: client.program ?? null,
        vendorClass: client.vendorClass ?? null,
        userClass: client.userClass ?? null,
        architecture: client.architecture ?? null,
      });
    }
    const response = respond(message, table, responder, host.now());
    if (isOwn) return;
    const type = messageType(message);
    const tell = (reason?: string): void =>
      options.onEvent({
        event: "bootp-request",
        mac: client.mac,
        type: type === "BOOTP" ? message.op : type,
        answered: reason === undefined,
        ...(reason === undefined ? {} : { reason }),
      });
    switch (response.kind) {
      case "ignored":
        table = response.table;
        tell(response.reason);
        if (response.otherServer !== undefined) {
          options.onOtherServer(formatIpv4(response.otherServer));
        }
        return;
      case "answered": {
        // Whoever decides may take the time of the check for it.
        const isAdmitted = options.admit(client);
        const held = options.heldBecause() ??
          (port.isOpen ? undefined : `UDP port ${SERVER_PORT} was closed by the system`);
        if (held !== undefined) return tell(held);
        if (!isAdmitted) return tell("not admitted yet");
        table = response.table;
        tell();
        return send(client, response.reply, response.type, response.to);
      }
      default:
        return assertNever(response);
    }
  }

  function send(
    client: BootpClient,
    reply: BootpMessage,
    type: string,
    to: "broadcast" | number,
  ): void {
    const bytes = encodeMessage(reply);
    const hostname = to === "broadcast" ? BROADCAST : formatIpv4(to);
    const peer = { hostname, port: CLIENT_PORT };
    if (to === "broadcast") lastBroadcast = bytes;
    options.onEvent({
      event: "bootp-reply",
      mac: client.mac,
      type,
      address: reply.yiaddr === 0 ? null : formatIpv4(reply.yiaddr),
      file: displayByteString(reply.file),
      to: to === "broadcast" ? "broadcast" : hostname,
    });
    options.onPacket?.(describeMessage("sent", bytes), peer);
    port.send(bytes, peer);
  }

  /**
   * A system that has no way for 255.255.255.255 may have one for the broadcast address of the
   * subnet, which is the same frame on the cable. The other one is tried first each time, because
   * U-Boot hears nothing else, and a way that is missing may come back.
   */
  function sendFailed(error: UnbrickError, to: SocketAddress): void {
    if (isClosed) return;
    const hasOtherWay = to.hostname === BROADCAST && error.code === "network-unreachable";
    if (!hasOtherWay || lastBroadcast === undefined) return options.onUnsent(error);
    const hostname = formatIpv4(broadcastAddress(responder.serverAddress, responder.prefixLength));
    port.send(lastBroadcast, { hostname, port: CLIENT_PORT });
  }

  function ignore(peer: SocketAddress, reason: string): void {
    const shown = `${peer.hostname}:${peer.port}`;
    options.onEvent({ event: "bootp-ignored", peer: shown, reason });
  }

  return {
    close() {
      isClosed = true;
      port.close();
    },
  };
}
