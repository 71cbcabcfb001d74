/**
 * What the single fields cannot say: whether the facts of an entry agree with each other.
 *
 * @module
 */
import { formatIpv4, formatSubnet, networkOf, subnetContains } from "../net/ipv4.ts";
import type { Ipv4Subnet } from "../net/ipv4.ts";
import type { Entry } from "./types.ts";

/** Reports every contradiction inside one entry, under the field that has to change. */
export function checkEntry(entry: Entry, report: (field: string, message: string) => void): void {
  if (entry.sources.length === 0) report("sources", "needs at least one source");
  checkAddresses(entry, report);
  checkNames(entry, report);
  checkImage(entry, report);
  const { recovery } = entry;
  if (entry.trigger?.kind === "console" && !recovery.way.startsWith("serial")) {
    report("trigger.kind", `"console" does not go with a device that ${recovery.way}`);
  }
  if (recovery.way.startsWith("serial") && entry.trigger !== undefined) {
    const { kind } = entry.trigger;
    if (kind === "every-boot") report("trigger.kind", `"${kind}" needs no serial console`);
  }
}

function checkAddresses(entry: Entry, report: (field: string, message: string) => void): void {
  const { computer, device } = entry.recovery;
  if (computer === undefined) return;
  const subnets: readonly Ipv4Subnet[] = computer.kind === "exactly"
    ? computer.addresses
    : [computer.subnet];
  if (device !== undefined && !subnets.some((subnet) => subnetContains(subnet, device))) {
    report(
      "recovery.device",
      `${formatIpv4(device)} is in none of ${subnets.map(formatSubnet).join(", ")}`,
    );
  }
  if (computer.kind === "exactly") {
    for (const [index, subnet] of computer.addresses.entries()) {
      const field = `recovery.computer.exactly[${index}]`;
      if (!isHostAddress(subnet)) report(field, `${formatSubnet(subnet)} is not a host's address`);
      if (subnet.address === device) {
        report(field, `${formatIpv4(device)} is the address of the device too`);
      }
    }
    return;
  }
  const { example, subnet } = computer;
  if (example === undefined) return;
  if (!subnetContains(subnet, example)) {
    report(
      "recovery.computer.example",
      `${formatIpv4(example)} is not in ${formatSubnet(subnet)}`,
    );
  }
  if (example === device) {
    report(
      "recovery.computer.example",
      `${formatIpv4(example)} is the address of the device too`,
    );
  }
}

/** Neither the network nor the broadcast address of its subnet. */
function isHostAddress(subnet: Ipv4Subnet): boolean {
  if (subnet.prefixLength >= 31) return true;
  const network = networkOf(subnet);
  const broadcast = network + 2 ** (32 - subnet.prefixLength) - 1;
  return subnet.address !== network && subnet.address !== broadcast;
}

function checkNames(entry: Entry, report: (field: string, message: string) => void): void {
  const { recovery } = entry;
  if ("files" in recovery) {
    const names = recovery.files.flatMap((file) => file.names.map((name) => name.text));
    const twice = names.find((name, index) => names.indexOf(name) !== index);
    if (twice !== undefined) report("recovery.files", `"${twice}" is named twice`);
  }
  if (recovery.way !== "listens") return;
  if (recovery.anyRemoteName && recovery.remoteName !== undefined) {
    report("recovery.anyRemoteName", 'contradicts "remoteName"');
  }
  if (recovery.remoteAlternatives.length > 0 && recovery.remoteName === undefined) {
    report("recovery.remoteAlternatives", 'needs "remoteName", the usual one');
  }
}

function checkImage(entry: Entry, report: (field: string, message: string) => void): void {
  const { image } = entry;
  if (image === undefined) return;
  if (image.larger !== undefined && image.maxBytes === undefined) {
    report("image.larger", 'needs "maxBytes"');
  }
  if (image.layout !== undefined && image.kinds.length > 0) {
    report("image.kinds", 'must be empty when the image is put together by "layout"');
  }
}
