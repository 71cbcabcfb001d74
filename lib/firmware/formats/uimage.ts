/**
 * U-Boot legacy image ("uImage"), with the additions that vendors hide in its name field.
 *
 * ```text
 * 0 magic  4 header CRC-32  8 time  12 data size  16 load  20 entry  24 data CRC-32
 * 28 OS  29 architecture  30 type  31 compression  32 name[32]  64 data
 * ```
 *
 * Source: u-boot include/image.h; vendor fields: openwrt/firmware-utils.
 *
 * @module
 */
import { hex32 } from "../bytes.ts";
import { CRC32, SUM32 } from "../checksum.ts";
import { type Format, PartDraft, type Scope } from "../format.ts";
import { devicesOf } from "../identifiers.ts";
import type { Part } from "../inspection.ts";

const HEADER = 64;
const MAGIC = 0x27051956;
const ZERO4 = new Uint8Array(4);
const MAX_PARTS = 16;

const ARCHITECTURES: Readonly<Record<number, string>> = {
  2: "ARM",
  3: "x86",
  5: "MIPS",
  6: "MIPS64",
  7: "PowerPC",
  22: "ARM64",
  24: "x86_64",
  26: "RISC-V",
};
const SYSTEMS: Readonly<Record<number, string>> = { 5: "Linux", 14: "VxWorks", 17: "U-Boot" };
const TYPES: Readonly<Record<number, string>> = {
  1: "standalone",
  2: "kernel",
  3: "ramdisk",
  4: "multi",
  5: "firmware",
  6: "script",
  7: "filesystem",
  8: "device tree",
  14: "kernel without load address",
};
const COMPRESSIONS: Readonly<Record<number, string>> = {
  0: "none",
  1: "gzip",
  2: "bzip2",
  3: "LZMA",
  4: "LZO",
  5: "LZ4",
  6: "zstd",
};
const TYPE_MULTI = 4;
const TYPE_FIRMWARE = 5;
const OS_UBOOT = 17;

function read(scope: Scope): Part | undefined {
  const { window } = scope;
  if (!window.has(0, HEADER)) return undefined;
  const magic = window.u32(0);
  const isPlain = magic === MAGIC;
  const magicMark = { scheme: "uimage-magic", value: hex32(magic) } as const;
  if (!isPlain && devicesOf(magicMark).length === 0) return undefined;
  const hasCameoTag = window.matches(44, "CAMEOTAG") && window.u32(4) === 0xffffffff;
  const header = {
    name: "uImage header CRC-32",
    from: 0,
    to: HEADER,
    digest: CRC32,
    stored: hex32(window.u32(4)),
    instead: [{ at: 4, bytes: ZERO4 }],
  };
  const draft = new PartDraft(scope, "uimage", "U-Boot image (uImage)");
  if (hasCameoTag) {
    draft.verify({
      name: "CAMEO tag sum",
      from: 0,
      to: 56,
      digest: SUM32,
      stored: hex32(window.u32(56)),
      strength: "weak",
    });
  } else {
    const isHeaderWhole = draft.verify(header);
    // Without the usual magic only the header's own CRC tells it from anything else.
    if (!isPlain && isHeaderWhole !== true) return undefined;
  }
  const size = window.u32(12);
  draft.announces(HEADER + size, "uImage data size");
  if (size > 0) {
    draft.verify({
      name: "uImage data CRC-32",
      from: HEADER,
      to: HEADER + size,
      digest: CRC32,
      stored: hex32(window.u32(24)),
    });
  }
  if (!isPlain) draft.mark(magicMark.scheme, magicMark.value);
  const system = window.u8(28);
  const type = window.u8(30);
  draft
    .fact("name", window.text(32, 32))
    .fact("system", SYSTEMS[system] ?? `code ${system}`)
    .fact("architecture", ARCHITECTURES[window.u8(29)] ?? `code ${window.u8(29)}`)
    .fact("type", TYPES[type] ?? `code ${type}`)
    .fact("compression", COMPRESSIONS[window.u8(31)] ?? `code ${window.u8(31)}`)
    .fact("load address", hex32(window.u32(16)))
    .fact("entry point", hex32(window.u32(20)));
  readVendorFields(scope, draft, size);
  if (system === OS_UBOOT && type === TYPE_FIRMWARE) {
    draft.notice({
      severity: "stop",
      code: "is-bootloader",
      message: "This is a bootloader, not firmware",
      hint: "Choose the firmware image for your device instead",
    });
  }
  if (type === TYPE_MULTI) readMulti(scope, draft, size);
  else draft.holds(HEADER, size);
  return draft.done();
}

/** Parts of a multi image: a list of sizes ended by 0, then the parts, all but the last padded to 4. */
function readMulti({ window }: Scope, draft: PartDraft, size: number): void {
  const sizes: number[] = [];
  let position = HEADER;
  while (sizes.length < MAX_PARTS && window.has(position, 4)) {
    const partSize = window.u32(position);
    position += 4;
    if (partSize === 0) break;
    sizes.push(partSize);
  }
  const end = HEADER + size;
  for (const [index, partSize] of sizes.entries()) {
    draft.fact(`part ${index + 1}`, `${partSize} bytes at ${position}`);
    if (position + partSize > end) {
      draft.isShort(`multi image part ${index + 1}`, position + partSize, end);
      return;
    }
    draft.holds(position, partSize);
    position += Math.ceil(partSize / 4) * 4;
  }
}

/** What TRENDnet (U-Media) and ASUS keep in the 32 name bytes. */
function readVendorFields({ window }: Scope, draft: PartDraft, size: number): void {
  if (window.matches(52, "UR_F")) {
    draft.mark("umedia-board", window.u32(56).toString(16).padStart(6, "0"));
  }
  const end = HEADER + size;
  if (window.has(end - 4, 4) && window.matches(end - 4, [0x2a, 0xfe, 0xd4, 0x14])) {
    draft.is("factory-or-stock").mark("asus-product", window.text(36, 12));
    draft.fact("kernel version", `${window.u8(32)}.${window.u8(33)}`);
    draft.fact("filesystem version", `${window.u8(34)}.${window.u8(35)}`);
  }
}

/** U-Boot legacy image. */
export const UIMAGE: Format = { id: "uimage", read };
