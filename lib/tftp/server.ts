/**
 * The TFTP server: listens, answers requests, runs the transfers (RFC 1350 §4: each on a port of
 * its own, unless single-port mode is wanted).
 *
 * @module
 */
import { toUnbrickError, type UnbrickError } from "../errors.ts";
import type {
  DatagramHandlers,
  DatagramSocket,
  Host,
  LocalAddress,
  SocketAddress,
} from "../host/host.ts";
import { type Ipv4Subnet, networkOf, parseIpv4, subnetContains } from "../net/ipv4.ts";
import type { Rollover } from "./block.ts";
import { type Drive, drive, type TransferResult } from "./drive.ts";
import type { FailureDetails, PacketTap, TransferEvent } from "./events.ts";
import type { FilePolicy, ReadGrant, Refusal, WriteGrant } from "./file_policy.ts";
import { type HashingSink, hashingSink, netasciiSink, netasciiSource } from "./files.ts";
import { displayByteString } from "./name.ts";
import { negotiate, type Negotiation, PLAIN_OPTIONS } from "./options.ts";
import {
  answerToStranger,
  decodePacket,
  encodeAck,
  encodeError,
  encodePacket,
  type RequestPacket,
  TftpError,
  type TftpErrorCode,
} from "./packet.ts";
import { ReceiveSession } from "./receive_session.ts";
import type { RetransmissionPolicy } from "./retransmission.ts";
import { SendSession } from "./send_session.ts";
import type { Session, TransferFailure } from "./session.ts";

/** How a server behaves. */
export interface TftpServerOptions {
  /** Addresses and ports to listen on. */
  readonly listen: readonly SocketAddress[];
  /** Which file a request gets. */
  readonly files: FilePolicy;
  /** Peers outside these subnets get no answer. Asked at each request, as addresses may change. */
  readonly allowed: () => readonly Ipv4Subnet[];
  /** Answer from the listening port instead of a new one. */
  readonly singlePort: boolean;
  /** Whether options are negotiated; otherwise every request is answered as plain RFC 1350. */
  readonly offerOptions: boolean;
  /** Transfers at a time. */
  readonly maxTransfers: number;
  /** End after the first complete transfer. */
  readonly once: boolean;
  /** Silence after which a transfer is given up, in milliseconds. */
  readonly giveUpMs: number;
  /** Block number after 65535. */
  readonly rollover: Rollover;
  /** Words for a failure. */
  readonly describeFailure: (
    failure: TransferFailure,
    direction: "send" | "receive",
  ) => FailureDetails;
  /** Called for everything worth telling. */
  readonly onEvent: (event: TransferEvent) => void;
  /** Called for every packet, if wanted. */
  readonly onPacket?: PacketTap;
}

/** A running server. */
export interface TftpServer {
  /** Where it listens. */
  readonly listening: readonly SocketAddress[];
  /** Ends it; peers in the middle of a transfer are told. */
  close(): void;
  /** Settles when the server has ended, with whether at least one transfer was complete. */
  readonly finished: Promise<{ readonly completed: boolean }>;
}

/**
 * A server is quick to repeat: U-Boot and others wait five seconds before they do. Numbers from
 * trying real clients, not from an RFC.
 */
const SERVER_RETRANSMISSION: RetransmissionPolicy = {
  initialMs: 400,
  floorMs: 40,
  ceilingMs: 4000,
};

/** Silence after the last block before "sent, last ACK missing", in milliseconds. */
const LAST_ACK_MS = 10_000;

/** First packets to a peer that never answers, spanning about 14 seconds with the waits above. */
const OPENING_ATTEMPTS = 6;

/** The same to a peer that wants to send: a receiver leaves it quiet sooner, this spans 11 seconds. */
const RECEIVE_OPENING_ATTEMPTS = 4;

/**
 * Time to answer repetitions of the last block, in milliseconds: longer than the five seconds after
 * which tftp-hpa and others repeat. Nobody waits for it.
 */
const DALLY_MS = 6000;

/** With `once`: how long the server stays after the first complete transfer, in milliseconds. */
const QUIET_MS = 3000;

/** Pause before an address that went away is tried again, in milliseconds. */
const REBIND_MS = 500;

/** Bytes enough for an ACK or ERROR, which is all that a sender receives. */
const SMALL_PACKET = 1024;

interface Transfer {
  readonly id: number;
  readonly peer: SocketAddress;
  readonly request: Uint8Array;
  readonly drive: Drive;
}

/** The slice of the host that a server needs. */
export type ServerHost = Pick<Host, "now" | "startTimer" | "bind" | "addresses">;

/** Starts a server. Throws UnbrickError when an address or port cannot be had. */
export function startServer(host: ServerHost, options: TftpServerOptions): TftpServer {
  const transfers = new Map<string, Transfer>();
  /** Name and peer of what was delivered, so that `once` can refuse the reflash loop. */
  const delivered = new Set<string>();
  let lastId = 0;
  let hasCompleted = false;
  let closed = false;
  let cancelQuiet: (() => void) | undefined;
  let settle: (result: { completed: boolean }) => void = () => {};
  const finished = new Promise<{ completed: boolean }>((resolve) => settle = resolve);
  const tap = options.onPacket ?? (() => {});

  const listeners = options.listen.map(() => undefined as DatagramSocket | undefined);
  const cancelRebinds = new Set<() => void>();
  try {
    options.listen.forEach((_, index) => listen(index));
  } catch (error) {
    listeners.forEach((listener) => listener?.close());
    throw error;
  }

  function listen(index: number): void {
    const listener = host.bind(options.listen[index]!, {
      datagram: (bytes, from) => receive(listener, bytes, from),
      sendFailed: () => {},
      receiveFailed: (error) => relisten(index, error),
    });
    listeners[index] = listener;
    const { hostname, port } = listener.local;
    options.onEvent({ event: "listening", address: hostname, port });
  }

  /** An address can go away with the link and come back with it: keep trying. */
  function relisten(index: number, error: UnbrickError): void {
    listeners[index] = undefined;
    if (closed) return;
    options.onEvent(waitingBecause(error));
    const retry = (): void => {
      const cancel = host.startTimer(REBIND_MS, () => {
        cancelRebinds.delete(cancel);
        try {
          listen(index);
        } catch {
          retry();
        }
      });
      cancelRebinds.add(cancel);
    };
    retry();
  }

  function receive(listener: DatagramSocket, bytes: Uint8Array, peer: SocketAddress): void {
    tap("received", bytes, peer);
    const packet = decodePacket(bytes);
    if (packet.op === "RRQ" || packet.op === "WRQ") {
      return handleRequest(listener, packet, bytes, peer);
    }
    const transfer = options.singlePort ? transfers.get(keyOf(peer)) : undefined;
    if (transfer !== undefined) return transfer.drive.deliver(bytes);
    const what = packet.op === "malformed" ? packet.reason : `${packet.op} without a request`;
    ignore(peer, what);
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
      return ignore(peer, "request from outside the allowed networks (see --allow)");
    }
    const name = displayByteString(packet.filename);
    const earlier = transfers.get(keyOf(peer));
    if (earlier !== undefined) {
      // The same request again before anything moved is a repetition of an impatient peer: the
      // running session repeats its answer by itself. Anything else replaces the session.
      if (earlier.drive.progress.blocks === 0 && equalBytes(earlier.request, bytes)) {
        return ignore(peer, `request for "${name}" again`);
      }
      // Silently: an ERROR would reach the peer before the new answer and be taken for it.
      earlier.drive.abandon("replaced by a new request");
    }
    if (hasCompleted && options.once && delivered.has(`${peer.hostname} ${packet.filename}`)) {
      return ignore(peer, `"${name}" was delivered already, not sending it twice`);
    }
    const refusal = (code: TftpErrorCode, message: string, reason: string): void => {
      tellRequest(packet, peer, name, reason);
      const answer = encodeError(code, message);
      tap("sent", answer, peer);
      listener.send(answer, peer);
    };
    const mode = packet.mode.toLowerCase();
    if (mode !== "octet" && mode !== "netascii") {
      const shown = displayByteString(packet.mode);
      return refusal(TftpError.ILLEGAL_OPERATION, "unknown mode", `the mode "${shown}" is unknown`);
    }
    if (!makeRoom()) return ignore(peer, "too many transfers at once (see --max-transfers)");
    const grant: ReadGrant | WriteGrant | Refusal = packet.op === "RRQ"
      ? options.files.read(packet.filename)
      : options.files.write(packet.filename);
    if (grant.kind === "refused") {
      if (grant.isSilent === true) return tellRequest(packet, peer, name, grant.reason);
      return refusal(grant.code, grant.message, grant.reason);
    }
    tellRequest(packet, peer, name, undefined);
    try {
      begin(listener, packet, mode, grant, bytes.slice(), peer);
    } catch (thrown) {
      if (grant.kind === "read") grant.close();
      const error = toUnbrickError(thrown);
      const { code, message, hint = "" } = error;
      options.onEvent({
        event: "failed",
        code,
        message,
        hint,
        peer: keyOf(peer),
        name: grant.name,
      });
      const answer = encodeError(
        code === "file-exists" ? TftpError.FILE_EXISTS : TftpError.NOT_DEFINED,
        "cannot open",
      );
      tap("sent", answer, peer);
      listener.send(answer, peer);
    }
  }

  /**
   * Whether another transfer fits. One that is complete gives way, or else one that was asked for but
   * never acknowledged; without a word, since who asked may not be who the packet said.
   */
  function makeRoom(): boolean {
    if (transfers.size < options.maxTransfers) return true;
    const running = [...transfers.values()];
    const leaving = running.find(({ drive }) => drive.isComplete) ??
      running.find(({ drive }) => drive.progress.blocks === 0);
    leaving?.drive.abandon("made room for another request");
    return leaving !== undefined;
  }

  function begin(
    listener: DatagramSocket,
    packet: RequestPacket,
    mode: "octet" | "netascii",
    grant: ReadGrant | WriteGrant,
    request: Uint8Array,
    peer: SocketAddress,
  ): void {
    const id = ++lastId;
    const key = keyOf(peer);
    const isRead = grant.kind === "read";
    const source = !isRead
      ? undefined
      : mode === "netascii"
      ? netasciiSource(grant.source)
      : grant.source;
    const negotiation: Negotiation = options.offerOptions
      // The size in netascii is not the one of the file: RFC 2349 leaves it open, so no answer.
      ? negotiate(packet.options, packet.op, mode === "octet" ? source?.size : undefined)
      : { options: PLAIN_OPTIONS, accepted: [] };
    const oack = negotiation.accepted.length === 0
      ? undefined
      : encodePacket({ op: "OACK", options: negotiation.accepted });
    const retransmission = retransmissionFor(negotiation.options.timeoutSeconds);
    const session: Session = source !== undefined
      ? new SendSession({
        source,
        options: negotiation.options,
        oack,
        rollover: options.rollover,
        peerHeard: false,
        retransmission,
        patience: {
          giveUpMs: options.giveUpMs,
          lastAckMs: Math.min(LAST_ACK_MS, options.giveUpMs),
          openingAttempts: OPENING_ATTEMPTS,
          verdictMs: 0,
        },
      })
      : new ReceiveSession({
        options: negotiation.options,
        opening: oack ?? encodeAck(0),
        retransmission,
        patience: {
          giveUpMs: options.giveUpMs,
          openingAttempts: RECEIVE_OPENING_ATTEMPTS,
          dallyMs: DALLY_MS,
          cleanDallyMs: DALLY_MS,
        },
      });
    const hashing: HashingSink | undefined = isRead ? undefined : hashingSink(grant.create());
    const sink = hashing !== undefined && mode === "netascii" ? netasciiSink(hashing) : hashing;

    let channel = listener;
    if (!options.singlePort) {
      const largestDatagram = isRead ? SMALL_PACKET : negotiation.options.blksize + 5;
      try {
        channel = ownSocket(listener, peer, largestDatagram, (bytes) => running.deliver(bytes));
      } catch (error) {
        sink?.discard();
        throw error;
      }
    }
    const direction = isRead ? "send" : "receive";
    options.onEvent({
      event: "started",
      transfer: id,
      peer: key,
      direction,
      name: grant.name,
      bytes: source?.size ?? negotiation.options.transferSize ?? null,
      blksize: negotiation.options.blksize,
      windowsize: negotiation.options.windowsize,
    });
    const running = drive(session, {
      host,
      send(bytes) {
        tap("sent", bytes, peer);
        channel.send(bytes, peer);
      },
      sink,
      onEvent: (event) =>
        options.onEvent(
          event.kind === "retransmit"
            ? { event: "retransmit", transfer: id, block: event.block, attempt: event.attempt }
            : { event: "ignored", peer: key, reason: event.reason, transfer: id },
        ),
      onProgress: ({ bytes, totalBytes, retransmissions }) =>
        options.onEvent({
          event: "progress",
          transfer: id,
          bytes,
          total: totalBytes ?? null,
          retransmissions,
        }),
      onResult: (result) =>
        tellResult(id, key, grant, result, hashing, `${peer.hostname} ${packet.filename}`),
      onClosed() {
        if (isRead) grant.close();
        if (channel !== listener) channel.close();
        if (transfers.get(key)?.id === id) transfers.delete(key);
        endIfQuiet();
      },
    });
    // A session can end inside its first step (a file that cannot be read).
    if (session.nextTimeout !== undefined) {
      transfers.set(key, { id, peer, request, drive: running });
    }
  }

  /** A socket with a port of its own: the transfer identifier (TID) of RFC 1350 §4. */
  function ownSocket(
    listener: DatagramSocket,
    peer: SocketAddress,
    largestDatagram: number,
    deliver: (bytes: Uint8Array) => void,
  ): DatagramSocket {
    const handlers: DatagramHandlers = {
      datagram(bytes, from) {
        tap("received", bytes, from);
        if (from.port === peer.port && from.hostname === peer.hostname) return deliver(bytes);
        const answer = answerToStranger(bytes);
        if (answer !== undefined) {
          tap("sent", answer, from);
          socket.send(answer, from);
        }
        ignore(from, "packet for somebody else's transfer");
      },
      // A lost packet and one that could not be sent are the same to the session: it repeats.
      sendFailed: () => {},
      receiveFailed: () => {},
    };
    const hostname = answerAddress(listener.local.hostname, peer.hostname, host.addresses());
    const socket = host.bind({ hostname, port: 0 }, handlers, { largestDatagram });
    return socket;
  }

  function tellRequest(
    packet: RequestPacket,
    peer: SocketAddress,
    name: string,
    reason: string | undefined,
  ): void {
    const asked: Record<string, string> = {};
    for (const option of packet.options) {
      asked[displayByteString(option.name)] = displayByteString(option.value);
    }
    options.onEvent({
      event: "request",
      peer: keyOf(peer),
      op: packet.op,
      name,
      mode: displayByteString(packet.mode),
      options: asked,
      served: reason === undefined,
      ...(reason === undefined ? {} : { reason }),
    });
  }

  function tellResult(
    id: number,
    peer: string,
    grant: ReadGrant | WriteGrant,
    result: TransferResult,
    hashing: HashingSink | undefined,
    deliveryKey: string,
  ): void {
    const { outcome, failure, progress, durationMs } = result;
    const { name } = grant;
    if (failure !== undefined) {
      const direction = grant.kind === "read" ? "send" : "receive";
      const details = options.describeFailure(failure, direction);
      options.onEvent({
        event: "failed",
        ...details,
        transfer: id,
        peer,
        name,
        bytes: progress.bytes,
      });
    } else if (outcome === "size-only") {
      ignore(peer, `asked only for the size of "${name}"`);
    } else if (outcome !== undefined) {
      options.onEvent({
        event: "completed",
        transfer: id,
        peer,
        name,
        outcome,
        bytes: outcome === "last-ack-missing"
          ? progress.totalBytes ?? progress.bytes
          : progress.bytes,
        seconds: Math.round(durationMs) / 1000,
        blocks: progress.blocks,
        retransmissions: progress.retransmissions,
        sha256: hashing?.digest() ?? (grant.kind === "read" ? grant.sha256 : undefined) ?? null,
      });
      hasCompleted = true;
      delivered.add(deliveryKey);
    }
  }

  /** With `once`: ends when, after a complete transfer, nothing has happened for a while. */
  function endIfQuiet(): void {
    if (closed || !options.once || !hasCompleted || transfers.size > 0) return;
    cancelQuiet?.();
    cancelQuiet = host.startTimer(QUIET_MS, () => {
      if (transfers.size === 0) close();
    });
  }

  function ignore(peer: SocketAddress | string, reason: string): void {
    const shown = typeof peer === "string" ? peer : keyOf(peer);
    options.onEvent({ event: "ignored", peer: shown, reason });
  }

  function close(): void {
    if (closed) return;
    closed = true;
    cancelQuiet?.();
    cancelRebinds.forEach((cancel) => cancel());
    for (const transfer of [...transfers.values()]) transfer.drive.abort("server stopped");
    listeners.forEach((listener) => listener?.close());
    settle({ completed: hasCompleted });
  }

  return {
    listening: listeners.map((listener) => listener!.local),
    close,
    finished,
  };
}

/**
 * The address to answer from. Behind a wildcard socket the system chooses by route, which is the
 * wrong one of several addresses on the same cable; the one in the peer's subnet is what it asked.
 */
function answerAddress(
  listening: string,
  peer: string,
  addresses: ReturnType<Host["addresses"]>,
): string {
  if (listening !== "0.0.0.0") return listening;
  const asker = parseIpv4(peer);
  const inSubnet = addresses.find(({ address, prefixLength }) => {
    const own = parseIpv4(address);
    return own !== undefined && asker !== undefined &&
      subnetContains({ address: own, prefixLength }, asker);
  });
  return inSubnet?.address ?? listening;
}

/** Subnets of this computer's interfaces, loopback included: who may ask unless told otherwise. */
export function localSubnets(addresses: readonly LocalAddress[]): Ipv4Subnet[] {
  return addresses.flatMap(({ address, prefixLength }) => {
    const own = parseIpv4(address);
    if (own === undefined) return [];
    return [{ address: networkOf({ address: own, prefixLength }), prefixLength }];
  });
}

/** The event that says why nothing can come at the moment. */
export function waitingBecause(error: UnbrickError): TransferEvent {
  return { event: "waiting", reason: error.code, message: error.message, hint: error.hint ?? "" };
}

/** A peer that negotiated a timeout is never left longer than that without a repetition. */
function retransmissionFor(timeoutSeconds: number | undefined): RetransmissionPolicy {
  if (timeoutSeconds === undefined) return SERVER_RETRANSMISSION;
  const ceilingMs = Math.min(SERVER_RETRANSMISSION.ceilingMs, timeoutSeconds * 1000);
  return { ...SERVER_RETRANSMISSION, ceilingMs };
}

function keyOf(peer: SocketAddress): string {
  return `${peer.hostname}:${peer.port}`;
}

function equalBytes(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, index) => byte === other[index]);
}
