/**
 * NETGEAR: CHK, DNI `.img` (and Buffalo's variant of it), and the encrypted files of the web page.
 *
 * Source: openwrt/firmware-utils src/mkchkimg.c, mkdniimg.c; openwrt
 * scripts/netgear-encrypted-factory.py.
 *
 * @module
 */
import { hex32, type Window } from "../bytes.ts";
import { type Digest, NETGEARSUM, sum8, ZEROCRC32 } from "../checksum.ts";
import { type Format, PartDraft, type Scope } from "../format.ts";
import type { Part } from "../inspection.ts";

const CHK_HEADER = 40;
const MAX_BOARD_ID = 64;
const CHK_REGIONS: Readonly<Record<number, string>> = { 1: "world", 2: "North America" };

function readChk(scope: Scope): Part | undefined {
  const { window } = scope;
  const header = window.u32(4);
  const isChk = window.matches(0, [0x2a, 0x23, 0x24, 0x5e]) && header >= CHK_HEADER &&
    header <= CHK_HEADER + MAX_BOARD_ID && window.has(0, header);
  if (!isChk) return undefined;
  const kernel = window.u32(24);
  const rootfs = window.u32(28);
  const end = header + kernel + rootfs;
  const draft = new PartDraft(scope, "netgear-chk", "NETGEAR image (CHK)")
    .announcesExactly(end, "CHK length")
    .is("factory-or-stock");
  const parts = [
    { name: "CHK header sum", from: 0, to: header, at: 36, covers: [0, header] as const },
    { name: "CHK image sum", from: header, to: end, at: 32, covers: undefined },
    { name: "CHK kernel sum", from: header, to: header + kernel, at: 16, covers: undefined },
  ];
  if (rootfs > 0) {
    parts.push({
      name: "CHK rootfs sum",
      from: header + kernel,
      to: end,
      at: 20,
      covers: undefined,
    });
  }
  for (const { name, from, to, at, covers } of parts) {
    draft.verify({
      name,
      from,
      to,
      digest: NETGEARSUM,
      stored: hex32(window.u32(at)),
      instead: at === 36 ? [{ at, bytes: new Uint8Array(4) }] : [],
      ...(covers === undefined ? {} : { covers }),
    });
  }
  const [major, ...minors] = window.bytes(9, 7);
  draft.mark("netgear-board", window.text(CHK_HEADER, header - CHK_HEADER))
    .fact("region", CHK_REGIONS[window.u8(8)] ?? `code ${window.u8(8)}`)
    .fact("version", `V${major}.${minors.slice(0, 3).join(".")}_${minors.slice(3).join(".")}`);
  // OpenWrt fills all seven version numbers with 99.
  if (window.isFilledWith(99, 9, 7)) draft.is("factory");
  return draft.holds(header, kernel).holds(header + kernel, rootfs).done();
}

const DNI_HEADER = 128;
/** Sum of all bytes including the last one, which makes it FF. */
const DNI_SUM: Digest = (pieces) => sum8(pieces).toString(16).padStart(2, "0");

function readDni(scope: Scope): Part | undefined {
  const { window } = scope;
  const fields = new Map(
    window.lines(0, DNI_HEADER).map((line) => {
      const colon = line.indexOf(":");
      return [line.slice(0, colon), line.slice(colon + 1)] as const;
    }),
  );
  const isDni = window.matches(0, "device:") && window.has(0, DNI_HEADER + 1) &&
    fields.has("version") && fields.has("region");
  if (!isDni) return undefined;
  const draft = new PartDraft(scope, "netgear-dni", "NETGEAR image (DNI)").is("factory-or-stock");
  draft.verify({
    name: "DNI byte sum",
    from: 0,
    to: window.size,
    digest: DNI_SUM,
    stored: "ff",
    strength: "weak",
  });
  draft.mark("netgear-board", fields.get("device") ?? "")
    .mark("netgear-hw-id", fields.get("hd_id") ?? "")
    .fact("version", fields.get("version") ?? "")
    .fact("region", fields.get("region") ?? "");
  return draft.holds(DNI_HEADER, window.size - DNI_HEADER - 1).done();
}

const ENCRYPTED_HEADER = 532;

function readEncrypted(scope: Scope): Part | undefined {
  const { window } = scope;
  if (!window.matches(512, "encrpted_img")) return undefined;
  const end = ENCRYPTED_HEADER + window.u32(524) + 4;
  const draft = new PartDraft(scope, "netgear-encrypted", "NETGEAR encrypted image")
    .announcesExactly(end, "NETGEAR encrypted length")
    .is("factory-or-stock");
  draft.verify({
    name: "NETGEAR encrypted CRC-32",
    from: 0,
    to: window.size - 4,
    digest: ZEROCRC32,
    stored: hex32(window.u32(window.size - 4)),
    covers: [0, window.size],
  });
  return describeEncrypted(window, draft).done();
}

function describeEncrypted(window: Window, draft: PartDraft): PartDraft {
  return draft.mark("netgear-encrypted-model", window.text(0, 32))
    .fact("region", window.text(32, 32))
    .fact("version", window.text(64, 64))
    .notice({
      severity: "warning",
      code: "encrypted",
      message: "This file is encrypted for the web page; bootloaders want the plain image",
      hint: "Look for an initramfs or plain recovery image for this device",
    });
}

/** NETGEAR CHK. */
export const NETGEAR_CHK: Format = { id: "netgear-chk", read: readChk };
/** NETGEAR DNI. */
export const NETGEAR_DNI: Format = { id: "netgear-dni", read: readDni };
/** NETGEAR encrypted. */
export const NETGEAR_ENCRYPTED: Format = { id: "netgear-encrypted", read: readEncrypted };
