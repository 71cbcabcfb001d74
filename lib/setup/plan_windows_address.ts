/**
 * Addresses on Windows: beside what is there where that works, instead of DHCP where it does not.
 *
 * @module
 */
import { formatIpv4, netmaskOf } from "../net/ipv4.ts";
import { powershellArgv } from "../net/list_interfaces.ts";
import type { WindowsFacts } from "./facts.ts";
import { asAdmin, lookFor } from "./plan.ts";
import type {
  Look,
  PlannedSteps,
  SetupGoal,
  SetupNotice,
  SetupStep,
  SystemCommand,
} from "./plan.ts";
import { NETSH, referenceOf } from "./windows_commands.ts";

/** Windows 10 1703, the first with `dhcpstaticipcoexistence`. */
const COEXISTENCE_BUILD = 15063;

function addressLook(reference: string, dotted: string): Look {
  return lookFor("word", dotted, [...NETSH, "show", "ipaddresses", `interface=${reference}`]);
}

/** DNS set by hand on a DHCP interface is put back only if the change of address touched it. */
function dnsUndo(facts: WindowsFacts, reference: string): readonly SystemCommand[] {
  const [first, ...others] = facts.staticDns;
  if (first === undefined) return [];
  const script = `(Get-DnsClientServerAddress -InterfaceIndex ${facts.target.index} ` +
    "-AddressFamily IPv4).ServerAddresses -join ','";
  const onlyIf = lookFor("differs", facts.staticDns.join(","), powershellArgv(script));
  return [
    {
      ...asAdmin(
        ...NETSH,
        "set",
        "dnsservers",
        `name=${reference}`,
        "source=static",
        `address=${first}`,
        "validate=no",
      ),
      onlyIf,
    },
    ...others.map((address, position) => ({
      ...asAdmin(
        ...NETSH,
        "add",
        "dnsservers",
        `name=${reference}`,
        `address=${address}`,
        `index=${position + 2}`,
        "validate=no",
      ),
      onlyIf,
    })),
  ];
}

/** How further addresses are added, and whether the undo of the first one takes them away too. */
type AddressWay =
  /** The interface has static addresses: ours is added for this session. */
  | "beside-static"
  /** DHCP stays on and a static address is added beside it. */
  | "beside-dhcp"
  /** DHCP is replaced by our address. */
  | "instead-of-dhcp";

function addressWay(facts: WindowsFacts): AddressWay {
  const { usesDhcp, link } = facts.target;
  if (usesDhcp === false) return "beside-static";
  // While the cable is out, adding an address for the session is reported to fail ("Element not
  // found"), so the plain way is taken then.
  return (facts.build ?? 0) >= COEXISTENCE_BUILD && link === "up" &&
      facts.hasDhcpCoexistence !== undefined
    ? "beside-dhcp"
    : "instead-of-dhcp";
}

/** Steps that give the interface its addresses, as gently as this Windows allows. */
export function planWindowsAddresses(facts: WindowsFacts, goal: SetupGoal): PlannedSteps {
  const { name, addresses } = facts.target;
  const reference = referenceOf(facts);
  const way = addressWay(facts);
  const steps: SetupStep[] = [];
  const notices: SetupNotice[] = [];
  const missing = goal.addresses.filter((wanted) => {
    const dotted = formatIpv4(wanted.address);
    if (!addresses.some((entry) => entry.address === dotted)) return true;
    notices.push({ level: "already", text: `"${name}" has the address ${dotted} already` });
    return false;
  });
  if (missing.length === 0) return { steps, notices };
  if (facts.target.usesDhcp === undefined) {
    // Without knowing what was there nothing could be put back.
    notices.push({
      level: "blocker",
      text: `Whether "${name}" is on DHCP could not be seen: set the address by hand`,
    });
    return { steps, notices };
  }

  if (way === "beside-dhcp" && facts.hasDhcpCoexistence === false) {
    steps.push({
      id: "dhcp-coexistence",
      purpose: "Let DHCP and our address live side by side: DHCP stays as it is",
      commands: [
        asAdmin(...NETSH, "set", "interface", reference, "dhcpstaticipcoexistence=enabled"),
      ],
      undo: [asAdmin(...NETSH, "set", "interface", reference, "dhcpstaticipcoexistence=disabled")],
      undoPurpose: "Forbid it again, as it was",
      look: lookFor(
        "contains",
        "enabled",
        powershellArgv(
          `netsh interface ipv4 show interface ${reference} | Select-String -SimpleMatch ` +
            "'DHCP/Static IP coexistence'",
        ),
      ),
      survivesReboot: true,
      evidence: "documented",
      source: "Microsoft: netsh interface; Windows 10 1703 or newer",
    });
  }
  for (const [position, wanted] of missing.entries()) {
    const dotted = formatIpv4(wanted.address);
    const mask = formatIpv4(netmaskOf(wanted.prefixLength));
    const isReplacing = way === "instead-of-dhcp" && position === 0;
    const purpose = "Give the interface the address the device expects; no gateway";
    const shared = {
      id: position === 0 ? "address" : `address-${position + 1}`,
      purpose,
      look: addressLook(reference, dotted),
      source: "Microsoft: netsh interface",
    };
    if (isReplacing) {
      steps.push({
        ...shared,
        commands: [
          asAdmin(
            ...NETSH,
            "set",
            "address",
            `name=${reference}`,
            "source=static",
            `address=${dotted}`,
            `mask=${mask}`,
          ),
        ],
        undo: [
          asAdmin(...NETSH, "set", "address", `name=${reference}`, "source=dhcp"),
          ...dnsUndo(facts, reference),
        ],
        undoPurpose: "Back to DHCP. First plug the cable into something that is switched on",
        survivesReboot: true,
        evidence: "unverified",
        note: "Undone without a link, Windows may bring the address back at the next plug-in",
      });
    } else {
      steps.push({
        ...shared,
        commands: [
          asAdmin(
            ...NETSH,
            "add",
            "address",
            `name=${reference}`,
            `address=${dotted}`,
            `mask=${mask}`,
            ...(way === "instead-of-dhcp" ? [] : ["store=active"]),
          ),
        ],
        undo: [
          asAdmin(...NETSH, "delete", "address", `name=${reference}`, `address=${dotted}`),
        ],
        undoPurpose: `Take the address ${dotted} away`,
        survivesReboot: way === "instead-of-dhcp",
        evidence: "unverified",
      });
    }
  }
  return { steps, notices };
}
