/**
 * Plan for Windows 7 to 11. Nothing of it has been run on Windows: each step says where its syntax is
 * documented and what is uncertain. netsh is preferred: its words are the same in cmd and PowerShell
 * and on localised systems. The interface is named by its number where the verb allows it, because
 * names are localised and hold spaces; the number is looked up again before an undo.
 *
 * @module
 */
import { formatIpv4, parseIpv4, parseSubnet, subnetContains } from "../net/ipv4.ts";
import { powershellArgv } from "../net/list_interfaces.ts";
import { formatMacWithDashes } from "../net/mac.ts";
import type { WindowsFacts } from "./facts.ts";
import { asAdmin, inboundFlows, lookFor, subnetText } from "./plan.ts";
import type { PlannedSteps, SetupGoal, SetupNotice, SetupStep } from "./plan.ts";
import { planWindowsAddresses } from "./plan_windows_address.ts";
import { literal, NETSH, referenceOf } from "./windows_commands.ts";

function planMediaSense(facts: WindowsFacts): PlannedSteps {
  if (facts.hasMediaSense !== true) return { steps: [], notices: [] };
  const set = (value: string) =>
    asAdmin(...NETSH, "set", "global", `dhcpmediasense=${value}`, "store=active");
  return {
    steps: [{
      id: "media-sense",
      purpose: "Keep the address when the link drops (media sense off, for all interfaces)",
      commands: [set("disabled")],
      undo: [set("enabled")],
      undoPurpose: "Switch media sense on again",
      look: lookFor("begins", "Disabled", powershellArgv("(Get-NetIPv4Protocol).DhcpMediaSense")),
      survivesReboot: false,
      evidence: "unverified",
      source: "Microsoft: netsh interface, Set-NetIPv4Protocol",
      note: "A small switch between computer and device does the same without any setting",
    }],
    notices: [],
  };
}

function planRoute(facts: WindowsFacts, goal: SetupGoal): PlannedSteps {
  const reference = referenceOf(facts);
  const device = parseIpv4(goal.deviceAddress ?? "");
  const subnet = goal.addresses.find((candidate) =>
    device === undefined || subnetContains(candidate, device)
  );
  if (subnet === undefined) return { steps: [], notices: [] };
  const elsewhere = facts.interfaces.filter((entry) =>
    entry.index !== facts.target.index && entry.link === "up" &&
    entry.addresses.some((address) => {
      const other = parseSubnet(`${address.address}/${address.prefixLength}`);
      return other !== undefined && subnetContains(other, device ?? subnet.address);
    })
  );
  if (elsewhere.length === 0) return { steps: [], notices: [] };
  const names = elsewhere.map((entry) => `"${entry.name}"`).join(", ");
  const notices: SetupNotice[] = [{
    level: "warning",
    text: `${subnetText(subnet)} is also on ${names}: what has the device's address there ` +
      "cannot be reached meanwhile",
  }];
  const isThere = facts.routes.some((route) =>
    route.interfaceName === reference && route.destination === goal.deviceAddress
  );
  if (device === undefined || isThere) return { steps: [], notices };
  const host = `${formatIpv4(device)}/32`;
  return {
    steps: [{
      id: "route",
      purpose: `Send packets for the device over "${facts.target.name}", not over ${names}`,
      commands: [asAdmin(...NETSH, "add", "route", host, reference, "store=active")],
      undo: [asAdmin(...NETSH, "delete", "route", host, reference)],
      undoPurpose: "Remove the route to the device",
      look: lookFor("contains", host, [...NETSH, "show", "route"]),
      survivesReboot: false,
      evidence: "documented",
      source: "Microsoft: netsh interface",
    }],
    notices,
  };
}

function planArp(facts: WindowsFacts, goal: SetupGoal): PlannedSteps {
  const reference = referenceOf(facts);
  const { deviceAddress, deviceMac } = goal;
  if (deviceAddress !== undefined && deviceMac !== undefined) {
    if (facts.staticNeighbourMac === deviceMac) {
      return {
        steps: [],
        notices: [{ level: "already", text: `${deviceAddress} has a static neighbour already` }],
      };
    }
    const dashed = formatMacWithDashes(deviceMac);
    const remove = asAdmin(...NETSH, "delete", "neighbors", reference, deviceAddress);
    return {
      steps: [{
        id: "arp",
        purpose: "Static neighbour entry: no waiting for ARP when the device wakes up",
        commands: [
          { ...remove, mayFail: "there may be no entry to delete" },
          asAdmin(...NETSH, "add", "neighbors", reference, deviceAddress, dashed, "store=active"),
        ],
        undo: [remove],
        undoPurpose: "Remove the neighbour entry",
        look: lookFor("contains", dashed, [
          ...NETSH,
          "show",
          "neighbors",
          reference,
          deviceAddress,
        ]),
        survivesReboot: false,
        evidence: "documented",
        source: "Microsoft: netsh interface, New-NetNeighbor",
        note: "Whether it stays when the link drops is not known",
      }],
      notices: [],
    };
  }
  const { retransmitMs, dadTransmits } = facts;
  if (goal.mode !== "push" || retransmitMs === undefined || dadTransmits === undefined) {
    return { steps: [], notices: [] };
  }
  const set = (retransmit: number, dad: number) =>
    asAdmin(
      ...NETSH,
      "set",
      "interface",
      reference,
      `retransmittime=${retransmit}`,
      `dadtransmits=${dad}`,
      "store=active",
    );
  return {
    steps: [{
      id: "fast-arp",
      purpose: "Ask for the device every 100 ms, use our address as soon as the link is up",
      commands: [set(100, 0)],
      undo: [set(retransmitMs, dadTransmits)],
      undoPurpose: "Set the two values back",
      look: lookFor(
        "differs",
        `${retransmitMs},${dadTransmits}`,
        powershellArgv(
          `Get-NetIPInterface -InterfaceIndex ${reference} -AddressFamily IPv4 | ForEach-Object ` +
            "{ '' + $_.RetransmitTime + ',' + $_.DadTransmits }",
        ),
      ),
      survivesReboot: false,
      evidence: "unverified",
      source: "Microsoft: netsh interface, Set-NetIPInterface",
      note: "That Windows asks by ARP that often is not known; the MAC address makes it certain",
    }],
    notices: [],
  };
}

function planFirewall(facts: WindowsFacts, goal: SetupGoal): PlannedSteps {
  if (facts.isFirewallOn === false) return { steps: [], notices: [] };
  const notices: SetupNotice[] = facts.ignoresLocalRules
    ? [{
      level: "blocker",
      text: "A company policy makes the firewall ignore local rules: ask the administrator",
    }]
    : [];
  const blocks = facts.blockRules.map((rule, position): SetupStep => ({
    id: `block-rule-${position + 1}`,
    purpose: 'Switch off a rule that blocks unbrick (someone chose "Cancel" once); block wins',
    commands: [asAdmin(...powershellArgv(`Disable-NetFirewallRule -Name ${literal(rule)}`))],
    undo: [asAdmin(...powershellArgv(`Enable-NetFirewallRule -Name ${literal(rule)}`))],
    undoPurpose: "Switch the blocking rule on again, as it was",
    look: lookFor(
      "begins",
      "False",
      powershellArgv(`(Get-NetFirewallRule -Name ${literal(rule)}).Enabled`),
    ),
    survivesReboot: true,
    evidence: "documented",
    source: "Microsoft: Disable-NetFirewallRule, windows-firewall/rules",
  }));
  const rules = inboundFlows(goal).map((flow): SetupStep => {
    const name = `unbrick-${goal.runId}-${flow.id}`;
    return {
      id: `firewall-${flow.id}`,
      purpose: `Windows firewall: ${flow.purpose}`,
      commands: [
        asAdmin(
          "netsh",
          "advfirewall",
          "firewall",
          "add",
          "rule",
          `name=${name}`,
          "dir=in",
          "action=allow",
          "protocol=UDP",
          ...(flow.port === undefined ? [] : [`localport=${flow.port}`]),
          `remoteip=${flow.from ?? "any"}`,
          "profile=any",
        ),
      ],
      undo: [
        asAdmin("netsh", "advfirewall", "firewall", "delete", "rule", `name=${name}`),
      ],
      undoPurpose: "Remove our firewall rule",
      look: lookFor("word", name, [
        "netsh",
        "advfirewall",
        "firewall",
        "show",
        "rule",
        `name=${name}`,
      ]),
      survivesReboot: true,
      evidence: "documented",
      source: "Microsoft: netsh advfirewall firewall",
    };
  });
  return { steps: [...blocks, ...rules], notices };
}

function planSpeed(facts: WindowsFacts, goal: SetupGoal): PlannedSteps {
  if (goal.speed === undefined) return { steps: [], notices: [] };
  const { name } = facts.target;
  if (facts.speedDuplex === undefined) {
    return {
      steps: [],
      notices: [{ level: "warning", text: `The adapter "${name}" does not let its speed be set` }],
    };
  }
  const property = `-Name ${literal(name)} -RegistryKeyword '*SpeedDuplex'`;
  const set = (value: string) =>
    asAdmin(
      ...powershellArgv(`Set-NetAdapterAdvancedProperty ${property} -RegistryValue ${value}`),
    );
  // Standardized INF keyword *SpeedDuplex: 2 is 10 Mbit/s full duplex, 4 is 100 Mbit/s full duplex.
  const wanted = goal.speed === 100 ? "4" : "2";
  return {
    steps: [{
      id: "speed",
      purpose: `Fix the speed at ${goal.speed} Mbit/s full duplex; the link drops and comes back`,
      commands: [set(wanted)],
      undo: [set(facts.speedDuplex)],
      undoPurpose: "Set the speed as before",
      look: lookFor(
        "begins",
        wanted,
        powershellArgv(`(Get-NetAdapterAdvancedProperty ${property}).RegistryValue`),
      ),
      survivesReboot: true,
      evidence: "documented",
      source: "Microsoft: Set-NetAdapterAdvancedProperty, standardized INF keywords",
      note: "A device that negotiates falls to half duplex then: only as a last try",
    }],
    notices: [],
  };
}

function planPorts(facts: WindowsFacts, ports: readonly number[]): PlannedSteps {
  const notices = facts.portHolders.filter((holder) => ports.includes(holder.port)).map(
    (holder): SetupNotice => ({
      level: "blocker",
      text: `UDP port ${holder.port} is held by ${holder.program ?? "another program"} ` +
        `(process ${holder.pid ?? "?"}): end it`,
    }),
  );
  return { steps: [], notices };
}

/** Steps and notices for a Windows computer. */
export function planWindows(facts: WindowsFacts, goal: SetupGoal): PlannedSteps {
  const parts: readonly PlannedSteps[] = [
    planPorts(facts, goal.mode === "push" ? [] : goal.mode === "bootp" ? [67, 69] : [69]),
    planSpeed(facts, goal),
    planMediaSense(facts),
    planWindowsAddresses(facts, goal),
    planRoute(facts, goal),
    planArp(facts, goal),
    planFirewall(facts, goal),
  ];
  return {
    steps: parts.flatMap((part) => part.steps),
    notices: parts.flatMap((part) => part.notices),
  };
}
