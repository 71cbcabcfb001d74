/**
 * Facts in, plan out: what has to be done on this computer, and how to take it back.
 *
 * @module
 */
import { assertNever, UnbrickError } from "../errors.ts";
import type { OsName } from "../host/host.ts";
import { formatSubnet, networkOf, parseIpv4, subnetContains } from "../net/ipv4.ts";
import type { SetupFacts } from "./facts.ts";
import { undoOf } from "./plan.ts";
import type { PlannedSteps, SetupGoal, SetupNotice, SetupPlan } from "./plan.ts";
import { planLinux } from "./plan_linux.ts";
import { planMacos } from "./plan_macos.ts";
import { planWindows } from "./plan_windows.ts";

function planSteps(facts: SetupFacts, goal: SetupGoal): PlannedSteps {
  switch (facts.os) {
    case "linux":
      return planLinux(facts, goal);
    case "macos":
      return planMacos(facts, goal);
    case "windows":
      return planWindows(facts, goal);
    default:
      return assertNever(facts);
  }
}

function generalNotices(facts: SetupFacts, goal: SetupGoal): readonly SetupNotice[] {
  const { target } = facts;
  const notices: SetupNotice[] = facts.unchecked.map((text) => ({ level: "warning", text }));
  if (target.kind === "wifi") {
    notices.push({ level: "warning", text: `"${target.name}" is Wi-Fi: bootloaders need a cable` });
  } else if (target.kind === "loopback") {
    notices.push({ level: "blocker", text: `"${target.name}" takes no cable` });
  } else if (target.kind === "bridge-member") {
    notices.push({
      level: "warning",
      text: `"${target.name}" is part of a bridge: an address on it has no effect`,
    });
  }
  const device = parseIpv4(goal.deviceAddress ?? "");
  if (device !== undefined && !goal.addresses.some((subnet) => subnetContains(subnet, device))) {
    notices.push({
      level: "blocker",
      text: `The device's address ${goal.deviceAddress} is in none of the subnets ` +
        goal.addresses.map(formatSubnet).join(", "),
    });
  }
  if (target.link !== "up") {
    notices.push({
      level: "advice",
      text: "A small switch between computer and device keeps the link up while the device " +
        "restarts; most lost addresses come from that",
    });
  }
  return notices;
}

/** Throws UnbrickError `usage` when the goal itself cannot work. */
function checkGoal(goal: SetupGoal): void {
  for (const subnet of goal.addresses) {
    const network = networkOf(subnet);
    const broadcast = network + 2 ** (32 - subnet.prefixLength) - 1;
    const isHost = subnet.prefixLength >= 31 ||
      (subnet.address !== network && subnet.address !== broadcast);
    if (!isHost || subnet.prefixLength === 0) {
      throw new UnbrickError("usage", `"${formatSubnet(subnet)}" is no address for a computer`, {
        hint: 'Give an address with its prefix length, for example "192.168.1.66/24"',
      });
    }
    if (subnet.address === parseIpv4(goal.deviceAddress ?? "")) {
      throw new UnbrickError(
        "usage",
        `Computer and device cannot both have the address "${goal.deviceAddress}"`,
        { hint: "Give this computer another address in the same subnet" },
      );
    }
  }
}

/**
 * Makes the plan. Pure: the same facts and the same goal give the same plan.
 *
 * Throws UnbrickError `usage` for a goal that cannot work.
 */
export function planSetup(os: OsName, facts: SetupFacts, goal: SetupGoal): SetupPlan {
  if (facts.os !== os) throw new TypeError(`facts of ${facts.os} cannot make a plan for ${os}`);
  checkGoal(goal);
  const { steps, notices } = planSteps(facts, goal);
  return {
    os,
    interfaceName: facts.target.name,
    isChecked: facts.isChecked,
    steps,
    undo: undoOf(steps),
    notices: [...notices, ...generalNotices(facts, goal)],
  };
}
