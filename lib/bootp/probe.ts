/**
 * The question "is there a DHCP server?" and its answers (RFC 2131 §3.1, step 1 and 2).
 *
 * @module
 */
import type { SocketAddress } from "../host/host.ts";
import { formatIpv4 } from "../net/ipv4.ts";
import {
  BROADCAST_FLAG,
  decodeMessage,
  dhcpTypeNumber,
  encodeMessage,
  hardwareAddress,
  HTYPE_ETHERNET,
} from "./message.ts";
import { byteOption, OptionCode, optionNumber } from "./options.ts";

/**
 * A DISCOVER that asks for a broadcast answer: a unicast one would go to an address that this
 * computer does not have.
 */
export function encodeProbe(xid: number, mac: string): Uint8Array {
  const chaddr = new Uint8Array(16);
  chaddr.set(mac.split(":").map((digits) => parseInt(digits, 16)).slice(0, 6));
  return encodeMessage({
    op: "BOOTREQUEST",
    htype: HTYPE_ETHERNET,
    hlen: 6,
    hops: 0,
    xid,
    secs: 0,
    flags: BROADCAST_FLAG,
    ciaddr: 0,
    yiaddr: 0,
    siaddr: 0,
    giaddr: 0,
    chaddr,
    sname: "",
    file: "",
    options: [
      byteOption(OptionCode.MESSAGE_TYPE, dhcpTypeNumber("DISCOVER")),
      {
        code: OptionCode.PARAMETER_LIST,
        value: Uint8Array.of(OptionCode.SUBNET_MASK, OptionCode.ROUTER),
      },
    ],
  });
}

/** An answer of a server that was heard. */
export interface ProbeAnswer {
  /** Address of the server. */
  readonly server: string;
  /** MAC address of the client that is answered. */
  readonly client: string;
}

/**
 * Reads a datagram that arrived at port 68, whomever it answers.
 *
 * @returns undefined for anything that is no answer of a server.
 */
export function readProbeAnswer(bytes: Uint8Array, from: SocketAddress): ProbeAnswer | undefined {
  const message = decodeMessage(bytes);
  if (message.op !== "BOOTREPLY") return undefined;
  const server = optionNumber(message.options ?? [], OptionCode.SERVER_IDENTIFIER);
  return {
    server: server === undefined ? from.hostname : formatIpv4(server),
    client: hardwareAddress(message),
  };
}
