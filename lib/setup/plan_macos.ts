/**
 * Plan for macOS. Nothing of it has been run on a Mac: each step says where its syntax is documented
 * and what is uncertain.
 *
 * The address is a temporary alias of the device, not a setting of the network service: the service
 * stays exactly as it is, nothing of it has to be put back, and a reboot heals everything.
 *
 * @module
 */
import {
  formatIpv4,
  netmaskOf,
  parseIpv4,
  parseSubnet,
  prefixLengthOf,
  subnetContains,
} from "../net/ipv4.ts";
import type { MacosFacts } from "./facts.ts";
import { asAdmin, inboundFlows, lookFor, subnetText } from "./plan.ts";
import type { PlannedSteps, SetupGoal, SetupNotice, SetupStep } from "./plan.ts";

const APP_FIREWALL = "/usr/libexec/ApplicationFirewall/socketfilterfw";
const TFTPD_LABEL = "system/com.apple.tftpd";
const TFTPD_PLIST = "/System/Library/LaunchDaemons/tftp.plist";

function planPort(facts: MacosFacts, ports: readonly number[]): PlannedSteps {
  const steps: SetupStep[] = [];
  const notices: SetupNotice[] = [];
  if (facts.isTftpdLoaded && ports.includes(69)) {
    steps.push({
      id: "tftpd",
      purpose: "Stop the system's own TFTP server: it holds UDP port 69",
      commands: [asAdmin("launchctl", "bootout", TFTPD_LABEL)],
      undo: [asAdmin("launchctl", "bootstrap", "system", TFTPD_PLIST)],
      undoPurpose: "Load the system's TFTP server again, as it was",
      look: lookFor("contains", "gone", [
        "sh",
        "-c",
        'launchctl print "$1" >/dev/null 2>&1 || echo gone',
        "sh",
        TFTPD_LABEL,
      ]),
      survivesReboot: false,
      evidence: "documented",
      source: "launchctl(1); tftp.plist of remote_cmds-306",
    });
  }
  for (const holder of facts.portHolders) {
    const isOurs = facts.isTftpdLoaded && holder.port === 69 && holder.program === "launchd";
    if (isOurs || !ports.includes(holder.port)) continue;
    notices.push({
      level: "blocker",
      text: `UDP port ${holder.port} is held by ${holder.program ?? "another program"} ` +
        `(process ${holder.pid ?? "?"}): stop it`,
    });
  }
  return { steps, notices };
}

function planAddresses(facts: MacosFacts, goal: SetupGoal): PlannedSteps {
  const { name, addresses, link } = facts.target;
  const steps: SetupStep[] = [];
  const notices: SetupNotice[] = [];
  if (link === "disabled") {
    steps.push({
      id: "link-up",
      purpose: "Switch the interface on",
      commands: [asAdmin("ifconfig", name, "up")],
      undo: [asAdmin("ifconfig", name, "down")],
      undoPurpose: "Switch the interface off, as it was",
      look: lookFor("contains", "<UP,", ["ifconfig", name]),
      survivesReboot: false,
      evidence: "documented",
      source: "ifconfig(8)",
    });
  }
  const present = [...addresses];
  for (const [position, wanted] of goal.addresses.entries()) {
    const dotted = formatIpv4(wanted.address);
    if (present.some((entry) => entry.address === dotted)) {
      notices.push({ level: "already", text: `${name} has the address ${dotted} already` });
      continue;
    }
    // A second address of the same subnet must be an alias with a netmask of all ones.
    const isSecond = present.some((entry) => subnetContains(wanted, parseIpv4(entry.address) ?? 0));
    const netmask = isSecond ? "255.255.255.255" : formatIpv4(netmaskOf(wanted.prefixLength));
    present.push({
      address: dotted,
      prefixLength: prefixLengthOf(netmask) ?? 32,
      origin: "static",
      isUsable: true,
    });
    steps.push({
      id: position === 0 ? "address" : `address-${position + 1}`,
      purpose: "Give the interface the address the device expects, until the next restart",
      commands: [asAdmin("ifconfig", name, "inet", dotted, "netmask", netmask, "alias")],
      undo: [asAdmin("ifconfig", name, "inet", dotted, "-alias")],
      undoPurpose: `Take the address ${dotted} away`,
      look: lookFor("contains", `inet ${dotted} `, ["ifconfig", name]),
      survivesReboot: false,
      evidence: "unverified",
      source: "ifconfig(8)",
      note: "Whether it stays when the link drops is not known: a switch between keeps the link up",
    });
  }
  return { steps, notices };
}

function planSubnetClash(facts: MacosFacts, goal: SetupGoal): PlannedSteps {
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
  const clashing = facts.interfaces.find((entry) => entry.name === elsewhere[0]!.interfaceName);
  if (clashing?.kind !== "wifi") {
    return {
      steps: [],
      notices: [{
        level: "warning",
        text: `${subnetText(subnet)} is also on ${elsewhere[0]!.interfaceName}: unplug that one`,
      }],
    };
  }
  return {
    steps: [{
      id: "wifi-off",
      purpose: `Switch Wi-Fi off: it has the same subnet ${subnetText(subnet)}`,
      commands: [asAdmin("networksetup", "-setairportpower", clashing.name, "off")],
      undo: [asAdmin("networksetup", "-setairportpower", clashing.name, "on")],
      undoPurpose: "Switch Wi-Fi on again",
      look: lookFor("contains", ": off", ["networksetup", "-getairportpower", clashing.name]),
      survivesReboot: true,
      evidence: "documented",
      source: "networksetup(8)",
    }],
    notices: [],
  };
}

/** macOS prints MAC addresses without leading zeros. */
function shortMac(mac: string): string {
  return mac.split(":").map((octet) => octet.replace(/^0/, "")).join(":");
}

function planArp(facts: MacosFacts, goal: SetupGoal): PlannedSteps {
  const name = facts.target.name;
  const { deviceAddress, deviceMac } = goal;
  if (deviceAddress !== undefined && deviceMac !== undefined) {
    if (facts.staticNeighbourMac === deviceMac) {
      return {
        steps: [],
        notices: [{ level: "already", text: `${deviceAddress} has a static ARP entry already` }],
      };
    }
    return {
      steps: [{
        id: "arp",
        purpose: "Static ARP entry: no waiting when the device wakes up",
        commands: [asAdmin("arp", "-s", deviceAddress, deviceMac, "ifscope", name)],
        undo: [asAdmin("arp", "-d", deviceAddress, "ifscope", name)],
        undoPurpose: "Remove the ARP entry",
        look: lookFor("contains", `(${deviceAddress}) at ${shortMac(deviceMac)} on ${name} `, [
          "arp",
          "-an",
        ]),
        survivesReboot: false,
        evidence: "documented",
        source: "arp(8) and arp.c of network_cmds-741",
        note: "The address must be up first; set it again if the link has dropped",
      }],
      notices: [],
    };
  }
  if (goal.mode !== "push" || facts.arp === undefined) return { steps: [], notices: [] };
  const write = (maxTries: number, maxHold: number) =>
    asAdmin(
      "sysctl",
      "-w",
      `net.link.ether.inet.maxtries=${maxTries}`,
      `net.link.ether.inet.maxhold=${maxHold}`,
    );
  return {
    steps: [{
      id: "fast-arp",
      purpose: "Keep asking for the device: after five vain tries a Mac pauses for 20 seconds",
      commands: [write(1_000_000, 1)],
      undo: [write(facts.arp.maxTries, facts.arp.maxHold)],
      undoPurpose: "Set the two ARP values back",
      look: lookFor("differs", `${facts.arp.maxTries}\n${facts.arp.maxHold}`, [
        "sysctl",
        "-n",
        "net.link.ether.inet.maxtries",
        "net.link.ether.inet.maxhold",
      ]),
      survivesReboot: false,
      evidence: "documented",
      source: "XNU bsd/netinet/in_arp.c (arp_maxtries, arp_maxhold, arpt_down)",
      note: "A Mac asks once a second at most; with the device's MAC address it need not ask",
    }],
    notices: [],
  };
}

function planAppFirewall(facts: MacosFacts): PlannedSteps {
  const state = facts.appFirewallState;
  if (state === undefined || state === 0) return { steps: [], notices: [] };
  if (state === 2) {
    return {
      steps: [],
      notices: [{
        level: "blocker",
        text:
          "The firewall blocks all incoming connections: switch that off in System Settings > " +
          "Network > Firewall > Options",
      }],
    };
  }
  if (facts.appFirewallEntry === "allowed") {
    return {
      steps: [],
      notices: [{ level: "already", text: "The application firewall allows unbrick already" }],
    };
  }
  const wasListed = facts.appFirewallEntry === "blocked";
  return {
    steps: [{
      id: "app-firewall",
      purpose: "Let this one program receive through the application firewall",
      commands: [
        ...(wasListed ? [] : [asAdmin(APP_FIREWALL, "--add", facts.toolPath)]),
        asAdmin(APP_FIREWALL, "--unblockapp", facts.toolPath),
      ],
      undo: [asAdmin(APP_FIREWALL, wasListed ? "--blockapp" : "--remove", facts.toolPath)],
      undoPurpose: wasListed
        ? "Block this program again, as it was"
        : "Remove this program from the application firewall",
      look: lookFor("contains", "permitted", [
        APP_FIREWALL,
        "--getappblocked",
        facts.toolPath,
      ], true),
      survivesReboot: true,
      evidence: "documented",
      source: "socketfilterfw usage text; macOS 15 release notes",
    }],
    notices: [],
  };
}

function planPf(facts: MacosFacts, goal: SetupGoal): PlannedSteps {
  if (!facts.isPfEnabled) return { steps: [], notices: [] };
  const anchor = "com.apple/unbrick";
  const rules = inboundFlows(goal).map((flow) =>
    `pass in quick on ${facts.target.name} proto udp from ${flow.from ?? "any"} to any` +
    (flow.port === undefined ? "" : ` port ${flow.port}`)
  );
  return {
    steps: [{
      id: "pf",
      purpose: "Let the device in through pf, in an anchor of its own",
      commands: [
        asAdmin(
          "sh",
          "-c",
          `printf '%s\\n' "$@" | pfctl -a ${anchor} -f -`,
          "sh",
          ...rules,
        ),
      ],
      undo: [asAdmin("pfctl", "-a", anchor, "-F", "rules")],
      undoPurpose: "Empty our anchor",
      look: lookFor("contains", "pass in quick", ["pfctl", "-a", anchor, "-s", "rules"], true),
      survivesReboot: false,
      evidence: "unverified",
      source: 'pfctl(8); needs the line anchor "com.apple/*" in pf.conf, as delivered',
    }],
    notices: [],
  };
}

function planSpeed(facts: MacosFacts, goal: SetupGoal): PlannedSteps {
  if (goal.speed === undefined) return { steps: [], notices: [] };
  const name = facts.target.name;
  const [media = "autoselect", ...options] = (facts.media ?? "autoselect").split(/\s+/);
  const wanted = goal.speed === 100 ? "100baseTX" : "10baseT/UTP";
  return {
    steps: [{
      id: "speed",
      purpose: `Fix the speed at ${goal.speed} Mbit/s full duplex`,
      commands: [asAdmin("networksetup", "-setmedia", name, wanted, "full-duplex")],
      undo: [asAdmin("networksetup", "-setmedia", name, media, ...options)],
      undoPurpose: "Set the media as before",
      look: lookFor("contains", wanted, ["networksetup", "-getmedia", name]),
      survivesReboot: true,
      evidence: "documented",
      source: "networksetup(8), ifconfig(8)",
      note: "A device that negotiates falls to half duplex then: only as a last try",
    }],
    notices: [],
  };
}

/** Steps and notices for a Mac. */
export function planMacos(facts: MacosFacts, goal: SetupGoal): PlannedSteps {
  const parts: readonly PlannedSteps[] = [
    planPort(facts, goal.mode === "push" ? [] : goal.mode === "bootp" ? [67, 69] : [69]),
    planSpeed(facts, goal),
    planSubnetClash(facts, goal),
    planAddresses(facts, goal),
    planArp(facts, goal),
    planAppFirewall(facts),
    planPf(facts, goal),
    {
      steps: [],
      notices: [{
        level: "advice",
        text: "Run unbrick from Terminal.app: macOS 15 and newer keep other terminals from the " +
          "local network until they are allowed in Privacy & Security > Local Network",
      }],
    },
  ];
  return {
    steps: parts.flatMap((part) => part.steps),
    notices: parts.flatMap((part) => part.notices),
  };
}
