/**
 * One transfer of a server, from the granted request to its end: socket, session, events.
 *
 * @module
 */
import type { DatagramSocket, SocketAddress } from "../host/host.ts";
import { drive, type TransferResult } from "./drive.ts";
import type { PacketTap, TransferEvent } from "./events.ts";
import type { ServerHost, TftpServerOptions } from "./server_options.ts";
import { type Granted, serverSession } from "./server_session.ts";
import { openTransferSocket } from "./transfer_socket.ts";
import { peerKey, type TransferTable } from "./transfer_table.ts";

/** What the transfers of a server share. */
export interface TransferSurroundings {
  /** Sockets, clock, timers. */
  readonly host: ServerHost;
  /** How the server behaves. */
  readonly options: TftpServerOptions;
  /** Called for every packet. */
  readonly tap: PacketTap;
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
  const { host, options, tap, table } = surroundings;
  const { id, listener, peer, grant } = start;
  const key = peerKey(peer);
  const { session, agreed, size, sink, hashing, largestDatagram } = serverSession(start, options);

  let channel = listener;
  if (!options.singlePort) {
    try {
      channel = openTransferSocket(host, {
        listening: listener.local.hostname,
        peer,
        largestDatagram,
        deliver: (bytes) => running.deliver(bytes),
        stranger: (from) =>
          options.onEvent({
            event: "ignored",
            peer: peerKey(from),
            reason: "packet for somebody else's transfer",
          }),
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
    onResult(result) {
      const event = endEvent(start, result, options, () => hashing?.digest());
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
  // A session can end inside its first step (a file that cannot be read).
  if (session.nextTimeout !== undefined) {
    table.add({ id, peer, request: start.request, drive: running });
  }
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
    return { event: "ignored", peer: shown, reason: `asked only for the size of "${name}"` };
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
