/**
 * D-Link headers of the page-and-signature kind: WRG, WRGG, Cameo, DAP, DAP2 and Cameo switches.
 * Those without a magic number are told by their header length, their texts and a size that fits.
 *
 * Source: openwrt/firmware-utils src/mkwrgimg.c, mkwrggimg.c, mkcameofw.c, mkdapimg.c,
 * mkdapimg2.c; openwrt scripts/cameo-imghdr.py.
 *
 * @module
 */
import { hex32, type Window } from "../bytes.ts";
import { MD5, SUM32 } from "../checksum.ts";
import { type Format, PartDraft, type Scope } from "../format.ts";
import type { Part } from "../inspection.ts";

const NOTHING = new Uint8Array();
const WRG_MAGIC = 0x20040220;
const WRGG_MAGIC = 0x20080321;

/** Where the fields are that WRG and WRGG share. */
interface WrgLayout {
  readonly format: string;
  readonly title: string;
  readonly size: number;
  readonly offset: number;
  readonly md5: number;
  readonly payload: number;
}

function readWrgLayout(scope: Scope, layout: WrgLayout, size: number): PartDraft {
  const { window } = scope;
  const draft = new PartDraft(scope, layout.format, layout.title)
    .announces(layout.payload + size, "D-Link image size")
    .is("factory-or-stock")
    .mark("dlink-signature", window.text(0, 32))
    .fact("device name", window.text(layout.offset + 4, 32));
  // The MD5 reads the offset and device name fields, jumps over itself, and reads the payload.
  draft.verify({
    name: "D-Link MD5",
    from: layout.offset,
    to: layout.payload + size,
    digest: MD5,
    stored: window.hex(layout.md5, 16),
    instead: [{ at: layout.md5, bytes: NOTHING, length: layout.payload - layout.md5 }],
  });
  return draft.explains("D-Link magic and size", 32, layout.size + 4);
}

function readWrg(scope: Scope): Part | undefined {
  const { window } = scope;
  const isLittle = window.u32(32, true) === WRG_MAGIC;
  const isWrg = window.has(0, 96) && window.u32(36, isLittle) === WRG_MAGIC &&
    window.u32(32, isLittle) === WRG_MAGIC;
  if (!isWrg) return undefined;
  const layout = {
    format: "dlink-wrg",
    title: "D-Link image (WRG)",
    size: 40,
    offset: 44,
    md5: 80,
    payload: 96,
  };
  const size = window.u32(40, isLittle);
  return readWrgLayout(scope, layout, size).holds(layout.payload, size).done();
}

function readWrgg(scope: Scope): Part | undefined {
  const { window } = scope;
  const isWrgg = window.has(0, 160) && window.u32(32, true) === WRGG_MAGIC &&
    window.u32(36, true) === WRGG_MAGIC;
  if (!isWrgg) return undefined;
  const layout = {
    format: "dlink-wrgg",
    title: "D-Link image (WRGG)",
    size: 104,
    offset: 108,
    md5: 144,
    payload: 160,
  };
  // Little-endian in general, big-endian for the DAP series: the one that fits the file.
  const [little, big] = [window.u32(104, true), window.u32(104)];
  const size = layout.payload + little <= window.size ? little : Math.min(little, big);
  return readWrgLayout(scope, layout, size)
    .mark("dlink-model", window.text(56, 16))
    .fact("version", window.text(40, 16))
    .holds(layout.payload, size)
    .done();
}

const MODEL = /^[A-Z][A-Za-z0-9_/ -]{2,}$/;

function isModel(window: Window, offset: number, length: number): boolean {
  return MODEL.test(window.text(offset, length));
}

/** Where a header with a plain byte sum keeps its fields. */
interface SumLayout {
  readonly format: string;
  readonly title: string;
  readonly header: number;
  readonly sum: number;
  readonly size: number;
}

function readSummed(scope: Scope, layout: SumLayout): PartDraft {
  const { window } = scope;
  const { header } = layout;
  const size = window.u32(layout.size);
  const draft = new PartDraft(scope, layout.format, layout.title)
    .announces(header + size, "D-Link image size")
    .is("factory-or-stock");
  draft.verify({
    name: "D-Link byte sum",
    from: header,
    to: header + size,
    digest: SUM32,
    stored: hex32(window.u32(layout.sum)),
    strength: "weak",
  });
  return draft.holds(header, size);
}

function readCameo(scope: Scope): Part | undefined {
  const { window } = scope;
  const isCameo = window.has(0, 84) && window.u8(78) === 84 && isModel(window, 12, 20) &&
    window.u32(8) <= window.u32(4) && window.text(32, 30).includes("-");
  if (!isCameo) return undefined;
  const title = "D-Link image (Cameo)";
  return readSummed(scope, { format: "dlink-cameo", title, header: 84, sum: 0, size: 4 })
    .mark("dlink-model", window.text(12, 20))
    .mark("dlink-signature", window.text(32, 30))
    .fact("region", window.text(62, 4))
    .fact("version", window.text(66, 12))
    .done();
}

function readDap(scope: Scope): Part | undefined {
  const { window } = scope;
  const header = window.u8(55);
  const isDap = (header === 64 || header === 80) && window.has(0, header) &&
    isModel(window, 4, 20) && /^[\w-]+$/.test(window.text(24, 30));
  if (!isDap) return undefined;
  const title = "D-Link image (DAP)";
  return readSummed(scope, { format: "dlink-dap", title, header, sum: 0, size: 60 })
    .mark("dlink-model", window.text(4, 20))
    .mark("dlink-signature", window.text(24, 30))
    .done();
}

function readDap2(scope: Scope): Part | undefined {
  const { window } = scope;
  const isDap2 = window.u32(0, true) === 72 && window.has(0, 72) &&
    /^[A-Z][A-Z0-9-]{7,}$/.test(window.text(16, 32));
  if (!isDap2) return undefined;
  const title = "D-Link image (DAP, second kind)";
  return readSummed(scope, { format: "dlink-dap2", title, header: 72, sum: 4, size: 8 })
    .mark("dlink-signature", window.text(16, 32))
    .fact("version", window.text(48, 16))
    .fact("region", window.text(64, 8))
    .done();
}

function readCameoSwitch(scope: Scope): Part | undefined {
  const { window } = scope;
  const kind = window.text(24, 16);
  const isSwitch = window.has(0, 64) && window.u8(41) === 64 && window.u8(42) === 0 &&
    (kind === "os" || kind === "fs") && isModel(window, 4, 20);
  if (!isSwitch) return undefined;
  const title = "Cameo switch image";
  return readSummed(scope, { format: "cameo-switch", title, header: 64, sum: 0, size: 48 })
    .mark("dlink-model", window.text(4, 20))
    .fact("part", kind)
    .done();
}

/** D-Link WRG. */
export const WRG: Format = { id: "dlink-wrg", read: readWrg };
/** D-Link WRGG. */
export const WRGG: Format = { id: "dlink-wrgg", read: readWrgg };
/** D-Link Cameo. */
export const CAMEO: Format = { id: "dlink-cameo", read: readCameo };
/** D-Link DAP. */
export const DAP: Format = { id: "dlink-dap", read: readDap };
/** D-Link DAP, second kind. */
export const DAP2: Format = { id: "dlink-dap2", read: readDap2 };
/** Cameo switches. */
export const CAMEO_SWITCH: Format = { id: "cameo-switch", read: readCameoSwitch };
