/**
 * Which address this computer should have for a device.
 *
 * @module
 */
import { networkOf } from "../net/ipv4.ts";
import type { Ipv4Subnet } from "../net/ipv4.ts";
import type { Recovery } from "./types.ts";

/** Addresses for this computer, and how binding they are. */
export interface Addresses {
  /** What to give the interface; carry them all. Empty when nothing is known. */
  readonly list: readonly Ipv4Subnet[];
  /**
   * `asked`: the device asks these; `only-accepted`: it accepts nobody else; `example`: any free
   * address of the subnet does, this one stands in the source; `chosen`: likewise, but chosen here
   * in a subnet assumed to be a /24; `typed`: somebody types it on a console; `unknown`.
   */
  readonly reason: "asked" | "only-accepted" | "example" | "chosen" | "typed" | "unknown";
}

/** Prefix length assumed where no source gives one. */
const ASSUMED_PREFIX_LENGTH = 24;

/**
 * For a device that takes whatever address it is given: in the network in which OpenWrt then answers
 * at 192.168.1.1.
 */
export const NETBOOT_ADDRESS: Ipv4Subnet = { address: 0xc0a8010a, prefixLength: 24 };

/** The addresses to give this computer for a way of recovery. */
export function computerAddresses(recovery: Recovery): Addresses {
  const { computer, device } = recovery;
  const isClient = recovery.way === "listens" || recovery.way === "serial-then-listens";
  if (computer?.kind === "exactly") {
    const isTyped = recovery.way === "serial-then-pulls" && recovery.typed;
    if (isTyped || recovery.way === "redboot") return { list: computer.addresses, reason: "typed" };
    return { list: computer.addresses, reason: isClient ? "only-accepted" : "asked" };
  }
  if (computer !== undefined) {
    const { example, subnet } = computer;
    const address = example ?? freeAddress(subnet, device);
    return { list: [{ address, prefixLength: subnet.prefixLength }], reason: "example" };
  }
  if (recovery.way === "bootp-then-pulls" && device === undefined) {
    return { list: [NETBOOT_ADDRESS], reason: "chosen" };
  }
  const chooses = isClient || recovery.way === "redboot" || recovery.way === "bootp-then-pulls";
  if (!chooses || device === undefined) return { list: [], reason: "unknown" };
  const assumed = { address: device, prefixLength: ASSUMED_PREFIX_LENGTH };
  const address = freeAddress(assumed, device);
  return { list: [{ address, prefixLength: ASSUMED_PREFIX_LENGTH }], reason: "chosen" };
}

/** The first address of a subnet from .2 on that the device has not. */
function freeAddress(subnet: Ipv4Subnet, device: number | undefined): number {
  const second = networkOf(subnet) + 2;
  return second === device ? second + 1 : second;
}
