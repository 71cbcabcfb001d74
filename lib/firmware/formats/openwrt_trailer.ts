/**
 * What OpenWrt appends to an image: a block of JSON metadata, then perhaps a signature. Each block
 * ends in 16 bytes; the CRC of the last one proves the whole file.
 *
 * ```text
 * 0 "FWx0"  4 JAMCRC of the file up to here  8 type (0 signature, 1 metadata)  9 zero[3]
 * 12 size of the block with these 16 bytes
 * ```
 *
 * Source: openwrt/fwtool; openwrt include/image-commands.mk.
 *
 * @module
 */
import { hex32, type Window } from "../bytes.ts";
import { JAMCRC32 } from "../checksum.ts";
import { PartDraft, type Scope, type TrailerFormat } from "../format.ts";
import type { OpenWrtMetadata, Part } from "../inspection.ts";

const TRAILER = 16;
const METADATA_HEADER = 8;
const MAX_METADATA = 30 * 1024;
const MAX_SIGNATURE = 1024;
const MAX_DEVICES = 256;
const MAGIC = "FWx0";

function readEnd(scope: Scope): Part | undefined {
  const { window } = scope;
  const trailer = window.size - TRAILER;
  if (trailer < 0 || !window.matches(trailer, MAGIC)) return undefined;
  const type = window.u8(trailer + 8);
  const size = window.u32(trailer + 12);
  const limit = type === 1 ? MAX_METADATA : MAX_SIGNATURE;
  const isInside = size >= TRAILER && size <= window.size && size <= limit + TRAILER * 2;
  const at = isInside ? window.size - size : trailer;
  const draft = type === 1
    ? new PartDraft(scope, "openwrt-metadata", "OpenWrt metadata", window.size - at, at)
    : new PartDraft(scope, "openwrt-signature", "OpenWrt signature", window.size - at, at);
  draft.verify({
    name: "OpenWrt trailer CRC-32",
    from: 0,
    to: trailer,
    digest: JAMCRC32,
    stored: hex32(window.u32(trailer + 4)),
    covers: [0, trailer + 8],
  });
  const isSound = isInside && window.isFilledWith(0, trailer + 9, 3) &&
    (type === 1 ? readMetadata(window, draft, at, size) : readSignature(window, draft, at, type));
  const state = isSound ? "as defined" : "different";
  draft.compare("OpenWrt trailer", trailer + 8, window.size, "as defined", state);
  return draft.done();
}

/** A signature always follows a metadata block, which begins with zeros; a signature does not. */
function readSignature(window: Window, draft: PartDraft, at: number, type: number): boolean {
  draft.fact("signature", "by the key of an OpenWrt build");
  return type === 0 && window.matches(at - TRAILER, MAGIC);
}

function readMetadata(window: Window, draft: PartDraft, at: number, size: number): boolean {
  if (!window.isFilledWith(0, at, METADATA_HEADER)) return false;
  const json = window.bytes(at + METADATA_HEADER, size - METADATA_HEADER - TRAILER);
  const metadata = parseMetadata(json);
  if (metadata === undefined) return false;
  for (const device of metadata.supportedDevices) draft.mark("openwrt-device", device);
  if (metadata.board !== undefined) draft.mark("openwrt-board", metadata.board);
  draft.carries(metadata).fact("version", metadata.version ?? "").fact(
    "target",
    metadata.target ?? "",
  );
  return true;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Text fit for a terminal, or undefined. */
function text(value: unknown): string | undefined {
  return typeof value === "string"
    ? value.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, ".").slice(0, 300)
    : undefined;
}

function texts(value: unknown): string[] {
  const list = Array.isArray(value) ? value.slice(0, MAX_DEVICES) : [value];
  return list.flatMap((entry) => text(entry) ?? []);
}

/**
 * Reads the JSON that OpenWrt and vendors who build with it append. Unknown and odd fields are left
 * out; undefined when it is not a JSON object at all.
 */
export function parseMetadata(bytes: Uint8Array): OpenWrtMetadata | undefined {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined;
  }
  if (!isRecord(value)) return undefined;
  const compatVersion = text(value.compat_version) ?? "1.0";
  // With a newer layout "supported_devices" holds a sentence for old systems, not names.
  const isNewer = compatVersion !== "1.0" && Array.isArray(value.new_supported_devices);
  const devices = isNewer ? value.new_supported_devices : value.supported_devices;
  const version = isRecord(value.version) ? value.version : {};
  const words = [text(version.dist), text(version.version), text(version.revision)];
  const versionText = text(value.version) ?? words.filter((word) => word !== undefined).join(" ");
  const compatMessage = text(value.compat_message);
  const target = text(version.target);
  const board = text(version.board);
  return {
    supportedDevices: texts(devices),
    compatVersion,
    ...(compatMessage === undefined ? {} : { compatMessage }),
    ...(versionText === "" ? {} : { version: versionText }),
    ...(target === undefined ? {} : { target }),
    ...(board === undefined ? {} : { board }),
  };
}

/** OpenWrt's metadata and signature blocks. */
export const OPENWRT_TRAILER: TrailerFormat = { id: "openwrt-trailer", readEnd };
