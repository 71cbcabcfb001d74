/**
 * D-Link: SEAMA (also NEC, Western Digital, Qihoo), the encrypted SHRS files, JBOOT (DWR, DIR-510L)
 * and its "AI" recovery files, and the tail of D-Link Russia.
 *
 * Source: openwrt/firmware-utils src/seama.c, dlink-sge-image.c, mkdlinkfw.c, mkdlinkfw-lib.c.
 *
 * @module
 */
import { hex16, hex32, type Window } from "../bytes.ts";
import { CRC32, type Digest, foldedSum16, MD5, SHA512 } from "../checksum.ts";
import { type Format, PartDraft, type Scope, type TrailerFormat } from "../format.ts";
import type { Part } from "../inspection.ts";

const SEAMA_HEADER = 12;
const MAX_META = 4096;

function readSeama(scope: Scope): Part | undefined {
  const { window } = scope;
  const metaSize = window.u16(6);
  const isSeama = window.matches(0, [0x5e, 0xa3, 0xa4, 0x17]) && window.u16(4) === 0 &&
    metaSize < MAX_META && metaSize % 4 === 0;
  if (!isSeama) return undefined;
  const imageSize = window.u32(8);
  const isSeal = imageSize === 0;
  const meta = SEAMA_HEADER + (isSeal ? 0 : 16);
  const image = meta + metaSize;
  const draft = new PartDraft(scope, "seama", isSeal ? "D-Link SEAMA image" : "SEAMA entity");
  if (!isSeal) draft.announces(image + imageSize, "SEAMA image size");
  readMeta(window, draft, meta, metaSize);
  if (isSeal) {
    draft.explains("SEAMA header", 0, SEAMA_HEADER);
    return draft.is("factory-or-stock").holds(image, window.size - image).done();
  }
  draft.verify({
    name: "SEAMA MD5",
    from: image,
    to: image + imageSize,
    digest: MD5,
    stored: window.hex(SEAMA_HEADER, 16),
  });
  // Header and MD5 are proven by the MD5 fitting exactly these bytes.
  draft.explains("SEAMA header", 0, SEAMA_HEADER + 16);
  return draft.holds(image, imageSize).done();
}

function readMeta(window: Window, draft: PartDraft, from: number, length: number): void {
  let position = from;
  while (position < from + length) {
    const entry = window.text(position, from + length - position);
    if (entry.startsWith("signature=")) {
      draft.mark("seama-signature", entry.slice("signature=".length));
    } else if (entry.includes("=")) {
      const equals = entry.indexOf("=");
      draft.fact(entry.slice(0, equals), entry.slice(equals + 1));
    }
    position += entry.length + 1;
  }
}

const SHRS_DATA = 1756;
const SHRS_FOOTER = 5;

function readShrs(scope: Scope): Part | undefined {
  const { window } = scope;
  if (!window.matches(0, "SHRS") || !window.has(0, SHRS_DATA)) return undefined;
  const encrypted = window.u32(8);
  const plain = window.u32(4);
  const draft = new PartDraft(scope, "dlink-shrs", "D-Link encrypted image (SHRS)")
    .announcesExactly(SHRS_DATA + encrypted + SHRS_FOOTER, "SHRS length")
    .is("factory-or-stock");
  draft.compare(
    "SHRS lengths",
    4,
    12,
    String((Math.floor(plain / 16) + 1) * 16),
    String(encrypted),
  );
  draft.verify({
    name: "SHRS SHA-512",
    from: SHRS_DATA,
    to: SHRS_DATA + encrypted,
    digest: SHA512,
    stored: window.hex(156, 64),
  });
  draft.fact("plain length", plain).isSigned("present");
  return draft.notice({
    severity: "warning",
    code: "encrypted",
    message: "This file is encrypted for the web page; bootloaders want the decrypted image",
    hint: 'Look for a "recovery" image for this device',
  }).done();
}

const LOW_FOLD: Digest = (pieces) => hex16(foldedSum16(pieces[0] ?? new Uint8Array(), true));
const AUH = 80;
const STAG = 16;
const SCH2 = 40;

function readAuh(scope: Scope): Part | undefined {
  const { window } = scope;
  const isAuh = window.has(0, AUH) && window.u16(64, true) === 0x4842 &&
    window.u16(66, true) === 2 && /^[A-Z]{3}[0-9A-Z]{9}$/.test(window.text(0, 12));
  if (!isAuh) return undefined;
  const length = window.u32(44, true);
  const draft = new PartDraft(scope, "dlink-jboot", "D-Link image (JBOOT)")
    .announces(AUH + length, "JBOOT data length")
    .is("factory-or-stock")
    .mark("jboot-rom-id", window.text(0, 12))
    .fact("family", hex16(window.u16(76, true)));
  draft.verify({
    name: "JBOOT header sum",
    from: 0,
    to: AUH,
    digest: LOW_FOLD,
    stored: "ffff",
    strength: "weak",
  });
  draft.verify({
    name: "JBOOT data sum",
    from: AUH,
    to: AUH + length,
    digest: LOW_FOLD,
    stored: hex16(window.u16(14, true)),
    strength: "weak",
  });
  return draft.holds(AUH, length).done();
}

function readStag(scope: Scope): Part | undefined {
  const { window } = scope;
  const isStag = window.u16(2, true) === 0x2b24 && window.u16(STAG, true) === 0x2124 &&
    window.has(0, STAG + SCH2);
  if (!isStag) return undefined;
  const tagged = window.u32(8, true);
  const kernel = window.u32(STAG + 8, true);
  const draft = new PartDraft(scope, "dlink-stag", "JBOOT kernel and root filesystem")
    .announces(STAG + tagged, "STAG length");
  draft.verify({
    name: "STAG sum",
    from: STAG,
    to: STAG + tagged,
    digest: LOW_FOLD,
    stored: hex16(window.u16(12, true)),
    strength: "weak",
  });
  const tag = Uint8Array.from(window.bytes(0, 14));
  // The first byte is summed as the id, whatever mark it carries now.
  tag[0] = window.u8(1);
  const tagSum = hex16(~foldedSum16(tag, true));
  draft.compare("STAG header sum", 0, STAG, hex16(window.u16(14, true)), tagSum, "weak");
  draft.verify({
    name: "SCH2 header CRC-32",
    from: STAG,
    to: STAG + SCH2,
    digest: CRC32,
    stored: hex32(window.u32(STAG + 32, true)),
    instead: [{ at: STAG + 32, bytes: new Uint8Array(4) }],
  });
  draft.verify({
    name: "SCH2 kernel CRC-32",
    from: STAG + SCH2,
    to: STAG + SCH2 + kernel,
    digest: CRC32,
    stored: hex32(window.u32(STAG + 12, true)),
  });
  draft.holds(STAG + SCH2, kernel);
  const rootfs = window.u32(STAG + 24, true);
  if (rootfs === 0) return draft.done();
  const at = STAG + tagged;
  draft.announces(at + rootfs, "JBOOT root filesystem length");
  draft.verify({
    name: "SCH2 rootfs CRC-32",
    from: at,
    to: at + rootfs,
    digest: CRC32,
    stored: hex32(window.u32(STAG + 28, true)),
  });
  return draft.holds(at, rootfs).done();
}

const RU_MARK = [0x00, 0xc0, 0xff, 0xee] as const;

function readRuTail(scope: Scope): Part | undefined {
  const { window } = scope;
  const at = window.size - 4;
  if (at <= 0 || !window.matches(at, RU_MARK)) return undefined;
  return new PartDraft(scope, "dlink-ru", "D-Link Russia signature", 4, at).isSigned("present")
    .done();
}

/** D-Link SEAMA. */
export const SEAMA: Format = { id: "seama", read: readSeama };
/** D-Link SHRS. */
export const SHRS: Format = { id: "dlink-shrs", read: readShrs };
/** D-Link JBOOT factory and "AI" recovery. */
export const JBOOT: Format = { id: "dlink-jboot", read: readAuh };
/** D-Link JBOOT sysupgrade. */
export const JBOOT_STAG: Format = { id: "dlink-stag", read: readStag };
/** Tail of D-Link Russia. */
export const DLINK_RU: TrailerFormat = { id: "dlink-ru", readEnd: readRuTail };
