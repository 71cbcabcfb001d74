/**
 * Choosing the addresses of this computer that a server listens on.
 *
 * @module
 */
import { UnbrickError } from "../errors.ts";
import type { LocalAddress } from "../host/host.ts";
import { networkOf, parseIpv4 } from "../net/ipv4.ts";

/** What the person asked for. */
export interface ListenWish {
  /** Dotted IPv4 addresses; empty when none was named. */
  readonly addresses: readonly string[];
  /** Name of an interface. */
  readonly interfaceName: string | undefined;
}

/** All addresses of this computer. */
const WILDCARD = "0.0.0.0";

/**
 * The addresses to listen on. Normally the wildcard, which needs no address to be there yet. When an
 * interface has several addresses in one network (TP-Link models alone expect four of 192.168.0.x),
 * each gets its own socket, because behind a wildcard there is no telling which one was asked and an
 * answer from another would be ignored by the device.
 *
 * Throws UnbrickError (`interface-unsuitable`) for an interface without an IPv4 address.
 */
export function listenAddresses(wish: ListenWish, local: readonly LocalAddress[]): string[] {
  if (wish.addresses.length > 0) return [...new Set(wish.addresses)];
  if (wish.interfaceName !== undefined) {
    const own = local.filter((entry) => entry.interfaceName === wish.interfaceName);
    if (own.length === 0) {
      const known = [...new Set(local.map((entry) => entry.interfaceName))].join(", ");
      throw new UnbrickError(
        "interface-unsuitable",
        `The interface "${wish.interfaceName}" has no IPv4 address`,
        { hint: `Give it one first, or choose one of: ${known}` },
      );
    }
    return own.map((entry) => entry.address);
  }
  const networks = local.map(({ address, prefixLength }) => {
    const own = parseIpv4(address);
    return own === undefined
      ? address
      : `${networkOf({ address: own, prefixLength })}/${prefixLength}`;
  });
  const shared = new Set(networks).size < networks.length;
  return shared ? local.map((entry) => entry.address) : [WILDCARD];
}
