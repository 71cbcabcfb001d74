/**
 * What a device's bootloader wants, as far as it is known. The device catalogue fills this in; every
 * field but the name may be left out, and what is left out is not checked.
 *
 * @module
 */
import type { CutShape, ImageKind, Mark } from "./inspection.ts";

/**
 * In which shape a loader wants the bytes: `header-first` = from the firmware header on, no boot
 * part; `skips-64k` and `skips-128k` = the loader drops so many bytes at the front; `boot-first` = it
 * writes from flash offset 0, so the file must begin with the bootloader; `padded-boot-first` = 192
 * KiB of zeros, then the bootloader, then the firmware (put together by hand).
 */
export type LoaderLayout =
  | "header-first"
  | "skips-64k"
  | "skips-128k"
  | "boot-first"
  | "padded-boot-first";

/** What is expected of an image. */
export interface Expectation {
  /** The device in words, for messages: "TP-Link Archer C7 v5". */
  readonly device: string;
  /** Its names, vendor included or not, aliases too; compared without regard to punctuation. */
  readonly names?: readonly string[];
  /** Its OpenWrt names, "vendor,model" or "vendor_model"; an image naming others is refused. */
  readonly boards?: readonly string[];
  /** Identification values known for it; other values of the same scheme are refused. */
  readonly marks?: readonly Mark[];
  /** Kinds of image its loader takes. */
  readonly kinds?: readonly ImageKind[];
  /** Formats its loader takes at the start of the file. */
  readonly formats?: readonly string[];
  /** Bytes of flash. */
  readonly flashSize?: number;
  /** Most bytes its loader takes or has room for. */
  readonly maxSize?: number;
  /** Its loader takes only what the vendor signed. */
  readonly signedOnly?: boolean;
  /** Its loader stops after 65535 blocks instead of counting on from 0. */
  readonly noRollover?: boolean;
  /** Bytes in a block, for the same; default 512. */
  readonly blockSize?: number;
  /** Shape in which its loader wants the bytes. */
  readonly layout?: LoaderLayout;
}

/** The shape that serves a loader; boot-first files cannot be told apart, so they have none. */
export const SHAPE_FOR: Readonly<Partial<Record<LoaderLayout, CutShape>>> = {
  "header-first": "header-first",
  "skips-64k": "header-at-64k",
  "skips-128k": "header-at-128k",
};
