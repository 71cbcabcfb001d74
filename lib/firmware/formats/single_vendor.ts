/**
 * Headers of vendors with one format each: Luxul, Senao/EnGenius, Aruba, JCG, ipTIME, Poray/NEXX.
 *
 * Source: openwrt/firmware-utils src/lxlfw.c, mksenaofw.c, jcgimage.c, iptime-crc32.c, mkporayfw.c;
 * openwrt scripts/aruba-header.py.
 *
 * @module
 */
import { hex16, hex32, type Window } from "../bytes.ts";
import { CRC32, type Digest, JAMCRC32, MD5, SUM32 } from "../checksum.ts";
import { type Format, PartDraft, type Scope } from "../format.ts";
import type { Part } from "../inspection.ts";

const ZERO4 = new Uint8Array(4);

function readLuxul(scope: Scope): Part | undefined {
  const { window } = scope;
  const version = window.u32(4, true);
  const header = window.u32(8, true);
  const isLuxul = window.matches(0, "LXL#") && version <= 3 && [12, 32, 36, 44].includes(header);
  if (!isLuxul) return undefined;
  return new PartDraft(scope, "luxul", "Luxul image")
    .is("factory-or-stock")
    .mark("luxul-board", version > 0 ? window.text(16, 16) : "")
    .fact("header version", version)
    .holds(header, window.size - header)
    .done();
}

const SENAO_HEADER = 96;
const SENAO_MAGIC = 0x12345678;
const SENAO_BOOTLOADER = 1;

/** MD5 of the payload as it was before it was mixed with the magic. */
const SENAO_MD5: Digest = (pieces) => {
  const [mixed = new Uint8Array()] = pieces;
  return MD5([mixed.map((byte, index) => byte ^ ((SENAO_MAGIC >> (index % 8)) & 0xff))]);
};

function readSenao(scope: Scope): Part | undefined {
  const { window } = scope;
  const type = window.u32(28);
  const isSenao = window.has(0, SENAO_HEADER) && window.u32(92) === SENAO_MAGIC &&
    window.u32(0) === 0;
  if (!isSenao) return undefined;
  const size = window.u32(32);
  const product = `${hex16(window.u32(4))}/${hex16(window.u32(8))}`;
  const draft = new PartDraft(scope, "senao", "Senao/EnGenius image")
    .is("factory-or-stock")
    .mark("senao-product", product)
    .fact("version", window.text(12, 16))
    .fact("type", type);
  draft.verify({
    name: "Senao header sum",
    from: 0,
    to: SENAO_HEADER,
    digest: SUM32,
    stored: hex32(window.u32(88)),
    instead: [{ at: 88, bytes: ZERO4 }],
    strength: "weak",
  });
  if (type === SENAO_BOOTLOADER) {
    draft.notice({
      severity: "stop",
      code: "is-bootloader",
      message: "This is a bootloader, not firmware",
      hint: "Choose the firmware image for your device instead",
    });
  }
  // Type 0 has a longer header, whose end is not known here.
  if (type === 0) return draft.done();
  draft.announces(SENAO_HEADER + size, "Senao payload size");
  draft.verify({
    name: "Senao MD5",
    from: SENAO_HEADER,
    to: SENAO_HEADER + size,
    digest: SENAO_MD5,
    stored: window.hex(40, 16),
  });
  return draft.done();
}

const ARUBA_HEADER = 512;

/** Sum of all 32-bit words; zero when whole. */
const WORD_SUM: Digest = (pieces) => {
  const [bytes = new Uint8Array()] = pieces;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let sum = 0;
  for (let at = 0; at + 4 <= bytes.length; at += 4) sum = (sum + view.getUint32(at)) >>> 0;
  return hex32(sum);
};

function readAruba(scope: Scope): Part | undefined {
  const { window } = scope;
  if (!window.matches(12, "ARUBA\0") || !window.has(0, ARUBA_HEADER)) return undefined;
  const end = ARUBA_HEADER + window.u32(0);
  const draft = new PartDraft(scope, "aruba", "Aruba APBoot image")
    .announces(end, "Aruba payload size")
    .is("factory-or-stock")
    .mark("aruba-machine", String(window.u8(303)))
    .fact("build", window.text(20, 256))
    .fact("version", window.text(276, 24));
  draft.verify({
    name: "Aruba word sum",
    from: 0,
    to: end,
    digest: WORD_SUM,
    stored: "00000000",
    strength: "weak",
  });
  return draft.holds(ARUBA_HEADER, end - ARUBA_HEADER).done();
}

const JCG_HEADER = 512;

function readJcg(scope: Scope): Part | undefined {
  const { window } = scope;
  if (!window.matches(0, "YSZJ") || !window.has(0, JCG_HEADER)) return undefined;
  const draft = new PartDraft(scope, "jcg", "JCG image").is("factory-or-stock");
  draft.verify({
    name: "JCG header CRC-32",
    from: 0,
    to: JCG_HEADER,
    digest: CRC32,
    stored: hex32(window.u32(508)),
    instead: [{ at: 508, bytes: ZERO4 }],
  });
  draft.verify({
    name: "JCG payload CRC-32",
    from: JCG_HEADER,
    to: window.size,
    digest: CRC32,
    stored: hex32(window.u32(504)),
  });
  return draft.notice({
    severity: "note",
    code: "no-size-check",
    message: "JCG's loader checks no size: a longer image than the flash holds overwrites it",
    hint: "Check the flash size of your unit before sending",
  }).holds(JCG_HEADER, window.size - JCG_HEADER).done();
}

const IPTIME_HEADER = 0x38;
const IPTIME_LONG_HEADER = 0x800;

function readIptime(scope: Scope): Part | undefined {
  const { window } = scope;
  const isIptime = window.has(0, IPTIME_HEADER) && window.matches(8, "00_000") &&
    /^[a-z0-9]+$/.test(window.text(0, 8)) && window.isFilledWith(0, 16, 32);
  if (!isIptime) return undefined;
  const size = window.u32(48, true);
  const header = IPTIME_LONG_HEADER + size === window.size ? IPTIME_LONG_HEADER : IPTIME_HEADER;
  const draft = new PartDraft(scope, "iptime", "ipTIME image")
    .announces(header + size, "ipTIME size")
    .is("factory-or-stock")
    .mark("iptime-model", window.text(0, 8));
  if (header === IPTIME_HEADER) {
    draft.verify({
      name: "ipTIME CRC-32",
      from: 0,
      to: header + size,
      digest: JAMCRC32,
      stored: hex32(window.u32(52, true)),
      instead: [{ at: 52, bytes: ZERO4 }],
    });
  }
  return draft.holds(header, size).done();
}

const PORAY_HEADER = 28;

function readPoray(scope: Scope): Part | undefined {
  const { window } = scope;
  const isPoray = window.u32(8, true) === 0x020e0000 && window.isFilledWith(0, 12, 16) &&
    /^[0-9A-Z]{4}$/.test(window.text(0, 4));
  if (!isPoray) return undefined;
  // The payload and its sum are mixed with a key per brand, so the sum cannot be checked here.
  return new PartDraft(scope, "poray", "Poray/NEXX image")
    .announces(PORAY_HEADER + window.u32(4, true) + 2, "Poray length")
    .is("factory-or-stock")
    .mark("poray-id", hex32(window.u32(0, true)))
    .done();
}

/** Commands that YunCore's loader runs; shown because they are executed as they stand. */
function readYunCore(scope: Scope): Part | undefined {
  const { window } = scope;
  if (!window.matches(0, "YUNCORE")) return undefined;
  const command = commandOf(window);
  return new PartDraft(scope, "yuncore", "YunCore TFTP image")
    .is("tftp-recovery")
    .fact("commands", command)
    .notice({
      severity: "note",
      code: "runs-commands",
      message: `The loader will run the commands in this file: ${command}`,
    })
    .holds(192, window.size - 192)
    .done();
}

function commandOf(window: Window): string {
  const texts = window.bytes(7, 185).reduce(
    (text, byte) => text + (byte >= 0x20 && byte <= 0x7e ? String.fromCharCode(byte) : " "),
    "",
  );
  return texts.trim().replace(/ {2,}/g, " ");
}

/** Luxul. */
export const LUXUL: Format = { id: "luxul", read: readLuxul };
/** Senao/EnGenius. */
export const SENAO: Format = { id: "senao", read: readSenao };
/** Aruba APBoot. */
export const ARUBA: Format = { id: "aruba", read: readAruba };
/** JCG. */
export const JCG: Format = { id: "jcg", read: readJcg };
/** ipTIME. */
export const IPTIME: Format = { id: "iptime", read: readIptime };
/** Poray/NEXX. */
export const PORAY: Format = { id: "poray", read: readPoray };
/** YunCore TFTP image. */
export const YUNCORE: Format = { id: "yuncore", read: readYunCore };
