/**
 * Which client has which address. Pure: a table is a value, every change makes a new one.
 *
 * @module
 */
import type { Millis } from "../host/host.ts";

/** An inclusive range of addresses to give away, as unsigned 32-bit numbers. */
export interface AddressPool {
  /** First address. */
  readonly first: number;
  /** Last address. */
  readonly last: number;
}

/** An address given to a client. */
export interface Lease {
  /** The address. */
  readonly address: number;
  /** When another client may get it, on the monotonic clock. */
  readonly endsAt: Millis;
}

/** All leases, and addresses that somebody else turned out to have. */
export interface LeaseTable {
  /** Leases by MAC address. */
  readonly leases: ReadonlyMap<string, Lease>;
  /** Addresses a client declined, with the time until which they are left alone. */
  readonly declined: ReadonlyMap<number, Millis>;
}

/** No lease at all. */
export const NO_LEASES: LeaseTable = { leases: new Map(), declined: new Map() };

/** Time for which a declined address is left alone. */
const DECLINE_MS: Millis = 600_000;

/**
 * The address for a client: the one it has, else one that follows from its MAC address, so that it
 * is the same after a restart, else any that is free or whose lease has ended.
 *
 * @param taken addresses never to be given, such as this computer's.
 * @returns undefined when the pool is used up.
 */
export function addressFor(
  table: LeaseTable,
  mac: string,
  pool: AddressPool,
  taken: readonly number[],
  now: Millis,
): number | undefined {
  const own = table.leases.get(mac);
  if (own !== undefined && isUsable(own.address)) return own.address;
  const size = pool.last - pool.first + 1;
  const start = hash(mac) % size;
  for (let step = 0; step < size; step++) {
    const address = pool.first + (start + step) % size;
    if (isUsable(address) && !isLeased(address)) return address;
  }
  return undefined;

  function isUsable(address: number): boolean {
    return address >= pool.first && address <= pool.last && !taken.includes(address) &&
      (table.declined.get(address) ?? -Infinity) <= now;
  }
  function isLeased(address: number): boolean {
    for (const [holder, lease] of table.leases) {
      if (holder !== mac && lease.address === address && lease.endsAt > now) return true;
    }
    return false;
  }
}

/** The table with an address given to a client; who had it before has none any more. */
export function withLease(table: LeaseTable, mac: string, lease: Lease): LeaseTable {
  const leases = new Map(
    [...table.leases].filter(([holder, { address }]) =>
      holder !== mac && address !== lease.address
    ),
  );
  return { ...table, leases: leases.set(mac, lease) };
}

/** The table after a client gave its address back: it gets it again, unless somebody else has. */
export function withReleased(table: LeaseTable, mac: string, now: Millis): LeaseTable {
  const lease = table.leases.get(mac);
  return lease === undefined ? table : withLease(table, mac, { ...lease, endsAt: now });
}

/** The table after a client found its address in use by somebody else (RFC 2131 §4.3.3). */
export function withDeclined(table: LeaseTable, mac: string, now: Millis): LeaseTable {
  const lease = table.leases.get(mac);
  if (lease === undefined) return table;
  const leases = new Map(table.leases);
  leases.delete(mac);
  return { leases, declined: new Map(table.declined).set(lease.address, now + DECLINE_MS) };
}

/** FNV-1a, 32 bits: spreads MAC addresses of one maker, which differ in the last digits only. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  }
  return value >>> 0;
}
