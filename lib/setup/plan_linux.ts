/**
 * Plan for Linux. Steps are in the order in which they must run: who manages the interface first,
 * then the address, then everything that hangs on the address.
 *
 * @module
 */
import { formatIpv4, formatSubnet, parseIpv4, parseSubnet, subnetContains } from "../net/ipv4.ts";
import type { Ipv4Subnet } from "../net/ipv4.ts";
import type { LinuxFacts } from "./facts.ts";
import { asAdmin, lookFor, subnetText } from "./plan.ts";
import type { PlannedSteps, SetupGoal, SetupNotice, SetupStep } from "./plan.ts";
import { planLinuxFirewall } from "./plan_linux_firewall.ts";

/** Sorts before the files of users and of netplan: networkd takes the first that fits. */
const NETWORKD_FILE = "/run/systemd/network/00-unbrick-recovery.network";

/** Units of TFTP servers that hold port 69 alone and can be stopped without other harm. */
const TFTP_UNITS: Readonly<Record<string, string>> = {
  "in.tftpd": "tftpd-hpa",
  "atftpd": "atftpd",
  "utftpd": "utftpd",
  "systemd": "tftp.socket",
};

/** Bits of ethtool(8) "advertise" by the names it prints. */
const LINK_MODE_BITS: Readonly<Record<string, bigint>> = {
  "10baseT/Half": 0n,
  "10baseT/Full": 1n,
  "100baseT/Half": 2n,
  "100baseT/Full": 3n,
  "1000baseT/Half": 4n,
  "1000baseT/Full": 5n,
  "10000baseT/Full": 12n,
  "2500baseT/Full": 47n,
  "5000baseT/Full": 48n,
};

/** The settings that make the first packet leave within about 10 ms, as measured on Linux 6.18. */
const FAST_ARP = { retransMs: 20, mcastSolicit: 1000, queueBytes: 1 } as const;

/** Name of a sysctl of the interface; slashes keep dots in the interface name apart. */
function neighbourSysctl(interfaceName: string, key: string): string {
  return /^[\w-]+$/.test(interfaceName)
    ? `net.ipv4.neigh.${interfaceName}.${key}`
    : `net/ipv4/neigh/${interfaceName}/${key}`;
}

function planPortHolders(facts: LinuxFacts, ports: readonly number[]): PlannedSteps {
  const steps: SetupStep[] = [];
  const notices: SetupNotice[] = [];
  for (const port of ports) {
    const holder = facts.portHolders.find((candidate) => candidate.port === port);
    if (holder === undefined) continue;
    const unit = holder.program === undefined ? undefined : TFTP_UNITS[holder.program];
    if (port === 69 && unit !== undefined) {
      steps.push({
        id: "port-69-holder",
        purpose: `Stop ${unit}: it holds UDP port 69`,
        commands: [asAdmin("systemctl", "stop", unit)],
        undo: [asAdmin("systemctl", "start", unit)],
        undoPurpose: `Start ${unit} again`,
        look: lookFor("differs", "active", ["systemctl", "is-active", unit]),
        survivesReboot: false,
        evidence: "documented",
        source: "systemctl(1)",
      });
    } else {
      const who = holder.program === undefined
        ? "another program (run this with sudo to see which)"
        : `${holder.program} (process ${holder.pid ?? "?"})`;
      const dns = holder.program === "dnsmasq" ? "; it may also be this computer's DNS" : "";
      notices.push({ level: "blocker", text: `UDP port ${port} is held by ${who}${dns}: stop it` });
    }
  }
  return { steps, notices };
}

function planManager(facts: LinuxFacts, goal: SetupGoal): PlannedSteps {
  const name = facts.target.name;
  switch (facts.target.manager) {
    case "networkmanager": {
      const uuid = facts.nmConnectionUuid;
      return {
        steps: [{
          id: "networkmanager",
          purpose: "Keep NetworkManager off: it takes the address away when the link drops",
          commands: [asAdmin("nmcli", "device", "set", name, "managed", "no")],
          undo: [
            asAdmin("nmcli", "device", "set", name, "managed", "yes"),
            ...(uuid === undefined ? [] : [{
              ...asAdmin("nmcli", "connection", "up", "uuid", uuid),
              mayFail: "without a cable NetworkManager starts the connection at the next link",
            }]),
          ],
          undoPurpose: "Give the interface back to NetworkManager",
          look: lookFor("begins", "10 ", ["nmcli", "-g", "GENERAL.STATE", "device", "show", name]),
          survivesReboot: false,
          evidence: "run",
          source: "nmcli(1)",
          note: "Undo takes our address away first; otherwise NetworkManager would adopt it",
        }],
        notices: [],
      };
    }
    case "networkd":
      return {
        steps: [{
          id: "networkd",
          purpose: "Give the address through systemd-networkd, link or no link",
          commands: [
            asAdmin(
              "sh",
              "-c",
              `mkdir -p /run/systemd/network && printf '%s\\n' "$@" > ${NETWORKD_FILE}`,
              "sh",
              "[Match]",
              `Name=${name}`,
              "[Network]",
              ...goal.addresses.map((address) => `Address=${formatSubnet(address)}`),
              "DHCP=no",
              "LinkLocalAddressing=no",
              "ConfigureWithoutCarrier=yes",
              "IgnoreCarrierLoss=yes",
            ),
            asAdmin("networkctl", "reload"),
          ],
          undo: [
            asAdmin("rm", "-f", NETWORKD_FILE),
            asAdmin("networkctl", "reload"),
            asAdmin("networkctl", "reconfigure", name),
          ],
          undoPurpose: "Remove our file and let systemd-networkd configure as before",
          look: lookFor("contains", `Name=${name}`, ["cat", NETWORKD_FILE]),
          survivesReboot: false,
          evidence: "documented",
          source: "systemd.network(5), networkctl(1); systemd 244 or newer",
          ...(facts.networkdFile === undefined
            ? {}
            : { note: `Takes the place of ${facts.networkdFile} until undone` }),
        }],
        notices: [],
      };
    case "dhcpcd":
      if (facts.dhcpcd === "all") {
        return {
          steps: [],
          notices: [{
            level: "advice",
            text: "One dhcpcd serves all interfaces; it is left running, it removes only its own " +
              "address",
          }],
        };
      }
      return {
        steps: [{
          id: "dhcpcd",
          purpose: "Stop dhcpcd on this interface",
          commands: [asAdmin("dhcpcd", "-k", name)],
          undo: [asAdmin("dhcpcd", "-b", name)],
          undoPurpose: "Start dhcpcd on this interface again",
          look: lookFor("contains", "gone", [
            "sh",
            "-c",
            'test -e "/run/dhcpcd/$1.pid" || test -e "/run/dhcpcd-$1.pid" || echo gone',
            "sh",
            name,
          ]),
          survivesReboot: false,
          evidence: "run",
          source: "dhcpcd(8)",
        }],
        notices: [],
      };
    default:
      return { steps: [], notices: [] };
  }
}

function planAddresses(facts: LinuxFacts, goal: SetupGoal): PlannedSteps {
  const { name, addresses, link, manager } = facts.target;
  const steps: SetupStep[] = [];
  const notices: SetupNotice[] = [];
  if (link === "disabled") {
    steps.push({
      id: "link-up",
      purpose: "Switch the interface on",
      commands: [asAdmin("ip", "link", "set", "dev", name, "up")],
      undo: [asAdmin("ip", "link", "set", "dev", name, "down")],
      undoPurpose: "Switch the interface off, as it was",
      look: lookFor("contains", '"UP"', ["ip", "-j", "link", "show", "dev", name]),
      survivesReboot: false,
      evidence: "run",
      source: "ip-link(8)",
    });
  }
  for (const [position, wanted] of goal.addresses.entries()) {
    const dotted = formatIpv4(wanted.address);
    const text = formatSubnet(wanted);
    if (addresses.some((entry) => entry.address === dotted)) {
      notices.push({ level: "already", text: `${name} has the address ${dotted} already` });
    } else if (manager !== "networkd") {
      steps.push({
        id: position === 0 ? "address" : `address-${position + 1}`,
        purpose: "Give the interface the address the device expects; no gateway",
        commands: [asAdmin("ip", "addr", "add", text, "dev", name)],
        undo: [asAdmin("ip", "addr", "del", text, "dev", name)],
        undoPurpose: `Take the address ${dotted} away`,
        look: lookFor("contains", ` inet ${text} `, [
          "ip",
          "-4",
          "-o",
          "addr",
          "show",
          "dev",
          name,
        ]),
        survivesReboot: false,
        evidence: "run",
        source: "ip-address(8)",
      });
    }
  }
  return { steps, notices };
}

/** Metric of the route to the subnet over our interface; 0 for one that `ip addr add` will make. */
function ownMetric(facts: LinuxFacts, subnet: Ipv4Subnet): number {
  const own = facts.routes.filter((route) =>
    route.interfaceName === facts.target.name && route.destination === subnetText(subnet)
  );
  return own.length === 0 ? 0 : Math.min(...own.map((route) => route.metric));
}

function planRoute(facts: LinuxFacts, goal: SetupGoal): PlannedSteps {
  const name = facts.target.name;
  const device = parseIpv4(goal.deviceAddress ?? "");
  const subnet = goal.addresses.find((candidate) =>
    device === undefined || subnetContains(candidate, device)
  );
  if (subnet === undefined) return { steps: [], notices: [] };
  const elsewhere = facts.routes.filter((route) => {
    const destination = parseSubnet(route.destination);
    return destination !== undefined && route.interfaceName !== name &&
      subnetContains(destination, device ?? subnet.address);
  });
  if (elsewhere.length === 0) return { steps: [], notices: [] };
  const others = [...new Set(elsewhere.map((route) => route.interfaceName))].join(", ");
  const notices: SetupNotice[] = [{
    level: "warning",
    text: `${subnetText(subnet)} is also on ${others}: what has the device's address there ` +
      "(often the home router) cannot be reached meanwhile",
  }];
  const wins = elsewhere.every((route) => {
    const prefixLength = parseSubnet(route.destination)?.prefixLength ?? 0;
    return prefixLength < subnet.prefixLength || route.metric > ownMetric(facts, subnet);
  });
  const isThere = facts.routes.some((route) =>
    route.interfaceName === name && route.destination === goal.deviceAddress
  );
  if (wins || isThere || device === undefined) return { steps: [], notices };
  const source = formatIpv4(subnet.address);
  const host = `${formatIpv4(device)}/32`;
  return {
    steps: [{
      id: "route",
      purpose: `Send packets for the device over ${name}, not over ${others}`,
      commands: [asAdmin("ip", "route", "add", host, "dev", name, "src", source)],
      undo: [asAdmin("ip", "route", "del", host, "dev", name)],
      undoPurpose: "Remove the route to the device",
      look: lookFor("contains", formatIpv4(device), [
        "ip",
        "-4",
        "route",
        "show",
        host,
        "dev",
        name,
      ]),
      survivesReboot: false,
      evidence: "run",
      source: "ip-route(8)",
      note: "Lost when the interface is switched off and on",
    }],
    notices,
  };
}

function planStaticArp(facts: LinuxFacts, address: string, mac: string): PlannedSteps {
  const name = facts.target.name;
  const before = facts.neighbour;
  if (before?.isPermanent === true && before.mac === mac) {
    return {
      steps: [],
      notices: [{ level: "already", text: `${address} has a static neighbour entry already` }],
    };
  }
  const set = (entry: string) =>
    asAdmin("ip", "neigh", "replace", address, "lladdr", entry, "dev", name, "nud", "permanent");
  return {
    steps: [{
      id: "arp",
      purpose: "Static neighbour entry: no waiting for ARP when the device wakes up",
      commands: [set(mac)],
      undo: before?.isPermanent === true
        ? [set(before.mac)]
        : [asAdmin("ip", "neigh", "del", address, "dev", name)],
      undoPurpose: before?.isPermanent === true
        ? "Put the old neighbour entry back"
        : "Remove the neighbour entry",
      look: lookFor("contains", `${mac} PERMANENT`, [
        "ip",
        "-4",
        "neigh",
        "show",
        address,
        "dev",
        name,
      ]),
      survivesReboot: false,
      evidence: "run",
      source: "ip-neighbour(8)",
    }],
    notices: [],
  };
}

function planFastArp(facts: LinuxFacts): PlannedSteps {
  const name = facts.target.name;
  const before = facts.arp;
  if (before === undefined) {
    return {
      steps: [],
      notices: [{
        level: "advice",
        text:
          "The first packet may leave up to a second late (ARP). With the device's MAC address " +
          "(--device-mac) it would not",
      }],
    };
  }
  if (before.queueBytes <= FAST_ARP.queueBytes && before.mcastSolicit >= FAST_ARP.mcastSolicit) {
    return { steps: [], notices: [{ level: "already", text: "ARP is fast already" }] };
  }
  const write = (values: typeof FAST_ARP | typeof before) =>
    asAdmin(
      "sysctl",
      "-w",
      `${neighbourSysctl(name, "retrans_time_ms")}=${values.retransMs}`,
      `${neighbourSysctl(name, "mcast_solicit")}=${values.mcastSolicit}`,
      `${neighbourSysctl(name, "unres_qlen_bytes")}=${values.queueBytes}`,
    );
  return {
    steps: [{
      id: "fast-arp",
      purpose: "Ask for the device 50 times a second, keep one packet: no MAC address is needed",
      commands: [write(FAST_ARP)],
      undo: [write(before)],
      undoPurpose: "Set the three ARP values back",
      // Each of the three alone means that something of the step is in effect.
      look: lookFor(
        "differs",
        [before.retransMs, before.mcastSolicit, before.queueBytes].join("\n"),
        [
          "sysctl",
          "-n",
          neighbourSysctl(name, "retrans_time_ms"),
          neighbourSysctl(name, "mcast_solicit"),
          neighbourSysctl(name, "unres_qlen_bytes"),
        ],
      ),
      survivesReboot: false,
      evidence: "run",
      source: "Linux ip-sysctl; measured: first packet after 10 ms instead of 500 ms, no burst",
      note: "The kernel rounds the first value (20 reads back 20 or more)",
    }],
    notices: [],
  };
}

function planPort(facts: LinuxFacts, goal: SetupGoal): PlannedSteps {
  const before = facts.unprivilegedPortStart;
  const lowest = goal.mode === "bootp" ? 67 : 69;
  if (goal.mode === "push" || facts.isAdmin || before === undefined || before <= lowest) {
    return { steps: [], notices: [] };
  }
  const key = "net.ipv4.ip_unprivileged_port_start";
  return {
    steps: [{
      id: "low-port",
      purpose: `Let ordinary users open UDP port ${lowest}; or run unbrick with sudo instead`,
      commands: [asAdmin("sysctl", "-w", `${key}=${lowest}`)],
      undo: [asAdmin("sysctl", "-w", `${key}=${before}`)],
      undoPurpose: "Close the low ports to ordinary users again",
      look: lookFor("differs", String(before), ["sysctl", "-n", key]),
      survivesReboot: false,
      evidence: "run",
      source: "Linux ip-sysctl; kernel 4.11 or newer",
      note: `Opens ports ${lowest} to ${before - 1} to every user until undone`,
    }],
    notices: [],
  };
}

function planSpeed(facts: LinuxFacts, goal: SetupGoal): PlannedSteps {
  if (goal.speed === undefined) return { steps: [], notices: [] };
  const name = facts.target.name;
  const modes = facts.advertisedModes;
  if (modes === undefined) {
    return {
      steps: [],
      notices: [{ level: "warning", text: `The speed of ${name} cannot be set (ethtool)` }],
    };
  }
  const mask = goal.speed === 100 ? "0x008" : "0x002";
  const bits = modes.map((mode) => LINK_MODE_BITS[mode]);
  const isKnown = bits.every((bit) => bit !== undefined);
  const before = bits.reduce((sum: bigint, bit) => sum | (1n << (bit ?? 0n)), 0n);
  const autoneg = ["ethtool", "-s", name, "autoneg", "on"];
  return {
    steps: [{
      id: "speed",
      purpose: `Offer ${goal.speed} Mbit/s full duplex only; the link drops and comes back`,
      commands: [asAdmin(...autoneg, "advertise", mask)],
      undo: [asAdmin(...autoneg, ...(isKnown ? ["advertise", `0x${before.toString(16)}`] : []))],
      undoPurpose: "Offer the speeds as before",
      look: lookFor("contains", `Advertised link modes:  ${goal.speed}baseT/Full`, [
        "ethtool",
        name,
      ]),
      survivesReboot: false,
      evidence: "documented",
      source: "ethtool(8)",
      note: "Negotiation stays on: switching it off would cause a duplex mismatch",
    }],
    notices: [],
  };
}

/** Steps and notices for a Linux computer. */
export function planLinux(facts: LinuxFacts, goal: SetupGoal): PlannedSteps {
  const { deviceAddress, deviceMac } = goal;
  const parts: readonly PlannedSteps[] = [
    planPortHolders(facts, goal.mode === "push" ? [] : goal.mode === "bootp" ? [67, 69] : [69]),
    planManager(facts, goal),
    planSpeed(facts, goal),
    planAddresses(facts, goal),
    planRoute(facts, goal),
    deviceAddress !== undefined && deviceMac !== undefined
      ? planStaticArp(facts, deviceAddress, deviceMac)
      : goal.mode === "push"
      ? planFastArp(facts)
      : { steps: [], notices: [] },
    planLinuxFirewall(facts, goal),
    planPort(facts, goal),
  ];
  return {
    steps: parts.flatMap((part) => part.steps),
    notices: parts.flatMap((part) => part.notices),
  };
}
