/**
 * Looks at a Linux computer before it is prepared. The parsers are pure functions.
 *
 * @module
 */
import type { CommandOutput, Host } from "../host/host.ts";
import type { NetworkInterface } from "../net/interface.ts";
import { parseIpRoutes } from "../net/linux_listing.ts";
import type { ListingHost } from "../net/list_interfaces.ts";
import { readText } from "../net/list_interfaces.ts";
import { asNumber, asRecord, asRecords, asText, parseJson } from "../net/loose_json.ts";
import { parseMac } from "../net/mac.ts";
import type { Elevation } from "./elevation.ts";
import type { LinuxFacts, LinuxFirewall, PortHolder, StaticNeighbour } from "./facts.ts";
import type { SetupGoal } from "./plan.ts";

/** Parses `ss -Hulpn`: who holds UDP 67, 68 and 69. */
export function parseSsHolders(text: string): readonly PortHolder[] {
  return text.split("\n").flatMap((line) => {
    const match = /\s\S*:(67|68|69)\s+\S+:\*(?:\s+users:\(\("([^"]*)",pid=(\d+))?/.exec(line);
    if (match === null) return [];
    return [{
      port: Number(match[1]),
      program: match[2],
      pid: match[3] === undefined ? undefined : Number(match[3]),
    }];
  });
}

/** Parses `nft -j list ruleset`: base chains on the input hook that may drop. */
export function parseDroppingChains(
  text: string,
): readonly { family: string; table: string; chain: string }[] {
  const entries = asRecords(asRecord(parseJson(text))?.["nftables"]);
  const rules = entries.flatMap((entry) => asRecords(entry["rule"]));
  return entries.flatMap((entry) => {
    const chain = asRecord(entry["chain"]);
    const family = asText(chain?.["family"]);
    const table = asText(chain?.["table"]);
    const name = asText(chain?.["name"]);
    if (chain?.["hook"] !== "input" || chain["type"] !== "filter") return [];
    if (family === undefined || table === undefined || name === undefined) return [];
    if (family !== "ip" && family !== "inet") return [];
    const mayDrop = chain["policy"] === "drop" ||
      rules.some((rule) =>
        rule["family"] === family && rule["table"] === table && rule["chain"] === name &&
        asRecords(rule["expr"]).some((expression) =>
          ["drop", "reject", "jump", "goto", "vmap", "queue"].some((verdict) =>
            verdict in expression
          )
        )
      );
    return mayDrop ? [{ family, table, chain: name }] : [];
  });
}

/** Whether `iptables -S INPUT` shows a chain that may drop. */
export function mayIptablesDrop(text: string): boolean {
  return /^-P INPUT (?!ACCEPT)/m.test(text) ||
    text.split("\n").some((line) => {
      const target = /^-A INPUT .*-[jg] (\S+)/.exec(line)?.[1];
      return target !== undefined && !["ACCEPT", "LOG", "NFLOG", "RETURN"].includes(target);
    });
}

/** Parses "Advertised link modes" of `ethtool`. */
export function parseAdvertisedModes(text: string): readonly string[] | undefined {
  const block = /^\tAdvertised link modes:\s*((?:.*\n)(?:\t {2,}.*\n)*)/m.exec(text)?.[1];
  const modes = block?.trim().split(/\s+/).filter((mode) => /^\d+base/.test(mode));
  return modes === undefined || modes.length === 0 ? undefined : modes;
}

/** Parses `ip -j -4 neigh show dev IF nud permanent`. */
export function parseStaticNeighbours(text: string): readonly StaticNeighbour[] {
  return asRecords(parseJson(text)).flatMap((entry) => {
    const address = asText(entry["dst"]);
    const mac = parseMac(asText(entry["lladdr"]) ?? "");
    return address === undefined || mac === undefined ? [] : [{ address, mac }];
  });
}

async function firewallsOf(
  host: Pick<Host, "readFile">,
  elevation: Elevation,
  interfaceName: string,
): Promise<
  { readonly firewalls: readonly LinuxFirewall[]; readonly unchecked: readonly string[] }
> {
  const firewalls: LinuxFirewall[] = [];
  const [ufwConf, ufwDefaults] = await Promise.all([
    readText(host, "/etc/ufw/ufw.conf"),
    readText(host, "/etc/default/ufw"),
  ]);
  const isUfwOn = /^ENABLED=yes/mi.test(ufwConf ?? "");
  if (isUfwOn && !/^DEFAULT_INPUT_POLICY="?ACCEPT/mi.test(ufwDefaults ?? "")) {
    const shown = await elevation.run(["ufw", "show", "added"], true);
    firewalls.push({ kind: "ufw", rules: shown.code === 0 ? shown.stdout : undefined });
  }

  const firewallCmd = (...words: string[]) =>
    elevation.run(["firewall-cmd", ...words], elevation.canElevate);
  const isFirewalldOn = (await firewallCmd("--state")).stdout.trim() === "running";
  if (isFirewalldOn) {
    const own = (await firewallCmd(`--get-zone-of-interface=${interfaceName}`)).stdout.trim();
    const zone = own === "" || own === "no zone"
      ? (await firewallCmd("--get-default-zone")).stdout.trim()
      : own;
    const [all, richRules] = await Promise.all([
      firewallCmd(`--zone=${zone}`, "--list-all"),
      firewallCmd(`--zone=${zone}`, "--list-rich-rules"),
    ]);
    if (!/^\s*target: ACCEPT$/m.test(all.stdout)) {
      firewalls.push({ kind: "firewalld", zone, richRules: richRules.stdout });
    }
  }

  const [nft, iptables] = await Promise.all([
    elevation.run(["nft", "-j", "list", "ruleset"], true),
    elevation.run(["iptables", "-S", "INPUT"], true),
  ]);
  // ufw and firewalld own their chains; ours goes through them.
  const isIptablesSeen = iptables.code === 0;
  for (const chain of parseDroppingChains(nft.stdout)) {
    const isOfIptables = chain.family === "ip" && chain.table === "filter" &&
      chain.chain === "INPUT" && isIptablesSeen;
    const isOfManager = chain.table === "firewalld" || isUfwOn && chain.table === "filter";
    if (!isOfIptables && !isOfManager) firewalls.push({ kind: "nftables", ...chain });
  }
  if (isIptablesSeen && !isUfwOn && !isFirewalldOn && mayIptablesDrop(iptables.stdout)) {
    firewalls.push({ kind: "iptables" });
  }
  const isBlind = (output: CommandOutput) => output.code !== 0 && output.code !== 127;
  return {
    firewalls,
    unchecked: !elevation.canElevate && (isBlind(nft) || isBlind(iptables))
      ? ["The firewall could not be looked at without administrator rights: run this with sudo"]
      : [],
  };
}

async function sysctlNumbers(
  elevation: Elevation,
  names: readonly string[],
): Promise<readonly number[] | undefined> {
  const output = await elevation.run(["sysctl", "-n", ...names], false);
  const numbers = output.stdout.trim().split(/\s+/).map(Number);
  return output.code === 0 && numbers.length === names.length && numbers.every(Number.isFinite)
    ? numbers
    : undefined;
}

function dhcpcdOf(host: Pick<Host, "stat">, name: string): LinuxFacts["dhcpcd"] {
  const runs = (file: string) => host.stat(`/run/${file}`) !== undefined;
  if (runs("dhcpcd/pid") || runs("dhcpcd.pid")) return "all";
  return runs(`dhcpcd/${name}.pid`) || runs(`dhcpcd-${name}.pid`) ? "interface" : "none";
}

/** Looks at everything the Linux plan depends on. Changes nothing. */
export async function gatherLinuxFacts(
  host: ListingHost,
  elevation: Elevation,
  target: NetworkInterface,
  interfaces: readonly NetworkInterface[],
  goal: SetupGoal,
  common: { readonly isAdmin: boolean; readonly toolPath: string },
): Promise<LinuxFacts> {
  const { name } = target;
  const look = (...argv: string[]) => elevation.run(argv, false);
  const neigh = `net/ipv4/neigh/${name}`;
  const [routes, holders, firewall, arp, portStart, neighbours, uuid, networkd, ethtool] =
    await Promise.all([
      look("ip", "-j", "-4", "route"),
      elevation.run(["ss", "-Hulpn"], elevation.canElevate),
      firewallsOf(host, elevation, name),
      sysctlNumbers(elevation, [
        `${neigh}/retrans_time_ms`,
        `${neigh}/mcast_solicit`,
        `${neigh}/unres_qlen_bytes`,
      ]),
      sysctlNumbers(elevation, ["net.ipv4.ip_unprivileged_port_start"]),
      look("ip", "-j", "-4", "neigh", "show", "dev", name, "nud", "permanent"),
      target.manager === "networkmanager"
        ? look("nmcli", "-g", "GENERAL.CON-UUID", "device", "show", name)
        : undefined,
      target.manager === "networkd" ? look("networkctl", "status", "--no-pager", name) : undefined,
      goal.speed === undefined ? undefined : elevation.run(["ethtool", name], false),
    ]);
  const [retransMs, mcastSolicit, queueBytes] = arp ?? [];
  return {
    ...common,
    os: "linux",
    target,
    interfaces,
    routes: parseIpRoutes(routes.stdout),
    portHolders: parseSsHolders(holders.stdout),
    isChecked: true,
    unchecked: firewall.unchecked,
    nmConnectionUuid: uuid?.stdout.trim() || undefined,
    networkdFile: /^\s*Network File: (\/.*?)\s*$/m.exec(networkd?.stdout ?? "")?.[1],
    dhcpcd: dhcpcdOf(host, name),
    firewalls: firewall.firewalls,
    staticNeighbours: parseStaticNeighbours(neighbours.stdout),
    arp: retransMs === undefined || mcastSolicit === undefined || queueBytes === undefined
      ? undefined
      : { retransMs, mcastSolicit, queueBytes },
    unprivilegedPortStart: asNumber(portStart?.[0]),
    advertisedModes: parseAdvertisedModes(ethtool?.stdout ?? ""),
  };
}
