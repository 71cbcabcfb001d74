/**
 * Addresses that make this computer the TFTP server of most devices that ask for one, for when the
 * device is not known.
 *
 * @module
 */
import { parseSubnet } from "../net/ipv4.ts";
import type { Ipv4Subnet } from "../net/ipv4.ts";

/** The server addresses most devices of the catalogue expect, most frequent first. */
export const COMMON_SERVER_ADDRESSES: readonly string[] = [
  "192.168.1.254/24",
  "192.168.0.66/24",
  "192.168.1.2/24",
  "192.168.1.10/24",
  "192.168.0.100/24",
  "192.168.1.88/24",
  "192.168.100.8/24",
  "192.168.11.2/24",
];

/** {@link COMMON_SERVER_ADDRESSES} as subnets. */
export function commonServerSubnets(): readonly Ipv4Subnet[] {
  return COMMON_SERVER_ADDRESSES.flatMap((text) => parseSubnet(text) ?? []);
}
