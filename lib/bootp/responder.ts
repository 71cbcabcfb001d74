/**
 * What a BOOTP and DHCP server answers (RFC 951 §7, RFC 2131 §4). Pure: message and time in, reply
 * and lease table out.
 *
 * | message                                     | answer                                        |
 * | ------------------------------------------- | --------------------------------------------- |
 * | no option 53                                | BOOTREPLY without option 53, address for good |
 * | DISCOVER                                    | OFFER, address held for a minute              |
 * | REQUEST that names this server              | ACK, or NAK for another address than offered  |
 * | REQUEST that names another server           | none; the offer lapses                        |
 * | REQUEST without server, this client's address | ACK                                         |
 * | the same, address of another network        | NAK                                           |
 * | the same, another address of this network   | NAK to a client that has a lease, else none   |
 * | INFORM, address of this network             | ACK without address                           |
 * | DECLINE                                     | none; the address is left alone               |
 * | RELEASE                                     | none; another client may get the address      |
 * | anything else                               | none                                          |
 *
 * An address that a client says it has counts only when it can have it on this cable: nothing is sent
 * to another network.
 *
 * @module
 */
import type { Millis } from "../host/host.ts";
import { formatIpv4, netmaskOf, networkOf, subnetContains } from "../net/ipv4.ts";
import { type ByteString, byteStringFromText } from "../tftp/name.ts";
import { type BootpClient, identifyClient } from "./client_class.ts";
import {
  addressFor,
  type AddressPool,
  type LeaseTable,
  withDeclined,
  withLease,
  withReleased,
} from "./leases.ts";
import {
  type BootpMessage,
  BROADCAST_FLAG,
  type DhcpType,
  dhcpTypeNumber,
  HTYPE_ETHERNET,
  messageType,
} from "./message.ts";
import {
  byteOption,
  type DhcpOption,
  numberOption,
  OptionCode,
  optionNumber,
  optionValue,
  textOption,
} from "./options.ts";

/** How a responder answers. */
export interface ResponderConfig {
  /** This computer's address on the cable, which is also the TFTP server's. */
  readonly serverAddress: number;
  /** Prefix length of the subnet on the cable. */
  readonly prefixLength: number;
  /** Addresses to give away. */
  readonly pool: AddressPool;
  /** Router to tell clients about; undefined for none. */
  readonly router: number | undefined;
  /** Which of the two protocols is answered. */
  readonly protocols: "both" | "bootp" | "dhcp";
  /** MAC addresses that are answered; undefined for all. */
  readonly macs: readonly string[] | undefined;
  /** MAC address of this computer's interface: what it asks itself is not answered. */
  readonly ownMac: string | undefined;
  /** Name of the boot file for a client: 127 bytes at most. */
  readonly bootFile: (client: BootpClient) => ByteString;
}

/** What becomes of a message. */
export type Response =
  | {
    /** There is an answer. */
    readonly kind: "answered";
    /** The answer. */
    readonly reply: BootpMessage;
    /** What it is. */
    readonly type: DhcpType | "BOOTREPLY";
    /** Where it goes: everybody on the cable, or an address that the client has. */
    readonly to: "broadcast" | number;
    /** The table from now on. */
    readonly table: LeaseTable;
  }
  | {
    /** There is none. */
    readonly kind: "ignored";
    /** Why. */
    readonly reason: string;
    /** Address of another server whose offer the client took: this network has one already. */
    readonly otherServer?: number;
    /** The table from now on. */
    readonly table: LeaseTable;
  };

/** Lease time told to DHCP clients, in seconds. A boot file is loaded within minutes. */
export const LEASE_SECONDS = 3600;

/** Time for which an offered address is kept for its client. */
const OFFER_MS: Millis = 60_000;

/** Longest client identifier that still fits into the 312 bytes every client takes. */
const LONGEST_CLIENT_IDENTIFIER = 100;

/** Answers a message, or says why not. */
export function respond(
  message: BootpMessage,
  table: LeaseTable,
  config: ResponderConfig,
  now: Millis,
): Response {
  const ignored = (reason: string, after: LeaseTable = table): Response => ({
    kind: "ignored",
    reason,
    table: after,
  });
  if (message.op !== "BOOTREQUEST") return ignored("an answer of a server, not a request");
  if (message.htype !== HTYPE_ETHERNET || message.hlen !== 6) return ignored("not from Ethernet");
  if (message.giaddr !== 0) return ignored("came through a relay, so not from this cable");
  const client = identifyClient(message);
  const { mac } = client;
  if (mac === config.ownMac) return ignored("from this computer");
  if (config.macs !== undefined && !config.macs.includes(mac)) {
    return ignored(`${mac} is not the device to answer (see --mac)`);
  }
  if (config.protocols === "bootp" && client.protocol === "DHCP") {
    return ignored("DHCP is not answered (--bootp-only)");
  }
  if (config.protocols === "dhcp" && client.protocol === "BOOTP") {
    return ignored("plain BOOTP is not answered (--dhcp-only)");
  }

  const { serverAddress, prefixLength } = config;
  const subnet = { address: serverAddress, prefixLength };
  const address = addressFor(table, mac, config.pool, neverGiven(config), now);
  const request = { message, client, config };
  const type = messageType(message);
  switch (type) {
    case "BOOTP": {
      if (hasAddressHere(message, config)) {
        return answer(request, "BOOTREPLY", message.ciaddr, table);
      }
      if (address === undefined) return ignored(POOL_IS_EMPTY);
      // RFC 951 knows no end of a lease.
      const after = withLease(table, mac, { address, endsAt: Infinity });
      return answer(request, "BOOTREPLY", address, after);
    }
    case "DISCOVER": {
      if (address === undefined) return ignored(POOL_IS_EMPTY);
      const known = table.leases.get(mac);
      const endsAt = known?.address === address
        ? Math.max(known.endsAt, now + OFFER_MS)
        : now + OFFER_MS;
      return answer(request, "OFFER", address, withLease(table, mac, { address, endsAt }));
    }
    case "REQUEST":
      return respondToRequest();
    case "INFORM":
      return message.ciaddr === 0 || hasAddressHere(message, config)
        ? answer(request, "ACK", 0, table)
        : ignored(`has the address ${formatIpv4(message.ciaddr)}, which nobody has on this cable`);
    case "DECLINE":
      return ignored("found its address in use by another device", withDeclined(table, mac, now));
    case "RELEASE":
      return ignored("gave its address back", withReleased(table, mac, now));
    case "OFFER":
    case "ACK":
    case "NAK":
    case "unknown":
      return ignored(`a message of type ${type} is no request`);
  }

  function respondToRequest(): Response {
    const options = message.options ?? [];
    const server = optionNumber(options, OptionCode.SERVER_IDENTIFIER);
    if (server !== undefined && server !== serverAddress) {
      const reason = `took the offer of the DHCP server ${formatIpv4(server)}`;
      return { kind: "ignored", reason, otherServer: server, table };
    }
    const wanted = optionNumber(options, OptionCode.REQUESTED_ADDRESS) ?? message.ciaddr;
    if (wanted === address) {
      const endsAt = now + LEASE_SECONDS * 1000;
      return answer(request, "ACK", address, withLease(table, mac, { address, endsAt }));
    }
    // RFC 2131 §4.3.2: silence towards a client nothing is known of, unless it is on the wrong
    // network for certain.
    const isCertain = server !== undefined || table.leases.has(mac) ||
      !subnetContains(subnet, wanted);
    return isCertain
      ? answer(request, "NAK", 0, table)
      : ignored(`wants ${formatIpv4(wanted)}, of which nothing is known here`);
  }
}

const POOL_IS_EMPTY = "no address of the range is free (--range gives a larger one)";

/** Addresses that no client may have: this computer's, the router's, and those of the network. */
export function neverGiven(
  { serverAddress, prefixLength, router }: Pick<
    ResponderConfig,
    "serverAddress" | "prefixLength" | "router"
  >,
): readonly number[] {
  return [
    serverAddress,
    ...(router === undefined ? [] : [router]),
    ...(prefixLength > 30 ? [] : [
      networkOf({ address: serverAddress, prefixLength }),
      broadcastAddress(serverAddress, prefixLength),
    ]),
  ];
}

/** Whether a client has an address, and can have it on this cable. */
function hasAddressHere({ ciaddr }: BootpMessage, config: ResponderConfig): boolean {
  const subnet = { address: config.serverAddress, prefixLength: config.prefixLength };
  return ciaddr !== 0 && subnetContains(subnet, ciaddr) && !neverGiven(config).includes(ciaddr);
}

/** Broadcast address of a subnet. */
export function broadcastAddress(address: number, prefixLength: number): number {
  return (address | ~netmaskOf(prefixLength)) >>> 0;
}

interface Request {
  readonly message: BootpMessage;
  readonly client: BootpClient;
  readonly config: ResponderConfig;
}

function answer(
  { message, client, config }: Request,
  type: DhcpType | "BOOTREPLY",
  address: number,
  table: LeaseTable,
): Response {
  const isNak = type === "NAK";
  const ciaddr = hasAddressHere(message, config) && !isNak ? message.ciaddr : 0;
  const file = isNak ? "" : config.bootFile(client);
  const reply: BootpMessage = {
    op: "BOOTREPLY",
    htype: message.htype,
    hlen: message.hlen,
    hops: 0,
    xid: message.xid,
    secs: 0,
    flags: message.flags,
    ciaddr,
    yiaddr: address,
    siaddr: isNak ? 0 : config.serverAddress,
    giaddr: 0,
    chaddr: message.chaddr,
    sname: "",
    file,
    options: type === "BOOTREPLY"
      ? networkOptions(config)
      : dhcpOptions(message, config, type, address, file),
  };
  // Who has an address answers ARP for it; who has none hears broadcasts only, as no socket lets a
  // program write into the ARP table (RFC 2131 §4.1, RFC 1542 §4.1.2). A NAK says that the address
  // is wrong, so it must not be used.
  const hearsUnicast = ciaddr !== 0 && (message.flags & BROADCAST_FLAG) === 0;
  return {
    kind: "answered",
    reply,
    type,
    to: hearsUnicast ? ciaddr : "broadcast",
    table,
  };
}

/** What plain BOOTP gets: the fields carry server and file, 64 bytes are all there is. */
function networkOptions(config: ResponderConfig): DhcpOption[] {
  return [
    numberOption(OptionCode.SUBNET_MASK, netmaskOf(config.prefixLength)),
    ...(config.router === undefined ? [] : [numberOption(OptionCode.ROUTER, config.router)]),
  ];
}

function dhcpOptions(
  message: BootpMessage,
  config: ResponderConfig,
  type: DhcpType,
  address: number,
  file: ByteString,
): DhcpOption[] {
  const server = formatIpv4(config.serverAddress);
  const options: DhcpOption[] = [
    byteOption(OptionCode.MESSAGE_TYPE, dhcpTypeNumber(type)),
    numberOption(OptionCode.SERVER_IDENTIFIER, config.serverAddress),
  ];
  if (type !== "NAK") {
    // An INFORM has its address from elsewhere: no lease (RFC 2131 §4.3.5).
    if (address !== 0) options.push(numberOption(OptionCode.LEASE_TIME, LEASE_SECONDS));
    options.push(
      ...networkOptions(config),
      textOption(OptionCode.TFTP_SERVER, byteStringFromText(server)),
      textOption(OptionCode.BOOT_FILE, file),
    );
  }
  const identifier = optionValue(message.options ?? [], OptionCode.CLIENT_IDENTIFIER);
  if (identifier !== undefined && identifier.length <= LONGEST_CLIENT_IDENTIFIER) {
    // RFC 6842 §3.
    options.push({ code: OptionCode.CLIENT_IDENTIFIER, value: identifier });
  }
  return options;
}
