/**
 * BOOTP and DHCP messages as one line of text, for `--trace` and for failing tests.
 *
 * @module
 */
import { formatIpv4 } from "../net/ipv4.ts";
import { displayByteString } from "../tftp/name.ts";
import { BROADCAST_FLAG, decodeMessage, hardwareAddress, messageType } from "./message.ts";

/** Describes a datagram: "received DISCOVER <xid=1a2b3c4d, mac=…, options=53 55 60>". */
export function describeMessage(direction: "sent" | "received", bytes: Uint8Array): string {
  const message = decodeMessage(bytes);
  if (message.op === "malformed") {
    return `${direction} no BOOTP <${bytes.length} bytes: ${message.reason}>`;
  }
  const type = messageType(message);
  const parts = [
    `xid=${message.xid.toString(16).padStart(8, "0")}`,
    `mac=${hardwareAddress(message)}`,
    ...(message.secs === 0 ? [] : [`secs=${message.secs}`]),
    ...((message.flags & BROADCAST_FLAG) === 0 ? [] : ["broadcast"]),
  ];
  for (const field of ["ciaddr", "yiaddr", "siaddr", "giaddr"] as const) {
    if (message[field] !== 0) parts.push(`${field}=${formatIpv4(message[field])}`);
  }
  if (message.file !== "") parts.push(`file="${displayByteString(message.file)}"`);
  if (message.options === undefined) parts.push("no options");
  else parts.push(`options=${message.options.map(({ code }) => code).join(" ")}`);
  return `${direction} ${type === "BOOTP" ? message.op : type} <${parts.join(", ")}>`;
}
