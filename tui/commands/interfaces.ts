/**
 * `unbrick interfaces`: every network interface of this computer, wired with link first.
 *
 * @module
 */
import { Command } from "@cliffy/command";
import type { NetworkInterface } from "../../lib/net/interface.ts";
import { isWired } from "../../lib/net/interface.ts";
import { listInterfaces } from "../../lib/net/list_interfaces.ts";
import { watchInterfaces } from "../../lib/net/watch_interfaces.ts";
import type { CommandContext } from "../context.ts";

const KIND_WORDS = {
  "wired": "wired",
  "usb-wired": "wired (USB)",
  "wifi": "Wi-Fi",
  "virtual": "virtual",
  "bridge-member": "bridge member",
  "loopback": "loopback",
} as const satisfies Record<NetworkInterface["kind"], string>;

const MANAGER_WORDS = {
  "networkmanager": "managed by NetworkManager",
  "networkd": "managed by systemd-networkd",
  "dhcpcd": "managed by dhcpcd",
  "configd": undefined,
  "windows": undefined,
  "none": undefined,
} as const satisfies Record<NetworkInterface["manager"], string | undefined>;

/** What is known of the cable, in words. */
export function describeLink(found: NetworkInterface): string {
  switch (found.link) {
    case "up":
      return [
        "link up",
        found.speedMbps === undefined ? undefined : `${found.speedMbps} Mbit/s`,
        found.duplex === undefined ? undefined : `${found.duplex} duplex`,
      ].filter((part) => part !== undefined).join(", ");
    case "no-carrier":
      return "no link (cable out, or the other end is off)";
    case "disabled":
      return "switched off in the system";
    case "unknown":
      return "link unknown";
  }
}

/** Addresses with their prefix length and what is worth knowing of each. */
export function describeAddresses(found: NetworkInterface): string {
  if (found.addresses.length === 0) return "no IPv4 address";
  return found.addresses.map(({ address, prefixLength, origin, isUsable }) => {
    const remarks = [
      ...(origin === "dhcp" ? ["DHCP"] : []),
      ...(origin === "link-local" && found.kind !== "loopback" ? ["self-assigned"] : []),
      ...(isUsable ? [] : ["not usable yet"]),
    ];
    return `${address}/${prefixLength}${remarks.length === 0 ? "" : ` (${remarks.join(", ")})`}`;
  }).join(", ");
}

/** One interface as a few lines for people. */
export function formatInterface(found: NetworkInterface): string {
  const index = found.guid === undefined ? "" : ` (index ${found.index})`;
  const remarks = [
    found.mac,
    found.service === undefined || found.service === found.description
      ? undefined
      : `service "${found.service}"`,
    MANAGER_WORDS[found.manager],
    found.usesDhcp === true ? "DHCP on" : undefined,
    found.hasDefaultRoute ? "default route" : undefined,
  ].filter((remark) => remark !== undefined);
  return [
    `${found.name}${index}`,
    `    ${KIND_WORDS[found.kind]}, ${describeLink(found)}`,
    `    ${describeAddresses(found)}`,
    ...(found.description === undefined ? [] : [`    ${found.description}`]),
    ...(remarks.length === 0 ? [] : [`    ${remarks.join(" | ")}`]),
  ].join("\n");
}

/** All interfaces for people. */
export function formatInterfaces(interfaces: readonly NetworkInterface[]): string {
  if (interfaces.length === 0) return "This computer has no network interface.\n";
  const advice = interfaces.some(isWired) ? [] : [
    "No interface takes a cable. A recovery needs one: plug in a USB network adapter.",
  ];
  return [...interfaces.map(formatInterface), ...advice].join("\n") + "\n";
}

/** Lines that say what changed between two listings. */
export function describeChanges(
  before: readonly NetworkInterface[],
  after: readonly NetworkInterface[],
): readonly string[] {
  const lines: string[] = [];
  for (const found of after) {
    const old = before.find((candidate) => candidate.name === found.name);
    if (old === undefined) lines.push(`${found.name}: appeared, ${describeLink(found)}`);
    else {
      if (describeLink(old) !== describeLink(found)) {
        lines.push(`${found.name}: ${describeLink(found)}`);
      }
      if (describeAddresses(old) !== describeAddresses(found)) {
        lines.push(`${found.name}: ${describeAddresses(found)}`);
      }
    }
  }
  for (const old of before) {
    if (!after.some((found) => found.name === old.name)) lines.push(`${old.name}: gone`);
  }
  return lines;
}

async function watch(context: CommandContext, json: boolean): Promise<void> {
  let before: readonly NetworkInterface[] | undefined;
  const startedAt = context.host.now();
  await watchInterfaces(context.host, (interfaces) => {
    if (json) {
      context.console.stdout(JSON.stringify({ event: "interfaces", interfaces }) + "\n");
    } else if (before === undefined) {
      context.console.stdout(formatInterfaces(interfaces));
      context.console.stdout("\nWatching. Pull and plug the cable; Ctrl-C ends.\n");
    } else {
      const seconds = ((context.host.now() - startedAt) / 1000).toFixed(1).padStart(7);
      for (const line of describeChanges(before, interfaces)) {
        context.console.stdout(`${seconds} s  ${line}\n`);
      }
    }
    before = interfaces;
  }, context.signal);
}

/** Builds `unbrick interfaces [--json] [--watch]`. */
export function interfacesCommand(context: CommandContext) {
  return new Command()
    .description(
      "List the network interfaces of this computer, also those without address or link.",
    )
    .option("--watch", "Keep running and show every change (cable, address, adapter).")
    .option("--json", "Print JSON: one document, or one event per line with --watch.")
    .example("Which one is the router on?", "unbrick interfaces --watch")
    .action(async (options) => {
      if (options.watch) {
        await watch(context, options.json ?? false);
        return;
      }
      const interfaces = await listInterfaces(context.host);
      context.console.stdout(
        options.json
          ? JSON.stringify({ interfaces }, null, 2) + "\n"
          : formatInterfaces(interfaces),
      );
    });
}
