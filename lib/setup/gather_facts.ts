/**
 * Facts for a plan: looked at on this computer, or assumed for another one.
 *
 * @module
 */
import { assertNever, UnbrickError } from "../errors.ts";
import type { OsName } from "../host/host.ts";
import { isWired } from "../net/interface.ts";
import type { NetworkInterface } from "../net/interface.ts";
import type { ListingHost } from "../net/list_interfaces.ts";
import type { Elevation } from "./elevation.ts";
import { isAdmin } from "./elevation.ts";
import type { SetupFacts } from "./facts.ts";
import { gatherLinuxFacts } from "./linux_facts.ts";
import { gatherMacosFacts } from "./macos_facts.ts";
import type { SetupGoal } from "./plan.ts";
import { gatherWindowsFacts } from "./windows_facts.ts";

/**
 * Finds the interface a person named by its name, its macOS service or its Windows index; without a
 * name the only wired one.
 *
 * Throws UnbrickError `interface-unsuitable`.
 */
export function findInterface(
  interfaces: readonly NetworkInterface[],
  wanted: string | undefined,
): NetworkInterface {
  const wired = interfaces.filter(isWired);
  const names = (found: readonly NetworkInterface[]) =>
    found.map((entry) => `"${entry.name}"`).join(", ");
  if (wanted === undefined) {
    if (wired.length === 1) return wired[0]!;
    throw new UnbrickError(
      "interface-unsuitable",
      wired.length === 0
        ? "This computer has no wired interface"
        : `This computer has several wired interfaces: ${names(wired)}`,
      {
        hint: wired.length === 0
          ? "Plug in a USB network adapter"
          : "Choose one with --interface; unbrick interfaces --watch shows which is which",
      },
    );
  }
  const found = interfaces.find((entry) => entry.name === wanted) ??
    interfaces.find((entry) => entry.service === wanted || entry.description === wanted) ??
    interfaces.find((entry) => entry.guid !== undefined && String(entry.index) === wanted);
  if (found !== undefined) return found;
  throw new UnbrickError("interface-unsuitable", `There is no interface "${wanted}"`, {
    hint: interfaces.length === 0
      ? "Plug in a network adapter"
      : `Choose one of ${names(interfaces.filter((entry) => entry.kind !== "loopback"))}`,
  });
}

/** Looks at everything the plan for this computer depends on. Changes nothing. */
export async function gatherFacts(
  host: ListingHost,
  elevation: Elevation,
  target: NetworkInterface,
  interfaces: readonly NetworkInterface[],
  goal: SetupGoal,
  toolPath: string,
): Promise<SetupFacts> {
  const common = { isAdmin: await isAdmin(host), toolPath };
  switch (host.os) {
    case "linux":
      return await gatherLinuxFacts(host, elevation, target, interfaces, goal, common);
    case "macos":
      return await gatherMacosFacts(elevation, target, interfaces, goal, common);
    case "windows":
      return await gatherWindowsFacts(elevation, target, interfaces, goal, common);
    default:
      return assertNever(host.os);
  }
}

/** What is usual on a computer that is not this one: DHCP, a manager, an active firewall. */
export function assumedFacts(os: OsName, interfaceName: string): SetupFacts {
  const isIndex = os === "windows" && /^\d+$/.test(interfaceName);
  const target: NetworkInterface = {
    name: interfaceName,
    index: isIndex ? Number(interfaceName) : undefined,
    guid: undefined,
    service: undefined,
    description: undefined,
    kind: "wired",
    mac: undefined,
    addresses: [],
    link: "no-carrier",
    speedMbps: undefined,
    duplex: undefined,
    manager: os === "linux" ? "networkmanager" : os === "macos" ? "configd" : "windows",
    usesDhcp: true,
    hasDefaultRoute: false,
  };
  const common = {
    target,
    interfaces: [target],
    routes: [],
    isAdmin: false,
    toolPath: os === "windows" ? "C:\\path\\to\\unbrick.exe" : "/path/to/unbrick",
    portHolders: [],
    isChecked: false,
  };
  switch (os) {
    case "linux":
      return {
        ...common,
        os,
        unchecked: [
          "Not checked against that computer: a firewall (ufw, firewalld, nftables, iptables) " +
          "may need a rule, and the address may be there already",
        ],
        nmConnectionUuid: undefined,
        networkdFile: undefined,
        dhcpcd: "none",
        firewalls: [],
        staticNeighbours: [],
        arp: { retransMs: 1000, mcastSolicit: 3, queueBytes: 212992 },
        unprivilegedPortStart: 1024,
        advertisedModes: ["10baseT/Full", "100baseT/Full", "1000baseT/Full"],
      };
    case "macos":
      return {
        ...common,
        os,
        unchecked: ["Not checked against that Mac: its firewall may need to allow unbrick"],
        appFirewallState: undefined,
        appFirewallEntry: "none",
        isPfEnabled: false,
        staticNeighbourMac: undefined,
        arp: { maxTries: 5, maxHold: 16 },
        isTftpdLoaded: false,
        media: "autoselect",
      };
    case "windows":
      return {
        ...common,
        os,
        unchecked: [
          "Not checked against that computer: the undo is right only for an interface on DHCP " +
          "with automatic DNS",
        ],
        build: undefined,
        staticDns: [],
        hasDhcpCoexistence: undefined,
        hasMediaSense: true,
        retransmitMs: 1000,
        dadTransmits: 3,
        isFirewallOn: true,
        ignoresLocalRules: false,
        blockRules: [],
        staticNeighbourMac: undefined,
        speedDuplex: "0",
      };
    default:
      return assertNever(os);
  }
}
