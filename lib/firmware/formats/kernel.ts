/**
 * Bare kernels: ELF, ARM zImage, ARM64 Image. They are for loaders that boot from RAM.
 *
 * @module
 */
import type { Window } from "../bytes.ts";
import { type Format, PartDraft, type Scope } from "../format.ts";
import type { Part } from "../inspection.ts";

const MACHINES: Readonly<Record<number, string>> = {
  8: "MIPS",
  20: "PowerPC",
  40: "ARM",
  62: "x86_64",
  183: "ARM64",
  243: "RISC-V",
};
const MAX_SEGMENTS = 64;

/** Where ELF keeps what is needed, for 32 and 64 bits. */
const ELF_32 = {
  wide: false,
  segments: 28,
  sections: 32,
  sizes: 42,
  segmentAt: 4,
  segmentSize: 16,
};
const ELF_64 = { wide: true, segments: 32, sections: 40, sizes: 54, segmentAt: 8, segmentSize: 32 };

function readElf(scope: Scope): Part | undefined {
  const { window } = scope;
  const bits = window.u8(4);
  const order = window.u8(5);
  const isElf = window.matches(0, [0x7f, 0x45, 0x4c, 0x46]) && (bits === 1 || bits === 2) &&
    (order === 1 || order === 2) && window.has(0, 64);
  if (!isElf) return undefined;
  const isLittle = order === 1;
  const machine = window.u16(18, isLittle);
  const name = MACHINES[machine] ?? `machine ${machine}`;
  const draft = new PartDraft(scope, "elf", "ELF kernel")
    .announces(elfEnd(window, bits === 1 ? ELF_32 : ELF_64, isLittle), "ELF segments and sections")
    .is("initramfs")
    .fact("architecture", `${name} ${bits * 32} bit ${isLittle ? "little" : "big"}-endian`);
  return draft.done();
}

/** End of the last segment or of the section table, whichever is later. */
function elfEnd(window: Window, layout: typeof ELF_32, isLittle: boolean): number {
  const word = (at: number) => layout.wide ? window.u64(at, isLittle) : window.u32(at, isLittle);
  const { sizes } = layout;
  const segmentSize = window.u16(sizes, isLittle);
  const segments = window.u16(sizes + 2, isLittle);
  const sections = window.u16(sizes + 4, isLittle) * window.u16(sizes + 6, isLittle);
  let end = sections === 0 ? 0 : word(layout.sections) + sections;
  for (let index = 0; index < Math.min(segments, MAX_SEGMENTS); index++) {
    const at = word(layout.segments) + index * segmentSize;
    end = Math.max(
      end,
      at + segmentSize,
      word(at + layout.segmentAt) + word(at + layout.segmentSize),
    );
  }
  return end;
}

function readZimage(scope: Scope): Part | undefined {
  const { window } = scope;
  if (!window.matches(36, [0x18, 0x28, 0x6f, 0x01])) return undefined;
  const length = window.u32(44, true) - window.u32(40, true);
  return length > 0
    ? new PartDraft(scope, "zimage", "ARM kernel (zImage)").announces(length, "zImage length")
      .done()
    : undefined;
}

function readArm64(scope: Scope): Part | undefined {
  const { window } = scope;
  if (!window.matches(56, "ARM\x64")) return undefined;
  // The size counts memory that the kernel needs beyond its file, so it proves nothing.
  return new PartDraft(scope, "arm64-image", "ARM64 kernel (Image)")
    .fact("size in memory", window.u64(16, true))
    .done();
}

/** ELF file. */
export const ELF: Format = { id: "elf", read: readElf };
/** ARM zImage. */
export const ZIMAGE: Format = { id: "zimage", read: readZimage };
/** ARM64 Image. */
export const ARM64_IMAGE: Format = { id: "arm64-image", read: readArm64 };
