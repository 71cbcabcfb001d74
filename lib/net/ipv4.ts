/**
 * IPv4 addresses and subnets as text and numbers. Host names are deliberately not resolved: a
 * recovery has no DNS.
 *
 * @module
 */

/** An IPv4 subnet: an address with its prefix length. */
export interface Ipv4Subnet {
  /** Address as an unsigned 32-bit number; may have host bits set. */
  readonly address: number;
  /** Prefix length in bits, 0–32. */
  readonly prefixLength: number;
}

/**
 * Parses a dotted IPv4 address ("192.168.1.1") into an unsigned 32-bit number. Leading zeros are
 * refused, because some systems read them as octal.
 *
 * @returns undefined when the text is no such address.
 */
export function parseIpv4(text: string): number | undefined {
  const parts = text.split(".");
  if (parts.length !== 4) return undefined;
  let address = 0;
  for (const part of parts) {
    if (!/^(0|[1-9]\d{0,2})$/.test(part)) return undefined;
    const octet = Number(part);
    if (octet > 255) return undefined;
    address = address * 256 + octet;
  }
  return address;
}

/** Writes an unsigned 32-bit number as a dotted IPv4 address. */
export function formatIpv4(address: number): string {
  return [24, 16, 8, 0].map((shift) => (address >>> shift) & 0xff).join(".");
}

/**
 * Parses "192.168.1.0/24"; a bare address is a subnet of one.
 *
 * @returns undefined when the text is no such subnet.
 */
export function parseSubnet(text: string): Ipv4Subnet | undefined {
  const slash = text.indexOf("/");
  const address = parseIpv4(slash < 0 ? text : text.slice(0, slash));
  if (address === undefined) return undefined;
  if (slash < 0) return { address, prefixLength: 32 };
  const prefix = text.slice(slash + 1);
  if (!/^\d{1,2}$/.test(prefix) || Number(prefix) > 32) return undefined;
  return { address, prefixLength: Number(prefix) };
}

/** Writes a subnet as "192.168.1.7/24", host bits kept. */
export function formatSubnet(subnet: Ipv4Subnet): string {
  return `${formatIpv4(subnet.address)}/${subnet.prefixLength}`;
}

/** The netmask of a prefix length as an unsigned 32-bit number. */
export function netmaskOf(prefixLength: number): number {
  return prefixLength === 0 ? 0 : (0xffffffff << (32 - prefixLength)) >>> 0;
}

/**
 * Prefix length of a dotted netmask ("255.255.255.0").
 *
 * @returns undefined when the text is no contiguous netmask.
 */
export function prefixLengthOf(netmask: string): number | undefined {
  const mask = parseIpv4(netmask);
  if (mask === undefined) return undefined;
  for (let prefixLength = 0; prefixLength <= 32; prefixLength++) {
    if (netmaskOf(prefixLength) === mask) return prefixLength;
  }
  return undefined;
}

/** First address of the subnet (its network address). */
export function networkOf(subnet: Ipv4Subnet): number {
  return (subnet.address & netmaskOf(subnet.prefixLength)) >>> 0;
}

/** Whether the subnet contains the address. */
export function subnetContains(subnet: Ipv4Subnet, address: number): boolean {
  return networkOf(subnet) ===
    networkOf({ address, prefixLength: subnet.prefixLength });
}
