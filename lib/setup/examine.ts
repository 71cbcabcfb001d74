/**
 * Looks at this computer for `unbrick doctor`: gathers what {@link diagnose} judges.
 *
 * @module
 */
import { assertNever } from "../errors.ts";
import type { Host } from "../host/host.ts";
import type { NetworkInterface } from "../net/interface.ts";
import { parseIpv4, parseSubnet } from "../net/ipv4.ts";
import { listInterfaces, powershellArgv } from "../net/list_interfaces.ts";
import type { ListingHost } from "../net/list_interfaces.ts";
import { asRecords, asText, parseJson } from "../net/loose_json.ts";
import { diagnose } from "./doctor.ts";
import type { DoctorLine, SelfTestResult } from "./doctor.ts";
import { quietElevation } from "./elevation.ts";
import { findInterface, gatherFacts } from "./gather_facts.ts";
import { withoutStepsInEffect } from "./in_effect.ts";
import type { JournalHost } from "./journal.ts";
import { pendingPreparation } from "./pending.ts";
import type { SetupGoal } from "./plan.ts";
import { planSetup } from "./plan_setup.ts";

/** The part of the host that the diagnosis needs, besides what the self-test needs. */
export type DoctorHost = ListingHost & JournalHost & Pick<Host, "run">;

/** What is to be looked at. */
export interface DoctorQuestion {
  /** Interface named by the person. */
  readonly interfaceName: string | undefined;
  /** What this computer is going to do. Without addresses those checks are left out. */
  readonly goal: SetupGoal;
  /** Full path of this program. */
  readonly toolPath: string;
}

/** Which interface packets to an address leave through, from the system's own answer. Pure. */
export function parseRouteAnswer(os: Host["os"], text: string): string | undefined {
  switch (os) {
    case "linux":
      return asText(asRecords(parseJson(text))[0]?.["dev"]);
    case "macos":
      return /^\s*interface: (\S+)/m.exec(text)?.[1];
    case "windows":
      return /^\s*(\d+)/.exec(text)?.[1];
    default:
      return assertNever(os);
  }
}

async function routeOver(
  host: Pick<Host, "os" | "run">,
  device: string | undefined,
): Promise<string | undefined> {
  if (device === undefined || parseIpv4(device) === undefined) return undefined;
  const argv = {
    linux: ["ip", "-j", "-4", "route", "get", device],
    macos: ["route", "-n", "get", device],
    windows: powershellArgv(
      `(Find-NetRoute -RemoteIPAddress '${device}'|Select-Object -First 1).InterfaceIndex`,
    ),
  }[host.os];
  const answer = await host.run(argv, { timeoutMs: 30_000 });
  return answer.code === 0 ? parseRouteAnswer(host.os, answer.stdout) : undefined;
}

/** The interface asked for; without a name the most likely one, if need be the loopback. */
function likelyInterface(
  interfaces: readonly NetworkInterface[],
  wanted: string | undefined,
): NetworkInterface {
  const [first] = interfaces;
  return wanted === undefined && first !== undefined ? first : findInterface(interfaces, wanted);
}

/**
 * Looks at this computer. Changes nothing; asks for no password. `selfTest` makes a real transfer
 * over loopback.
 *
 * Throws UnbrickError `interface-unsuitable` when the interface asked for does not exist.
 */
export async function examine(
  host: DoctorHost,
  question: DoctorQuestion,
  selfTest: (() => Promise<SelfTestResult>) | undefined,
): Promise<readonly DoctorLine[]> {
  const { goal } = question;
  const interfaces = await listInterfaces(host);
  const target = likelyInterface(interfaces, question.interfaceName);
  const elevation = await quietElevation(host);
  const facts = await gatherFacts(host, elevation, target, interfaces, goal, question.toolPath);
  // Firewall rules depend on the subnet; without an address asked for, what is there is looked at.
  const present = target.addresses.flatMap((entry) =>
    parseSubnet(`${entry.address}/${entry.prefixLength}`) ?? []
  ).filter((subnet) => subnet.prefixLength < 31);
  const subnets = goal.addresses.length > 0 ? goal.addresses : present;
  const [pending, over, tested] = await Promise.all([
    pendingPreparation(host),
    routeOver(host, goal.deviceAddress),
    selfTest?.(),
  ]);
  const fullPlan = planSetup(host.os, facts, { ...goal, addresses: subnets });
  const plan = await withoutStepsInEffect(host, elevation, fullPlan, goal.runId);
  return diagnose({ facts, goal, subnets, plan, routeOver: over, pending, selfTest: tested });
}
