/**
 * Firewall rules for Linux: as narrow as the job, in whichever firewall is active. Nothing is ever
 * switched off.
 *
 * @module
 */
import { assertNever } from "../errors.ts";
import type { LinuxFacts, LinuxFirewall } from "./facts.ts";
import { asAdmin, inboundFlows, lookFor } from "./plan.ts";
import type { InboundFlow, PlannedSteps, SetupGoal, SetupNotice, SetupStep } from "./plan.ts";

/** The rule in the words and the order in which `ufw show added` writes it. */
function ufwRule(interfaceName: string, flow: InboundFlow): readonly string[] {
  return [
    "allow",
    "in",
    "on",
    interfaceName,
    ...(flow.from === undefined ? [] : ["from", flow.from]),
    ...(flow.port === undefined ? [] : ["to", "any", "port", String(flow.port)]),
    "proto",
    "udp",
  ];
}

/** A firewalld rich rule. */
function richRule(flow: InboundFlow): string {
  return [
    "rule family=ipv4",
    ...(flow.from === undefined ? [] : [`source address=${flow.from}`]),
    flow.port === undefined ? "protocol value=udp" : `port port=${flow.port} protocol=udp`,
    "accept",
  ].join(" ");
}

/** nft has no way to write a quote inside a string; such an interface is named by its number. */
function nftInterface(facts: LinuxFacts): readonly string[] {
  const { name, index } = facts.target;
  return /^[\w.@:-]+$/.test(name) || index === undefined
    ? ["iifname", `"${name}"`]
    : ["iif", String(index)];
}

/** Deletes the rule with our comment from a chain, whatever handle it has. */
const NFT_DELETE = 'nft delete rule "$1" "$2" "$3" handle ' +
  '"$(nft -a list chain "$1" "$2" "$3" | sed -n "s/.*comment \\"$4\\".* # handle //p")"';

/** Whether the rich rules of a zone hold ours; firewalld prints them with quotes. */
function hasRichRule(richRules: string, rule: string): boolean {
  return richRules.split("\n").some((line) => line.replaceAll('"', "").trim() === rule);
}

function planFlow(
  facts: LinuxFacts,
  firewall: LinuxFirewall,
  flow: InboundFlow,
  runId: string,
): SetupStep | SetupNotice {
  const name = facts.target.name;
  const mark = `unbrick-${runId}-${flow.id}`;
  switch (firewall.kind) {
    case "ufw": {
      const rule = ufwRule(name, flow);
      const shown = `ufw ${rule.join(" ")}`;
      if (firewall.rules?.split("\n").some((line) => line.trim() === shown) === true) {
        return { level: "already", text: `ufw has this rule already: ${shown}` };
      }
      return {
        id: `ufw-${flow.id}`,
        purpose: `ufw: ${flow.purpose}`,
        commands: [asAdmin("ufw", "prepend", ...rule)],
        undo: [asAdmin("ufw", "delete", ...rule)],
        undoPurpose: "Remove our rule from ufw",
        look: lookFor("contains", `${shown}\n`, ["ufw", "show", "added"], true),
        survivesReboot: true,
        evidence: "run",
        source: "ufw(8), 0.36 or newer",
      };
    }
    case "firewalld": {
      const rule = richRule(flow);
      if (hasRichRule(firewall.richRules, rule)) {
        return { level: "already", text: `firewalld has this rule already: ${rule}` };
      }
      const zone = `--zone=${firewall.zone}`;
      return {
        id: `firewalld-${flow.id}`,
        purpose: `firewalld: ${flow.purpose}`,
        commands: [asAdmin("firewall-cmd", zone, `--add-rich-rule=${rule}`, "--timeout=4h")],
        undo: [asAdmin("firewall-cmd", zone, `--remove-rich-rule=${rule}`)],
        undoPurpose: "Remove our rule from firewalld",
        look: lookFor("begins", "yes", ["firewall-cmd", zone, `--query-rich-rule=${rule}`], true),
        survivesReboot: false,
        evidence: "run",
        source: "firewall-cmd(1)",
        note: "Removes itself after four hours, at a reload and at a reboot",
      };
    }
    case "nftables": {
      const chain = [firewall.family, firewall.table, firewall.chain];
      return {
        id: `nftables-${chain.join("-")}-${flow.id}`,
        purpose: `nftables, in the chain that drops: ${flow.purpose}`,
        commands: [
          asAdmin(
            "nft",
            "insert",
            "rule",
            ...chain,
            ...nftInterface(facts),
            ...(flow.from === undefined ? [] : ["ip", "saddr", flow.from]),
            ...(flow.port === undefined
              ? ["meta", "l4proto", "udp"]
              : ["udp", "dport", String(flow.port)]),
            "accept",
            "comment",
            `"${mark}"`,
          ),
        ],
        undo: [asAdmin("sh", "-c", NFT_DELETE, "sh", ...chain, mark)],
        undoPurpose: "Remove our rule from nftables",
        look: lookFor("contains", `comment "${mark}"`, ["nft", "list", "chain", ...chain], true),
        survivesReboot: false,
        evidence: "run",
        source: "nft(8)",
      };
    }
    case "iptables": {
      const rule = [
        "-i",
        name,
        "-p",
        "udp",
        ...(flow.from === undefined ? [] : ["-s", flow.from]),
        ...(flow.port === undefined ? [] : ["--dport", String(flow.port)]),
        "-m",
        "comment",
        "--comment",
        mark,
        "-j",
        "ACCEPT",
      ];
      return {
        id: `iptables-${flow.id}`,
        purpose: `iptables: ${flow.purpose}`,
        commands: [asAdmin("iptables", "-I", "INPUT", "1", ...rule)],
        undo: [asAdmin("iptables", "-D", "INPUT", ...rule)],
        undoPurpose: "Remove our rule from iptables",
        look: lookFor("word", mark, ["iptables", "-S", "INPUT"], true),
        survivesReboot: false,
        evidence: "run",
        source: "iptables(8)",
      };
    }
    default:
      return assertNever(firewall);
  }
}

/** Rules for every active firewall, and notices for those that are there already. */
export function planLinuxFirewall(facts: LinuxFacts, goal: SetupGoal): PlannedSteps {
  const planned = facts.firewalls.flatMap((firewall) =>
    inboundFlows(goal).map((flow) => planFlow(facts, firewall, flow, goal.runId))
  );
  return {
    steps: planned.filter((entry) => "commands" in entry),
    notices: planned.filter((entry) => "level" in entry),
  };
}
