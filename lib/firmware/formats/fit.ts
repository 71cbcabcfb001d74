/**
 * Flattened device trees: FIT images ("itb") and bare device trees. Data of a FIT's images is
 * inside the tree or behind it; every hash node over it is checked.
 *
 * Source: the devicetree layout; u-boot's FIT description; OpenWrt scripts/mkits.sh.
 *
 * @module
 */
import { roundUp, type Window } from "../bytes.ts";
import { CRC32, type Digest, MD5, SHA1, SHA256 } from "../checksum.ts";
import { type Format, PartDraft, type Scope } from "../format.ts";
import type { Part } from "../inspection.ts";

const MAGIC = 0xd00dfeed;
const HEADER = 40;
const BEGIN_NODE = 1;
const END_NODE = 2;
const PROPERTY = 3;
const NOP = 4;
const MAX_TOKENS = 20_000;
const MAX_DEPTH = 16;
const MAX_NAME = 256;
const MAX_IMAGES = 32;

const DIGESTS: Readonly<Record<string, Digest>> = {
  crc32: CRC32,
  md5: MD5,
  sha1: SHA1,
  sha256: SHA256,
};

/** Where a property's value lies in the window. */
interface Value {
  readonly offset: number;
  readonly length: number;
}

interface Node {
  readonly name: string;
  readonly properties: Map<string, Value>;
  readonly children: Node[];
}

function newNode(name: string): Node {
  return { name, properties: new Map(), children: [] };
}

/** The tree, as far as it can be read; undefined when its structure is broken. */
function readTree(window: Window): Node | undefined {
  const strings = window.u32(12);
  const structure = window.u32(8);
  const end = Math.min(window.size, structure + window.u32(36));
  const root = newNode("");
  const open: Node[] = [root];
  let position = structure;
  for (let count = 0; count < MAX_TOKENS && position + 4 <= end; count++) {
    const token = window.u32(position);
    position += 4;
    const node = open[open.length - 1];
    if (node === undefined) return undefined;
    if (token === BEGIN_NODE) {
      const name = window.text(position, MAX_NAME);
      const child = newNode(name);
      node.children.push(child);
      open.push(child);
      if (open.length > MAX_DEPTH) return undefined;
      position += roundUp(name.length + 1, 4);
    } else if (token === PROPERTY) {
      const length = window.u32(position);
      const name = window.text(strings + window.u32(position + 4), MAX_NAME);
      node.properties.set(name, { offset: position + 8, length });
      position += 8 + roundUp(length, 4);
    } else if (token === END_NODE) {
      open.pop();
      if (open.length === 1) return root.children[0];
    } else if (token !== NOP) return undefined;
  }
  return undefined;
}

function childOf(node: Node, name: string): Node | undefined {
  return node.children.find((child) => child.name === name);
}

function textOf(window: Window, node: Node, property: string): string {
  const value = node.properties.get(property);
  return value === undefined ? "" : window.text(value.offset, value.length);
}

function numberOf(window: Window, node: Node, property: string): number | undefined {
  const value = node.properties.get(property);
  return value?.length === 4 ? window.u32(value.offset) : undefined;
}

/** Texts of a NUL-separated list. */
function textsOf(window: Window, node: Node, property: string): string[] {
  const value = node.properties.get(property);
  if (value === undefined) return [];
  const texts: string[] = [];
  let position = value.offset;
  const end = Math.min(value.offset + value.length, value.offset + 16 * MAX_NAME);
  while (position < end) {
    const text = window.text(position, end - position);
    if (text !== "") texts.push(text);
    position += text.length + 1;
  }
  return texts;
}

/** Where the data of an image node lies: in the tree, behind it, or at a fixed position. */
function dataOf(window: Window, node: Node, totalSize: number): Value | undefined {
  const inline = node.properties.get("data");
  if (inline !== undefined) return inline;
  const length = numberOf(window, node, "data-size");
  if (length === undefined) return undefined;
  const offset = numberOf(window, node, "data-offset");
  if (offset !== undefined) return { offset: roundUp(totalSize, 4) + offset, length };
  const position = numberOf(window, node, "data-position");
  return position === undefined ? undefined : { offset: position, length };
}

function read(scope: Scope): Part | undefined {
  const { window } = scope;
  const totalSize = window.u32(4);
  if (window.u32(0) !== MAGIC || totalSize < HEADER) return undefined;
  const isPlausible = window.u32(8) < totalSize && window.u32(12) < totalSize &&
    window.u32(20) <= 32;
  if (!isPlausible) return undefined;
  const root = readTree(window);
  const images = root === undefined ? undefined : childOf(root, "images");
  const title = root !== undefined && images === undefined
    ? "device tree"
    : "U-Boot FIT image (itb)";
  const format = root !== undefined && images === undefined ? "device-tree" : "fit";
  const draft = new PartDraft(scope, format, title, totalSize);
  if (root === undefined) {
    draft.announces(totalSize, "FIT size");
    if (totalSize <= window.size) {
      draft.compare("FIT structure", 0, totalSize, "complete", "broken");
    }
    return draft.done();
  }
  draft.fact("description", textOf(window, root, "description"));
  for (const name of textsOf(window, root, "compatible")) draft.mark("fit-compatible", name);
  let end = totalSize;
  for (const image of images?.children.slice(0, MAX_IMAGES) ?? []) {
    const data = dataOf(window, image, totalSize);
    if (data !== undefined) end = Math.max(end, data.offset + data.length);
  }
  draft.announces(end, "FIT size");
  for (const image of images?.children.slice(0, MAX_IMAGES) ?? []) {
    readImage(scope, draft, image, totalSize);
  }
  readConfigurations(window, draft, root);
  return draft.done();
}

function readImage({ window }: Scope, draft: PartDraft, image: Node, totalSize: number): void {
  const type = textOf(window, image, "type");
  const details = [type, textOf(window, image, "arch"), textOf(window, image, "compression")];
  draft.fact(`image ${image.name}`, details.filter((text) => text !== "").join(", "));
  const data = dataOf(window, image, totalSize);
  if (data === undefined || !window.has(data.offset, data.length)) return;
  for (const node of image.children) {
    if (!node.name.startsWith("hash")) continue;
    const algorithm = textOf(window, node, "algo");
    const digest = DIGESTS[algorithm];
    const value = node.properties.get("value");
    if (digest === undefined || value === undefined) continue;
    draft.verify({
      name: `FIT ${image.name} ${algorithm}`,
      from: data.offset,
      to: data.offset + data.length,
      digest,
      stored: window.hex(value.offset, value.length),
    });
  }
  const isFilesystem = type === "filesystem" || /rootfs|ubi|squashfs/.test(image.name);
  if (isFilesystem) draft.holds(data.offset, data.length);
  if (image.name.includes("u-boot") || image.name.includes("uboot")) {
    draft.notice({
      severity: "warning",
      code: "boot-part-inside",
      message: `The image carries a part named "${image.name}", which may be a bootloader`,
      hint: "Use it only if it is made for exactly this model and revision",
    });
  }
}

function readConfigurations(window: Window, draft: PartDraft, root: Node): void {
  const configurations = childOf(root, "configurations");
  for (const configuration of configurations?.children.slice(0, MAX_IMAGES) ?? []) {
    const description = textOf(window, configuration, "description");
    draft.fact(`configuration ${configuration.name}`, description);
    for (const name of textsOf(window, configuration, "compatible")) {
      draft.mark("fit-compatible", name);
    }
  }
}

/** Flattened device tree: a FIT image, or a bare tree. */
export const FIT: Format = { id: "fit", read };
