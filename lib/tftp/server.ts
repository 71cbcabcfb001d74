/**
 * The TFTP server: listens, judges requests, starts the transfers (RFC 1350 §4: each on a port of
 * its own, unless single-port mode is wanted).
 *
 * @module
 */
import { toUnbrickError } from "../errors.ts";
import type { DatagramSocket, LocalAddress, SocketAddress } from "../host/host.ts";
import { type Ipv4Subnet, networkOf, parseIpv4, subnetContains } from "../net/ipv4.ts";
import { openLastingSocket } from "../net/lasting_socket.ts";
import { waitingBecause } from "./events.ts";
import type { ReadGrant, Refusal, WriteGrant } from "./file_policy.ts";
import { openFloodGate } from "./flood_gate.ts";
import { displayByteString } from "./name.ts";
import {
  decodePacket,
  encodeError,
  type RequestPacket,
  TftpError,
  type TftpErrorCode,
} from "./packet.ts";
import type { ServerHost, TftpServerOptions } from "./server_options.ts";
import { startTransfer, type TransferSurroundings } from "./server_transfer.ts";
import { peerKey, TransferTable } from "./transfer_table.ts";

export type { ServerHost, TftpServerOptions } from "./server_options.ts";

/** A running server. */
export interface TftpServer {
  /** Where it listens. */
  readonly listening: readonly SocketAddress[];
  /** Ends it; peers in the middle of a transfer are told. */
  close(): void;
  /** Settles when the server has ended, with whether at least one transfer was complete. */
  readonly finished: Promise<{ readonly completed: boolean }>;
}

/** With `once`: how long the server stays after the first complete transfer, in milliseconds. */
const QUIET_MS = 3000;

/**
 * Time in which a repeated request may arrive after the ACK that was sent later, in milliseconds.
 * No device restarts within it.
 */
const OVERTAKEN_MS = 500;

/** Starts a server. Throws UnbrickError when an address or port cannot be had. */
export function startServer(host: ServerHost, options: TftpServerOptions): TftpServer {
  const table = new TransferTable(options.maxTransfers);
  /** Name and peer of what was delivered, so that `once` can refuse the reflash loop. */
  const delivered = new Set<string>();
  let lastId = 0;
  let hasCompleted = false;
  let closed = false;
  let cancelQuiet: (() => void) | undefined;
  let settle: (result: { completed: boolean }) => void = () => {};
  const finished = new Promise<{ completed: boolean }>((resolve) => settle = resolve);
  const tap = options.onPacket ?? (() => {});
  const gate = openFloodGate(host, options.onEvent);
  const surroundings: TransferSurroundings = {
    host,
    options,
    tap,
    gate,
    table,
    completed({ packet }, peer) {
      hasCompleted = true;
      if (options.once) delivered.add(deliveryKey(packet, peer));
    },
    closed: endIfQuiet,
  };

  const listeners: DatagramSocket[] = [];
  try {
    for (const local of options.listen) listeners.push(listen(local));
  } catch (error) {
    listeners.forEach((listener) => listener.close());
    throw error;
  }

  function listen(local: SocketAddress): DatagramSocket {
    const listener: DatagramSocket = openLastingSocket(host, {
      local,
      datagram: (bytes, from) => receive(listener, bytes, from),
      sendFailed: (error, to) => table.with(to)?.hindered(error),
      lost: (error) => options.onEvent(waitingBecause(error)),
      opened: ({ hostname, port }) =>
        options.onEvent({ event: "listening", address: hostname, port }),
    });
    return listener;
  }

  function receive(listener: DatagramSocket, bytes: Uint8Array, peer: SocketAddress): void {
    tap("received", bytes, peer);
    const packet = decodePacket(bytes);
    if (packet.op === "RRQ" || packet.op === "WRQ") {
      return handleRequest(listener, packet, bytes, peer);
    }
    const transfer = options.singlePort ? table.with(peer) : undefined;
    if (transfer !== undefined) return transfer.deliver(bytes);
    const what = packet.op === "malformed" ? packet.reason : `${packet.op} without a request`;
    ignore(peer, () => what);
  }

  function handleRequest(
    listener: DatagramSocket,
    packet: RequestPacket,
    bytes: Uint8Array,
    peer: SocketAddress,
  ): void {
    const address = parseIpv4(peer.hostname);
    if (
      address === undefined ||
      !options.allowed().some((subnet) => subnetContains(subnet, address))
    ) {
      return ignore(peer, () => "request from outside the allowed networks (see --allow)");
    }
    const name = (): string => displayByteString(packet.filename);
    const earlier = table.with(peer);
    if (earlier !== undefined) {
      // The same request again before anything moved is a repetition of an impatient peer: the
      // running session repeats its answer by itself. Shortly after something moved it is such a
      // repetition, too, that was overtaken: it came to another socket than the ACK. Anything else
      // replaces the session.
      const isCopy = earlier.drive.progress.blocks === 0 ||
        host.now() - earlier.heardAt < OVERTAKEN_MS;
      if (isCopy && equalBytes(earlier.request, bytes)) {
        return ignore(peer, () => `request for "${name()}" again`);
      }
      // Silently: an ERROR would reach the peer before the new answer and be taken for it.
      earlier.drive.abandon("The device asked anew");
    }
    if (hasCompleted && options.once && delivered.has(deliveryKey(packet, peer))) {
      return ignore(peer, () => `"${name()}" was delivered already, not sending it twice`);
    }
    const refusal = (code: TftpErrorCode, message: string, reason: string): void => {
      tellRefused(packet, peer, reason);
      const answer = encodeError(code, message);
      tap("sent", answer, peer);
      listener.send(answer, peer);
    };
    const mode = packet.mode.toLowerCase();
    if (mode !== "octet" && mode !== "netascii") {
      const shown = displayByteString(packet.mode);
      return refusal(TftpError.ILLEGAL_OPERATION, "unknown mode", `the mode "${shown}" is unknown`);
    }
    const grant: ReadGrant | WriteGrant | Refusal = packet.op === "RRQ"
      ? options.files.read(packet.filename)
      : options.files.write(packet.filename);
    if (grant.kind === "refused") {
      // Without an answer the peer asks again, and then there is room for it.
      if (grant.isShortage === true) table.giveWay(peer);
      if (grant.isSilent === true) return tellRefused(packet, peer, grant.reason);
      return refusal(grant.code, grant.message, grant.reason);
    }
    // Only now: what gets no file ends nobody else's transfer.
    if (!table.makeRoom(peer)) {
      if (grant.kind === "read") grant.close();
      return ignore(peer, () => "too many transfers at once (see --max-transfers)");
    }
    options.onEvent({ ...requestEvent(packet, peer), served: true });
    try {
      startTransfer(surroundings, {
        id: ++lastId,
        packet,
        mode,
        grant,
        listener,
        peer,
        request: bytes.slice(),
      });
    } catch (thrown) {
      if (grant.kind === "read") grant.close();
      const error = toUnbrickError(thrown);
      const { code, message, hint = "" } = error;
      options.onEvent({
        event: "failed",
        code,
        message,
        hint,
        peer: peerKey(peer),
        name: grant.name,
      });
      if (code === "too-many-open") {
        table.giveWay(peer);
        return;
      }
      const answer = encodeError(
        code === "file-exists" ? TftpError.FILE_EXISTS : TftpError.NOT_DEFINED,
        "cannot open",
      );
      tap("sent", answer, peer);
      listener.send(answer, peer);
    }
  }

  function tellRefused(packet: RequestPacket, peer: SocketAddress, reason: string): void {
    gate.tell("refused", peer, () => ({ ...requestEvent(packet, peer), served: false, reason }));
  }

  /** With `once`: ends when, after a complete transfer, nothing has happened for a while. */
  function endIfQuiet(): void {
    if (closed || !options.once || !hasCompleted || table.size > 0) return;
    cancelQuiet?.();
    cancelQuiet = host.startTimer(QUIET_MS, () => {
      if (table.size === 0) close();
    });
  }

  function ignore(peer: SocketAddress, reason: () => string): void {
    gate.tell("ignored", peer, () => ({ event: "ignored", peer: peerKey(peer), reason: reason() }));
  }

  function close(): void {
    if (closed) return;
    closed = true;
    cancelQuiet?.();
    table.abortAll("Server stopped");
    gate.flush();
    listeners.forEach((listener) => listener.close());
    settle({ completed: hasCompleted });
  }

  return {
    listening: listeners.map(({ local }) => local),
    close,
    finished,
  };
}

/** Subnets of this computer's interfaces, loopback included: who may ask unless told otherwise. */
export function localSubnets(addresses: readonly LocalAddress[]): Ipv4Subnet[] {
  return addresses.flatMap(({ address, prefixLength }) => {
    const own = parseIpv4(address);
    if (own === undefined) return [];
    return [{ address: networkOf({ address: own, prefixLength }), prefixLength }];
  });
}

/** What the events of a request have in common. */
function requestEvent(packet: RequestPacket, peer: SocketAddress) {
  const asked: Record<string, string> = {};
  for (const option of packet.options) {
    asked[displayByteString(option.name)] = displayByteString(option.value);
  }
  return {
    event: "request",
    peer: peerKey(peer),
    op: packet.op,
    name: displayByteString(packet.filename),
    mode: displayByteString(packet.mode),
    options: asked,
  } as const;
}

/** What must not be delivered twice to one peer. */
function deliveryKey(packet: RequestPacket, peer: SocketAddress): string {
  return `${peer.hostname} ${packet.filename}`;
}

function equalBytes(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, index) => byte === other[index]);
}
