/**
 * Asks the system for every interface, also those without address or link, which
 * `Deno.networkInterfaces()` leaves out.
 *
 * @module
 */
import { assertNever, UnbrickError } from "../errors.ts";
import type { Host } from "../host/host.ts";
import { sortInterfaces } from "./interface.ts";
import type { NetworkInterface } from "./interface.ts";
import { parseLinuxListing } from "./linux_listing.ts";
import type { SysNetFacts } from "./linux_listing.ts";
import { parseHardwarePorts, parseMacosListing } from "./macos_listing.ts";
import { parseNetshListing } from "./netsh_listing.ts";
import { parseWindowsListing, WINDOWS_LISTING_SCRIPT } from "./windows_listing.ts";

/** The part of the host that listing needs. */
export type ListingHost = Pick<
  Host,
  "os" | "run" | "readFile" | "listDirectory" | "stat" | "realPath"
>;

/** Where Linux shows its interfaces. */
export const SYS_NET: string = "/sys/class/net";

/** Starts PowerShell with a script, as on every Windows since 7. */
export function powershellArgv(script: string): readonly string[] {
  return ["powershell", "-NoProfile", "-NonInteractive", "-Command", script];
}

/** Reads a small text file; undefined when it cannot be read (sysfs answers EINVAL for some). */
export async function readText(
  host: Pick<Host, "readFile">,
  path: string,
): Promise<string | undefined> {
  try {
    return new TextDecoder().decode(await host.readFile(path));
  } catch {
    return undefined;
  }
}

/** Names below `/sys/class/net`; empty where there is no sysfs. */
export async function listSysNames(
  host: Pick<Host, "listDirectory">,
): Promise<readonly string[]> {
  try {
    return (await host.listDirectory(SYS_NET)).filter((name) => name !== "bonding_masters");
  } catch {
    return [];
  }
}

async function sysFactsOf(host: ListingHost, name: string): Promise<SysNetFacts> {
  const folder = `${SYS_NET}/${name}`;
  const [carrier, speed, duplex] = await Promise.all(
    ["carrier", "speed", "duplex"].map((file) => readText(host, `${folder}/${file}`)),
  );
  return {
    name,
    carrier,
    speed,
    duplex,
    devicePath: host.realPath(`${folder}/device`),
    isWireless: host.stat(`${folder}/wireless`) !== undefined ||
      host.stat(`${folder}/phy80211`) !== undefined,
  };
}

function dhcpcdNames(host: ListingHost, names: readonly string[]): readonly string[] {
  const runs = (file: string) => host.stat(`/run/${file}`) !== undefined;
  if (runs("dhcpcd/pid") || runs("dhcpcd.pid")) return names;
  return names.filter((name) => runs(`dhcpcd/${name}.pid`) || runs(`dhcpcd-${name}.pid`));
}

async function listLinux(host: ListingHost): Promise<readonly NetworkInterface[]> {
  const names = await listSysNames(host);
  const [ipAddr, ipRoute, nmcli, networkctl, sys] = await Promise.all([
    host.run(["ip", "-j", "-d", "addr"]),
    host.run(["ip", "-j", "-4", "route"]),
    host.run(["env", "LC_ALL=C", "nmcli", "-t", "-f", "DEVICE,TYPE,STATE,CONNECTION", "device"]),
    host.run(["env", "LC_ALL=C", "networkctl", "list", "--no-legend", "--no-pager"]),
    Promise.all(names.map((name) => sysFactsOf(host, name))),
  ]);
  if (ipAddr.code !== 0) {
    throw new UnbrickError("command-failed", `"ip -j -d addr" failed: ${ipAddr.stderr.trim()}`, {
      hint: "Install the package iproute2",
    });
  }
  return parseLinuxListing({
    ipAddr: ipAddr.stdout,
    ipRoute: ipRoute.stdout,
    sys,
    nmcli: nmcli.code === 0 ? nmcli.stdout : "",
    networkctl: networkctl.code === 0 ? networkctl.stdout : "",
    dhcpcd: dhcpcdNames(host, names),
  });
}

async function listMacos(host: ListingHost): Promise<readonly NetworkInterface[]> {
  const [ports, order, ifconfig, netstat] = await Promise.all([
    host.run(["networksetup", "-listallhardwareports"]),
    host.run(["networksetup", "-listnetworkserviceorder"]),
    host.run(["ifconfig", "-a"]),
    host.run(["netstat", "-rn", "-f", "inet"]),
  ]);
  if (ifconfig.code !== 0) {
    throw new UnbrickError("command-failed", `"ifconfig -a" failed: ${ifconfig.stderr.trim()}`);
  }
  const devices = parseHardwarePorts(ports.stdout).map((port) => port.device);
  const summaries = await Promise.all(devices.map(async (device) => {
    const summary = await host.run(["ipconfig", "getsummary", device]);
    if (summary.code === 0 && summary.stdout.trim() !== "") return [device, summary.stdout];
    // getsummary does not exist before macOS 11; a lease is then the only sign of DHCP.
    return [device, (await host.run(["ipconfig", "getpacket", device])).stdout];
  }));
  return parseMacosListing({
    hardwarePorts: ports.stdout,
    serviceOrder: order.stdout,
    ifconfig: ifconfig.stdout,
    netstat: netstat.stdout,
    ipconfig: Object.fromEntries(summaries),
  });
}

async function listWindows(host: ListingHost): Promise<readonly NetworkInterface[]> {
  const listing = await host.run(powershellArgv(WINDOWS_LISTING_SCRIPT), { timeoutMs: 30_000 });
  const parsed = parseWindowsListing(listing.stdout);
  if (parsed !== undefined && parsed.length > 0) return parsed;
  const [interfaces, addresses, getmac] = await Promise.all([
    host.run(["netsh", "interface", "ipv4", "show", "interfaces"]),
    host.run(["netsh", "interface", "ipv4", "show", "addresses"]),
    host.run(["getmac", "/v", "/fo", "csv", "/nh"]),
  ]);
  const found = parseNetshListing({
    interfaces: interfaces.stdout,
    addresses: addresses.stdout,
    getmac: getmac.stdout,
  });
  // Every Windows has the loopback interface.
  if (interfaces.code !== 0 || found.length === 0) {
    throw new UnbrickError("command-failed", "Neither PowerShell nor netsh lists the interfaces");
  }
  return found;
}

/**
 * Every interface of this computer, wired with link first. Throws UnbrickError `command-failed` when
 * the system's own tool is missing or fails.
 */
export async function listInterfaces(host: ListingHost): Promise<readonly NetworkInterface[]> {
  switch (host.os) {
    case "linux":
      return sortInterfaces(await listLinux(host));
    case "macos":
      return sortInterfaces(await listMacos(host));
    case "windows":
      return sortInterfaces(await listWindows(host));
    default:
      return assertNever(host.os);
  }
}
