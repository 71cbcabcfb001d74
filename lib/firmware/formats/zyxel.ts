/**
 * Zyxel: RAS, zytrx and ZyNOS files, and the Keenetic trailer.
 *
 * Source: openwrt/firmware-utils src/mkrasimage.c, zytrx.c, zynos.h, zyimage.c.
 *
 * @module
 */
import { hex32, type Window } from "../bytes.ts";
import { JAMCRC32, systemVSum, SYSVSUM } from "../checksum.ts";
import { type Format, PartDraft, piecesOf, type Scope, type TrailerFormat } from "../format.ts";
import type { Part } from "../inspection.ts";

const RAS_SUMMED = 2048;
const RAS_HEADERS = [0x10000, 0x20000] as const;
const UNUSED = 0xffffffff;
const MAX_RAS_PART = 0x10000000;

/** Sum over the first 2048 bytes, in which the root filesystem's sum stands for the header's own. */
function rasHeaderSum(window: Window): string {
  const rootfsSum = window.bytes(0, 4);
  return hex32(systemVSum(piecesOf(window, 0, RAS_SUMMED, [{ at: 40, bytes: rootfsSum }])));
}

function readRas(scope: Scope): Part | undefined {
  const { window } = scope;
  const model = window.text(44, 64);
  const rootfs = window.u32(4);
  const isPlausible = window.has(0, RAS_SUMMED) && /^[\w-]{3,}$/.test(model) &&
    /^[\w.()-]{3,}$/.test(window.text(8, 32)) && rootfs > 0 && rootfs < MAX_RAS_PART;
  if (!isPlausible) return undefined;
  const statedKernel = window.u32(112);
  const kernel = statedKernel === UNUSED ? 0 : statedKernel;
  const header = RAS_HEADERS.find((length) => length + rootfs + kernel === window.size) ??
    (window.isFilledWith(0xff, RAS_HEADERS[0], RAS_HEADERS[0]) ? RAS_HEADERS[1] : RAS_HEADERS[0]);
  const draft = new PartDraft(scope, "zyxel-ras", "Zyxel image (RAS)")
    .announcesExactly(header + rootfs + kernel, "RAS length")
    .is("factory-or-stock")
    .mark("zyxel-board", model)
    .fact("version", window.text(8, 32));
  draft.compare(
    "RAS header sum",
    0,
    RAS_SUMMED,
    hex32(window.u32(40)),
    rasHeaderSum(window),
    "weak",
  );
  draft.verify({
    name: "RAS rootfs sum",
    from: header,
    to: header + rootfs,
    digest: SYSVSUM,
    stored: hex32(window.u32(0)),
    strength: "weak",
  });
  if (kernel > 0) {
    draft.verify({
      name: "RAS kernel sum",
      from: header + rootfs,
      to: header + rootfs + kernel,
      digest: SYSVSUM,
      stored: hex32(window.u32(108)),
      strength: "weak",
    });
  }
  return draft.holds(header, rootfs).holds(header + rootfs, kernel).done();
}

const ZYTRX_HEADER = 380;

function readZytrx(scope: Scope): Part | undefined {
  const { window } = scope;
  const isZytrx = window.matches(0, "0RDH") && window.u32(4) === ZYTRX_HEADER &&
    window.has(0, ZYTRX_HEADER);
  if (!isZytrx) return undefined;
  const total = window.u32(8);
  const draft = new PartDraft(scope, "zyxel-zytrx", "Zyxel image (zytrx)")
    .announces(total, "zytrx length")
    .is("factory-or-stock")
    .mark("zyxel-board", window.text(268, 16))
    .fact("chip", window.text(260, 8))
    .fact("model id", hex32(window.u32(284)));
  draft.verify({
    name: "zytrx header CRC-32",
    from: 0,
    to: ZYTRX_HEADER,
    digest: JAMCRC32,
    stored: hex32(window.u32(372)),
    instead: [{ at: 372, bytes: new Uint8Array(4) }],
  });
  draft.verify({
    name: "zytrx payload CRC-32",
    from: ZYTRX_HEADER,
    to: total,
    digest: JAMCRC32,
    stored: hex32(window.u32(12)),
  });
  return draft.holds(ZYTRX_HEADER, total - ZYTRX_HEADER).done();
}

const ROMBIN_HEADER = 48;

function readRombin(scope: Scope): Part | undefined {
  const { window } = scope;
  const isRombin = window.matches(6, "SIG") && window.u16(4) === 0 &&
    window.has(0, ROMBIN_HEADER) && /^[\w.()|-]+/.test(window.text(24, 15));
  if (!isRombin) return undefined;
  return new PartDraft(scope, "zyxel-zynos", "ZyNOS image")
    .is("factory-or-stock")
    .fact("version", window.text(24, 15))
    .holds(ROMBIN_HEADER, window.size - ROMBIN_HEADER)
    .done();
}

const ZNBG = 60;

function readZnbg(scope: Scope): Part | undefined {
  const { window } = scope;
  const at = window.size - ZNBG;
  if (at <= 0 || !window.matches(at, "ZNBG")) return undefined;
  const draft = new PartDraft(scope, "keenetic", "Keenetic trailer (ZNBG)", ZNBG, at)
    .is("factory-or-stock")
    .mark("keenetic-id", hex32(window.u32(at + 4, true)))
    .fact("name", window.text(at + 8, 48));
  draft.verify({
    name: "ZNBG CRC-32",
    from: 0,
    to: at,
    digest: JAMCRC32,
    stored: hex32(window.u32(at + 56, true)),
  });
  return draft.explains("ZNBG mark", at, at + 4).explains("ZNBG sum", at + 56, at + 60).done();
}

/** Zyxel RAS. */
export const RAS: Format = { id: "zyxel-ras", read: readRas };
/** Zyxel zytrx. */
export const ZYTRX: Format = { id: "zyxel-zytrx", read: readZytrx };
/** ZyNOS. */
export const ZYNOS: Format = { id: "zyxel-zynos", read: readRombin };
/** Keenetic trailer. */
export const KEENETIC: TrailerFormat = { id: "keenetic", readEnd: readZnbg };
