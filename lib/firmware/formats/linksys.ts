/**
 * Linksys and Gemtek: the footer of EA/MR/WHW images, CHDR, Gemtek headers and trailers, WRT400N.
 *
 * Source: openwrt include/image-commands.mk, ramips mt7621.mk; openwrt/firmware-utils
 * src/linksys-addfwhdr.c, mkheader_gemtek.c, wrt400n.c.
 *
 * @module
 */
import { hex32 } from "../bytes.ts";
import { CKSUM, CRC32, type Digest, JAMCRC32, zeroCrc32 } from "../checksum.ts";
import { type Format, PartDraft, piecesOf, type Scope, type TrailerFormat } from "../format.ts";
import type { Part } from "../inspection.ts";

/** Both vendors write it in capitals. */
const CKSUM_TEXT: Digest = (pieces) => CKSUM(pieces).toUpperCase();
const FOOTER = 256;

function readFooter(scope: Scope): Part | undefined {
  const { window } = scope;
  const at = window.size - FOOTER;
  if (at <= 0 || !window.matches(at, ".LINKSYS.")) return undefined;
  const draft = new PartDraft(scope, "linksys-footer", "Linksys footer", FOOTER, at);
  draft.verify({
    name: "Linksys cksum",
    from: 0,
    to: at,
    digest: CKSUM_TEXT,
    stored: window.text(at + 32, 8),
  });
  draft.explains("footer mark", at, at + 9).explains("footer sum", at + 32, at + 40);
  const isFixed = window.matches(at + 9, "01000409") && window.matches(at + 40, "0       ") &&
    window.matches(at + 48, "K0000000F0246434");
  if (isFixed) {
    draft.explains("footer fields", at + 9, at + 17).explains("footer fields", at + 40, at + 64);
  }
  return draft.is("factory-or-stock").mark("linksys-type", window.text(at + 17, 15)).done();
}

const GEMTEK_TAIL = 16;

function readGemtekTrailer(scope: Scope): Part | undefined {
  const { window } = scope;
  const at = window.size - GEMTEK_TAIL;
  if (at <= 0 || !window.matches(at, ".GEMTEK.")) return undefined;
  const draft = new PartDraft(scope, "gemtek-trailer", "Gemtek trailer", GEMTEK_TAIL, at);
  draft.verify({
    name: "Gemtek cksum",
    from: 0,
    to: at,
    digest: CKSUM_TEXT,
    stored: window.text(at + 8, 8),
    covers: [0, window.size],
  });
  return draft.is("factory-or-stock").done();
}

function readChdr(scope: Scope): Part | undefined {
  const { window } = scope;
  const length = window.u32(4, true);
  if (!window.matches(0, "CHDR") || length < 16) return undefined;
  const draft = new PartDraft(scope, "linksys-chdr", "Linksys image (CHDR)")
    .announces(length, "CHDR length")
    .is("factory-or-stock");
  draft.verify({
    name: "CHDR CRC-32",
    from: 12,
    to: length,
    digest: JAMCRC32,
    stored: hex32(window.u32(8, true)),
    covers: [0, length],
  });
  return draft.holds(16, length - 16).done();
}

const GEMTEK_HEADER = 32;

function readGemtek(scope: Scope): Part | undefined {
  const { window } = scope;
  const length = window.u32(12, true);
  const isGemtek = (window.matches(0, "GMTK") || window.matches(0, "A600")) &&
    length >= GEMTEK_HEADER;
  if (!isGemtek) return undefined;
  const draft = new PartDraft(scope, "gemtek", "Gemtek image")
    .announces(length, "Gemtek length")
    .is("factory-or-stock");
  draft.verify({
    name: "Gemtek CRC-32",
    from: 0,
    to: length,
    digest: CRC32,
    stored: hex32(window.u32(16, true)),
    instead: [{ at: 16, bytes: new Uint8Array(4) }],
  });
  return draft.mark("gemtek-product", hex32(window.u32(8, true)))
    .fact("version", window.text(4, 4))
    .holds(GEMTEK_HEADER, length - GEMTEK_HEADER)
    .done();
}

const WRT400N_HEADER = 60;
const WRT400N_KERNEL = 0x100000;
const WRT400N_ROOTFS = 0x2fffc4;

function readWrt400n(scope: Scope): Part | undefined {
  const { window } = scope;
  if (!window.matches(4, "GMTKRT400N") || !window.has(0, WRT400N_HEADER)) return undefined;
  const kernel = window.u32(16);
  const rootfs = window.u32(24);
  const draft = new PartDraft(scope, "linksys-wrt400n", "Linksys WRT400N image")
    .announces(window.u32(40), "WRT400N length")
    .is("factory-or-stock")
    .mark("gemtek-product", "WRT400N");
  const end = WRT400N_HEADER + kernel + rootfs;
  if (end > window.u32(40)) draft.isShort("WRT400N parts", end, window.u32(40));
  draft.verify({
    name: "WRT400N CRC-32",
    from: WRT400N_HEADER,
    to: end,
    digest: CRC32,
    stored: hex32(window.u32(0)),
  });
  comparePadded(scope, draft, "WRT400N kernel sum", [WRT400N_HEADER, kernel], WRT400N_KERNEL, 32);
  comparePadded(
    scope,
    draft,
    "WRT400N rootfs sum",
    [WRT400N_HEADER + kernel, rootfs],
    WRT400N_ROOTFS,
    36,
  );
  return draft.holds(WRT400N_HEADER, kernel).holds(WRT400N_HEADER + kernel, rootfs).done();
}

/** The loader sums each part as it lies in flash: filled up with FF. */
function comparePadded(
  { window, spend }: Scope,
  draft: PartDraft,
  name: string,
  [from, length]: readonly [number, number],
  padded: number,
  at: number,
): void {
  if (!window.has(from, length) || length > padded || !spend(padded)) return;
  const filling = new Uint8Array(padded - length).fill(0xff);
  const computed = hex32(zeroCrc32([...piecesOf(window, from, from + length), filling]));
  draft.compare(name, at, at + 4, hex32(window.u32(at)), computed);
}

/** Linksys footer. */
export const LINKSYS_FOOTER: TrailerFormat = { id: "linksys-footer", readEnd: readFooter };
/** Gemtek trailer. */
export const GEMTEK_TRAILER: TrailerFormat = {
  id: "gemtek-trailer",
  readEnd: readGemtekTrailer,
};
/** Linksys CHDR. */
export const LINKSYS_CHDR: Format = { id: "linksys-chdr", read: readChdr };
/** Gemtek header. */
export const GEMTEK: Format = { id: "gemtek", read: readGemtek };
/** Linksys WRT400N. */
export const WRT400N: Format = { id: "linksys-wrt400n", read: readWrt400n };
