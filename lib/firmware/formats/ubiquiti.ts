/**
 * Ubiquiti images: a header with the version string, parts with a CRC each, and an end mark that is
 * a CRC or an RSA signature.
 *
 * Source: openwrt/firmware-utils src/mkfwimage.c, mkfwimage2.c, fw.h.
 *
 * @module
 */
import { hex32 } from "../bytes.ts";
import { CRC32 } from "../checksum.ts";
import { bootPartNotice, type Format, PartDraft, type Scope } from "../format.ts";
import type { Part } from "../inspection.ts";

const HEADER = 268;
const PART_HEADER = 56;
const PART_TAIL = 8;
const END = 12;
const SIGNED_END = 264;
const SIGNATURE = 256;
const MAX_PARTS = 32;

function read(scope: Scope): Part | undefined {
  const { window } = scope;
  const isStock = window.matches(0, "UBNT");
  if ((!isStock && !window.matches(0, "OPEN")) || !window.has(0, HEADER)) return undefined;
  const version = window.text(4, 256);
  if (!/^[\w.-]+/.test(version)) return undefined;
  const draft = new PartDraft(scope, "ubiquiti", "Ubiquiti image");
  draft.verify({
    name: "Ubiquiti header CRC-32",
    from: 0,
    to: 260,
    digest: CRC32,
    stored: hex32(window.u32(260)),
    covers: [0, 264],
  });
  draft.is(isStock ? "factory-or-stock" : "factory")
    .mark("ubiquiti-type", version.split(".")[0] ?? "")
    .fact("version", version);
  let position = HEADER;
  for (let count = 0; count < MAX_PARTS && window.matches(position, "PART"); count++) {
    position = readPart(scope, draft, position);
  }
  readEnd(scope, draft, position);
  return draft.done();
}

/** Reads one part; returns where the next begins. */
function readPart({ window }: Scope, draft: PartDraft, at: number): number {
  const name = window.text(at + 4, 16);
  const size = window.u32(at + 48);
  const end = at + PART_HEADER + size;
  if (!window.has(at, PART_HEADER + size + PART_TAIL)) {
    draft.isShort(`Ubiquiti part "${name}"`, end + PART_TAIL, window.size);
    return window.size;
  }
  draft.verify({
    name: `Ubiquiti ${name} CRC-32`,
    from: at,
    to: end,
    digest: CRC32,
    stored: hex32(window.u32(end)),
    covers: [at, end + 4],
  });
  draft.fact(`part ${name}`, `${size} bytes at ${at + PART_HEADER}`);
  if (/^u-?boot/i.test(name)) draft.notice(bootPartNotice(name));
  draft.holds(at + PART_HEADER, size);
  return end + PART_TAIL;
}

function readEnd({ window }: Scope, draft: PartDraft, at: number): void {
  if (window.matches(at, "END.")) {
    draft.announces(at + END, "Ubiquiti end mark");
    draft.verify({
      name: "Ubiquiti file CRC-32",
      from: 0,
      to: at,
      digest: CRC32,
      stored: hex32(window.u32(at + 4)),
      covers: [0, at + 8],
    });
  } else if (window.matches(at, "ENDS")) {
    draft.announces(at + SIGNED_END, "Ubiquiti end mark").explains("end mark", at, at + 4);
    const isEmpty = window.isFilledWith(0, at + 4, SIGNATURE);
    draft.isSigned(isEmpty ? "empty" : "present");
  } else draft.isShort("Ubiquiti end mark", at + END, window.size);
}

/** Ubiquiti image. */
export const UBIQUITI: Format = { id: "ubiquiti", read };
