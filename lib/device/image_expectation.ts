/**
 * What a device expects of an image, in the plain form that the inspection of images uses.
 *
 * @module
 */
import type { Device, Family, ImageKind, ImageWanted } from "./types.ts";

/** Sorts of image that the inspection tells apart. */
export type WantedKind = "factory" | "sysupgrade" | "initramfs" | "stock";

/** What a device expects of an image. */
export interface ImageExpectation {
  /** Names of the device: model with and without vendor, and aliases. */
  readonly deviceNames: readonly string[];
  /** OpenWrt board names ("tplink,archer-a7-v5"); empty when none is known. */
  readonly openwrtBoards: readonly string[];
  /** The one sort that it takes; undefined when several do or none is known. */
  readonly wantedKind: WantedKind | undefined;
  /** Every sort that it takes; empty when the source gives none. */
  readonly acceptedKinds: readonly ImageKind[];
  /** Largest image in bytes. */
  readonly maxBytes?: number;
  /** What happens to a larger one. */
  readonly larger?: "cut-off" | "does-not-work";
  /** Whether it is documented that unsigned images are refused. */
  readonly mustBeSigned: boolean;
  /** Whether sibling models refuse unsigned images while this one's source is silent. */
  readonly signatureExpected: boolean;
  /** Whether block numbers must not roll over: 65 535 blocks of 512 bytes at most. */
  readonly noRollover: boolean;
  /** Leading bytes that the loader leaves out: the image must start with filler. */
  readonly skipsFirst?: number;
  /** ASCII text that the image must start with. */
  readonly startsWith?: string;
  /** A leading part to cut from files whose name holds a word (compared without case). */
  readonly cut?: NonNullable<ImageWanted["cut"]>;
  /** The parts of an image that has to be put together by hand. */
  readonly layout?: NonNullable<ImageWanted["layout"]>;
}

const WANTED_KINDS: readonly ImageKind[] = ["factory", "sysupgrade", "initramfs", "stock"];

/** What an entry expects of an image. */
export function imageExpectation(entry: Device | Family): ImageExpectation {
  const { image } = entry;
  const kinds = image?.kinds ?? [];
  const [only] = kinds;
  return {
    deviceNames: [entry.model, `${entry.vendor} ${entry.model}`, ...entry.aliases],
    openwrtBoards: entry.kind === "device" ? entry.boards : [],
    wantedKind: kinds.length === 1 && isWantedKind(only) ? only : undefined,
    acceptedKinds: kinds,
    ...(image?.maxBytes !== undefined && { maxBytes: image.maxBytes }),
    ...(image?.larger !== undefined && { larger: image.larger }),
    mustBeSigned: image?.signed === "required",
    signatureExpected: image?.signed === "expected",
    // RedBoot compares block numbers as int: a file of more blocks never finishes.
    noRollover: entry.recovery.way === "redboot",
    ...(image?.skipsFirst !== undefined && { skipsFirst: image.skipsFirst }),
    ...(image?.startsWith !== undefined && { startsWith: image.startsWith }),
    ...(image?.cut !== undefined && { cut: image.cut }),
    ...(image?.layout !== undefined && { layout: image.layout }),
  };
}

function isWantedKind(kind: ImageKind | undefined): kind is WantedKind {
  return kind !== undefined && WANTED_KINDS.includes(kind);
}
