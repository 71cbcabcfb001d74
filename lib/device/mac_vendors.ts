/**
 * Makers by the first three bytes of a MAC address (IEEE MA-L), for the makers of the catalogue.
 *
 * @module
 */

/** Maker of a network interface, if it is one of the catalogue's. */
export type VendorOfMac = (mac: string) => string | undefined;

/** Read when first asked for, then kept. */
let loaded: Promise<VendorOfMac> | undefined;

/**
 * Loads the table of prefixes. The function it returns knows no maker for a locally administered
 * address: many bootloaders make theirs up.
 */
export function loadMacVendors(): Promise<VendorOfMac> {
  loaded ??= import("./mac_prefixes.json", { with: { type: "json" } }).then((module) => {
    const vendors = new Map<string, string>();
    for (const [vendor, prefixes] of Object.entries(module.default.prefixes)) {
      for (const prefix of prefixes.split(" ")) vendors.set(prefix, vendor);
    }
    return (mac: string) => vendors.get(normalizeMac(mac).slice(0, 6));
  });
  return loaded;
}

/** The hexadecimal digits of a MAC address in lower case, whatever stands between them. */
export function normalizeMac(mac: string): string {
  return mac.toLowerCase().replace(/[^0-9a-f]/g, "");
}
