/**
 * TP-Link's 512-byte headers, version 1 and versions 2/3, with and without a boot part, and the
 * files with filler in front that some of its loaders want.
 *
 * A stock file with "boot" in its name is: an outer header, a bootloader, and a second whole header
 * with the firmware. The outer header tells by a boot length that is not zero; that length is not
 * what must be cut: the second header is found and cut up to.
 *
 * Source: openwrt/firmware-utils src/mktplinkfw.c, mktplinkfw2.c; loaders: openwrt commits
 * 24043a0d2e, 8375623a06, 01dcd574a2.
 *
 * @module
 */
import { hex32, type Window } from "../bytes.ts";
import { MD5 } from "../checksum.ts";
import { bootPartNotice, type Format, PartDraft, type Scope } from "../format.ts";
import type { Part } from "../inspection.ts";

const HEADER = 0x200;
const MAX_BOOT_PART = 0x60000;
const BOOT_STEP = 0x10000;
const FILLERS = [0x10000, 0x20000, 0x30000] as const;
const SPLIT_BOOT_HEADER = 0x50000;

/** Offsets of the fields that both structures have. */
interface Layout {
  readonly structure: 1 | 2;
  readonly hwId: number;
  readonly hwRevision: number;
  readonly md5: number;
  readonly length: number;
  readonly plainSalt: string;
  readonly bootSalt: string;
}

const VERSION_1: Layout = {
  structure: 1,
  hwId: 0x40,
  hwRevision: 0x44,
  md5: 0x4c,
  length: 0x7c,
  plainSalt: "dcd73aa5c39598fbddf9e7f40eae4738",
  bootSalt: "8cef335bd5c5cefaa79c28dab2e90f42",
};

const VERSION_2: Layout = {
  structure: 2,
  hwId: 0x34,
  hwRevision: 0x38,
  md5: 0x40,
  length: 0x70,
  plainSalt: "dcd73aa5c39598fbdcf9e7f40eae4737",
  bootSalt: "8cef335fd5c5cefaac9c28dab2e90f42",
};

/** Which header starts at `at`; version byte 2 is used by both structures. */
function layoutAt(window: Window, at: number): Layout | undefined {
  if (!window.has(at, HEADER) || !window.isFilledWith(0, at + 1, 3)) return undefined;
  const version = window.u8(at);
  if (version !== 1 && version !== 2 && version !== 3) return undefined;
  if (version !== 1 && window.matches(at + 0x8c, [0x55, 0xaa]) && window.u8(at + 0x90) === 0xa5) {
    return VERSION_2;
  }
  const hasVendor = /^[A-Za-z][\w .-]+$/.test(window.text(at + 4, 24));
  const isPlausible = hasVendor && window.isFilledWith(0, at + 0x9e, 0x120 - 0x9e) &&
    window.u32(at + 0x80) >= HEADER;
  return version !== 3 && isPlausible ? VERSION_1 : undefined;
}

function fromHex(text: string): Uint8Array {
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}

/** Where the second header of a file with a boot part is. */
function secondHeaderIn(window: Window, layout: Layout): number | undefined {
  const candidates = [0x20200, 0x10200];
  for (let boot = BOOT_STEP; boot <= MAX_BOOT_PART; boot += BOOT_STEP) {
    candidates.push(HEADER + boot);
  }
  return candidates.find((at) =>
    layoutAt(window, at) === layout && window.u8(at) === window.u8(0) &&
    window.u32(at + layout.hwId) === window.u32(layout.hwId)
  );
}

function read(scope: Scope): Part | undefined {
  const { window } = scope;
  const layout = layoutAt(window, 0);
  if (layout === undefined) return undefined;
  const version = window.u8(0);
  const draft = new PartDraft(scope, `tplink-v${version}`, `TP-Link header version ${version}`);
  const second = secondHeaderIn(window, layout);
  const bootLength = window.u32(layout.structure === 1 ? 0x94 : 0x88);
  const hasBootPart = bootLength !== 0 || second !== undefined;
  const isMd5Blank = window.isFilledWith(0, layout.md5, 16);
  if (!isMd5Blank) verifyMd5(window, draft, layout, hasBootPart);
  describe(window, draft, layout);
  if (hasBootPart) readBootFile(scope, draft, layout, second);
  else readFirmware(window, draft, layout);
  return draft.done();
}

function verifyMd5(window: Window, draft: PartDraft, layout: Layout, hasBootPart: boolean): void {
  draft.verify({
    name: hasBootPart ? "TP-Link MD5 (file with boot part)" : "TP-Link MD5",
    from: 0,
    to: window.size,
    digest: MD5,
    stored: window.hex(layout.md5, 16),
    instead: [{ at: layout.md5, bytes: fromHex(hasBootPart ? layout.bootSalt : layout.plainSalt) }],
  });
}

function describe(window: Window, draft: PartDraft, layout: Layout): void {
  const hwId = hex32(window.u32(layout.hwId));
  const isFirst = layout.structure === 1;
  const addition = hex32(window.u32(0x3c));
  draft.mark("tplink-hw-id", isFirst ? hwId : `${hwId}+${addition}`);
  const vendor = isFirst ? window.text(4, 24) : "";
  const version = isFirst ? window.text(0x1c, 36) : window.text(4, 48);
  draft.fact("vendor", vendor).fact("version", version).fact("hardware id", hwId);
  draft.fact("hardware revision", window.u32(layout.hwRevision));
  if (!isFirst) draft.fact("additional hardware version", addition);
  const region = isFirst ? window.text(0x120, 32) : "";
  draft.fact("regions", region);
  draft.fact("firmware length", window.u32(layout.length));
  if (/openwrt/i.test(vendor)) draft.is("factory");
}

/** A file without boot part: kernel and root filesystem, offsets from its start. */
function readFirmware(window: Window, draft: PartDraft, layout: Layout): void {
  const isFirst = layout.structure === 1;
  const stated = window.u32(layout.length);
  const kernel = {
    at: window.u32(isFirst ? 0x80 : 0x74),
    length: window.u32(isFirst ? 0x84 : 0x78),
  };
  const rootfs = {
    at: window.u32(isFirst ? 0x88 : 0x7c),
    length: window.u32(isFirst ? 0x8c : 0x80),
  };
  const needed = Math.max(
    kernel.at + kernel.length,
    rootfs.length === 0 ? 0 : rootfs.at + rootfs.length,
  );
  if (needed > window.size) {
    draft.isShort("TP-Link kernel and root filesystem", needed, window.size);
  }
  const isStripped = stated > window.size;
  const isPadded = stated === window.size;
  if (stated === 0 && rootfs.length === 0) draft.is("initramfs");
  else if (isStripped) draft.is("sysupgrade");
  else if (isPadded) draft.is("factory-or-stock");
  if (layout.structure === 2 && isPadded) offerFillers(window, draft);
  draft.holds(kernel.at, kernel.length);
  if (rootfs.length > 0) draft.holds(rootfs.at, rootfs.length);
}

/** Loaders that skip the first 64 or 128 KiB of the file want as many bytes in front of it. */
function offerFillers({ start, size }: Window, draft: PartDraft): void {
  const shapes = [["header-at-64k", 0x10000], ["header-at-128k", 0x20000]] as const;
  for (const [shape, zeros] of shapes) {
    draft.offer({
      shape,
      cut: { zeros, from: start, to: start + size },
      description: `Put ${zeros} zero bytes in front`,
    });
  }
}

/** A file with boot part: the second header and all that follows is a firmware of its own. */
function readBootFile(
  { window, inside }: Scope,
  draft: PartDraft,
  layout: Layout,
  second: number | undefined,
): void {
  draft.is("stock");
  if (second === undefined) {
    draft.notice(bootPartNotice("a TP-Link boot part; the firmware behind it was not found"));
    return;
  }
  const inner = window.u32(second + layout.length);
  // Some DSL models carry a further part at the end; only the inner length belongs to the router.
  const to = inner > 0 ? Math.min(window.size, second + inner) : window.size;
  const [firmware] = inside(second, to - second);
  if (firmware !== undefined) draft.contains(firmware);
  draft.fact("boot part", `${second - HEADER} bytes at ${HEADER}`);
  draft.notice(bootPartNotice(`${second - HEADER} bytes in front of the firmware`));
  draft.offer({
    shape: "header-first",
    cut: { zeros: 0, from: window.start + second, to: window.start + to },
    description: `Leave out the first ${second} bytes (outer header and bootloader)`,
  });
  const boot = second - HEADER;
  if (boot !== 0x10000 && boot !== 0x20000) return;
  draft.offer({
    shape: boot === 0x10000 ? "header-at-64k" : "header-at-128k",
    cut: { zeros: 0, from: window.start + HEADER, to: window.start + to },
    description: `Leave out the first ${HEADER} bytes (outer header), keep the bootloader`,
  });
}

/**
 * A header behind 64, 128 or 192 KiB of filler, or behind a bootloader: made for the loaders that
 * leave the front out, or write from flash offset 0.
 */
function readRecovery(scope: Scope): Part | undefined {
  const { window, inside } = scope;
  const at = [...FILLERS, SPLIT_BOOT_HEADER].find((offset) =>
    layoutAt(window, offset) === VERSION_2
  );
  if (at === undefined) return undefined;
  const draft = new PartDraft(scope, "tplink-recovery", "TP-Link recovery file")
    .is("tftp-recovery");
  const zeros = at === SPLIT_BOOT_HEADER ? 0x30000 : at;
  const hasZeros = window.isFilledWith(0, 0, zeros);
  const boot = hasZeros ? at - zeros : at;
  if (hasZeros) draft.fact("filler", `${zeros} zero bytes`).explains("filler", 0, zeros);
  if (boot > 0) draft.notice(bootPartNotice(`${boot} bytes at ${at - boot}`));
  draft.offer({
    shape: "header-first",
    cut: { zeros: 0, from: window.start + at, to: window.start + window.size },
    description: `Leave out the first ${at} bytes`,
  });
  const [firmware] = inside(at, window.size - at);
  if (firmware !== undefined) draft.contains(firmware);
  return draft.done();
}

/** TP-Link header, versions 1, 2 and 3. */
export const TPLINK_HEADER: Format = { id: "tplink-header", read };
/** TP-Link recovery file with something in front. */
export const TPLINK_RECOVERY: Format = { id: "tplink-recovery", read: readRecovery };
