/**
 * Xiaomi HDR1: a CRC over everything, named parts, and an RSA signature at the end.
 *
 * Source: openwrt/firmware-utils src/xiaomifw.c.
 *
 * @module
 */
import { hex16, hex32 } from "../bytes.ts";
import { JAMCRC32 } from "../checksum.ts";
import { bootPartNotice, type Format, PartDraft, type Scope } from "../format.ts";
import type { Part } from "../inspection.ts";

const FIRST_BLOB = 48;
const BLOB_HEADER = 48;
const BLOB_MAGIC = 0xbabe;
const RSA = 256;
const BLOB_UBOOT = 1;
const MAX_BLOBS = 8;

function read(scope: Scope): Part | undefined {
  const { window } = scope;
  const isXiaomi = window.matches(0, "HDR1") && window.u32(16, true) === FIRST_BLOB &&
    window.has(0, FIRST_BLOB + BLOB_HEADER);
  if (!isXiaomi) return undefined;
  const signature = window.u32(4, true);
  const draft = new PartDraft(scope, "xiaomi", "Xiaomi image (HDR1)")
    .is("factory-or-stock")
    .mark("xiaomi-id", hex16(window.u16(14, true)));
  draft.verify({
    name: "Xiaomi CRC-32",
    from: 12,
    to: window.size,
    digest: JAMCRC32,
    stored: hex32(window.u32(8, true)),
    covers: [8, window.size],
  });
  // An unsigned file has room for the usual signature and a size of 0.
  const size = window.u32(signature, true) || RSA;
  draft.announcesExactly(signature + 16 + size, "Xiaomi signature end")
    .explains("Xiaomi magic and signature offset", 0, 8)
    .isSigned(window.isFilledWith(0, signature + 16, size) ? "empty" : "present");
  for (let index = 0; index < MAX_BLOBS; index++) {
    const at = window.u32(16 + 4 * index, true);
    if (at === 0 || !window.has(at, BLOB_HEADER)) continue;
    if (window.u32(at, true) !== BLOB_MAGIC) continue;
    const length = window.u32(at + 8, true);
    const name = window.text(at + 16, 32);
    draft.fact(`part ${name}`, `${length} bytes at ${at + BLOB_HEADER}`);
    if (!window.has(at + BLOB_HEADER, length)) {
      draft.isShort(`Xiaomi part "${name}"`, at + BLOB_HEADER + length, window.size);
    } else if (window.u16(at + 12, true) === BLOB_UBOOT) draft.notice(bootPartNotice(name));
    else draft.holds(at + BLOB_HEADER, length);
  }
  return draft.done();
}

/** The newer header: its fields are not public, so nothing in it is checked. */
function readNewer(scope: Scope): Part | undefined {
  const { window } = scope;
  if (!window.matches(0, "HDR2") || window.u32(16, true) !== FIRST_BLOB) return undefined;
  return new PartDraft(scope, "xiaomi-hdr2", "Xiaomi image (HDR2)").is("stock").done();
}

/** Xiaomi HDR1. */
export const XIAOMI: Format = { id: "xiaomi", read };
/** Xiaomi HDR2. */
export const XIAOMI_HDR2: Format = { id: "xiaomi-hdr2", read: readNewer };
