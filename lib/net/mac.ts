/**
 * MAC addresses as people and systems write them.
 *
 * @module
 */

/**
 * Parses a MAC address written with colons, dashes, dots or nothing between its digits, and the
 * macOS form that leaves leading zeros out ("2:aa:b:cc:dd:20").
 *
 * @returns twelve lower-case digits with colons, or undefined when the text is no MAC address.
 */
export function parseMac(text: string): string | undefined {
  const trimmed = text.trim().toLowerCase();
  if (/^[0-9a-f]{12}$/.test(trimmed)) return trimmed.match(/../g)!.join(":");
  if (/^[0-9a-f]{4}(\.[0-9a-f]{4}){2}$/.test(trimmed)) {
    return trimmed.replaceAll(".", "").match(/../g)!.join(":");
  }
  const parts = trimmed.split(trimmed.includes("-") ? "-" : ":");
  if (parts.length !== 6 || parts.some((part) => !/^[0-9a-f]{1,2}$/.test(part))) return undefined;
  return parts.map((part) => part.padStart(2, "0")).join(":");
}

/** Whether a MAC address (as {@link parseMac} returns it) can belong to one device. */
export function isUnicastMac(mac: string): boolean {
  return (parseInt(mac.slice(0, 2), 16) & 1) === 0 && mac !== "00:00:00:00:00:00";
}

/** Writes a MAC address with dashes, as Windows wants it. */
export function formatMacWithDashes(mac: string): string {
  return mac.replaceAll(":", "-");
}
