/**
 * What is known about a device and its bootloader. The JSON spelling of the same facts, and how to
 * add a device, is described in this folder's README.
 *
 * Nothing here is inherited: a {@link Device} that belongs to a {@link Family} only names it. What
 * the sources do not say is left out, so that "not known" and "none" stay apart.
 *
 * @module
 */
import type { Ipv4Subnet } from "../net/ipv4.ts";
import type { ByteString } from "../tftp/name.ts";

/** `documented`: by somebody who built support for it; `reported`: by somebody it worked for. */
export type Confidence = "documented" | "reported";

/** Where a fact comes from: an address on the web, words, or both. At least one of the two. */
export interface Source {
  /** Link to read more. */
  readonly url?: string;
  /** What it is, or which part of it was read. */
  readonly note?: string;
}

/** The parts of an entry that can carry their own doubt and their own trust. */
export type DeviceField =
  | "recovery"
  | "computer"
  | "device"
  | "files"
  | "image"
  | "trigger"
  | "port"
  | "mac"
  | "bootloader"
  | "notes";

/** A reason to trust one part of an entry less than the rest. */
export interface Doubt {
  /** Which part. */
  readonly field: DeviceField;
  /** Why, in one or two sentences. */
  readonly why: string;
}

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

/** Sorts of image a bootloader may want. */
export type ImageKind =
  | "factory"
  | "sysupgrade"
  | "initramfs"
  | "stock"
  | "tftp-recovery"
  | "trx"
  | "bootloader";

/** One part of an image that is put together by hand. */
export type ImagePart =
  | {
    /** Number of zero bytes. */
    readonly zeros: number;
  }
  | {
    /** Which image the bytes are taken from. */
    readonly of: ImageKind;
    /** First byte; 0 by default. */
    readonly from?: number;
    /** Number of bytes; up to the end by default. */
    readonly bytes?: number;
  };

/** What the bootloader takes, and what it does to it. */
export interface ImageWanted {
  /** Accepted sorts; empty when the source gives none or the image is put together by hand. */
  readonly kinds: readonly ImageKind[];
  /** The source's words. */
  readonly as?: string;
  /** Whether the transfer writes nothing: the image runs from RAM and is gone at power-off. */
  readonly ramOnly?: boolean;
  /** `required`: documented that unsigned images are refused; `expected`: sibling models do. */
  readonly signed?: "required" | "expected";
  /** Largest image in bytes. */
  readonly maxBytes?: number;
  /** What happens to a larger one. */
  readonly larger?: "cut-off" | "does-not-work";
  /** Leading bytes that the loader leaves out, so that the image must start with filler. */
  readonly skipsFirst?: number;
  /** ASCII text that the image must start with. */
  readonly startsWith?: string;
  /** The parts, in order, of an image that has to be put together. */
  readonly layout?: readonly ImagePart[];
  /** A leading part that must be cut off from files whose name holds a word. */
  readonly cut?: {
    /** The word, compared without case. */
    readonly whenNameHas: string;
    /** Bytes to cut from the start. */
    readonly bytes: number;
  };
}

/** What makes the bootloader start. */
export interface Trigger {
  /** `every-boot` needs no button; `firmware-broken` happens by itself when nothing boots. */
  readonly kind: "button" | "every-boot" | "firmware-broken" | "console" | "other";
  /** What to do, in the source's words. */
  readonly how: string;
  /** How long it listens or asks, in seconds. */
  readonly windowSeconds?: number;
}

/** What the link must be like. */
export interface LinkNeeds {
  /** Whether a switch between computer and device helps or is needed. */
  readonly switchBetween?: boolean;
  /** Speed in Mbit/s, with duplex where it matters. */
  readonly speed?: "10-half" | "10-full" | "100-full" | "1000";
  /** MTU in bytes for this computer's interface. */
  readonly mtu?: number;
}

/** Whether the bootloader answers ping. */
export interface PingAnswer {
  /** False means that silence proves nothing. */
  readonly answers: boolean;
  /** IP time-to-live of its answers, which tells it from the firmware. */
  readonly ttl?: number;
}

/** What devices and families have in common. */
export interface Entry {
  /** Lower-case words with hyphens; unique in the catalogue. */
  readonly id: string;
  /** Maker. */
  readonly vendor: string;
  /** Model with revision, or what the family covers. */
  readonly model: string;
  /** Other names of the same device. */
  readonly aliases: readonly string[];
  /** Bootloader, often inferred: never checked. */
  readonly bootloader?: string;
  /** Whether the vendor's bootloader was replaced (for instance by OpenWrt's U-Boot). */
  readonly replacedBootloader: boolean;
  /** Set when recovery this way must not or cannot be done: the reason, in words. */
  readonly avoid?: string;
  /** What can brick the device, one sentence each. Shown before anything else. */
  readonly danger: readonly string[];
  /** Who asks whom. */
  readonly recovery: Recovery;
  /** Fixed MAC address of the bootloader, lower case with colons. */
  readonly mac?: string;
  /** What it takes. */
  readonly image?: ImageWanted;
  /** What makes it start. */
  readonly trigger?: Trigger;
  /** The port of the device to use. */
  readonly port?: string;
  /** What the link must be like. */
  readonly link?: LinkNeeds;
  /** Whether it answers ping. */
  readonly ping?: PingAnswer;
  /** What to expect and to do after the last block. */
  readonly after: readonly string[];
  /** Whether power has to be cycled by hand afterwards. */
  readonly powerCycleByHand: boolean;
  /** Anything else worth knowing. */
  readonly notes: readonly string[];
  /** Parts that deserve less trust than the rest. */
  readonly doubts: readonly Doubt[];
  /** At least one. They stand for every value of the entry. */
  readonly sources: readonly Source[];
  /** For every value of the entry. */
  readonly confidence: Confidence;
  /** Whether every value was compared with the sources (not: tried on hardware). */
  readonly verified: boolean;
}

/** Where a device entry comes from. */
export type Origin =
  | {
    /** Part of unbrick. */
    readonly kind: "catalogue";
  }
  | {
    /** Somebody's own entry. */
    readonly kind: "own";
    /** Path of its file. */
    readonly file: string;
    /** Whether it stands in for an entry of the catalogue. */
    readonly replaces: boolean;
  };

/** One model, or several that behave the same. */
export interface Device extends Entry {
  /** Discriminator. */
  readonly kind: "device";
  /** Family it belongs to, by id. Nothing is taken over from it. */
  readonly family?: string;
  /** OpenWrt board names, as in `supported_devices` of an image's metadata. */
  readonly boards: readonly string[];
  /** Whose entry it is. */
  readonly origin: Origin;
}

/** What usually holds for the models of a family, when a model has no entry of its own. */
export interface Family extends Entry {
  /** Discriminator. */
  readonly kind: "family";
}

/** What a second reading of a sample found about one field. */
export interface FieldReview {
  /** Which part of the entries. */
  readonly field: DeviceField;
  /** Entries judged in full. */
  readonly sampled: number;
  /** Of those, contradicting the source. */
  readonly wrong: number;
  /** Of those, not in the source. */
  readonly unsupported: number;
  /** Of those, right in part. */
  readonly imprecise: number;
}

/** All that is known. */
export interface Catalogue {
  /** Models, ordered by id. */
  readonly devices: readonly Device[];
  /** Families, ordered by id. */
  readonly families: readonly Family[];
  /** How far the data can be trusted, by field. */
  readonly review: readonly FieldReview[];
}
