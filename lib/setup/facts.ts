/**
 * What was found on the computer before anything is changed. The planners get nothing else.
 *
 * @module
 */
import type { Ipv4Route, NetworkInterface } from "../net/interface.ts";

/** A program that holds a UDP port. */
export interface PortHolder {
  /** UDP port. */
  readonly port: number;
  /** Name of the program; undefined when the system does not tell without administrator rights. */
  readonly program: string | undefined;
  /** Its process id. */
  readonly pid: number | undefined;
}

/** Facts that all systems have. */
export interface CommonFacts {
  /** The interface that is going to be prepared. */
  readonly target: NetworkInterface;
  /** All interfaces. */
  readonly interfaces: readonly NetworkInterface[];
  /** IPv4 routes. */
  readonly routes: readonly Ipv4Route[];
  /** Whether this process has administrator rights. */
  readonly isAdmin: boolean;
  /** Full path of this program, for rules that name a program. */
  readonly toolPath: string;
  /** Holders of UDP 67, 68 and 69. */
  readonly portHolders: readonly PortHolder[];
  /** Whether the facts come from the computer the plan is for. */
  readonly isChecked: boolean;
  /** What could not be looked at, and why, as sentences. */
  readonly unchecked: readonly string[];
}

/** A static entry of the neighbour table. */
export interface StaticNeighbour {
  /** Dotted IPv4 address. */
  readonly address: string;
  /** MAC address, lower case with colons. */
  readonly mac: string;
}

/** A firewall on Linux that would drop what we need. */
export type LinuxFirewall =
  /** ufw is active. */
  | {
    readonly kind: "ufw";
    /** `ufw show added`, or undefined when it could not be read. */
    readonly rules: string | undefined;
  }
  /** firewalld runs. */
  | {
    readonly kind: "firewalld";
    /** Zone of the interface. */
    readonly zone: string;
    /** Rich rules of the zone, one per line. */
    readonly richRules: string;
  }
  /** An nftables base chain on the input hook that drops or rejects. */
  | {
    readonly kind: "nftables";
    /** Address family of its table: ip or inet. */
    readonly family: string;
    /** Table name. */
    readonly table: string;
    /** Chain name. */
    readonly chain: string;
  }
  /** iptables' INPUT chain drops or rejects. */
  | { readonly kind: "iptables" };

/** Facts of a Linux computer. */
export interface LinuxFacts extends CommonFacts {
  /** System. */
  readonly os: "linux";
  /** UUID of the NetworkManager connection active on the interface. */
  readonly nmConnectionUuid: string | undefined;
  /** The .network file systemd-networkd uses for the interface. */
  readonly networkdFile: string | undefined;
  /** How dhcpcd runs: not, for this interface alone, or one for all interfaces. */
  readonly dhcpcd: "none" | "interface" | "all";
  /** Firewalls that would drop. */
  readonly firewalls: readonly LinuxFirewall[];
  /** Static entries of the interface in the neighbour table. */
  readonly staticNeighbours: readonly StaticNeighbour[];
  /** Neighbour settings of the interface; undefined when they could not be read. */
  readonly arp:
    | {
      /** `retrans_time_ms`. */
      readonly retransMs: number;
      /** `mcast_solicit`. */
      readonly mcastSolicit: number;
      /** `unres_qlen_bytes`. */
      readonly queueBytes: number;
    }
    | undefined;
  /** `net.ipv4.ip_unprivileged_port_start`. */
  readonly unprivilegedPortStart: number | undefined;
  /** "Advertised link modes" of ethtool, as words. */
  readonly advertisedModes: readonly string[] | undefined;
}

/** Facts of a Mac. */
export interface MacosFacts extends CommonFacts {
  /** System. */
  readonly os: "macos";
  /** Application firewall: 0 off, 1 on, 2 blocks all incoming; undefined when unknown. */
  readonly appFirewallState: 0 | 1 | 2 | undefined;
  /** What the application firewall has for this program. */
  readonly appFirewallEntry: "none" | "allowed" | "blocked";
  /** Whether pf is enabled. */
  readonly isPfEnabled: boolean;
  /** MAC of a static neighbour entry for the device. */
  readonly staticNeighbourMac: string | undefined;
  /** ARP settings of the kernel; undefined when they could not be read. */
  readonly arp:
    | {
      /** `net.link.ether.inet.maxtries`. */
      readonly maxTries: number;
      /** `net.link.ether.inet.maxhold`. */
      readonly maxHold: number;
    }
    | undefined;
  /** Whether launchd has the system's own TFTP server loaded. */
  readonly isTftpdLoaded: boolean;
  /** Media line of `networksetup -getmedia`, the part after "Current:". */
  readonly media: string | undefined;
}

/** Facts of a Windows computer. */
export interface WindowsFacts extends CommonFacts {
  /** System. */
  readonly os: "windows";
  /** Build number of Windows; 15063 is version 1703. */
  readonly build: number | undefined;
  /** DNS servers set by hand; empty when they come from DHCP. */
  readonly staticDns: readonly string[];
  /** Whether DHCP and a static address may live side by side; undefined when unknown. */
  readonly hasDhcpCoexistence: boolean | undefined;
  /** Whether media sense is on (the address goes when the link goes). */
  readonly hasMediaSense: boolean | undefined;
  /** `RetransmitTime` in milliseconds of the interface. */
  readonly retransmitMs: number | undefined;
  /** `DadTransmits` of the interface. */
  readonly dadTransmits: number | undefined;
  /** Whether the firewall is on for any profile. */
  readonly isFirewallOn: boolean | undefined;
  /** Whether company policy ignores local firewall rules. */
  readonly ignoresLocalRules: boolean;
  /** Names of rules that block this program. */
  readonly blockRules: readonly string[];
  /** MAC of a permanent neighbour entry for the device. */
  readonly staticNeighbourMac: string | undefined;
  /** Registry value of `*SpeedDuplex`. */
  readonly speedDuplex: string | undefined;
}

/** Facts of any of the three systems. */
export type SetupFacts = LinuxFacts | MacosFacts | WindowsFacts;
