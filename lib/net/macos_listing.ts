/**
 * macOS: from what `networksetup`, `ifconfig`, `ipconfig` and `netstat` print to the interface
 * model. Pure functions over their output. `networksetup` speaks of services, everything else of
 * devices; both names are kept.
 *
 * @module
 */
import type {
  AddressOrigin,
  InterfaceAddress,
  InterfaceKind,
  Ipv4Route,
  LinkState,
  NetworkInterface,
} from "./interface.ts";
import { formatIpv4, prefixLengthOf } from "./ipv4.ts";
import { parseMac } from "./mac.ts";

/** A hardware port of `networksetup -listallhardwareports`. */
export interface HardwarePort {
  /** Name of the port ("USB 10/100/1000 LAN"). */
  readonly port: string;
  /** Device ("en7"). */
  readonly device: string;
}

/** An entry of `networksetup -listnetworkserviceorder`. */
export interface NetworkService {
  /** Name of the service, as `networksetup` wants it. */
  readonly service: string;
  /** Device it belongs to; empty for some VPNs. */
  readonly device: string;
  /** Whether it is switched on (no `*` in front). */
  readonly isEnabled: boolean;
}

/** What the macOS parsers are given. */
export interface MacosListing {
  /** `networksetup -listallhardwareports`. */
  readonly hardwarePorts: string;
  /** `networksetup -listnetworkserviceorder`. */
  readonly serviceOrder: string;
  /** `ifconfig -a`. */
  readonly ifconfig: string;
  /** `netstat -rn -f inet`. */
  readonly netstat: string;
  /** `ipconfig getsummary <device>` or `ipconfig getpacket <device>`, per device. */
  readonly ipconfig: Readonly<Record<string, string>>;
}

/** Parses `networksetup -listallhardwareports`. */
export function parseHardwarePorts(text: string): readonly HardwarePort[] {
  return text.split(/\n\s*\n/).flatMap((block) => {
    const port = /^Hardware Port: (.+)$/m.exec(block)?.[1];
    const device = /^Device: (\S+)$/m.exec(block)?.[1];
    return port !== undefined && device !== undefined ? [{ port: port.trim(), device }] : [];
  });
}

/** Parses `networksetup -listnetworkserviceorder`. */
export function parseServiceOrder(text: string): readonly NetworkService[] {
  const services: NetworkService[] = [];
  let pending: { service: string; isEnabled: boolean } | undefined;
  for (const line of text.split("\n")) {
    const name = /^\((\d+|\*)\) (.+?)\s*$/.exec(line);
    const port = /^\(Hardware Port: .*, Device: ?(\S*?)\)\s*$/.exec(line);
    if (port !== null && pending !== undefined) {
      services.push({ ...pending, device: port[1]! });
      pending = undefined;
    } else if (name !== null) {
      pending = { service: name[2]!, isEnabled: name[1] !== "*" };
    }
  }
  return services;
}

/** Parses the destination column of `netstat -rn`, which leaves trailing zeros out ("192.168.1"). */
function expandDestination(text: string): string {
  if (text === "default") return text;
  const [address = "", prefix] = text.split("/");
  const octets = address.split(".").filter((octet) => octet !== "");
  if (octets.length === 4 && prefix === undefined) return address;
  const given = octets.length;
  while (octets.length < 4) octets.push("0");
  return `${octets.join(".")}/${prefix ?? given * 8}`;
}

/** Parses `netstat -rn -f inet`. */
export function parseNetstatRoutes(text: string): readonly Ipv4Route[] {
  return text.split("\n").flatMap((line) => {
    const fields = line.trim().split(/\s+/);
    if (fields.length < 4 || !/^(default|\d)/.test(fields[0]!)) return [];
    const gateway = fields[1]!;
    return [{
      destination: expandDestination(fields[0]!),
      interfaceName: fields[3]!,
      gateway: /^\d+\.\d+\.\d+\.\d+$/.test(gateway) ? gateway : undefined,
      metric: 0,
    }];
  });
}

/** Whether `ipconfig getsummary` or `getpacket` tells of a DHCP lease; undefined when it is silent. */
export function parseIpconfigDhcp(text: string): boolean | undefined {
  if (/^\s*(ConfigMethod|Method)\s*:\s*DHCP/mi.test(text)) return true;
  if (/^\s*(ConfigMethod|Method)\s*:\s*(Manual|MANUAL|LinkLocal|BOOTP)/mi.test(text)) return false;
  if (/^op = BOOTREPLY/m.test(text)) return true;
  return undefined;
}

interface IfconfigBlock {
  readonly name: string;
  readonly flags: readonly string[];
  readonly body: string;
}

function splitIfconfig(text: string): readonly IfconfigBlock[] {
  return text.split(/^(?=\S)/m).flatMap((block) => {
    const head = /^(\S+): flags=[0-9a-f]+<([^>]*)>/i.exec(block);
    return head ? [{ name: head[1]!, flags: head[2]!.split(","), body: block }] : [];
  });
}

function addressesOf(body: string, usesDhcp: boolean | undefined): readonly InterfaceAddress[] {
  const found = body.matchAll(
    /^\s+inet (\d+\.\d+\.\d+\.\d+)(?: --> \S+)? netmask (0x[0-9a-f]{8}|[\d.]+)/gmi,
  );
  return [...found].flatMap(([, address, mask], position) => {
    const dotted = mask!.startsWith("0x") ? formatIpv4(Number(mask)) : mask!;
    const prefixLength = prefixLengthOf(dotted);
    if (prefixLength === undefined) return [];
    const origin: AddressOrigin = address!.startsWith("169.254.")
      ? "link-local"
      : usesDhcp === true && position === 0
      ? "dhcp"
      : usesDhcp === undefined
      ? "unknown"
      : "static";
    return [{ address: address!, prefixLength, origin, isUsable: true }];
  });
}

function linkOf(block: IfconfigBlock): LinkState {
  if (!block.flags.includes("UP")) return "disabled";
  const status = /^\s+status: (.+?)\s*$/m.exec(block.body)?.[1];
  if (status === "active") return "up";
  return status === "inactive" ? "no-carrier" : "unknown";
}

function kindOf(block: IfconfigBlock, port: HardwarePort | undefined): InterfaceKind {
  if (block.flags.includes("LOOPBACK")) return "loopback";
  if (port === undefined) return "virtual";
  if (/wi-?fi|airport/i.test(port.port)) return "wifi";
  if (/bridge|vlan|bond|bluetooth|iphone|ipad|modem/i.test(port.port)) return "virtual";
  if (/^Thunderbolt \d+$/.test(port.port)) return "bridge-member";
  return /usb/i.test(port.port) ? "usb-wired" : "wired";
}

/** "media: autoselect (1000baseT <full-duplex>)" to speed and duplex. */
function mediaOf(body: string): { speedMbps?: number; duplex?: "full" | "half" } {
  const media = /^\s+media: (.+)$/m.exec(body)?.[1] ?? "";
  const speed = /(\d+)(G?)base/i.exec(media);
  const duplex = /<(full|half)-duplex/.exec(media)?.[1];
  return {
    ...(speed ? { speedMbps: Number(speed[1]) * (speed[2] ? 1000 : 1) } : {}),
    ...(duplex === "full" || duplex === "half" ? { duplex } : {}),
  };
}

/** Builds the interface model from the outputs of the macOS tools. */
export function parseMacosListing(listing: MacosListing): readonly NetworkInterface[] {
  const ports = parseHardwarePorts(listing.hardwarePorts);
  const services = parseServiceOrder(listing.serviceOrder);
  const routes = parseNetstatRoutes(listing.netstat);
  const blocks = splitIfconfig(listing.ifconfig);
  const bridged = new Set(
    blocks.flatMap((block) =>
      [...block.body.matchAll(/^\s+member: (\S+)/gm)].map((match) => match[1]!)
    ),
  );

  return blocks.map((block, position): NetworkInterface => {
    const port = ports.find((candidate) => candidate.device === block.name);
    const service = services.find((candidate) => candidate.device === block.name);
    const usesDhcp = parseIpconfigDhcp(listing.ipconfig[block.name] ?? "");
    const link = linkOf(block);
    const media = link === "up" ? mediaOf(block.body) : {};
    const kind = kindOf(block, port);
    return {
      name: block.name,
      index: position + 1,
      guid: undefined,
      service: service?.service,
      description: port?.port,
      kind: bridged.has(block.name) && kind !== "virtual" ? "bridge-member" : kind,
      mac: parseMac(/^\s+ether (\S+)/m.exec(block.body)?.[1] ?? ""),
      addresses: addressesOf(block.body, usesDhcp),
      link,
      speedMbps: media.speedMbps,
      duplex: media.duplex,
      manager: service?.isEnabled === true ? "configd" : "none",
      usesDhcp,
      hasDefaultRoute: routes.some((route) =>
        route.destination === "default" && route.interfaceName === block.name
      ),
    };
  });
}
