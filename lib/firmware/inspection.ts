/**
 * What was found in an image: plain data, ready for a screen or for JSON.
 *
 * @module
 */

/**
 * What an image is made for. `factory-or-stock` is the vendor's own format where nothing tells
 * whether the vendor or OpenWrt filled it; a bootloader treats both alike.
 */
export type ImageKind =
  | "factory"
  | "factory-or-stock"
  | "stock"
  | "sysupgrade"
  | "initramfs"
  | "tftp-recovery"
  | "unknown";

/**
 * How sure it is that no byte is missing or wrong: `whole` = every byte is covered by a checksum
 * that fits; `unproven` = nothing contradicts, but some bytes are covered by nothing or only by a
 * simple sum; `damaged` = a checksum does not fit; `truncated` = the file is shorter than it says.
 */
export type Integrity = "whole" | "unproven" | "damaged" | "truncated";

/** How grave a finding is: `warning` wants a typed yes, `stop` wants `--force`. */
export type Severity = "fine" | "note" | "warning" | "stop";

/** One thing worth telling about an image. */
export interface Finding {
  /** How grave it is. */
  readonly severity: Severity;
  /** Stable name for programs. */
  readonly code: string;
  /** What it is, with the value concerned; sentence case, no final period. */
  readonly message: string;
  /** What to do next; one imperative sentence. */
  readonly hint?: string;
  /** The cut that removes the cause, where there is one. */
  readonly cut?: Cut;
}

/** An exact change of the bytes that are sent: zero bytes in front, then a stretch of the file. */
export interface Cut {
  /** Zero bytes put in front. */
  readonly zeros: number;
  /** First byte of the file that is kept. */
  readonly from: number;
  /** End of what is kept (exclusive). */
  readonly to: number;
}

/**
 * Where the firmware header lies in a TP-Link file: at the start, or behind 64 or 128 KiB that some
 * loaders leave out.
 */
export type CutShape = "header-first" | "header-at-64k" | "header-at-128k";

/** A cut that this image allows. */
export interface CutOffer {
  /** Shape of what comes out. */
  readonly shape: CutShape;
  /** The exact bytes. */
  readonly cut: Cut;
  /** What it does, in words. */
  readonly description: string;
}

/** Outcome of one comparison. */
export interface Check {
  /** What was compared, for example "header CRC-32". */
  readonly name: string;
  /**
   * `match` and `mismatch` as they say; `short` = the file ends before what it announces;
   * `skipped` = not computed because the file nests suspiciously deep.
   */
  readonly result: "match" | "mismatch" | "short" | "skipped";
  /** `strong` misses no accident; `weak` is a simple sum that can. */
  readonly strength: "strong" | "weak";
  /** First byte of the file it speaks for. */
  readonly from: number;
  /** End of the bytes it speaks for (exclusive). */
  readonly to: number;
  /** Value in the file. */
  readonly stored: string;
  /** Value computed from the file. */
  readonly computed: string;
}

/** Where an identification value comes from; see `identifiers.ts`. */
export type MarkScheme =
  | "openwrt-device"
  | "openwrt-board"
  | "tplink-hw-id"
  | "tplink-support"
  | "netgear-board"
  | "netgear-hw-id"
  | "netgear-encrypted-model"
  | "uimage-magic"
  | "asus-product"
  | "cybertan-pattern"
  | "linksys-type"
  | "gemtek-product"
  | "seama-signature"
  | "jboot-rom-id"
  | "dlink-signature"
  | "dlink-model"
  | "ubiquiti-type"
  | "buffalo-product"
  | "buffalo-trx-magic"
  | "arcadyan-trx-magic"
  | "edimax-model"
  | "zyxel-board"
  | "keenetic-id"
  | "xiaomi-id"
  | "sercomm-hw-id"
  | "senao-product"
  | "luxul-board"
  | "aruba-machine"
  | "iptime-model"
  | "poray-id"
  | "umedia-board"
  | "openmesh-type"
  | "bcm963xx-board"
  | "motorola-model"
  | "fit-compatible";

/** A value in the image that says for which device it is. */
export interface Mark {
  /** What kind of value. */
  readonly scheme: MarkScheme;
  /** The value as written in the image, or in the usual notation for numbers. */
  readonly value: string;
}

/** Something readable found in a part. */
export interface Fact {
  /** Name of the field. */
  readonly name: string;
  /** Its value. */
  readonly value: string;
}

/** One recognised part of the file, with the parts found inside it. */
export interface Part {
  /** Stable name of the format. */
  readonly format: string;
  /** Name for people. */
  readonly title: string;
  /** First byte in the file. */
  readonly offset: number;
  /** Bytes as far as they are in the file. */
  readonly length: number;
  /** What kind of image this part makes the file, if it tells. */
  readonly kind?: ImageKind;
  /** Comparisons made. */
  readonly checks: readonly Check[];
  /** Device identification values. */
  readonly marks: readonly Mark[];
  /** Readable fields. */
  readonly facts: readonly Fact[];
  /** What this part means for the person, whatever the device. */
  readonly notices: readonly Finding[];
  /** Cuts that it allows. */
  readonly cuts: readonly CutOffer[];
  /** Parts inside. */
  readonly children: readonly Part[];
  /** OpenWrt's metadata, if this part is its trailer. */
  readonly metadata?: OpenWrtMetadata;
  /** A signature in this part; it cannot be verified here. */
  readonly signature?: "present" | "empty";
}

/** OpenWrt's appended metadata (JSON), read tolerantly. */
export interface OpenWrtMetadata {
  /** Device names the image is for ("vendor,model" and older spellings). */
  readonly supportedDevices: readonly string[];
  /** "1.0" unless the flash layout changed. */
  readonly compatVersion: string;
  /** Sentence for people when the layout changed. */
  readonly compatMessage?: string;
  /** Distribution, version and revision as far as given. */
  readonly version?: string;
  /** Target, for example "ath79/generic". */
  readonly target?: string;
  /** Build name of the device, for example "tplink_archer-c7-v5". */
  readonly board?: string;
}

/** Hashes to compare with a download page or with what a bootloader prints. */
export interface Hashes {
  /** SHA-256, hexadecimal. */
  readonly sha256: string;
  /** MD5, hexadecimal. */
  readonly md5: string;
  /** CRC-32 as zlib and U-Boot compute it, hexadecimal. */
  readonly crc32: string;
}

/** What is known about the file besides its bytes. */
export interface ImageContext {
  /** Name of the file, without folder; used for hints only, never to recognise. */
  readonly fileName?: string;
  /** SHA-256 that a list beside the file gives for it. */
  readonly listedSha256?: ListedHash;
}

/** A hash that a checksum list beside the image names. */
export interface ListedHash {
  /** Name of the list. */
  readonly list: string;
  /** SHA-256, lower-case hexadecimal; undefined when the list does not name the file. */
  readonly sha256: string | undefined;
}

/** Everything found in an image. */
export interface Inspection {
  /** Bytes in the file. */
  readonly size: number;
  /** Hashes of the whole file. */
  readonly hashes: Hashes;
  /** Recognised parts in file order, those appended at the end last. */
  readonly parts: readonly Part[];
  /** What it is made for. */
  readonly kind: ImageKind;
  /** Whether it is whole. */
  readonly integrity: Integrity;
  /** Every identification value of every part. */
  readonly marks: readonly Mark[];
  /** OpenWrt names of the devices that the marks stand for. */
  readonly devices: readonly string[];
  /** Cuts that it allows. */
  readonly cuts: readonly CutOffer[];
  /** OpenWrt's appended metadata. */
  readonly metadata?: OpenWrtMetadata;
  /** Bits of entropy per byte, when nothing was recognised; near 8 means encrypted or packed. */
  readonly entropy?: number;
  /** Whether a vendor's signature is inside; it cannot be verified here. */
  readonly signature: "none" | "present" | "empty";
  /** What was known besides the bytes. */
  readonly context: ImageContext;
}
