/**
 * What preparing this computer consists of, as data: commands as argv, each with its purpose, its
 * undo and the way to see whether it took effect. Text is made from it in `shell_*.ts`, and running
 * goes through the same data.
 *
 * @module
 */
import type { OsName } from "../host/host.ts";
import type { Ipv4Subnet } from "../net/ipv4.ts";
import { formatIpv4, networkOf } from "../net/ipv4.ts";

/** What this computer is going to do. */
export type SetupMode =
  /** Serve the image to a bootloader that asks for it. */
  | "serve"
  /** Push the image to a bootloader that listens. */
  | "push"
  /** Give out an address by BOOTP or DHCP, then serve. */
  | "bootp";

/** A fixed speed to offer; full duplex always. */
export type LinkSpeed = 10 | 100;

/** What the person wants. */
export interface SetupGoal {
  /** What this computer is going to do. */
  readonly mode: SetupMode;
  /** Addresses the interface must have, with the prefix length of their subnet. */
  readonly addresses: readonly Ipv4Subnet[];
  /** Address of the device in its bootloader, dotted. */
  readonly deviceAddress: string | undefined;
  /** MAC address of the device, lower case with colons. */
  readonly deviceMac: string | undefined;
  /** Speed to offer in Mbit/s; undefined leaves the link as it is. */
  readonly speed: LinkSpeed | undefined;
  /** Marks the rules of this preparation, so that undo removes these and no others. */
  readonly runId: string;
}

/** How to see something in the output of a read-only command. Letters of either case are equal. */
export type Expectation =
  /** The output contains the text. */
  | { readonly kind: "contains"; readonly text: string }
  /** The output contains the text with no letter, digit, dot, colon or dash beside it. */
  | { readonly kind: "word"; readonly text: string }
  /** The output, trimmed, begins with the text. */
  | { readonly kind: "begins"; readonly text: string }
  /** The output, trimmed, is not empty and not the text. */
  | { readonly kind: "differs"; readonly text: string };

/** A read-only command and what in its output says "it is so". */
export interface Look {
  /** Program and arguments. */
  readonly argv: readonly string[];
  /** Whether looking needs administrator rights. */
  readonly needsAdmin: boolean;
  /** What says "it is so". */
  readonly expect: Expectation;
}

/** One command that changes something. */
export interface SystemCommand {
  /** Program and arguments, without `sudo`. */
  readonly argv: readonly string[];
  /** Whether it needs administrator rights. */
  readonly needsAdmin: boolean;
  /** Run only if this is so; for undo commands that would do harm otherwise. */
  readonly onlyIf?: Look;
  /** Why a failure of this command does not matter. */
  readonly mayFail?: string;
}

/** How far a command has been tried. */
export type Evidence =
  /** Run on the real system. */
  | "run"
  /** Read in the vendor's documentation or source; never tried on the real system. */
  | "documented"
  /** No primary source, or its effect is uncertain; never tried on the real system. */
  | "unverified";

/** One step of a plan. */
export interface SetupStep {
  /** Stable name, unique in the plan. */
  readonly id: string;
  /** One line why. */
  readonly purpose: string;
  /** Commands, in order. */
  readonly commands: readonly SystemCommand[];
  /** Commands that take it back, in order. */
  readonly undo: readonly SystemCommand[];
  /** One line what undo does. */
  readonly undoPurpose: string;
  /** How to see that the step is in effect. */
  readonly look: Look;
  /** Whether it outlives a restart of the computer. */
  readonly survivesReboot: boolean;
  /** How far the commands have been tried. */
  readonly evidence: Evidence;
  /** Where the commands are documented. */
  readonly source: string;
  /** What to know about it. */
  readonly note?: string;
}

/** Something to read that is not a command. */
export interface SetupNotice {
  /** `already`: nothing to do; `advice`: helps; `warning`: may stop it; `blocker`: will stop it. */
  readonly level: "already" | "advice" | "warning" | "blocker";
  /** What is so. */
  readonly text: string;
}

/** One entry of the undo list. */
export interface UndoStep {
  /** {@link SetupStep.id} of the step it takes back. */
  readonly id: string;
  /** One line what it does. */
  readonly purpose: string;
  /** Commands, in order. */
  readonly commands: readonly SystemCommand[];
}

/** The preparation of one interface. */
export interface SetupPlan {
  /** System the commands are for. */
  readonly os: OsName;
  /** Interface it is about. */
  readonly interfaceName: string;
  /** Whether it was made from facts of the computer it is for. */
  readonly isChecked: boolean;
  /** Steps in order; none when nothing is needed. */
  readonly steps: readonly SetupStep[];
  /** Undo of the steps, last first. */
  readonly undo: readonly UndoStep[];
  /** What to read besides. */
  readonly notices: readonly SetupNotice[];
}

/** What the planners of the three systems return. */
export type PlannedSteps = Pick<SetupPlan, "steps" | "notices">;

/** A command with administrator rights. */
export function asAdmin(...argv: string[]): SystemCommand {
  return { argv, needsAdmin: true };
}

/** A look without administrator rights. */
export function lookFor(
  kind: Expectation["kind"],
  text: string,
  argv: readonly string[],
  needsAdmin: boolean = false,
): Look {
  return { argv, needsAdmin, expect: { kind, text } };
}

/** Whether the output of a look says "it is so". */
export function meetsExpectation(output: string, expect: Expectation): boolean {
  const found = output.trim().toLowerCase();
  const wanted = expect.text.toLowerCase();
  switch (expect.kind) {
    case "contains":
      return output.toLowerCase().includes(wanted);
    case "word":
      return output.toLowerCase().split(/[^a-z0-9.:-]+/).includes(wanted);
    case "begins":
      return found.startsWith(wanted);
    case "differs":
      return found !== "" && found !== wanted.trim();
  }
}

/** The undo list of some steps: last first, and only what they change. */
export function undoOf(steps: readonly SetupStep[]): readonly UndoStep[] {
  return steps.map(({ id, undoPurpose, undo }) => ({ id, purpose: undoPurpose, commands: undo }))
    .filter((step) => step.commands.length > 0)
    .reverse();
}

/** "192.168.0.0/24": the subnet without host bits. */
export function subnetText(subnet: Ipv4Subnet): string {
  return `${formatIpv4(networkOf(subnet))}/${subnet.prefixLength}`;
}

/** The subnets of the goal without duplicates, without host bits. */
export function subnetsOf(goal: SetupGoal): readonly string[] {
  return [...new Set(goal.addresses.map(subnetText))];
}

/** One datagram that a firewall must let in. */
export interface InboundFlow {
  /** Short name, unique in a plan. */
  readonly id: string;
  /** Sender: an address or subnet; undefined for a sender that has no address yet. */
  readonly from: string | undefined;
  /** UDP port on this computer; undefined for any. */
  readonly port: number | undefined;
  /** What for, beginning with a small letter. */
  readonly purpose: string;
}

/**
 * What a firewall must let in, as narrow as the job allows. Serving needs only port 69: our DATA
 * opens the way for the ACKs (RFC 1350 §4). Pushing: the device answers from a new port (its TID).
 */
export function inboundFlows(goal: SetupGoal): readonly InboundFlow[] {
  const requests = subnetsOf(goal).map((subnet, position): InboundFlow => ({
    id: position === 0 ? "69" : `69-${position + 1}`,
    from: subnet,
    port: 69,
    purpose: "let the device's TFTP request in (UDP port 69)",
  }));
  switch (goal.mode) {
    case "serve":
      return requests;
    case "bootp":
      // A client without an address sends from 0.0.0.0.
      return [{
        id: "67",
        from: undefined,
        port: 67,
        purpose: "let the device ask for an address (UDP port 67)",
      }, ...requests];
    case "push": {
      const senders = goal.deviceAddress === undefined ? subnetsOf(goal) : [goal.deviceAddress];
      return senders.map((from, position): InboundFlow => ({
        id: position === 0 ? "answers" : `answers-${position + 1}`,
        from,
        port: undefined,
        purpose: "let the device's answers in; they come from a new UDP port",
      }));
    }
  }
}
