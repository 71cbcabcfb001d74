/**
 * Broadcom DSL and newer: the bcm963xx image tag, and the 20 bytes at the end of WFI and BCM4908
 * images with ASUS's 64 bytes before them.
 *
 * Source: openwrt/firmware-utils src/imagetag.c, bcm_tag.h, bcm4908asus.c.
 *
 * @module
 */
import { hex32, type Window } from "../bytes.ts";
import { JAMCRC32 } from "../checksum.ts";
import {
  bootPartNotice,
  type Format,
  PartDraft,
  type Scope,
  type TrailerFormat,
} from "../format.ts";
import type { Part } from "../inspection.ts";

const TAG = 256;

/** Numbers are decimal text in this header. */
function decimal(window: Window, offset: number, length: number): number {
  const text = window.text(offset, length);
  return /^\d+$/.test(text) ? Number(text) : 0;
}

function readTag(scope: Scope): Part | undefined {
  const { window } = scope;
  const isTag = window.has(0, TAG) && /^\d$/.test(window.text(0, 4)) &&
    window.matches(4, "Broadcom") && decimal(window, 62, 10) > 0;
  if (!isTag) return undefined;
  const total = decimal(window, 62, 10);
  const boot = decimal(window, 84, 10);
  const draft = new PartDraft(scope, "bcm963xx", "Broadcom DSL image (image tag)")
    .announces(TAG + total, "image tag length")
    .is("factory-or-stock")
    .mark("bcm963xx-board", window.text(44, 16))
    .fact("chip", window.text(38, 6));
  draft.verify({
    name: "image tag header CRC-32",
    from: 0,
    to: 236,
    digest: JAMCRC32,
    stored: hex32(window.u32(236)),
    covers: [0, 240],
  });
  if (boot > 0) return draft.notice(bootPartNotice(`${boot} bytes of CFE`)).done();
  draft.verify({
    name: "image tag image CRC-32",
    from: TAG,
    to: TAG + total,
    digest: JAMCRC32,
    stored: hex32(window.u32(216)),
  });
  return draft.holds(TAG, total).done();
}

const TAIL = 20;
const ASUS_TAIL = 64;
const WFI_VERSIONS: readonly number[] = [0x5731, 0x5732];

function readTail(scope: Scope): Part | undefined {
  const { window } = scope;
  const at = window.size - TAIL;
  const isLittle = WFI_VERSIONS.includes(window.u32(at + 4, true));
  if (at <= 0 || (!isLittle && !WFI_VERSIONS.includes(window.u32(at + 4)))) return undefined;
  const asus = at - ASUS_TAIL;
  const hasAsus = isLittle && asus >= 0 && window.isFilledWith(0, asus + 20, 8) &&
    /^[A-Z]{2}[A-Za-z0-9+_-]+$/.test(window.text(asus + 8, 12));
  const start = hasAsus ? asus : at;
  const draft = new PartDraft(scope, "broadcom-tail", "Broadcom tail", window.size - start, start)
    .is("factory-or-stock");
  draft.verify({
    name: "Broadcom tail CRC-32",
    from: 0,
    to: at,
    digest: JAMCRC32,
    stored: hex32(window.u32(at, isLittle)),
    covers: [0, at + 8],
  });
  draft.fact("family", window.u32(at + 8, isLittle).toString(16));
  if (hasAsus) {
    draft.mark("asus-product", window.text(asus + 8, 12))
      .fact("ASUS version", [...window.bytes(asus, 4)].join("."))
      .fact("build", `${window.u16(asus + 4, true)}_${window.u16(asus + 6, true)}`);
  }
  return draft.done();
}

/** Broadcom image tag. */
export const IMAGE_TAG: Format = { id: "bcm963xx", read: readTag };
/** Broadcom tail. */
export const BROADCOM_TAIL: TrailerFormat = { id: "broadcom-tail", readEnd: readTail };
