/**
 * Who asks whom, and for what: the ways in which a bootloader can be recovered.
 *
 * @module
 */
import type { Ipv4Subnet } from "../net/ipv4.ts";
import type { ByteString } from "../tftp/name.ts";

/** Addresses that the bootloader insists on: it asks for them, or accepts nobody else. */
export interface ExactAddresses {
  /** Discriminator. */
  readonly kind: "exactly";
  /** Usually one; several when it depends on the unit or the sources disagree. Carry them all. */
  readonly addresses: readonly Ipv4Subnet[];
}

/** Any free address of a subnet does; an address in the source is only an example. */
export interface AnyAddress {
  /** Discriminator. */
  readonly kind: "any-in";
  /** Subnet of the device, host bits clear. */
  readonly subnet: Ipv4Subnet;
  /** The one the source used. */
  readonly example?: number;
}

/** Addresses for this computer. */
export type ComputerAddress = ExactAddresses | AnyAddress;

/**
 * A TFTP file name: bytes that need not be text. Never empty, never with a NUL, at most 127 bytes.
 */
export interface RemoteName {
  /** The readable spelling: printable ASCII, `\xNN` for other bytes, `\\` for a backslash. */
  readonly text: string;
  /** What goes over the wire. */
  readonly bytes: ByteString;
}

/** One file that a device asks for. Different files of one session are different entries. */
export interface RequestedFile {
  /** Names of the same content, the usual one first. */
  readonly names: readonly RemoteName[];
  /** What the file is, where the name does not tell. */
  readonly what?: string;
  /** Set when the file is not the image but has to be taken out of it first. */
  readonly partOfImage: boolean;
}

/** The bootloader is a TFTP client and pulls from this computer. */
export interface Pulls {
  /** Discriminator. */
  readonly way: "pulls";
  /** Server addresses that it asks. */
  readonly computer?: ExactAddresses;
  /** The address it takes itself. */
  readonly device?: number;
  /** Every file of the session; empty when no name is known. */
  readonly files: readonly RequestedFile[];
  /** Options seen in its requests (RFC 2347), names in lower case. */
  readonly asks?: Readonly<Record<string, string>>;
}

/** The bootloader is a TFTP server and waits for a file to be put. */
export interface Listens {
  /** Discriminator. */
  readonly way: "listens";
  /** Addresses from which it accepts the file. */
  readonly computer?: ComputerAddress;
  /** Where it listens. */
  readonly device?: number;
  /** Whether it may listen on the LAN address that was configured last instead of its default. */
  readonly keepsConfiguredAddress: boolean;
  /** Name to put under, when it matters. */
  readonly remoteName?: RemoteName;
  /** Further names that some units want instead. */
  readonly remoteAlternatives: readonly RemoteName[];
  /** Whether a source says that any name does. */
  readonly anyRemoteName: boolean;
  /** A name that the documented procedure reads first. */
  readonly firstGet?: RemoteName;
  /** Whether it answers no ARP, so that this computer needs a static entry ({@link Entry.mac}). */
  readonly staticArp: boolean;
  /** Files that it pulls from this computer after the put. */
  readonly pullsAfterwards: readonly RequestedFile[];
}

/** The bootloader asks by BOOTP or DHCP first and then pulls. */
export interface BootpThenPulls {
  /** Discriminator. */
  readonly way: "bootp-then-pulls";
  /** Addresses used in the source. This computer hands out the addresses, so it may choose. */
  readonly computer?: ComputerAddress;
  /** The address it takes by itself, if it does. */
  readonly device?: number;
  /** The one of the two protocols that it finishes; undefined when either may do. */
  readonly protocol?: "bootp" | "dhcp";
  /** Names it asks for by itself; empty when it takes the name from the answer. */
  readonly files: readonly RequestedFile[];
}

/** Somebody types commands on a serial console, then the bootloader pulls. */
export interface SerialThenPulls {
  /** Discriminator. */
  readonly way: "serial-then-pulls";
  /** Server addresses of its environment. */
  readonly computer?: ExactAddresses;
  /** Its own address. */
  readonly device?: number;
  /** Names it asks for unless others are typed. */
  readonly files: readonly RequestedFile[];
  /** Whether addresses and name are typed and so are only the source's examples. */
  readonly typed: boolean;
}

/** Somebody types commands on a serial console, then the bootloader listens. */
export interface SerialThenListens {
  /** Discriminator. */
  readonly way: "serial-then-listens";
  /** Addresses from which it accepts the file. */
  readonly computer?: ComputerAddress;
  /** Where it listens. */
  readonly device?: number;
  /** Name to put under, when it matters. */
  readonly remoteName?: RemoteName;
}

/** A file that a script lets a bootloader load. */
export interface ScriptFile {
  /** The short name it is served under; in braces it stands for that name in the lines. */
  readonly name: string;
  /** What it is, and what it is called where it is downloaded. */
  readonly what: string;
}

/** What is typed into RedBoot's console to recover a device. */
export interface RedbootScript {
  /** Every file it loads, in the order of loading. */
  readonly files: readonly ScriptFile[];
  /**
   * The lines. `{device}` and `{server}` stand for the two addresses, `{free}` for the length of the
   * free flash that `fis free` has told before.
   */
  readonly lines: readonly string[];
}

/** RedBoot's console on TCP takes commands that make it pull. */
export interface RedbootConsole {
  /** Discriminator. */
  readonly way: "redboot";
  /** Addresses for this computer. */
  readonly computer?: ExactAddresses;
  /** Where the console is. */
  readonly device?: number;
  /** TCP port of the console. RedBoot's default is 9000. */
  readonly telnetPort: number;
  /** Names used in the source; they are typed. */
  readonly files: readonly RequestedFile[];
  /** What to type, where a source has all of it. */
  readonly script?: RedbootScript;
}

/** What a device wants that TFTP cannot give. */
export type OtherProtocol = "nmrp" | "eva-ftp" | "http" | "cfe-http" | "netconsole";

/** TFTP does not recover it; another protocol does. */
export interface NotByTftp {
  /** Discriminator. */
  readonly way: "other";
  /** What it speaks. */
  readonly by: OtherProtocol;
  /** What to use instead, in words. */
  readonly tool: string;
  /** Addresses for this computer. */
  readonly computer?: ComputerAddress;
  /** Where it listens. */
  readonly device?: number;
}

/** How a device is recovered: who asks whom, and for what. */
export type Recovery =
  | Pulls
  | Listens
  | BootpThenPulls
  | SerialThenPulls
  | SerialThenListens
  | RedbootConsole
  | NotByTftp;
