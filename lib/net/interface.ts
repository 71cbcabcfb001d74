/**
 * One network interface of this computer as unbrick sees it, whatever the system calls it.
 *
 * @module
 */

/** What an interface is made of. */
export type InterfaceKind =
  /** A network card with a socket for a cable. */
  | "wired"
  /** The same on USB: it can vanish and come back under another name. */
  | "usb-wired"
  /** Wi-Fi. A bootloader never speaks it. */
  | "wifi"
  /** Made by software: VPN, virtual machine, container, tunnel, bridge. */
  | "virtual"
  /** Part of a bridge or bond: the addresses are on the bridge, not here. */
  | "bridge-member"
  /** The computer talking to itself. */
  | "loopback";

/** What is known of the cable. */
export type LinkState =
  /** Something that is switched on is at the other end. */
  | "up"
  /** No cable, or the other end is off. */
  | "no-carrier"
  /** The interface itself is switched off in the system. */
  | "disabled"
  /** The system does not tell. */
  | "unknown";

/** Where an address came from. */
export type AddressOrigin = "dhcp" | "static" | "link-local" | "unknown";

/** An IPv4 address on an interface. */
export interface InterfaceAddress {
  /** Dotted IPv4 address. */
  readonly address: string;
  /** Prefix length in bits. */
  readonly prefixLength: number;
  /** Where it came from. */
  readonly origin: AddressOrigin;
  /**
   * Whether sockets can be bound to it. Windows keeps an address tentative as long as the cable is
   * out.
   */
  readonly isUsable: boolean;
}

/** Which part of the system decides over an interface. */
export type InterfaceManager =
  | "networkmanager"
  | "networkd"
  | "dhcpcd"
  /** macOS configuration service (`networksetup`). */
  | "configd"
  /** Windows itself. */
  | "windows"
  /** Nothing that unbrick knows. */
  | "none";

/** One network interface. */
export interface NetworkInterface {
  /** As the system's commands want it: Linux and macOS device, Windows alias. */
  readonly name: string;
  /** Number of the interface; on Windows it may change at every restart. */
  readonly index: number | undefined;
  /** Lasting identity on Windows ("{…}"). */
  readonly guid: string | undefined;
  /** Name of the macOS network service, which `networksetup` wants instead of the device. */
  readonly service: string | undefined;
  /** What the maker calls it. */
  readonly description: string | undefined;
  /** What it is made of. */
  readonly kind: InterfaceKind;
  /** MAC address, lower case with colons. */
  readonly mac: string | undefined;
  /** IPv4 addresses. */
  readonly addresses: readonly InterfaceAddress[];
  /** What is known of the cable. */
  readonly link: LinkState;
  /** Speed in Mbit/s while the link is up. */
  readonly speedMbps: number | undefined;
  /** Duplex while the link is up. */
  readonly duplex: "full" | "half" | undefined;
  /** Who manages it. */
  readonly manager: InterfaceManager;
  /** Whether it asks a DHCP server; undefined when the system does not tell. */
  readonly usesDhcp: boolean | undefined;
  /** Whether a default route leaves through it. */
  readonly hasDefaultRoute: boolean;
}

/** A route of the main table. */
export interface Ipv4Route {
  /** Destination: "default" or a subnet; a host route has no slash. */
  readonly destination: string;
  /** Interface it leaves through; on Windows its index as text. */
  readonly interfaceName: string;
  /** Next hop. */
  readonly gateway: string | undefined;
  /** Metric; 0 when not given. */
  readonly metric: number;
}

const KIND_ORDER: Readonly<Record<InterfaceKind, number>> = {
  "wired": 0,
  "usb-wired": 0,
  "wifi": 2,
  "bridge-member": 3,
  "virtual": 4,
  "loopback": 5,
};

const LINK_ORDER: Readonly<Record<LinkState, number>> = {
  "up": 0,
  "unknown": 1,
  "no-carrier": 2,
  "disabled": 3,
};

/** Whether a cable can be plugged into it. */
export function isWired(candidate: NetworkInterface): boolean {
  return candidate.kind === "wired" || candidate.kind === "usb-wired";
}

/** Sorts interfaces as a person needs them: wired with link first, loopback last. */
export function sortInterfaces(
  interfaces: readonly NetworkInterface[],
): readonly NetworkInterface[] {
  return [...interfaces].sort((a, b) =>
    KIND_ORDER[a.kind] - KIND_ORDER[b.kind] ||
    LINK_ORDER[a.link] - LINK_ORDER[b.link] ||
    (a.index ?? 0) - (b.index ?? 0) ||
    (a.name < b.name ? -1 : a.name > b.name ? 1 : 0)
  );
}
