/**
 * Buffalo: the enciphered "start" files, the tags in front of them, DHP "bgn" files and the files
 * for its TFTP recovery.
 *
 * Source: openwrt/firmware-utils src/buffalo-lib.c, buffalo-tag.c, buffalo-tftp.c, mkdhpimg.c.
 *
 * @module
 */
import { hex32, roundUp, Window } from "../bytes.ts";
import { CKSUM } from "../checksum.ts";
import { type Format, PartDraft, type Scope } from "../format.ts";
import type { Part } from "../inspection.ts";

const KEY = "Buffalo";
const MAX_TEXT = 32;
const STATE = 256;

/** RC4, whose key is one seed byte and "Buffalo". The key stream is made anew for every text. */
function decipher(bytes: Uint8Array, seed: number): Uint8Array {
  const key = [seed, ...KEY.split("").map((letter) => letter.charCodeAt(0))];
  const state = Uint8Array.from({ length: STATE }, (_, index) => index);
  const swap = (a: number, b: number) => {
    const kept = state[a] ?? 0;
    state[a] = state[b] ?? 0;
    state[b] = kept;
  };
  let j = 0;
  for (let i = 0; i < STATE; i++) {
    j = (j + (state[i] ?? 0) + (key[i % key.length] ?? 0)) % STATE;
    swap(i, j);
  }
  const plain = new Uint8Array(bytes.length);
  j = 0;
  for (let at = 0; at < bytes.length; at++) {
    const i = (at + 1) % STATE;
    j = (j + (state[i] ?? 0)) % STATE;
    swap(i, j);
    plain[at] = (bytes[at] ?? 0) ^ (state[((state[i] ?? 0) + (state[j] ?? 0)) % STATE] ?? 0);
  }
  return plain;
}

const SIGNED_CRC_TABLE = new Uint32Array(STATE).map((_, index) => {
  let register = index;
  for (let bit = 0; bit < 8; bit++) {
    register = (register >>> 1) ^ (register & 1 ? 0xedb88320 : 0);
  }
  return register >>> 0;
});

/** Buffalo's CRC: starts with the length, and takes each byte as a signed number of 32 bits. */
function buffaloCrc(bytes: Uint8Array): number {
  let register = bytes.length >>> 0;
  for (const byte of bytes) {
    const mixed = (register ^ ((byte << 24) >> 24)) >>> 0;
    register = ((mixed >>> 8) ^ (SIGNED_CRC_TABLE[mixed & 0xff] ?? 0)) >>> 0;
  }
  return register;
}

/** A length and the enciphered bytes after it. */
function field(window: Window, at: number): { bytes: Uint8Array; end: number; length: number } {
  const length = window.u32(at);
  return { bytes: window.bytes(at + 4, length), end: at + 4 + length, length };
}

function textOf(bytes: Uint8Array): string {
  return new Window(bytes).text(0, bytes.length);
}

function readEnciphered(scope: Scope): Part | undefined {
  const { window, spend } = scope;
  const isStart = window.matches(0, "start\0") || window.matches(0, "asar1\0");
  const product = field(window, 7);
  const version = field(window, product.end);
  if (!isStart || product.length > MAX_TEXT || version.length > MAX_TEXT) return undefined;
  const draft = new PartDraft(scope, "buffalo-enc", "Buffalo enciphered image")
    .is("factory-or-stock");
  const data = field(window, version.end);
  // After the checksum come 1 to 4 bytes of any content, up to a multiple of 4.
  const end = roundUp(data.end + 5, 4);
  draft.announces(end, "Buffalo data length");
  draft.mark("buffalo-product", textOf(decipher(product.bytes, window.u8(6))));
  draft.fact("version", textOf(decipher(version.bytes, product.bytes[0] ?? 0)));
  // Files made with the "longstate" key are not told apart: their CRC does not fit here.
  if (window.has(data.end, 4) && spend(data.length * 2)) {
    const computed = buffaloCrc(decipher(data.bytes, version.bytes[0] ?? 0));
    draft.compare(
      "Buffalo data CRC-32",
      version.end,
      data.end + 4,
      hex32(window.u32(data.end)),
      hex32(computed),
    );
  }
  draft.explains("Buffalo magic", 0, 6).explains("Buffalo filling", data.end + 4, end);
  return draft.notice({
    severity: "warning",
    code: "encrypted",
    message: "This file is enciphered for the web page; Buffalo's bootloader wants the plain image",
    hint: 'Look for the "tftp" image for this device',
  }).done();
}

const COUNTERS = 136;
const TAGS: readonly { readonly header: number; readonly lengths: readonly number[] }[] = [
  { header: 160, lengths: [152] },
  { header: 156, lengths: [144, 148] },
  { header: 152, lengths: [144] },
];

function readTag(scope: Scope): Part | undefined {
  const { window } = scope;
  if (!window.matches(104, "hwv\0") || !window.has(0, 160)) return undefined;
  const total = window.u32(COUNTERS);
  const kind = TAGS.find(({ header, lengths }) =>
    total === lengths.reduce((sum, at) => sum + window.u32(at), header)
  );
  const header = kind?.header ?? 152;
  const draft = new PartDraft(scope, "buffalo-tag", "Buffalo factory image (tag in front)")
    .is("factory-or-stock")
    .mark("buffalo-product", window.text(0, 32))
    .fact("region", window.text(80, 2))
    .fact("platform", window.text(96, 8))
    .fact("hardware version", window.text(108, 4));
  const stored = window.u32(COUNTERS + 4);
  // OpenWrt's DHP tag states a total of its own reckoning and no sum.
  if (kind !== undefined) draft.announces(total, "Buffalo tag length");
  if (kind !== undefined && stored !== 0) {
    draft.verify({
      name: "Buffalo tag cksum",
      from: 0,
      to: total,
      digest: CKSUM,
      stored: hex32(stored),
      instead: [{ at: COUNTERS + 4, bytes: new Uint8Array(4) }],
    });
  }
  return draft.holds(header, window.size - header).done();
}

const BGN_HEADER = 20;

function readBgn(scope: Scope): Part | undefined {
  const { window } = scope;
  const isBgn = window.matches(0, "bgn") && window.isFilledWith(0, 3, 8) && window.u8(11) === 0xb1;
  const total = window.u32(12);
  if (!isBgn || total < BGN_HEADER) return undefined;
  const draft = new PartDraft(scope, "buffalo-dhp", "Buffalo DHP image")
    .announcesExactly(total, "Buffalo DHP length")
    .is("factory-or-stock");
  draft.verify({
    name: "Buffalo DHP cksum",
    from: 0,
    to: total,
    digest: CKSUM,
    stored: hex32(window.u32(16)),
    instead: [{ at: 16, bytes: new Uint8Array(4) }],
  });
  return draft.holds(BGN_HEADER, total - BGN_HEADER).done();
}

const PUBLIC = "# Airstation Public Fmt1";
const SCRIPT = "# siABCXCion biAmUXA1";

/** Headers without any checksum, for the bootloader's own TFTP recovery. */
function readTftp(scope: Scope): Part | undefined {
  const { window } = scope;
  const header = window.matches(0, PUBLIC) ? 32 : window.matches(0, SCRIPT) ? 512 : 0;
  if (header === 0) return undefined;
  return new PartDraft(scope, "buffalo-tftp", "Buffalo TFTP recovery image")
    .is("tftp-recovery")
    .holds(header, window.size - header)
    .done();
}

/** Buffalo enciphered image. */
export const BUFFALO_ENC: Format = { id: "buffalo-enc", read: readEnciphered };
/** Buffalo tag. */
export const BUFFALO_TAG: Format = { id: "buffalo-tag", read: readTag };
/** Buffalo DHP. */
export const BUFFALO_DHP: Format = { id: "buffalo-dhp", read: readBgn };
/** Buffalo TFTP recovery. */
export const BUFFALO_TFTP: Format = { id: "buffalo-tftp", read: readTftp };
