/**
 * What a device says of an image after it has all of it.
 *
 * @module
 */
import { decodePacket, type ErrorPacket } from "./packet.ts";
import { asusVerdict } from "./send_session.ts";

/** What a device says: good, or not with what it gives as the reason. */
export type Verdict =
  | { readonly good: true }
  | { readonly good: false; readonly error: Pick<ErrorPacket, "code" | "message"> };

/** Reads a verdict: ASUS's own packet, or an ERROR. @returns undefined for any other packet. */
export function readVerdict(bytes: Uint8Array): Verdict | undefined {
  const asus = asusVerdict(bytes);
  if (asus === true) return { good: true };
  if (asus === false) return { good: false, error: { code: 0, message: "" } };
  const packet = decodePacket(bytes);
  return packet.op === "ERROR" ? { good: false, error: packet } : undefined;
}
