/**
 * TP-Link safeloader files (Archer C6/C7 v4 and later, CPE, RE, EAP) and the 2022 layout of EAP6xx.
 *
 * ```text
 * 0 file size  4 MD5 of salt + bytes from 20  20 header area  4116 partition table (text)
 * 6164 partitions
 * ```
 *
 * Source: openwrt/firmware-utils src/tplink-safeloader.c; openwrt scripts/tplink-mkimage-2022.py.
 *
 * @module
 */
import type { Window } from "../bytes.ts";
import { MD5 } from "../checksum.ts";
import { bootPartNotice, type Format, PartDraft, type Scope } from "../format.ts";
import type { Part } from "../inspection.ts";

const PREAMBLE = 0x14;
const TABLE = 0x1014;
const TABLE_SIZE = 0x800;
const NEW_TABLE = 0x1050;
const DATA = 0x1814;
const SALT = Uint8Array.of(
  ...[0x7a, 0x2b, 0x15, 0xed, 0x9b, 0x98, 0x59, 0x6d],
  ...[0xe5, 0x04, 0xab, 0x44, 0xac, 0x2a, 0x9f, 0x4e],
);
const MAX_PARTITIONS = 64;
const MAX_ITEMS = 16;
const MAX_SUPPORT_LIST = 0x4000;
const TABLE_LINE = /^fwup-ptn (\S+) base 0x([0-9a-f]{1,8}) size 0x([0-9a-f]{1,8})$/i;

interface Partition {
  readonly name: string;
  readonly offset: number;
  readonly size: number;
}

function verifyPreamble(window: Window, draft: PartDraft): void {
  draft.announcesExactly(window.u32(0), "TP-Link file size");
  // The salt takes the place of the size and MD5 fields, 16 of their 20 bytes.
  draft.verify({
    name: "TP-Link salted MD5",
    from: 4,
    to: window.size,
    digest: MD5,
    stored: window.hex(4, 16),
    instead: [{ at: 4, bytes: SALT }],
    covers: [0, window.size],
  });
}

/** Partition table: one line each, offsets relative to the table. */
function readPartitions(window: Window, table: number): Partition[] {
  const partitions: Partition[] = [];
  for (const line of window.lines(table, TABLE_SIZE).slice(0, MAX_PARTITIONS)) {
    const [, name = "", base = "0", size = "0"] = TABLE_LINE.exec(line) ?? [];
    if (name === "") continue;
    partitions.push({ name, offset: table + parseInt(base, 16), size: parseInt(size, 16) });
  }
  return partitions;
}

function readSupportList(window: Window, draft: PartDraft, offset: number, size: number): void {
  const entries = window.lines(offset, Math.min(size, MAX_SUPPORT_LIST))
    .filter((line) => !/^SupportList:?$/.test(line));
  for (const entry of entries) draft.mark("tplink-support", entry);
}

function read(scope: Scope): Part | undefined {
  const { window } = scope;
  if (!window.matches(TABLE, "fwup-ptn ")) return undefined;
  const draft = new PartDraft(scope, "tplink-safeloader", "TP-Link safeloader image")
    .is("factory-or-stock");
  verifyPreamble(window, draft);
  const isCloud = window.matches(PREAMBLE, "fw-type:Cloud");
  const headerLength = window.u32(PREAMBLE);
  if (isCloud) draft.fact("header", "Cloud");
  else if (headerLength > 0 && headerLength < 0x1000) {
    draft.fact("header", window.lines(PREAMBLE + 4, headerLength).join(" "));
  }
  const partitions = readPartitions(window, TABLE);
  draft.fact("partitions", partitions.map(({ name }) => name).join(", "));
  for (const partition of partitions) readPartition(window, draft, partition);
  const names = partitions.map(({ name }) => name.replace(/@\d+$/, ""));
  for (const needed of ["partition-table", "support-list"]) {
    if (!names.includes(needed)) {
      draft.compare("TP-Link partitions", TABLE, DATA, `has ${needed}`, `no ${needed}`);
    }
  }
  return draft.done();
}

function readPartition(window: Window, draft: PartDraft, { name, offset, size }: Partition): void {
  if (!window.has(offset, size)) {
    draft.isShort(`TP-Link partition "${name}"`, offset + size, window.size);
    return;
  }
  const kind = name.replace(/@\d+$/, "");
  // Text partitions: length, zero, then the data.
  const length = Math.min(window.u32(offset), size - 8);
  if (kind === "support-list") readSupportList(window, draft, offset + 8, length);
  else if (kind === "soft-version") {
    const text = window.lines(offset + 8, length).join(" ");
    draft.fact("version", versionOf(window, offset + 8) ?? text);
  } else if (/^(fs-uboot|factory-boot|boot$|uboot)/.test(kind)) draft.notice(bootPartNotice(name));
  else if (kind === "os-image" || kind === "file-system") draft.holds(offset, size);
}

/** Binary soft-version: FF, major, minor, patch, BCD date. */
function versionOf(window: Window, offset: number): string | undefined {
  if (window.u8(offset) !== 0xff) return undefined;
  const date = window.hex(offset + 4, 4);
  return `${[...window.bytes(offset + 1, 3)].join(".")} (${date})`;
}

function readNew(scope: Scope): Part | undefined {
  const { window } = scope;
  const isNew = window.matches(PREAMBLE, "?NEW") && window.matches(NEW_TABLE, "fwup-ptn ");
  if (!isNew) return undefined;
  const draft = new PartDraft(scope, "tplink-safeloader-new", 'TP-Link safeloader image ("?NEW")')
    .is("factory-or-stock")
    .announces(window.u32(0x10) + PREAMBLE, "TP-Link file size");
  // What the MD5 at 0 covers is not confirmed, so it proves nothing here.
  return draft.fact(
    "partitions",
    readPartitions(window, NEW_TABLE).map(({ name }) => name).join(", "),
  )
    .done();
}

function read2022(scope: Scope): Part | undefined {
  const { window } = scope;
  const count = window.u32(TABLE + 4);
  const isTable = window.has(DATA, 0) && count >= 1 && count <= MAX_ITEMS &&
    window.isFilledWith(0xff, PREAMBLE, TABLE - PREAMBLE);
  if (!isTable) return undefined;
  const draft = new PartDraft(scope, "tplink-2022", "TP-Link image (2022 layout)")
    .is("factory-or-stock");
  verifyPreamble(window, draft);
  draft.holds(DATA, window.u32(TABLE));
  for (let index = 0; index < count; index++) {
    const item = TABLE + 8 + 44 * index;
    const name = window.text(item + 4, 32);
    const offset = DATA + window.u32(item + 36);
    const size = window.u32(item + 40);
    if (!window.has(offset, size)) {
      draft.isShort(`TP-Link item "${name}"`, offset + size, window.size);
    } else if (name === "support-list") readSupportList(window, draft, offset, size);
    else if (name === "soft-version") draft.fact("version", window.text(offset, size));
  }
  return draft.done();
}

/** TP-Link safeloader image. */
export const SAFELOADER: Format = { id: "tplink-safeloader", read };
/** TP-Link safeloader image of the "?NEW" type. */
export const SAFELOADER_NEW: Format = { id: "tplink-safeloader-new", read: readNew };
/** TP-Link image of the 2022 layout. */
export const TPLINK_2022: Format = { id: "tplink-2022", read: read2022 };
