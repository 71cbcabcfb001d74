/**
 * Windows without the network cmdlets (Windows 7), and the cheap look between two full listings: what
 * `netsh` and `getmac` print. Their words are localised, so only numbers, quotes and column order are
 * relied on.
 *
 * @module
 */
import type { LinkState, NetworkInterface } from "./interface.ts";
import { parseIpv4 } from "./ipv4.ts";
import { parseMac } from "./mac.ts";

/** A line of `netsh interface ipv4 show interfaces`. */
export interface NetshInterface {
  /** Number of the interface. */
  readonly index: number;
  /** What the State column says of the cable. */
  readonly link: LinkState;
  /** Name of the connection. */
  readonly name: string;
}

/** What the fallback is given. */
export interface NetshListing {
  /** `netsh interface ipv4 show interfaces`. */
  readonly interfaces: string;
  /** `netsh interface ipv4 show addresses`. */
  readonly addresses: string;
  /** `getmac /v /fo csv /nh`. */
  readonly getmac: string;
}

/** Parses `netsh interface ipv4 show interfaces`: Idx, Met, MTU, State, Name. */
export function parseNetshInterfaces(text: string): readonly NetshInterface[] {
  return text.split(/\r?\n/).flatMap((line) => {
    const match = /^\s*(\d+)\s+\d+\s+\d+\s+(\S+)\s+(.+?)\s*$/.exec(line);
    if (match === null) return [];
    // These two words are not translated on any Windows whose output we have seen; any other word
    // makes the state unknown instead of wrong.
    const state = match[2]!.toLowerCase();
    const link = state === "connected" ? "up" : state === "disconnected" ? "no-carrier" : "unknown";
    return [{ index: Number(match[1]), link, name: match[3]! }];
  });
}

interface NetshAddress {
  readonly address: string;
  readonly prefixLength: number;
}

/**
 * Parses `netsh interface ipv4 show addresses`. An address line is one whose value is an IPv4
 * address and whose next line holds a subnet: gateway lines are not followed by one.
 */
function parseNetshAddresses(text: string): ReadonlyMap<string, readonly NetshAddress[]> {
  const found = new Map<string, NetshAddress[]>();
  let current: NetshAddress[] | undefined;
  let previous: string | undefined;
  for (const line of text.split(/\r?\n/)) {
    const head = /^\S.*?"(.+)"/.exec(line);
    if (head !== null) {
      current = [];
      found.set(head[1]!, current);
      previous = undefined;
      continue;
    }
    const prefix = /[:\s](\d+\.\d+\.\d+\.\d+)\/(\d+)\s/.exec(line + " ");
    if (prefix !== null && previous !== undefined) {
      current?.push({ address: previous, prefixLength: Number(prefix[2]) });
    }
    const value = /[:\s](\d+\.\d+\.\d+\.\d+)\s*$/.exec(line)?.[1];
    previous = value !== undefined && parseIpv4(value) !== undefined ? value : undefined;
  }
  return found;
}

/** Parses `getmac /v /fo csv /nh`: connection name, adapter, MAC, transport. */
function parseGetmac(text: string): ReadonlyMap<string, readonly string[]> {
  const rows = text.split(/\r?\n/).map((line) =>
    [...line.matchAll(/"([^"]*)"/g)].map((match) => match[1]!)
  );
  return new Map(rows.filter((row) => row.length >= 4).map((row) => [row[0]!, row]));
}

/** Builds the interface model from netsh and getmac; kinds are a guess from the adapter's name. */
export function parseNetshListing(listing: NetshListing): readonly NetworkInterface[] {
  const addresses = parseNetshAddresses(listing.addresses);
  const macs = parseGetmac(listing.getmac);
  return parseNetshInterfaces(listing.interfaces).map((entry): NetworkInterface => {
    const row = macs.get(entry.name);
    const found = addresses.get(entry.name) ?? [];
    const isLoopback = found.some(({ address }) => address === "127.0.0.1");
    const adapter = row?.[1] ?? "";
    return {
      name: entry.name,
      index: entry.index,
      guid: /\{[0-9A-Fa-f-]+\}/.exec(row?.[3] ?? "")?.[0],
      service: undefined,
      description: adapter === "" ? undefined : adapter,
      kind: isLoopback
        ? "loopback"
        : /wi-?fi|wireless|wlan|802\.11/i.test(`${adapter} ${entry.name}`)
        ? "wifi"
        : row === undefined || /virtual|vmware|hyper-v|tap-|vpn|bluetooth/i.test(adapter)
        ? "virtual"
        : /usb/i.test(adapter)
        ? "usb-wired"
        : "wired",
      mac: parseMac(row?.[2] ?? ""),
      addresses: found.map((address) => ({
        ...address,
        origin: "unknown",
        isUsable: entry.link !== "no-carrier",
      })),
      link: entry.link,
      speedMbps: undefined,
      duplex: undefined,
      manager: "windows",
      usesDhcp: undefined,
      hasDefaultRoute: false,
    };
  });
}
