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
import { planFastArp, planStaticArp, setNeighbour } from "./plan_linux_arp.ts";
import { planLinuxFirewall } from "./plan_linux_firewall.ts";
import { addressLook, planManager, planPortHolders } from "./plan_linux_manager.ts";

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
      // The kernel forgets even static neighbours with the last address of an interface.
      const forgotten = addresses.length === 0 && !steps.some((step) => step.id === "address")
        ? facts.staticNeighbours
        : [];
      steps.push({
        id: position === 0 ? "address" : `address-${position + 1}`,
        purpose: "Give the interface the address the device expects; no gateway",
        commands: [asAdmin("ip", "addr", "add", text, "dev", name)],
        undo: [
          asAdmin("ip", "addr", "del", text, "dev", name),
          ...forgotten.map((entry) => setNeighbour(name, entry.address, entry.mac)),
        ],
        undoPurpose: `Take the address ${dotted} away`,
        look: addressLook(name, text),
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
