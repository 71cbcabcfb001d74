/**
 * What a device says of an image after it has all of it.
 *
 * @module
 */
import { decodePacket, type ErrorPacket } from "./packet.ts";

/** What a device says: good, or not with what it gives as the reason. */
export type Verdict =
  | { readonly good: true }
  | { readonly good: false; readonly error: Pick<ErrorPacket, "code" | "message"> };

/**
 * ASUS bootloaders tell how writing the flash went in a packet of their own: opcode 6, which is
 * OACK elsewhere, and a 16-bit flag, 1 for good and 0 for bad. They send it six times.
 *
 * @returns whether it went well; undefined for any other packet.
 */
export function asusVerdict(bytes: Uint8Array): boolean | undefined {
  const [high, opcode, flagHigh, flag] = bytes;
  if (bytes.length !== 4 || high !== 0 || opcode !== 6 || flagHigh !== 0) return undefined;
  return flag === 0 || flag === 1 ? flag === 1 : undefined;
}

/** Reads a verdict: ASUS's own packet, or an ERROR. @returns undefined for any other packet. */
export function readVerdict(bytes: Uint8Array): Verdict | undefined {
  const asus = asusVerdict(bytes);
  if (asus === true) return { good: true };
  if (asus === false) return { good: false, error: { code: 0, message: "" } };
  const packet = decodePacket(bytes);
  return packet.op === "ERROR" ? { good: false, error: packet } : undefined;
}
