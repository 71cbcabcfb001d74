/**
 * Edimax: CSYS images and the 94-byte header.
 *
 * Source: openwrt/firmware-utils src/mkcsysimg.c, csysimg.h, edimax_fw_header.c.
 *
 * @module
 */
import { hex16 } from "../bytes.ts";
import { type Digest, foldedSum16, sum8 } from "../checksum.ts";
import { type Format, PartDraft, type Scope } from "../format.ts";
import type { Part } from "../inspection.ts";

const CSYS_HEADER = 20;
const FW_HEADER = 94;
const FW_SUM = 0xb9;

/** Two's complement of the sum of 16-bit words, modulo 2^16. */
function wordSum(littleEndian: boolean): Digest {
  return (pieces) => {
    const bytes = pieces[0] ?? new Uint8Array();
    let sum = 0;
    for (let i = 0; i < bytes.length; i += 2) {
      sum += foldedSum16(bytes.subarray(i, i + 2), littleEndian);
    }
    return hex16(-sum);
  };
}

function readCsys(scope: Scope): Part | undefined {
  const { window } = scope;
  if (!window.matches(0, "CSYS") || !window.has(0, CSYS_HEADER)) return undefined;
  const model = window.text(12, 4);
  if (!/^[A-Z0-9]{4}$/.test(model)) return undefined;
  // Either byte order occurs; the right one gives a size near the file's.
  const isLittle = Math.abs(window.u32(16, true) - window.size) <=
    Math.abs(window.u32(16) - window.size);
  const size = window.u32(16, isLittle);
  const end = CSYS_HEADER + size;
  const draft = new PartDraft(scope, "edimax-csys", "Edimax image (CSYS)")
    .announces(end, "CSYS size")
    .is("factory-or-stock")
    .mark("edimax-model", model);
  if (size >= 2) {
    draft.verify({
      name: "CSYS word sum",
      from: CSYS_HEADER,
      to: end - 2,
      digest: wordSum(isLittle),
      stored: hex16(window.u16(end - 2, isLittle)),
      strength: "weak",
    });
  }
  return draft.holds(CSYS_HEADER, size - 2).done();
}

const XORED_SUM: Digest = (pieces) => (sum8(pieces) ^ FW_SUM).toString(16).padStart(2, "0");

function readHeader(scope: Scope): Part | undefined {
  const { window } = scope;
  const hasHeader = window.has(0, FW_HEADER) && /^[A-Za-z]{4,15}$/.test(window.text(0, 16)) &&
    /^[\w -]+$/.test(window.text(16, 32));
  if (!hasHeader) return undefined;
  const draft = new PartDraft(scope, "edimax-header", "Edimax image (94-byte header)");
  const isHeaderWhole = draft.verify({
    name: "Edimax header sum",
    from: 0,
    to: FW_HEADER,
    digest: XORED_SUM,
    stored: window.hex(49, 1),
    instead: [{ at: 49, bytes: new Uint8Array(1) }],
    strength: "weak",
  });
  // Other magics are allowed only with a header sum that fits.
  if (!window.matches(0, "eDiMaX\0") && isHeaderWhole !== true) return undefined;
  const size = window.u32(51);
  draft.announces(FW_HEADER + size, "Edimax data size")
    .is("factory-or-stock")
    .mark("edimax-model", window.text(16, 32))
    .fact("version", window.text(63, 14))
    .fact("part", window.text(78, 16));
  draft.verify({
    name: "Edimax data sum",
    from: FW_HEADER,
    to: FW_HEADER + size,
    digest: XORED_SUM,
    stored: window.hex(50, 1),
    strength: "weak",
  });
  return draft.holds(FW_HEADER, size).done();
}

/** Edimax CSYS. */
export const EDIMAX_CSYS: Format = { id: "edimax-csys", read: readCsys };
/** Edimax header. */
export const EDIMAX_HEADER: Format = { id: "edimax-header", read: readHeader };
