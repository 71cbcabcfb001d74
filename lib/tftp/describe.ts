/**
 * Packets as text, in the form that the netkit client's `trace` made familiar:
 * `sent DATA <block=1, 512 bytes>`.
 *
 * @module
 */
import { displayByteString } from "./name.ts";
import { decodePacket, type RequestOption } from "./packet.ts";

/** Which way a packet went, seen from this computer. */
export type PacketDirection = "sent" | "received";

/** One line for one datagram; anything that is no TFTP packet is described, too. */
export function describePacket(direction: PacketDirection, bytes: Uint8Array): string {
  const packet = decodePacket(bytes);
  switch (packet.op) {
    case "RRQ":
    case "WRQ": {
      const file = `file=${displayByteString(packet.filename)}`;
      const mode = `mode=${displayByteString(packet.mode)}`;
      return `${direction} ${packet.op} <${
        [file, mode, ...optionTexts(packet.options)].join(", ")
      }>`;
    }
    case "DATA":
      return `${direction} DATA <block=${packet.block}, ${packet.payload.length} bytes>`;
    case "ACK":
      return `${direction} ACK <block=${packet.block}>`;
    case "ERROR":
      return `${direction} ERROR <code=${packet.code}, msg=${displayByteString(packet.message)}>`;
    case "OACK":
      return `${direction} OACK <${optionTexts(packet.options).join(", ")}>`;
    case "malformed":
      return `${direction} ${bytes.length} bytes that are no TFTP packet (${packet.reason})`;
  }
}

function optionTexts(options: readonly RequestOption[]): string[] {
  return options.map((option) =>
    `${displayByteString(option.name)}=${displayByteString(option.value)}`
  );
}
