/**
 * "I don't know what I have": the fewest addresses for this computer that serve the most devices,
 * computed from the catalogue.
 *
 * @module
 */
import { subnetContains } from "../net/ipv4.ts";
import type { Ipv4Subnet } from "../net/ipv4.ts";
import type { Catalogue, Device } from "./types.ts";

/** How many of how many. */
export interface Share {
  /** Devices that the plan serves. */
  readonly served: number;
  /** Devices of that sort that TFTP can recover, with the values known. */
  readonly total: number;
}

/** One address of the plan. */
export interface PlannedAddress {
  /** Address for this computer. */
  readonly address: Ipv4Subnet;
  /** Devices that are served because of it and were not served by the ones before. */
  readonly adds: number;
}

/** One file name that devices of the plan ask for. */
export interface PlannedName {
  /** The name, as spelled in the catalogue. */
  readonly name: string;
  /** How many of the served devices ask for it. */
  readonly devices: number;
}

/** A plan for devices that nobody could name. */
export interface UniversalPlan {
  /** Addresses for this computer, the most useful first. */
  readonly addresses: readonly PlannedAddress[];
  /** Names that the served devices ask for, the most common first. */
  readonly names: readonly PlannedName[];
  /** Devices that ask one image of this computer. */
  readonly pulls: Share;
  /** Devices that wait at an address which this computer then reaches. */
  readonly listens: Share;
}

/**
 * Chooses at most `maxAddresses` addresses greedily: each time the one that serves the most devices
 * not yet served. An address that a device of the plan has itself is never chosen. A device that
 * may ask either of several addresses counts once all of them are held.
 */
export function universalPlan(catalogue: Catalogue, maxAddresses: number): UniversalPlan {
  const pulling = catalogue.devices.filter(pullsOneImage);
  const listening = catalogue.devices.filter((device) =>
    device.avoid === undefined && device.recovery.way === "listens" &&
    device.recovery.device !== undefined
  );
  const candidates = new Map<string, Ipv4Subnet>();
  for (const device of pulling) {
    for (const subnet of askedBy(device)) candidates.set(keyOf(subnet), subnet);
  }
  const chosen: PlannedAddress[] = [];
  let served = new Set<Device>();
  while (chosen.length < maxAddresses) {
    let best: { readonly address: Ipv4Subnet; readonly served: Set<Device> } | undefined;
    for (const address of candidates.values()) {
      const addresses = [...chosen.map((planned) => planned.address), address];
      const now = servedBy(pulling, addresses);
      if (takesOwnAddress(addresses, now)) continue;
      if (now.size > (best?.served.size ?? served.size)) best = { address, served: now };
    }
    if (best === undefined) break;
    chosen.push({ address: best.address, adds: best.served.size - served.size });
    served = best.served;
  }
  const addresses = chosen.map((planned) => planned.address);
  return {
    addresses: chosen,
    names: namesAsked(served),
    pulls: { served: served.size, total: pulling.length },
    listens: {
      served: listening.filter((device) => isReached(device, addresses)).length,
      total: listening.length,
    },
  };
}

/** Whether it asks one file, by known name, of a known address. */
function pullsOneImage(device: Device): boolean {
  const { recovery } = device;
  if (device.avoid !== undefined || recovery.way !== "pulls") return false;
  const [file, ...more] = recovery.files;
  return file !== undefined && more.length === 0 && !file.partOfImage &&
    recovery.computer !== undefined;
}

function askedBy(device: Device): readonly Ipv4Subnet[] {
  const { computer } = device.recovery;
  return computer?.kind === "exactly" ? computer.addresses : [];
}

function servedBy(devices: readonly Device[], addresses: readonly Ipv4Subnet[]): Set<Device> {
  const held = new Set(addresses.map((subnet) => subnet.address));
  return new Set(
    devices.filter((device) => askedBy(device).every((subnet) => held.has(subnet.address))),
  );
}

function takesOwnAddress(addresses: readonly Ipv4Subnet[], devices: Set<Device>): boolean {
  const own = new Set([...devices].map((device) => device.recovery.device));
  return addresses.some((subnet) => own.has(subnet.address));
}

function isReached(device: Device, addresses: readonly Ipv4Subnet[]): boolean {
  const { computer, device: own } = device.recovery;
  if (own === undefined || addresses.some((subnet) => subnet.address === own)) return false;
  if (computer?.kind === "exactly") {
    return computer.addresses.some((wanted) =>
      addresses.some((subnet) => subnet.address === wanted.address)
    );
  }
  return addresses.some((subnet) => subnetContains(subnet, own));
}

function namesAsked(devices: Set<Device>): readonly PlannedName[] {
  const counts = new Map<string, number>();
  for (const { recovery } of devices) {
    if (recovery.way !== "pulls") continue;
    for (const name of recovery.files.flatMap((file) => file.names)) {
      counts.set(name.text, (counts.get(name.text) ?? 0) + 1);
    }
  }
  return [...counts]
    .map(([name, count]) => ({ name, devices: count }))
    .sort((a, b) => b.devices - a.devices || (a.name < b.name ? -1 : 1));
}

function keyOf(subnet: Ipv4Subnet): string {
  return `${subnet.address}/${subnet.prefixLength}`;
}
