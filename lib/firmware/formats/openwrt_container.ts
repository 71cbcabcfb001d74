/**
 * Images of OpenWrt's own making: sysupgrade archives (tar) and combined images (CI, CE).
 *
 * Source: openwrt scripts/combined-image.sh, combined-ext-image.sh, sysupgrade-tar.sh.
 *
 * @module
 */
import type { Window } from "../bytes.ts";
import { MD5 } from "../checksum.ts";
import { type Format, PartDraft, type Scope } from "../format.ts";
import type { Part } from "../inspection.ts";

const BLOCK = 512;
const MAX_ENTRIES = 4096;
const MAX_CONTROL = 1024;

interface Entry {
  readonly name: string;
  readonly at: number;
  readonly size: number;
}

/** Sum of a tar header, its own eight bytes taken as spaces. */
function isTarHeader(window: Window, at: number): boolean {
  if (!window.has(at, BLOCK)) return false;
  const field = window.bytes(at + 148, 8);
  let sum = 8 * 0x20;
  for (const byte of window.bytes(at, BLOCK)) sum += byte;
  for (const byte of field) sum -= byte;
  return parseInt(window.text(at + 148, 8).trim(), 8) === sum;
}

function readTar(scope: Scope): Part | undefined {
  const { window } = scope;
  if (!window.matches(257, "ustar")) return undefined;
  const entries: Entry[] = [];
  let position = 0;
  const isFirstWhole = isTarHeader(window, 0);
  while (entries.length < MAX_ENTRIES && isTarHeader(window, position)) {
    const size = parseInt(window.text(position + 124, 12), 8) || 0;
    entries.push({ name: window.text(position, 100), at: position + BLOCK, size });
    position += BLOCK + Math.ceil(size / BLOCK) * BLOCK;
  }
  const isSysupgrade = entries.some(({ name }) => /^sysupgrade-[^/]+\/CONTROL$/.test(name));
  const draft = isSysupgrade
    ? new PartDraft(scope, "openwrt-sysupgrade-tar", "OpenWrt sysupgrade archive (tar)")
      .is("sysupgrade")
    : new PartDraft(scope, "tar", "tar archive").notice({
      severity: "warning",
      code: "archive",
      message: "This is a tar archive; hardly any bootloader takes one",
      hint: "Unpack it first, or look for the image made for the bootloader",
    });
  draft.compare("tar header sum", 0, BLOCK, "fits", isFirstWhole ? "fits" : "does not fit", "weak");
  draft.fact("files", entries.map(({ name }) => name).slice(0, 8).join(", "));
  // Two blocks of zeros end an archive; OpenWrt's metadata may follow at once.
  const isEnded = window.isFilledWith(0, position, 2 * BLOCK);
  draft.announces(isEnded ? window.size : position + 2 * BLOCK, "tar end");
  if (!isEnded && window.has(position, 2 * BLOCK)) {
    draft.compare("tar entries", 0, window.size, "readable to the end", `broken at ${position}`);
  }
  for (const { name, at, size } of entries.slice(0, 16)) {
    if (isSysupgrade && name.endsWith("/CONTROL")) {
      for (const line of window.lines(at, Math.min(size, MAX_CONTROL))) {
        if (line.startsWith("BOARD=")) draft.mark("openwrt-board", line.slice("BOARD=".length));
      }
    } else if (size > 0) draft.holds(at, size);
  }
  return draft.done();
}

const COMBINED_START = 0x10000;
const CI_HEADER = /^CI([0-9a-f]{8})([0-9a-f]{8})([0-9a-f]{32})$/;

function readCi(scope: Scope): Part | undefined {
  const { window } = scope;
  const [, kernelText, rootfsText, md5 = ""] = CI_HEADER.exec(window.text(0, 50)) ?? [];
  if (kernelText === undefined || rootfsText === undefined) return undefined;
  const kernel = parseInt(kernelText, 16);
  const rootfs = parseInt(rootfsText, 16);
  const end = COMBINED_START + kernel + rootfs;
  const draft = new PartDraft(scope, "openwrt-ci", "OpenWrt combined image (CI)")
    .announces(end, "combined image length")
    .is("sysupgrade");
  draft.verify({
    name: "combined image MD5",
    from: COMBINED_START,
    to: end,
    digest: MD5,
    stored: md5,
  });
  return draft.explains("combined image header", 0, 50)
    .holds(COMBINED_START, kernel)
    .holds(COMBINED_START + kernel, rootfs)
    .done();
}

const CE_FILE = /^([\x20-\x7e]{32})([0-9a-f]{8})([0-9a-f]{32})/;
const CE_FIXED = 38;
const CE_ENTRY = 72;

function readCe(scope: Scope): Part | undefined {
  const { window } = scope;
  const [, type, countText] = /^CE01(.{32})([0-9a-f]{2})/.exec(window.text(0, CE_FIXED)) ?? [];
  if (type === undefined || countText === undefined) return undefined;
  const count = parseInt(countText, 16);
  const draft = new PartDraft(scope, "openmesh-ce", "Open-Mesh combined image (CE)")
    .is("factory-or-stock");
  for (const name of type.trim().split(",")) draft.mark("openmesh-type", name.trim());
  let position = COMBINED_START;
  let isListed = true;
  for (let index = 0; index < count; index++) {
    const at = CE_FIXED + index * CE_ENTRY;
    const entry = CE_FILE.exec(window.text(at, CE_ENTRY));
    const [, name = "", sizeText = "0", md5 = ""] = entry ?? [];
    isListed &&= entry !== null;
    const size = parseInt(sizeText, 16);
    draft.fact(`file ${name.trim()}`, `${size} bytes at ${position}`);
    draft.verify({
      name: `CE ${name.trim()} MD5`,
      from: position,
      to: position + size,
      digest: MD5,
      stored: md5,
    });
    draft.explains("CE size and MD5", at + 32, at + CE_ENTRY).holds(position, size);
    position += size;
  }
  draft.compare("CE file list", 0, 4, "readable", isListed ? "readable" : "broken");
  return draft.announces(position, "combined image length").done();
}

/** tar, and OpenWrt's sysupgrade archive. */
export const TAR: Format = { id: "tar", read: readTar };
/** OpenWrt combined image. */
export const COMBINED_CI: Format = { id: "openwrt-ci", read: readCi };
/** Open-Mesh combined image. */
export const COMBINED_CE: Format = { id: "openmesh-ce", read: readCe };
