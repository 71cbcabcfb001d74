/**
 * Serving images to a bootloader that pulls.
 *
 * @module
 */
import { UnbrickError } from "../errors.ts";
import type { Host, LocalAddress, Millis } from "../host/host.ts";
import { type Ipv4Subnet, parseIpv4, subnetContains } from "../net/ipv4.ts";
import { findPortOwner } from "../net/port_owner.ts";
import {
  localSubnets,
  startServer,
  type TftpServer,
  type TftpServerOptions,
} from "../tftp/server.ts";
import { listenAddresses, type ListenWish } from "./addresses.ts";
import { describeFailure } from "./failure_text.ts";
import { watchSilence } from "./silence.ts";

/** Silence after which a transfer is given up: bootloaders erase flash in the middle of one. */
export const GIVE_UP_MS = 60_000;

/** Transfers at a time: a bench of forty routers that all ask twice. */
export const MAX_TRANSFERS = 100;

/** What to serve, and how. */
export interface ServeGoal
  extends Omit<TftpServerOptions, "listen" | "allowed" | "describeFailure"> {
  /** Addresses or interface to listen on. */
  readonly listen: ListenWish;
  /** UDP port. */
  readonly port: number;
  /** Networks that may ask; undefined for those of this computer's interfaces. */
  readonly allowed: readonly Ipv4Subnet[] | undefined;
}

/** The part of the host that serving needs. */
export type ServeHost = Pick<Host, "now" | "startTimer" | "bind" | "addresses" | "run" | "os">;

/**
 * Time for which the addresses of this computer are taken to stay the same, in milliseconds. To ask
 * for them costs 0.15 ms, as much as twenty packets, and each request wants them twice.
 */
const ADDRESSES_MS: Millis = 100;

/** The address 0.0.0.0, which stands for all addresses of this computer. */
const WILDCARD = 0;

/**
 * Starts serving. Rejects with UnbrickError when the port cannot be opened; when another program
 * holds it and the system tells which, the message does, too.
 */
export async function serve(
  host: ServeHost,
  goal: ServeGoal,
): Promise<TftpServer> {
  const listen = listenAddresses(goal.listen, host.addresses())
    .map((hostname) => ({ hostname, port: goal.port }));
  const bound = listen.map(({ hostname }) => parseIpv4(hostname) ?? WILDCARD);
  const addresses = addressesNow(host);
  // Only the networks of the addresses that are listened on, as they are at each request.
  const allowedNow = (): readonly Ipv4Subnet[] =>
    goal.allowed ??
      localSubnets(addresses()).filter((subnet) =>
        bound.some((address) => address === WILDCARD || subnetContains(subnet, address))
      );
  let server: TftpServer;
  const silence = watchSilence(host, "serve", goal.onEvent);
  try {
    server = startServer({ ...host, addresses }, {
      ...goal,
      listen,
      allowed: allowedNow,
      describeFailure: (failure, direction) =>
        describeFailure(failure, direction === "send" ? "serve" : "receive"),
      onEvent(event) {
        if (event.event === "request") silence.heard();
        goal.onEvent(event);
      },
    });
  } catch (error) {
    silence.stop();
    throw await namePortOwner(host, error, goal.port);
  }
  server.finished.then(silence.stop);
  return server;
}

/** Asks for the addresses of this computer, not more often than {@link ADDRESSES_MS}. */
function addressesNow(host: Pick<Host, "now" | "addresses">): () => LocalAddress[] {
  let askedAt = -Infinity;
  let known: LocalAddress[] = [];
  return () => {
    if (host.now() - askedAt >= ADDRESSES_MS) {
      known = host.addresses();
      askedAt = host.now();
    }
    return known;
  };
}

/** Names the program that holds a port in the error that says it is held, if the system tells. */
export async function namePortOwner(
  host: Pick<Host, "run" | "os">,
  error: unknown,
  port: number,
): Promise<unknown> {
  if (!(error instanceof UnbrickError) || error.code !== "port-in-use") return error;
  const owner = await findPortOwner(host, port);
  if (owner === undefined) return error;
  return new UnbrickError("port-in-use", `${error.message}: ${owner}`, {
    hint: `Stop ${owner} for the time of the recovery, then start it again`,
    cause: error,
  });
}
