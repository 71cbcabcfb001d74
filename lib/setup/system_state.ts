/**
 * The settings of one interface, read before a preparation and again after its undo, so that the two
 * can be compared. Only what is set is kept; what changes by itself (leases, routes' link state,
 * learned neighbours) is left out.
 *
 * @module
 */
import { assertNever } from "../errors.ts";
import type { OsName } from "../host/host.ts";
import { powershellArgv } from "../net/list_interfaces.ts";
import { asRecords, asText, parseJson } from "../net/loose_json.ts";
import type { Elevation } from "./elevation.ts";

/** Settings by name, as text. */
export type SystemState = Readonly<Record<string, string>>;

/** Static IPv4 addresses of `ip -j -4 addr show`. */
export function staticAddressesOf(ipAddr: string): string {
  return asRecords(parseJson(ipAddr)).flatMap((link) => asRecords(link["addr_info"]))
    .filter((entry) => entry["dynamic"] !== true && entry["local"] !== undefined)
    .map((entry) => `${entry["local"]}/${entry["prefixlen"]}`).sort().join(" ");
}

/** Routes of `ip -j -4 route show` that no daemon made: destination, gateway and metric. */
export function ownRoutesOf(ipRoute: string): string {
  return asRecords(parseJson(ipRoute)).filter((route) => route["protocol"] !== "dhcp")
    .map((route) =>
      [asText(route["dst"]), asText(route["gateway"]), route["metric"], asText(route["prefsrc"])]
        .filter((part) => part !== undefined).join(" ")
    ).sort().join("; ");
}

async function linuxState(elevation: Elevation, name: string): Promise<SystemState> {
  const read = async (...argv: string[]) => (await elevation.run(argv, false)).stdout.trim();
  const sysctl = (key: string) => read("sysctl", "-n", key);
  const neigh = `net/ipv4/neigh/${name}`;
  const [addr, route, neighbours, retrans, solicit, queue, ports] = await Promise.all([
    read("ip", "-j", "-4", "addr", "show", "dev", name),
    read("ip", "-j", "-4", "route", "show", "dev", name),
    read("ip", "-4", "neigh", "show", "dev", name, "nud", "permanent"),
    sysctl(`${neigh}/retrans_time_ms`),
    sysctl(`${neigh}/mcast_solicit`),
    sysctl(`${neigh}/unres_qlen_bytes`),
    sysctl("net.ipv4.ip_unprivileged_port_start"),
  ]);
  return {
    "static addresses": staticAddressesOf(addr),
    "routes": ownRoutesOf(route),
    "permanent neighbours": neighbours,
    "neighbour settings": [retrans, solicit, queue].join(" "),
    "first port for ordinary users": ports,
  };
}

async function macosState(elevation: Elevation, name: string): Promise<SystemState> {
  const read = async (...argv: string[]) => (await elevation.run(argv, false)).stdout.trim();
  const [ifconfig, arp] = await Promise.all([
    read("ifconfig", name),
    read("sysctl", "-n", "net.link.ether.inet.maxtries", "net.link.ether.inet.maxhold"),
  ]);
  const addresses = [...ifconfig.matchAll(/^\s+inet (\S+)/gm)].map((match) => match[1]!)
    .filter((address) => !address.startsWith("169.254."));
  return { "addresses": addresses.sort().join(" "), "ARP settings": arp.replace(/\s+/g, " ") };
}

async function windowsState(
  elevation: Elevation,
  index: number | undefined,
): Promise<SystemState> {
  const read = async (script: string) =>
    (await elevation.run(powershellArgv(script), false)).stdout.trim();
  const of = `-InterfaceIndex ${index ?? 0} -AddressFamily IPv4`;
  const [addresses, dhcp, dns] = await Promise.all([
    read(`(Get-NetIPAddress ${of} -PrefixOrigin Manual).IPAddress -join ' '`),
    read(`'' + (Get-NetIPInterface ${of}).Dhcp`),
    read(`(Get-DnsClientServerAddress ${of}).ServerAddresses -join ' '`),
  ]);
  return { "static addresses": addresses, "DHCP": dhcp, "DNS servers": dns };
}

/** Reads the settings of an interface. */
export async function readSystemState(
  os: OsName,
  elevation: Elevation,
  target: { readonly name: string; readonly index: number | undefined },
): Promise<SystemState> {
  switch (os) {
    case "linux":
      return await linuxState(elevation, target.name);
    case "macos":
      return await macosState(elevation, target.name);
    case "windows":
      return await windowsState(elevation, target.index);
    default:
      return assertNever(os);
  }
}

/** One setting that differs. */
export interface StateDifference {
  /** Which. */
  readonly setting: string;
  /** As it was. */
  readonly before: string;
  /** As it is. */
  readonly after: string;
}

/** Settings that are not as they were. */
export function compareStates(before: SystemState, after: SystemState): readonly StateDifference[] {
  return Object.keys(before).flatMap((setting) => {
    const [was, is] = [before[setting] ?? "", after[setting] ?? ""];
    return was === is ? [] : [{ setting, before: was, after: is }];
  });
}
