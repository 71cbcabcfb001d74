/**
 * Linux: from what `ip`, `/sys/class/net`, `nmcli` and `networkctl` say to the interface model. Pure
 * functions over their output.
 *
 * @module
 */
import type {
  AddressOrigin,
  InterfaceAddress,
  InterfaceKind,
  InterfaceManager,
  Ipv4Route,
  LinkState,
  NetworkInterface,
} from "./interface.ts";
import { asNumber, asRecords, asStrings, asText, parseJson } from "./loose_json.ts";
import type { LooseRecord } from "./loose_json.ts";
import { parseMac } from "./mac.ts";

/** What `/sys/class/net/<name>/` tells that `ip` does not. */
export interface SysNetFacts {
  /** Device name. */
  readonly name: string;
  /** Text of `carrier`; undefined while the interface is switched off (reading gives EINVAL). */
  readonly carrier: string | undefined;
  /** Text of `speed` in Mbit/s; -1 when unknown. */
  readonly speed: string | undefined;
  /** Text of `duplex`. */
  readonly duplex: string | undefined;
  /** Where the `device` link leads; undefined when there is no hardware behind it. */
  readonly devicePath: string | undefined;
  /** Whether `wireless` or `phy80211` exists. */
  readonly isWireless: boolean;
}

/** One line of `nmcli -t -f DEVICE,TYPE,STATE,CONNECTION device`. */
export interface NmcliDevice {
  /** Device name. */
  readonly device: string;
  /** State word ("connected", "unmanaged", "unavailable"), always English with `LC_ALL=C`. */
  readonly state: string;
  /** Name of its connection. */
  readonly connection: string | undefined;
}

/** A line of `networkctl list`. */
export interface NetworkctlLink {
  /** Device name. */
  readonly name: string;
  /** SETUP column: "configured", "configuring", "unmanaged"… */
  readonly setup: string;
}

/** What the Linux parsers are given. Outputs of programs that do not exist are empty texts. */
export interface LinuxListing {
  /** `ip -j -d addr`. */
  readonly ipAddr: string;
  /** `ip -j -4 route`. */
  readonly ipRoute: string;
  /** Facts from `/sys/class/net`. */
  readonly sys: readonly SysNetFacts[];
  /** `nmcli -t -f DEVICE,TYPE,STATE,CONNECTION device`. */
  readonly nmcli: string;
  /** `networkctl list --no-legend --no-pager`. */
  readonly networkctl: string;
  /** Devices that have a dhcpcd process of their own, or undefined when none runs. */
  readonly dhcpcd: readonly string[];
}

/** Splits a line of `nmcli -t`, where `\:` and `\\` stand for themselves. */
export function splitNmcliLine(line: string): string[] {
  const fields = [""];
  for (let i = 0; i < line.length; i++) {
    let char = line[i]!;
    if (char === ":") {
      fields.push("");
      continue;
    }
    if (char === "\\" && i + 1 < line.length) char = line[++i]!;
    fields[fields.length - 1] += char;
  }
  return fields;
}

/** Parses `nmcli -t -f DEVICE,TYPE,STATE,CONNECTION device`; error texts give an empty list. */
export function parseNmcliDevices(text: string): readonly NmcliDevice[] {
  return text.split("\n").flatMap((line) => {
    const [device, type, state, connection] = splitNmcliLine(line);
    if (!device || type === undefined || state === undefined) return [];
    return [{ device, state, connection: connection === "" ? undefined : connection }];
  });
}

/** Parses `networkctl list --no-legend --no-pager`. */
export function parseNetworkctl(text: string): readonly NetworkctlLink[] {
  return text.split("\n").flatMap((line) => {
    const match = /^\W*(\d+)\s+(\S+)\s+(\S+)\s+(\S+)\s+(\S+)\s*$/.exec(line);
    return match ? [{ name: match[2]!, setup: match[5]! }] : [];
  });
}

/** Parses `ip -j -4 route`. Unreachable, blackhole and similar routes have no interface: left out. */
export function parseIpRoutes(text: string): readonly Ipv4Route[] {
  return asRecords(parseJson(text)).flatMap((route) => {
    const destination = asText(route["dst"]);
    const interfaceName = asText(route["dev"]);
    if (destination === undefined || interfaceName === undefined) return [];
    return [{
      destination,
      interfaceName,
      gateway: asText(route["gateway"]),
      metric: asNumber(route["metric"]) ?? 0,
    }];
  });
}

function addressesOf(link: LooseRecord): readonly InterfaceAddress[] {
  return asRecords(link["addr_info"]).flatMap((entry) => {
    const address = asText(entry["local"]);
    const prefixLength = asNumber(entry["prefixlen"]);
    if (entry["family"] !== "inet" || address === undefined || prefixLength === undefined) {
      return [];
    }
    const origin: AddressOrigin = entry["dynamic"] === true
      ? "dhcp"
      : entry["scope"] === "link"
      ? "link-local"
      : "static";
    return [{ address, prefixLength, origin, isUsable: entry["tentative"] !== true }];
  });
}

function kindOf(link: LooseRecord, sys: SysNetFacts | undefined): InterfaceKind {
  const flags = asStrings(link["flags"]);
  if (flags.includes("LOOPBACK")) return "loopback";
  if (sys?.isWireless === true) return "wifi";
  if (link["master"] !== undefined) return "bridge-member";
  if (sys?.devicePath === undefined || link["link_type"] !== "ether") return "virtual";
  return /\/usb\d*\//.test(sys.devicePath) ? "usb-wired" : "wired";
}

function linkOf(link: LooseRecord, sys: SysNetFacts | undefined): LinkState {
  const flags = asStrings(link["flags"]);
  if (!flags.includes("UP")) return "disabled";
  // The carrier file is believed before operstate, which lags behind right after a change.
  const carrier = sys?.carrier?.trim();
  if (carrier === "1") return "up";
  if (carrier === "0") return "no-carrier";
  return flags.includes("LOWER_UP") ? "up" : "no-carrier";
}

/** Builds the interface model from the outputs of the Linux tools. */
export function parseLinuxListing(listing: LinuxListing): readonly NetworkInterface[] {
  const routes = parseIpRoutes(listing.ipRoute);
  const nmDevices = parseNmcliDevices(listing.nmcli);
  const networkdLinks = parseNetworkctl(listing.networkctl);

  const managerOf = (name: string): InterfaceManager => {
    const nm = nmDevices.find((device) => device.device === name);
    if (nm !== undefined && nm.state !== "unmanaged") return "networkmanager";
    const networkd = networkdLinks.find((link) => link.name === name);
    if (networkd !== undefined && networkd.setup !== "unmanaged") return "networkd";
    return listing.dhcpcd.includes(name) ? "dhcpcd" : "none";
  };

  return asRecords(parseJson(listing.ipAddr)).flatMap((link): NetworkInterface[] => {
    const name = asText(link["ifname"]);
    if (name === undefined) return [];
    const sys = listing.sys.find((facts) => facts.name === name);
    const state = linkOf(link, sys);
    const addresses = addressesOf(link);
    const speed = Number(sys?.speed?.trim() || NaN);
    const duplex = sys?.duplex?.trim();
    const manager = managerOf(name);
    const mac = parseMac(asText(link["address"]) ?? "");
    return [{
      name,
      index: asNumber(link["ifindex"]),
      guid: undefined,
      service: undefined,
      description: undefined,
      kind: kindOf(link, sys),
      mac: mac === "00:00:00:00:00:00" ? undefined : mac,
      addresses,
      link: state,
      speedMbps: state === "up" && speed > 0 ? speed : undefined,
      duplex: state === "up" && (duplex === "full" || duplex === "half") ? duplex : undefined,
      manager,
      usesDhcp: addresses.some((address) => address.origin === "dhcp")
        ? true
        : manager === "none"
        ? false
        : undefined,
      hasDefaultRoute: routes.some((route) =>
        route.destination === "default" && route.interfaceName === name
      ),
    }];
  });
}
