/**
 * A host for servers that live on broadcasts: sockets are recorded, datagrams are put in by hand,
 * time is virtual.
 *
 * @module
 */
import { UnbrickError } from "../../lib/errors.ts";
import type { DatagramHandlers, Host, SocketAddress } from "../../lib/host/host.ts";
import { Timeline } from "../../lib/simulator/timeline.ts";

/** A datagram that left. */
export interface SentDatagram {
  /** When, in virtual milliseconds. */
  readonly at: number;
  /** Address of the socket it left from. */
  readonly from: SocketAddress;
  /** Where it went. */
  readonly to: SocketAddress;
  /** The bytes. */
  readonly bytes: Uint8Array;
}

/** The host with what a test sets up and looks at. */
export interface BroadcastHost {
  /** Sockets, clock and timers. */
  readonly host: Pick<Host, "now" | "startTimer" | "bind">;
  /** The clock. */
  readonly time: Timeline;
  /** Everything that left, oldest first. */
  readonly sent: SentDatagram[];
  /** Ports that another program has. */
  readonly taken: Set<number>;
  /** Destinations that cannot be reached. */
  readonly unreachable: Set<string>;
  /** Addresses to which no socket can be bound. */
  readonly missing: Set<string>;
  /** Open sockets as "address:port". */
  open(): string[];
  /** The system closes every socket of a port. */
  lose(port: number): void;
  /** Gives a datagram to every socket of the port, or to the one with this address. */
  deliver(port: number, bytes: Uint8Array, from: SocketAddress, to?: string): void;
}

/** Makes such a host. */
export function broadcastHost(): BroadcastHost {
  const time = new Timeline();
  const sent: SentDatagram[] = [];
  const taken = new Set<number>();
  const unreachable = new Set<string>();
  const missing = new Set<string>();
  const sockets = new Map<SocketAddress, DatagramHandlers>();
  return {
    time,
    sent,
    taken,
    unreachable,
    missing,
    lose(port) {
      for (const [local, handlers] of [...sockets]) {
        if (local.port !== port) continue;
        sockets.delete(local);
        handlers.receiveFailed(new UnbrickError("network-unreachable", "The socket was closed"));
      }
    },
    open: () => [...sockets.keys()].map(({ hostname, port }) => `${hostname}:${port}`),
    deliver(port, bytes, from, to) {
      for (const [local, handlers] of [...sockets]) {
        if (local.port === port && (to ?? local.hostname) === local.hostname) {
          handlers.datagram(bytes, from);
        }
      }
    },
    host: {
      now: () => time.now,
      startTimer: (delayMs, callback) => time.schedule(delayMs, callback),
      bind(local, handlers) {
        if (taken.has(local.port)) {
          throw new UnbrickError("port-in-use", `UDP port ${local.port} is taken`);
        }
        if (missing.has(local.hostname)) {
          throw new UnbrickError("address-not-assigned", `Nobody has ${local.hostname}`);
        }
        sockets.set(local, handlers);
        return {
          local,
          send(bytes, to) {
            if (unreachable.has(to.hostname)) {
              const error = new UnbrickError("network-unreachable", "no way");
              time.schedule(0, () => handlers.sendFailed(error, to));
            } else {
              sent.push({ at: time.now, from: local, to, bytes: bytes.slice() });
            }
          },
          close: () => void sockets.delete(local),
        };
      },
    },
  };
}
