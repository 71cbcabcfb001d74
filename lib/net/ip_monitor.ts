/**
 * Reads what `ip -o monitor label link address neigh` of iproute2 tells. It needs no privilege and
 * tells at once, whereas files would have to be looked at all the time (and Deno reads none below
 * `/proc` without all permissions).
 *
 * @module
 */

/** A change that matters on the way to a peer. */
export type NetworkChange =
  /** A cable came to life or died. */
  | { readonly kind: "link"; readonly interfaceName: string; readonly hasCarrier: boolean }
  /** Addresses of this computer came or went. */
  | { readonly kind: "address" }
  /** The MAC address of a computer was found, or given up. */
  | {
    readonly kind: "neighbour";
    readonly interfaceName: string;
    readonly address: string;
    readonly isKnown: boolean;
  };

const LINK = /^(?:\d+): ([^:@]+)(?:@[^:]*)?: <([^>]*)>/;
const NEIGHBOUR = /^(Deleted )?(\S+) dev (\S+)(?: lladdr \S+)?.* ([A-Z]+) *$/;

/** Reads one line; undefined when it tells nothing of the kind. */
export function parseNetworkChange(line: string): NetworkChange | undefined {
  const [, label, text = ""] = /^\[(\w+)\](.*)$/.exec(line) ?? [];
  switch (label) {
    case "LINK": {
      const [, interfaceName, flags = ""] = LINK.exec(text) ?? [];
      if (interfaceName === undefined) return undefined;
      return { kind: "link", interfaceName, hasCarrier: flags.split(",").includes("LOWER_UP") };
    }
    case "ADDR":
      return { kind: "address" };
    case "NEIGH": {
      const [, deleted, address, interfaceName, state] = NEIGHBOUR.exec(text) ?? [];
      if (address === undefined || interfaceName === undefined) return undefined;
      const isKnown = deleted === undefined && state !== "FAILED" && state !== "INCOMPLETE";
      return { kind: "neighbour", interfaceName, address, isKnown };
    }
    default:
      return undefined;
  }
}
