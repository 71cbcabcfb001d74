/**
 * Broadcom TRX and what vendors put around it: ASUS, USRobotics, Motorola, Huawei, Linksys
 * (Cybertan pattern), and the same layout under other magics (Buffalo, Arcadyan).
 *
 * ```text
 * 0 "HDR0"  4 length LE  8 JAMCRC from 12 to length  12 flags  14 version  16 offsets[3 or 4]
 * ```
 *
 * Source: openwrt/firmware-utils src/trx.c, otrx.c, asustrx.c, addpattern.c.
 *
 * @module
 */
import { hex32, type Window } from "../bytes.ts";
import { JAMCRC32 } from "../checksum.ts";
import { type Format, PartDraft, type Replacement, type Scope } from "../format.ts";
import { devicesOf } from "../identifiers.ts";
import type { MarkScheme, Part } from "../inspection.ts";

const PATTERN = 32;
const ASUS_TAIL = 64;

/** Magics with the layout of HDR0, as the four bytes stand in the file. */
const MAGICS: readonly (readonly [string, MarkScheme | undefined])[] = [
  ["HDR0", undefined],
  ["DHP2", "buffalo-trx-magic"],
  ["DHP3", "buffalo-trx-magic"],
  ["DHLS", "buffalo-trx-magic"],
  ["PHL2", "buffalo-trx-magic"],
  ["]Cot", "arcadyan-trx-magic"],
  ["1RHS", "arcadyan-trx-magic"],
];

function readTrx(scope: Scope): Part | undefined {
  const { window } = scope;
  const known = MAGICS.find(([magic]) => window.matches(0, magic));
  const version = window.u16(14, true);
  if (known === undefined || (version !== 1 && version !== 2)) return undefined;
  const count = version === 1 ? 3 : 4;
  const header = 16 + 4 * count;
  if (!window.has(0, header)) return undefined;
  const length = window.u32(4, true);
  if (length < header) return undefined;
  const offsets = Array.from({ length: count }, (_, index) => window.u32(16 + 4 * index, true));
  const draft = new PartDraft(scope, "trx", "Broadcom TRX image").announces(length, "TRX length");
  draft.verify({
    name: "TRX CRC-32",
    from: 12,
    to: length,
    digest: JAMCRC32,
    stored: hex32(window.u32(8, true)),
    covers: [0, length],
    instead: version === 2 ? patternReplacement(window, offsets[3] ?? 0, length) : [],
  });
  draft.is("factory-or-stock").fact("version", version).fact("offsets", offsets.join(", "));
  const [magic, scheme] = known;
  if (scheme !== undefined) markMagic(draft, window, scheme);
  const asusTail = length - ASUS_TAIL;
  const hasAsusTail = magic === "HDR0" && window.isFilledWith(0, asusTail + 16, ASUS_TAIL - 16) &&
    /^[A-Z]{2}[A-Za-z0-9+_-]* *$/.test(window.text(asusTail + 4, 12));
  if (hasAsusTail) {
    draft.mark("asus-product", window.text(asusTail + 4, 12));
    draft.fact("ASUS version", [...window.bytes(asusTail, 4)].join("."));
  }
  const end = hasAsusTail ? asusTail : length;
  const used = offsets.filter((offset) => offset >= header && offset < end);
  for (const [index, offset] of used.entries()) {
    draft.holds(offset, (used[index + 1] ?? end) - offset);
  }
  return draft.done();
}

function markMagic(draft: PartDraft, window: Window, scheme: MarkScheme): void {
  // The fact sheet writes some as big-endian, some as little-endian numbers.
  const value = [hex32(window.u32(0)), hex32(window.u32(0, true))]
    .find((candidate) => devicesOf({ scheme, value: candidate }).length > 0);
  if (value !== undefined) draft.mark(scheme, value);
}

/** Linksys: 8 bytes of the Cybertan pattern that a version 2 TRX ends with count as FF. */
function patternReplacement(window: Window, at: number, length: number): Replacement[] {
  const isPattern = at > 0 && at + PATTERN <= length && window.matches(at + 14, "U2ND");
  return isPattern ? [{ at: at + 22, bytes: new Uint8Array(8).fill(0xff) }] : [];
}

const USR_HEADER = 28;

function readUsRobotics(scope: Scope): Part | undefined {
  const { window } = scope;
  if (!window.matches(0, "USR0") || !window.has(0, USR_HEADER)) return undefined;
  const length = window.u32(4, true);
  const end = USR_HEADER + length;
  const draft = new PartDraft(scope, "usrobotics", "USRobotics image")
    .announces(end, "USR0 length");
  draft.verify({
    name: "USR0 CRC-32",
    from: USR_HEADER,
    to: end,
    digest: JAMCRC32,
    stored: hex32(window.u32(8, true)),
  });
  draft.explains("USR0 magic, length and CRC-32", 0, 12);
  const isFixed = window.u32(12, true) === 0x06235d03 && window.u32(16, true) === 0x00010001 &&
    window.isFilledWith(0, 20, 8);
  const fixed = isFixed ? "as defined" : "different";
  draft.compare("USR0 fixed fields", 12, USR_HEADER, "as defined", fixed);
  return draft.is("factory-or-stock").holds(USR_HEADER, length).done();
}

const MOTOROLA_MODELS: Readonly<Record<number, string>> = {
  0x10577050: "WR850G",
  0x10577040: "WA840G",
  0x10577000: "WE800G",
};

function readMotorola(scope: Scope): Part | undefined {
  const { window } = scope;
  const model = MOTOROLA_MODELS[window.u32(4)];
  if (model === undefined || !window.matches(8, "HDR0")) return undefined;
  const draft = new PartDraft(scope, "motorola", "Motorola image");
  draft.verify({
    name: "Motorola CRC-32",
    from: 4,
    to: window.size,
    digest: JAMCRC32,
    stored: hex32(window.u32(0)),
    covers: [0, window.size],
  });
  return draft.is("factory-or-stock").mark("motorola-model", model)
    .holds(8, window.size - 8).done();
}

const HUAWEI_FILLER = 92;

function readHuawei(scope: Scope): Part | undefined {
  const { window } = scope;
  const isWrapped = window.isFilledWith(0, 0, HUAWEI_FILLER) &&
    window.matches(HUAWEI_FILLER, "HDR0") && window.matches(HUAWEI_FILLER + 8, "HDR0");
  if (!isWrapped) return undefined;
  return new PartDraft(scope, "huawei-trx", "Huawei E970 image").is("factory-or-stock")
    .holds(HUAWEI_FILLER + 8, window.size - HUAWEI_FILLER - 8).done();
}

function readPattern(scope: Scope): Part | undefined {
  const { window } = scope;
  if (!window.matches(14, "U2ND") || !window.has(0, PATTERN)) return undefined;
  const [year, month, day] = window.bytes(8, 3);
  return new PartDraft(scope, "cybertan", "Linksys image (Cybertan pattern)")
    .is("factory-or-stock")
    .mark("cybertan-pattern", window.text(0, 8))
    .fact("date", `${1900 + (year ?? 0)}-${month}-${day}`)
    .fact("version", [...window.bytes(11, 3)].join("."))
    .holds(PATTERN, window.size - PATTERN)
    .done();
}

/** Broadcom TRX. */
export const TRX: Format = { id: "trx", read: readTrx };
/** USRobotics header before a TRX. */
export const USROBOTICS: Format = { id: "usrobotics", read: readUsRobotics };
/** Motorola header before a TRX. */
export const MOTOROLA: Format = { id: "motorola", read: readMotorola };
/** Huawei header before a TRX. */
export const HUAWEI_TRX: Format = { id: "huawei-trx", read: readHuawei };
/** Linksys pattern before a TRX. */
export const CYBERTAN: Format = { id: "cybertan", read: readPattern };
