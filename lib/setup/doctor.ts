/**
 * Judges everything on this computer that can stop a recovery, and says how to mend it. Pure.
 *
 * @module
 */
import { assertNever } from "../errors.ts";
import { isWired } from "../net/interface.ts";
import type { Ipv4Subnet } from "../net/ipv4.ts";
import { formatIpv4, formatSubnet, parseIpv4, parseSubnet, subnetContains } from "../net/ipv4.ts";
import type { SetupFacts } from "./facts.ts";
import type { PendingPreparation } from "./pending.ts";
import type { SetupGoal, SetupPlan, SetupStep, SystemCommand } from "./plan.ts";

/** One line of the diagnosis. */
export interface DoctorLine {
  /** What was looked at: a stable name. */
  readonly id: string;
  /** What was found. */
  readonly state: "ok" | "problem" | "unknown";
  /** One sentence without its final period. For `unknown`: why. */
  readonly text: string;
  /** Whether a recovery cannot succeed like this. */
  readonly stops: boolean;
  /** Commands that mend it. */
  readonly commands: readonly SystemCommand[];
  /** What to do, where no command mends it. */
  readonly advice: string | undefined;
}

/** What a loopback self-test found. */
export interface SelfTestResult {
  /** Whether the bytes arrived unchanged. */
  readonly ok: boolean;
  /** One sentence about it, without its final period. */
  readonly text: string;
}

/** Everything {@link diagnose} judges. */
export interface DoctorFindings {
  /** Facts of this computer. */
  readonly facts: SetupFacts;
  /** The goal as asked; `addresses` may be empty. */
  readonly goal: SetupGoal;
  /** Subnets the plan was made for: those asked for, else those the interface has. */
  readonly subnets: readonly Ipv4Subnet[];
  /** The plan for the goal. */
  readonly plan: SetupPlan;
  /** Name or index of the interface packets to the device leave through, if known. */
  readonly routeOver: string | undefined;
  /** A preparation that was not taken back. */
  readonly pending: PendingPreparation | undefined;
  /** Result of the self-test; undefined when there is none. */
  readonly selfTest: SelfTestResult | undefined;
}

function ok(id: string, text: string): DoctorLine {
  return { id, state: "ok", text, stops: false, commands: [], advice: undefined };
}

function unknown(id: string, text: string): DoctorLine {
  return { id, state: "unknown", text, stops: false, commands: [], advice: undefined };
}

function problem(
  id: string,
  text: string,
  mend: { readonly commands?: readonly SystemCommand[]; readonly advice?: string },
  stops: boolean = true,
): DoctorLine {
  const { commands = [], advice } = mend;
  return { id, state: "problem", text, stops, commands, advice };
}

function commandsOf(steps: readonly SetupStep[]): readonly SystemCommand[] {
  return steps.flatMap((step) => step.commands);
}

function rightsLine({ facts, plan }: DoctorFindings): DoctorLine {
  const lowPort = plan.steps.filter((step) => step.id === "low-port");
  if (lowPort.length > 0) {
    return problem("rights", "An ordinary user cannot open UDP port 69 here", {
      commands: commandsOf(lowPort),
      advice: "Or run unbrick with sudo",
    });
  }
  return ok("rights", facts.isAdmin ? "Administrator rights" : "An ordinary user, which is enough");
}

function interfaceLine({ facts }: DoctorFindings): DoctorLine {
  const { target } = facts;
  if (target.kind === "loopback" || target.kind === "wifi" || target.kind === "bridge-member") {
    return problem("interface", `"${target.name}" takes no cable to a device`, {
      advice: facts.interfaces.some(isWired)
        ? "Choose a wired interface with --interface"
        : "Plug in a USB network adapter",
    });
  }
  return ok("interface", `"${target.name}" is the interface for the cable`);
}

function linkLine({ facts }: DoctorFindings): DoctorLine {
  const { name, link } = facts.target;
  switch (link) {
    case "up":
      return ok("link", `"${name}" has link`);
    case "no-carrier":
      return problem("link", `"${name}" has no link: the cable is out or the device is off`, {
        advice: "That is normal while the device is off; a small switch between keeps the link up",
      }, false);
    case "disabled":
      return problem("link", `"${name}" is switched off`, {
        advice: "unbrick setup switches it on",
      });
    case "unknown":
      return unknown("link", `The system does not tell whether "${name}" has link`);
    default:
      return assertNever(link);
  }
}

function addressLine({ facts, goal, plan }: DoctorFindings): DoctorLine {
  const { target } = facts;
  const device = parseIpv4(goal.deviceAddress ?? "");
  if (goal.addresses.length === 0 && device === undefined) {
    return unknown("address", "No address was asked for: give --address or --device-ip");
  }
  const missing = goal.addresses.filter((wanted) =>
    !target.addresses.some((entry) => entry.address === formatIpv4(wanted.address))
  );
  if (missing.length > 0) {
    return problem("address", `"${target.name}" lacks ${missing.map(formatSubnet).join(", ")}`, {
      commands: commandsOf(plan.steps.filter((step) => /^(address|networkd)/.test(step.id))),
    });
  }
  const inSubnet = target.addresses.find((entry) => {
    const subnet = parseSubnet(`${entry.address}/${entry.prefixLength}`);
    return subnet !== undefined && (device === undefined || subnetContains(subnet, device));
  });
  if (inSubnet === undefined) {
    return problem("address", `"${target.name}" has no address near ${goal.deviceAddress}`, {
      advice: "Run unbrick setup with an --address in the device's subnet",
    });
  }
  if (!inSubnet.isUsable) {
    return problem("address", `${inSubnet.address} cannot be used yet, while there is no link`, {
      advice: "Plug the cable into something that is switched on, or put a small switch between",
    }, false);
  }
  return ok("address", `"${target.name}" has ${inSubnet.address}/${inSubnet.prefixLength}`);
}

function routeLine({ facts, goal, plan, routeOver }: DoctorFindings): DoctorLine {
  if (goal.deviceAddress === undefined) {
    return unknown("route", "The device's address was not given (--device-ip)");
  }
  if (routeOver === undefined) {
    return unknown("route", `The system does not tell the route to ${goal.deviceAddress}`);
  }
  const { name, index } = facts.target;
  if (routeOver === name || routeOver === String(index)) {
    return ok("route", `Packets to ${goal.deviceAddress} leave through "${name}"`);
  }
  const via = facts.interfaces.find((entry) => String(entry.index) === routeOver)?.name ??
    routeOver;
  return problem("route", `Packets to ${goal.deviceAddress} leave through "${via}"`, {
    commands: commandsOf(plan.steps.filter((step) => /^(address|route|wifi-off)/.test(step.id))),
    advice: `They must leave through "${name}"`,
  });
}

function portLine({ facts, goal, plan }: DoctorFindings, port: 67 | 68 | 69): DoctorLine {
  const id = `port-${port}`;
  const holder = facts.portHolders.find((candidate) => candidate.port === port);
  if (holder === undefined) return ok(id, `UDP port ${port} is free`);
  const who = holder.program === undefined
    ? "another program"
    : `${holder.program} (process ${holder.pid ?? "?"})`;
  const isNeeded = port === 69 && goal.mode !== "push" || port === 67 && goal.mode === "bootp";
  if (!isNeeded) return ok(id, `UDP port ${port} is held by ${who}, which does no harm here`);
  const steps = plan.steps.filter((step) => /^(port-69-holder|tftpd)$/.test(step.id));
  return problem(id, `UDP port ${port} is held by ${who}`, {
    commands: port === 69 ? commandsOf(steps) : [],
    ...(port === 69 && steps.length > 0 ? {} : { advice: "End that program" }),
  });
}

const FIREWALL_STEP = /^(ufw|firewalld|nftables|iptables|app-firewall|pf|firewall|block-rule)/;

function firewallLine({ facts, plan, subnets }: DoctorFindings): DoctorLine {
  const steps = plan.steps.filter((step) => FIREWALL_STEP.test(step.id));
  const blocker = plan.notices.find((notice) =>
    notice.level === "blocker" && /firewall/i.test(notice.text)
  );
  if (blocker !== undefined) return problem("firewall", blocker.text, {});
  if (steps.length > 0) {
    return problem("firewall", "A firewall is likely to drop what the device sends", {
      commands: commandsOf(steps),
    });
  }
  if (subnets.length === 0) {
    return unknown("firewall", "Which rule is needed depends on the address: give --address");
  }
  const unchecked = facts.unchecked[0];
  return unchecked === undefined
    ? ok("firewall", "No firewall is in the way")
    : unknown("firewall", unchecked);
}

function managerLine({ facts, plan }: DoctorFindings): DoctorLine {
  const steps = plan.steps.filter((step) =>
    /^(networkmanager|networkd|dhcpcd|media-sense)$/.test(step.id)
  );
  if (steps.length === 0) {
    return ok("manager", `Nothing takes the address from "${facts.target.name}"`);
  }
  return problem("manager", "The address goes away when the device drops the link", {
    commands: commandsOf(steps),
  }, false);
}

function sameSubnetLine({ facts, subnets }: DoctorFindings): DoctorLine {
  const clash = facts.interfaces.find((other) =>
    other.name !== facts.target.name && other.link !== "disabled" &&
    other.addresses.some((entry) => {
      const theirs = parseSubnet(`${entry.address}/${entry.prefixLength}`);
      return theirs !== undefined &&
        subnets.some((ours) =>
          subnetContains(ours, theirs.address) || subnetContains(theirs, ours.address)
        );
    })
  );
  if (clash === undefined) return ok("same-subnet", "No other interface has the same subnet");
  return problem("same-subnet", `"${clash.name}" has the same subnet`, {
    advice: "Switch it off for the recovery, or let unbrick setup add a route (--device-ip)",
  }, false);
}

function vpnLine({ facts }: DoctorFindings): DoctorLine {
  const vpn = facts.interfaces.find((entry) => entry.kind === "virtual" && entry.hasDefaultRoute);
  if (vpn === undefined) return ok("vpn", "No VPN has the default route");
  return problem("vpn", `The default route leads through "${vpn.name}", perhaps a VPN`, {
    advice: "Disconnect the VPN: some keep local traffic out",
  }, false);
}

function pendingLine({ pending }: DoctorFindings): DoctorLine {
  return pending === undefined
    ? ok("preparation", "No earlier preparation is in place")
    : ok("preparation", `"${pending.interfaceName}" is prepared; undo: unbrick setup --undo`);
}

/** Judges what was found. Pure. */
export function diagnose(findings: DoctorFindings): readonly DoctorLine[] {
  const { selfTest } = findings;
  return [
    rightsLine(findings),
    interfaceLine(findings),
    linkLine(findings),
    addressLine(findings),
    routeLine(findings),
    portLine(findings, 69),
    portLine(findings, 67),
    portLine(findings, 68),
    firewallLine(findings),
    managerLine(findings),
    sameSubnetLine(findings),
    vpnLine(findings),
    pendingLine(findings),
    selfTest === undefined
      ? unknown("self-test", "The self-test was left out")
      : selfTest.ok
      ? ok("self-test", selfTest.text)
      : problem("self-test", selfTest.text, { advice: "Report this: unbrick itself fails here" }),
  ];
}
