/**
 * One transfer of a server, from the granted request to its end: socket, session, events.
 *
 * @module
 */
import type { UnbrickError } from "../errors.ts";
import type { DatagramSocket, SocketAddress } from "../host/host.ts";
import { drive, type TransferResult } from "./drive.ts";
import { type PacketTap, type TransferEvent, waitingBecause } from "./events.ts";
import type { FloodGate } from "./flood_gate.ts";
import type { ServerHost, TftpServerOptions } from "./server_options.ts";
import { type Granted, serverSession } from "./server_session.ts";
import type { TransferFailure } from "./session.ts";
import { openTransferSocket } from "./transfer_socket.ts";
import { peerKey, type Transfer, type TransferTable } from "./transfer_table.ts";

/** What the transfers of a server share. */
export interface TransferSurroundings {
  /** Sockets, clock, timers. */
  readonly host: ServerHost;
  /** How the server behaves. */
  readonly options: TftpServerOptions;
  /** Called for every packet. */
  readonly tap: PacketTap;
  /** Where packets are told of that get nothing. */
  readonly gate: FloodGate;
  /** Where running transfers are found. */
  readonly table: TransferTable;
  /** Called when a transfer is complete. */
  readonly completed: (granted: Granted, peer: SocketAddress) => void;
  /** Called when a transfer is over, however it ended. */
  readonly closed: () => void;
}

/** A granted request, and where it came from. */
export interface TransferStart extends Granted {
  /** Number of the transfer in the events. */
  readonly id: number;
  /** Socket that the request came to. */
  readonly listener: DatagramSocket;
  /** Who asks. */
  readonly peer: SocketAddress;
  /** The request as it came; kept. */
  readonly request: Uint8Array;
}

/** Starts a transfer. Throws UnbrickError, before anything is sent, when file or socket fail. */
export function startTransfer(surroundings: TransferSurroundings, start: TransferStart): void {
  const { host, options, tap, gate, table } = surroundings;
  const { id, listener, peer, grant } = start;
  const key = peerKey(peer);
  const { session, agreed, size, sink, hashing, largestDatagram } = serverSession(start, options);
  const startedAt = host.now();
  let heardAt = startedAt;
  /** What kept packets from the peer since it was last heard. */
  let obstacle: UnbrickError | undefined;

  function deliver(bytes: Uint8Array): void {
    heardAt = host.now();
    obstacle = undefined;
    running.deliver(bytes);
  }

  function hindered(error: UnbrickError): void {
    if (obstacle?.code !== error.code) options.onEvent(waitingBecause(error));
    obstacle = error;
  }

  let channel = listener;
  if (!options.singlePort) {
    try {
      channel = openTransferSocket(host, {
        listening: listener.local.hostname,
        peer,
        largestDatagram,
        deliver,
        stranger: (from) =>
          gate.tell("ignored", from, () => ({
            event: "ignored",
            peer: peerKey(from),
            reason: "packet for somebody else's transfer",
          })),
        hindered,
        tap,
      });
    } catch (error) {
      sink?.discard();
      throw error;
    }
  }
  options.onEvent({
    event: "started",
    transfer: id,
    peer: key,
    direction: grant.kind === "read" ? "send" : "receive",
    name: grant.name,
    bytes: size ?? null,
    blksize: agreed.blksize,
    windowsize: agreed.windowsize,
  });
  const running = drive(session, {
    host,
    send(bytes) {
      tap("sent", bytes, peer);
      channel.send(bytes, peer);
    },
    sink,
    onEvent(event) {
      if (event.kind === "ignored") {
        const { reason } = event;
        gate.tell(
          "inTransfers",
          peer,
          () => ({ event: "ignored", peer: key, reason, transfer: id }),
        );
        return;
      }
      const { block, attempt } = event;
      options.onEvent({ event: "retransmit", transfer: id, block, attempt });
      table.endIfLeftBehind(transfer, host.now());
    },
    onProgress: ({ bytes, totalBytes, retransmissions }) =>
      options.onEvent({
        event: "progress",
        transfer: id,
        bytes,
        total: totalBytes ?? null,
        retransmissions,
      }),
    onResult(result) {
      // Silence on a way that this computer has lost says nothing of the peer.
      const failure: TransferFailure | undefined =
        result.failure?.kind === "timeout" && obstacle !== undefined
          ? { kind: "local", cause: obstacle }
          : result.failure;
      const event = endEvent(start, { ...result, failure }, options, () => hashing?.digest());
      if (event === undefined) return;
      options.onEvent(event);
      if (event.event === "completed") surroundings.completed(start, peer);
    },
    onClosed() {
      if (grant.kind === "read") grant.close();
      if (channel !== listener) channel.close();
      table.remove(peer, id);
      surroundings.closed();
    },
  });
  const transfer: Transfer = {
    id,
    peer,
    request: start.request,
    wanted: `${start.packet.op} ${start.packet.filename}`,
    drive: running,
    startedAt,
    get heardAt() {
      return heardAt;
    },
    deliver,
    hindered,
  };
  // A session can end inside its first step (a file that cannot be read).
  if (session.nextTimeout !== undefined) table.add(transfer);
}

/** The event that tells how a transfer ended. */
function endEvent(
  { id, peer, grant }: TransferStart,
  { outcome, failure, progress, durationMs }: TransferResult,
  { describeFailure }: TftpServerOptions,
  digest: () => string | undefined,
): TransferEvent | undefined {
  const { name } = grant;
  const shown = peerKey(peer);
  if (failure !== undefined) {
    const details = describeFailure(failure, grant.kind === "read" ? "send" : "receive");
    return {
      event: "failed",
      ...details,
      transfer: id,
      peer: shown,
      name,
      bytes: progress.bytes,
    };
  }
  if (outcome === "size-only") {
    return { event: "size-asked", transfer: id, peer: shown, name };
  }
  if (outcome === undefined) return undefined;
  return {
    event: "completed",
    transfer: id,
    peer: shown,
    name,
    outcome,
    bytes: outcome === "last-ack-missing" ? progress.totalBytes ?? progress.bytes : progress.bytes,
    seconds: Math.round(durationMs) / 1000,
    blocks: progress.blocks,
    retransmissions: progress.retransmissions,
    sha256: digest() ?? (grant.kind === "read" ? grant.sha256 : undefined) ?? null,
  };
}
