/**
 * How a server behaves, and what it needs of the world.
 *
 * @module
 */
import type { Host, SocketAddress } from "../host/host.ts";
import type { Ipv4Subnet } from "../net/ipv4.ts";
import type { Rollover } from "./block.ts";
import type { FailureDetails, PacketTap, TransferEvent } from "./events.ts";
import type { FilePolicy } from "./file_policy.ts";
import type { TransferFailure } from "./session.ts";

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

/** The slice of the host that a server needs. */
export type ServerHost = Pick<Host, "now" | "startTimer" | "bind" | "addresses">;
