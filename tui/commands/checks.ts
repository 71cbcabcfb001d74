/**
 * Checks of what was typed on the command line. Every failure is a usage error that says what was
 * given and what would be right.
 *
 * @module
 */
import { UnbrickError } from "../../lib/errors.ts";
import { type Ipv4Subnet, parseIpv4, parseSubnet } from "../../lib/net/ipv4.ts";
import { type ByteString, byteStringFromText } from "../../lib/tftp/name.ts";

/** An integer within bounds, both included. */
export function checkInteger(value: number, name: string, min: number, max: number): number {
  if (!Number.isInteger(value) || value < min || value > max) {
    throw new UnbrickError("usage", `${name} ${value} is out of range`, {
      hint: `Give a whole number from ${min} to ${max}`,
    });
  }
  return value;
}

/** {@link checkInteger} for an option that may be absent. */
export function checkOptional(
  value: number | undefined,
  name: string,
  min: number,
  max: number,
): number | undefined {
  return value === undefined ? undefined : checkInteger(value, name, min, max);
}

/** A UDP port that can be asked or listened on. */
export function checkPort(value: number): number {
  return checkInteger(value, "Port", 1, 65535);
}

/** A dotted IPv4 address of one device. */
export function checkAddress(text: string): string {
  if (parseIpv4(text) !== undefined) return text;
  const hint = text.includes(":")
    ? "Bootloaders speak IPv4 only: give an address such as 192.168.1.1"
    : "Give the address in numbers, such as 192.168.1.1: a recovery has no name service";
  throw new UnbrickError("usage", `"${text}" is not an IPv4 address`, { hint });
}

/** A subnet such as 192.168.1.0/24. */
export function checkSubnet(text: string): Ipv4Subnet {
  const subnet = parseSubnet(text);
  if (subnet !== undefined) return subnet;
  throw new UnbrickError("usage", `"${text}" is not an IPv4 network`, {
    hint: "Give it as 192.168.1.0/24",
  });
}

/** Block number after 65535. */
export function checkRollover(value: number): 0 | 1 {
  return checkInteger(value, "Rollover", 0, 1) as 0 | 1;
}

/**
 * A remote name as typed. `\xNN` stands for a byte, as some bootloaders want bytes that cannot be
 * typed (ASUS: `ASUSSPACELINK\x01\x01\xa8\xc0`).
 */
export function checkRemoteName(text: string): ByteString {
  const name = byteStringFromText(text)
    .replace(/\\x([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
  if (name === "" || name.includes("\0") || name.length > 500) {
    throw new UnbrickError("usage", `"${text}" cannot be a file name in a TFTP request`, {
      hint: "Give a name of 1 to 500 bytes without NUL",
    });
  }
  return name;
}
