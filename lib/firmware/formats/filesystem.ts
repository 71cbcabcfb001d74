/**
 * Filesystems and volumes inside images: squashfs, UBI, UBIFS, JFFS2, cramfs, and the mark that
 * OpenWrt puts behind a root filesystem.
 *
 * @module
 */
import { hex32, type Window } from "../bytes.ts";
import { JAMCRC32, jamCrc32, zeroCrc32 } from "../checksum.ts";
import { type Format, PartDraft, type Scope } from "../format.ts";
import type { Part } from "../inspection.ts";

const SQUASHFS_SUPERBLOCK = 96;
const SQUASHFS_COMPRESSIONS = ["", "gzip", "LZMA", "LZO", "xz", "LZ4", "zstd"];

function readSquashfs(scope: Scope): Part | undefined {
  const { window } = scope;
  const isLittle = window.matches(0, "hsqs");
  if (!isLittle && !window.matches(0, "sqsh")) return undefined;
  const isVersion4 = window.u16(28, isLittle) === 4 && window.u16(30, isLittle) === 0;
  const blockSize = window.u32(12, isLittle);
  const isPlausible = isVersion4 && blockSize >= 0x1000 && blockSize <= 0x100000 &&
    (blockSize & (blockSize - 1)) === 0;
  const used = window.u64(40, isLittle);
  if (!isPlausible || used < SQUASHFS_SUPERBLOCK) return undefined;
  const compression = window.u16(20, isLittle);
  return new PartDraft(scope, "squashfs", "squashfs root filesystem")
    .announces(used, "squashfs size")
    .fact("compression", SQUASHFS_COMPRESSIONS[compression] ?? `code ${compression}`)
    .fact("bytes used", used)
    .done();
}

const ERASE_BLOCKS = [0x4000, 0x8000, 0x10000, 0x20000, 0x40000, 0x80000, 0x100000];
const EC_HEADER = 64;
const LAYOUT_VOLUME = 0x7fffefff;
const VOLUME_RECORD = 172;
const MAX_VOLUMES = 128;

function isEraseHeaderWhole(window: Window, at: number): boolean {
  return jamCrc32([window.bytes(at, 60)]) === window.u32(at + 60);
}

function readUbi(scope: Scope): Part | undefined {
  const { window } = scope;
  if (!window.matches(0, "UBI#") || !window.has(0, EC_HEADER)) return undefined;
  const block = ERASE_BLOCKS.find((length) => window.matches(length, "UBI#"));
  const draft = new PartDraft(scope, "ubi", "UBI volumes");
  if (block === undefined) {
    const isWhole = isEraseHeaderWhole(window, 0);
    draft.compare(
      "UBI erase block header",
      0,
      EC_HEADER,
      "fits",
      isWhole ? "fits" : "does not fit",
    );
    return draft.done();
  }
  let damaged = 0;
  let end = 0;
  for (let at = 0; at < window.size; at += block) {
    if (!window.matches(at, "UBI#")) {
      // Erased blocks may lie between; anything else is no longer UBI.
      if (!window.isFilledWith(0xff, at, Math.min(EC_HEADER, window.size - at))) break;
    } else if (!window.has(at, EC_HEADER) || !isEraseHeaderWhole(window, at)) damaged++;
    else if (window.u32(at + 16) + EC_HEADER <= block) damaged += damagedVolumeHeader(window, at);
    end = at + block;
  }
  draft.announces(end, "UBI erase blocks").fact("erase block", block);
  draft.compare(
    "UBI headers",
    0,
    Math.min(end, window.size),
    "0 damaged",
    `${damaged} damaged`,
    "weak",
  );
  draft.fact("volumes", volumeNames(window, block, end).join(", "));
  return draft.done();
}

/** 1 when the volume header of a block does not fit its CRC, 0 when it does or is not there. */
function damagedVolumeHeader(window: Window, at: number): number {
  const header = at + window.u32(at + 16);
  return window.matches(header, "UBI!") && !isEraseHeaderWhole(window, header) ? 1 : 0;
}

function volumeNames(window: Window, block: number, end: number): string[] {
  for (let at = 0; at < end; at += block) {
    const header = at + window.u32(at + 16);
    const isLayout = window.matches(header, "UBI!") && window.u32(header + 8) === LAYOUT_VOLUME;
    if (!isLayout) continue;
    const table = at + window.u32(at + 20);
    const names: string[] = [];
    for (let index = 0; index < MAX_VOLUMES; index++) {
      const record = table + index * VOLUME_RECORD;
      const length = window.u16(record + 14);
      if (window.has(record, VOLUME_RECORD) && length > 0) {
        names.push(window.text(record + 16, Math.min(length, 128)));
      }
    }
    return names;
  }
  return [];
}

function readUbifs(scope: Scope): Part | undefined {
  const { window } = scope;
  const length = window.u32(16, true);
  if (!window.matches(0, [0x31, 0x18, 0x10, 0x06]) || length < 24) return undefined;
  const draft = new PartDraft(scope, "ubifs", "UBIFS root filesystem");
  draft.verify({
    name: "UBIFS first node CRC-32",
    from: 8,
    to: length,
    digest: JAMCRC32,
    stored: hex32(window.u32(4, true)),
    covers: [0, length],
  });
  return draft.done();
}

function readJffs2(scope: Scope): Part | undefined {
  const { window } = scope;
  const isLittle = window.matches(0, [0x85, 0x19]);
  const isJffs2 = (isLittle || window.matches(0, [0x19, 0x85])) && window.has(0, 12) &&
    zeroCrc32([window.bytes(0, 8)]) === window.u32(8, isLittle);
  if (!isJffs2) return undefined;
  return new PartDraft(scope, "jffs2", "JFFS2 filesystem")
    .announces(Math.max(window.u32(4, isLittle), window.size), "JFFS2 first node")
    .fact("byte order", isLittle ? "little-endian" : "big-endian")
    .done();
}

function readCramfs(scope: Scope): Part | undefined {
  const { window } = scope;
  if (!window.matches(0, [0x45, 0x3d, 0xcd, 0x28])) return undefined;
  return new PartDraft(scope, "cramfs", "cramfs").announces(window.u32(4, true), "cramfs size")
    .done();
}

const END_MARK = [0xde, 0xad, 0xc0, 0xde] as const;

function readEndMark(scope: Scope): Part | undefined {
  if (!scope.window.matches(0, END_MARK)) return undefined;
  return new PartDraft(scope, "openwrt-end-mark", "OpenWrt end-of-filesystem mark", 4)
    .explains("mark", 0, 4).done();
}

/** squashfs. */
export const SQUASHFS: Format = { id: "squashfs", read: readSquashfs };
/** UBI. */
export const UBI: Format = { id: "ubi", read: readUbi };
/** UBIFS. */
export const UBIFS: Format = { id: "ubifs", read: readUbifs };
/** JFFS2. */
export const JFFS2: Format = { id: "jffs2", read: readJffs2 };
/** cramfs. */
export const CRAMFS: Format = { id: "cramfs", read: readCramfs };
/** OpenWrt's end-of-filesystem mark. */
export const END_MARK_FORMAT: Format = { id: "openwrt-end-mark", read: readEndMark };
