/**
 * What is known about a device and its bootloader. The JSON spelling of the same facts, and how to
 * add a device, is described in this folder's README.
 *
 * Nothing here is inherited: a {@link Device} that belongs to a {@link Family} only names it. What
 * the sources do not say is left out, so that "not known" and "none" stay apart.
 *
 * @module
 */
import type { Recovery } from "./recovery_types.ts";

export type * from "./recovery_types.ts";

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
