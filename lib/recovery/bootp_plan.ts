/**
 * What a BOOTP and DHCP server on an interface would do, and what speaks against it. Pure.
 *
 * @module
 */
import { assertNever, UnbrickError } from "../errors.ts";
import { type BootpClient, isOfClass } from "../bootp/client_class.ts";
import type { AddressPool } from "../bootp/leases.ts";
import { FILE_LENGTH } from "../bootp/message.ts";
import { broadcastAddress, neverGiven, type ResponderConfig } from "../bootp/responder.ts";
import type { InterfaceAddress, NetworkInterface } from "../net/interface.ts";
import {
  formatIpv4,
  formatSubnet,
  type Ipv4Subnet,
  networkOf,
  parseIpv4,
  subnetContains,
} from "../net/ipv4.ts";
import { type ByteString, byteStringFromText } from "../tftp/name.ts";

/** Which boot file clients of a class get. */
export interface FileChoice {
  /** Part of what a client tells about itself, such as "RouterBOOT" or "iPXE". */
  readonly className: string;
  /** Name of the file. */
  readonly name: string;
}

/** What the person asked for. */
export interface BootpWish {
  /** Name of the interface. */
  readonly interfaceName: string;
  /** Address of this computer to answer from; the interface's first unless given. */
  readonly address?: number;
  /** Addresses to give away; undefined for some of the interface's subnet. */
  readonly range: AddressPool | undefined;
  /** Router to tell clients about; undefined for none. */
  readonly router: number | undefined;
  /** Which of the two protocols is answered. */
  readonly protocols: "both" | "bootp" | "dhcp";
  /** MAC addresses that are answered; undefined for all. */
  readonly macs: readonly string[] | undefined;
  /** Boot file for clients of no class that is named. */
  readonly bootFile: string;
  /** Boot files for classes of clients; the first that fits counts. */
  readonly choices: readonly FileChoice[];
}

/** What would be done. */
export interface BootpPlan {
  /** Name of the interface. */
  readonly interfaceName: string;
  /** Address of this computer on the cable. */
  readonly address: string;
  /** MAC address of the interface. */
  readonly mac: string;
  /** How requests are answered. */
  readonly responder: ResponderConfig;
  /** Why this interface must not be used, in words; empty when all is well. */
  readonly objections: readonly string[];
  /** What may go wrong all the same; undefined when nothing is known to. */
  readonly doubt: UnbrickError | undefined;
}

/** In a subnet that is large enough, addresses are given from this many above its own on. */
const DEFAULT_FIRST = 100;

/** Addresses given away in a subnet that is large enough. */
const DEFAULT_COUNT = 100;

/**
 * Plans. Throws UnbrickError `interface-unsuitable` for an interface that does not exist or has no
 * address, `usage` for a range, router or file name that cannot be.
 */
export function planBootp(
  wish: BootpWish,
  interfaces: readonly NetworkInterface[],
): BootpPlan {
  const found = interfaces.find(({ name }) => name === wish.interfaceName);
  if (found === undefined) {
    throw new UnbrickError(
      "interface-unsuitable",
      `There is no interface "${wish.interfaceName}"`,
      { hint: `Choose one of: ${interfaces.map(({ name }) => name).join(", ")}` },
    );
  }
  const { address, prefixLength } = chooseAddress(found, wish);
  const subnet = { address: parseIpv4(address)!, prefixLength };
  const names = [wish.bootFile, ...wish.choices.map(({ name }) => name)];
  names.forEach(checkFileName);
  if (wish.router !== undefined && !subnetContains(subnet, wish.router)) {
    throw new UnbrickError(
      "usage",
      `The router ${formatIpv4(wish.router)} is not in the network ${networkText(subnet)}`,
      { hint: "Leave --router out: a boot loader needs none" },
    );
  }
  const pool = wish.range ?? defaultRange(subnet);
  checkPool(
    pool,
    neverGiven({
      serverAddress: subnet.address,
      prefixLength,
      router: wish.router,
    }),
  );
  return {
    interfaceName: found.name,
    address,
    mac: found.mac ?? "",
    objections: objectionsTo(found),
    doubt: doubtAbout(subnet, interfaces.filter((each) => each !== found)),
    responder: {
      serverAddress: subnet.address,
      prefixLength,
      pool,
      router: wish.router,
      protocols: wish.protocols,
      macs: wish.macs,
      ownMac: found.mac,
      bootFile: (client) => chooseFile(wish, client),
    },
  };
}

/** Why nobody must be answered on an interface, whatever happens on it. */
function objectionsTo(found: NetworkInterface): string[] {
  const objections: string[] = [];
  switch (found.kind) {
    case "wired":
    case "usb-wired":
      break;
    case "wifi":
      objections.push("it is Wi-Fi, where no boot loader ever asks");
      break;
    case "virtual":
      objections.push(
        "it is made by software (VPN, bridge, virtual machine), not a wired interface",
      );
      break;
    case "bridge-member":
      objections.push("it is part of a bridge");
      break;
    case "loopback":
      objections.push("it is this computer talking to itself");
      break;
    default:
      assertNever(found.kind);
  }
  if (found.hasDefaultRoute) {
    objections.push("a default route leaves through it, so it leads to a living network");
  }
  return objections;
}

/** Addresses go out of the right interface, but routes decide where the image goes. */
function doubtAbout(
  subnet: Ipv4Subnet,
  others: readonly NetworkInterface[],
): UnbrickError | undefined {
  const rival = others.find(({ link, addresses }) =>
    link !== "no-carrier" && link !== "disabled" &&
    addresses.some(({ address, prefixLength }) => {
      const theirs = { address: parseIpv4(address)!, prefixLength };
      return subnetContains(subnet, theirs.address) || subnetContains(theirs, subnet.address);
    })
  );
  if (rival === undefined) return undefined;
  return new UnbrickError(
    "interface-unsuitable",
    `"${rival.name}" is in the same network ${networkText(subnet)}: the image may leave by it`,
    { hint: `Switch "${rival.name}" off for the recovery` },
  );
}

function chooseAddress(
  found: NetworkInterface,
  { address: wanted, range }: BootpWish,
): InterfaceAddress {
  const first = found.addresses[0];
  if (first === undefined) {
    throw new UnbrickError(
      "interface-unsuitable",
      `The interface "${found.name}" has no IPv4 address`,
      { hint: `Give it one first: unbrick setup --interface ${found.name} --bootp` },
    );
  }
  if (wanted !== undefined) {
    const own = found.addresses.find(({ address }) => parseIpv4(address) === wanted);
    if (own !== undefined) return own;
    throw new UnbrickError(
      "interface-unsuitable",
      `The interface "${found.name}" does not have the address ${formatIpv4(wanted)}`,
      { hint: "Give it that address first: its command is among those that prepare this computer" },
    );
  }
  if (range === undefined) return first;
  const fitting = found.addresses.find(({ address, prefixLength }) => {
    const subnet = { address: parseIpv4(address)!, prefixLength };
    return subnetContains(subnet, range.first) && subnetContains(subnet, range.last);
  });
  if (fitting !== undefined && range.first <= range.last) return fitting;
  const text = `${formatIpv4(range.first)}-${formatIpv4(range.last)}`;
  const networks = found.addresses
    .map(({ address, prefixLength }) => networkText({ address: parseIpv4(address)!, prefixLength }))
    .join(" or ");
  throw new UnbrickError("usage", `The range ${text} is not within ${networks}`, {
    hint: "Give the first and the last address of a piece of the interface's network",
  });
}

function defaultRange(subnet: Ipv4Subnet): AddressPool {
  const network = networkOf(subnet);
  const broadcast = broadcastAddress(subnet.address, subnet.prefixLength);
  if (broadcast - network < 3) {
    throw new UnbrickError(
      "interface-unsuitable",
      `The network ${networkText(subnet)} has no room for another device`,
      { hint: "Give the interface an address with the prefix length 24" },
    );
  }
  const last = network + DEFAULT_FIRST + DEFAULT_COUNT - 1;
  return last < broadcast
    ? { first: network + DEFAULT_FIRST, last }
    : { first: network + 1, last: broadcast - 1 };
}

/** Throws UnbrickError `usage` when no address of the pool may be given away. */
function checkPool({ first, last }: AddressPool, never: readonly number[]): void {
  const blocked = new Set(never.filter((address) => address >= first && address <= last));
  if (last - first + 1 > blocked.size) return;
  throw new UnbrickError(
    "usage",
    `The range ${formatIpv4(first)}-${formatIpv4(last)} has no address for the router`,
    {
      hint:
        "Give others than this computer's own, --router's, and the first and last of the network",
    },
  );
}

function chooseFile(wish: BootpWish, client: BootpClient): ByteString {
  const choice = wish.choices.find(({ className }) => isOfClass(client, className));
  return byteStringFromText(choice?.name ?? wish.bootFile);
}

function checkFileName(name: string): void {
  if (byteStringFromText(name).length < FILE_LENGTH) return;
  throw new UnbrickError("usage", `The file name "${name}" is longer than BOOTP allows`, {
    hint: `Rename the file: at most ${FILE_LENGTH - 1} bytes fit`,
  });
}

function networkText(subnet: Ipv4Subnet): string {
  return formatSubnet({ ...subnet, address: networkOf(subnet) });
}
