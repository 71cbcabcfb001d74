/**
 * What `redboot` and `console` share before anything is typed: addresses.
 *
 * @module
 */
import { UnbrickError } from "../../lib/errors.ts";
import type { LocalAddress } from "../../lib/host/host.ts";
import { formatSubnet, type Ipv4Subnet, parseIpv4, subnetContains } from "../../lib/net/ipv4.ts";

/**
 * This computer's address in the network of the device. Throws UnbrickError `network-unreachable`
 * when it has none.
 */
export function ownAddressFor(own: readonly LocalAddress[], device: Ipv4Subnet): string {
  const found = own.find(({ address }) => {
    const number = parseIpv4(address);
    return number !== undefined && number !== device.address && subnetContains(device, number);
  });
  if (found !== undefined) return found.address;
  throw new UnbrickError(
    "network-unreachable",
    `This computer has no address in the network of ${formatSubnet(device)}`,
    { hint: "Give the wired interface one (unbrick setup), or name it with --server" },
  );
}

/** An address in memory or flash, in hexadecimal with or without "0x". */
export function checkMemoryAddress(text: string | undefined, name: string): number | undefined {
  if (text === undefined) return undefined;
  if (/^(?:0x)?[0-9a-f]{1,8}$/i.test(text)) return parseInt(text.replace(/^0x/i, ""), 16);
  throw new UnbrickError("usage", `${name} "${text}" is not an address`, {
    hint: "Give it in hexadecimal: 0x81000000",
  });
}
