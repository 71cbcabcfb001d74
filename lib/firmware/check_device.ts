/**
 * Findings about an image against what a device's bootloader wants.
 *
 * @module
 */
import { checkNames } from "./check_names.ts";
import type { Expectation } from "./expectation.ts";
import { SHAPE_FOR } from "./expectation.ts";
import { flatten } from "./inspect.ts";
import type { CutShape, Finding, ImageKind, Inspection } from "./inspection.ts";

const DEFAULT_BLOCK = 512;
const MAX_BLOCKS = 65_535;

/** Findings against an expectation. */
export function checkDevice(inspection: Inspection, expectation: Expectation): Finding[] {
  return [
    ...checkNames(inspection, expectation),
    ...kindFindings(inspection, expectation),
    ...formatFindings(inspection, expectation),
    ...sizeFindings(inspection, expectation),
    ...signatureFindings(inspection, expectation),
    ...layoutFindings(inspection, expectation),
  ];
}

const KIND_NAMES: Readonly<Record<ImageKind, string>> = {
  "factory": "factory",
  "factory-or-stock": "factory or stock",
  "stock": "stock",
  "sysupgrade": "sysupgrade",
  "initramfs": "initramfs",
  "tftp-recovery": "TFTP recovery",
  "unknown": "unknown",
};

/** Name of a kind for people. */
export function describeKind(kind: ImageKind): string {
  return KIND_NAMES[kind];
}

function withArticle(kind: string): string {
  return `${/^[aeiou]/.test(kind) ? "an" : "a"} ${kind}`;
}

/** Stock and factory images share the vendor's format, so a loader that takes one takes the other. */
function kindGroup(kind: ImageKind): ImageKind {
  return kind === "factory" || kind === "stock" ? "factory-or-stock" : kind;
}

function kindFindings({ kind }: Inspection, { kinds, device }: Expectation): Finding[] {
  if (kinds === undefined || kinds.length === 0) return [];
  const wanted = kinds.map(describeKind).join(" or ");
  if (kind === "unknown") {
    return [{
      severity: "note",
      code: "kind-unknown",
      message: `The loader wants ${withArticle(wanted)} image; what kind this is could not be told`,
    }];
  }
  if (kinds.some((one) => kindGroup(one) === kindGroup(kind))) {
    return [{
      severity: "fine",
      code: "kind",
      message: `Its kind is one the loader takes (${describeKind(kind)})`,
    }];
  }
  return [{
    severity: "warning",
    code: "other-kind",
    message: `The loader of ${device} wants ${withArticle(wanted)} image; ` +
      `this is ${withArticle(describeKind(kind))} image`,
    hint: `Look for the ${wanted} image of the same device`,
  }];
}

function formatFindings({ parts }: Inspection, { formats, device }: Expectation): Finding[] {
  const found = parts[0];
  if (formats === undefined || formats.length === 0 || found === undefined) return [];
  if (flatten([found]).some(({ format }) => formats.includes(format))) return [];
  return [{
    severity: "warning",
    code: "other-format",
    message: `The loader of ${device} wants ${formats.join(" or ")}; this is a ${found.title}`,
    hint: "Look for the image in that format",
  }];
}

function sizeFindings({ size }: Inspection, expectation: Expectation): Finding[] {
  const findings: Finding[] = [];
  const { flashSize, maxSize, noRollover = false, blockSize = DEFAULT_BLOCK } = expectation;
  const limit = Math.min(flashSize ?? Infinity, maxSize ?? Infinity);
  if (size > limit) {
    findings.push({
      severity: "stop",
      code: "too-large",
      message: `${size} bytes do not fit: the device has room for ${limit}`,
      hint: "Find the image for exactly your model and revision",
    });
  }
  // The last block is shorter than the others, if need be empty (RFC 1350 §6).
  const blocks = Math.floor(size / blockSize) + 1;
  if (noRollover && blocks > MAX_BLOCKS) {
    findings.push({
      severity: "stop",
      code: "too-many-blocks",
      message: `The loader cannot count beyond ${MAX_BLOCKS} blocks of ${blockSize} bytes; ` +
        `this file needs ${blocks}`,
      hint: "Use a smaller image, or a larger block size if the loader takes one",
    });
  }
  return findings;
}

function signatureFindings(inspection: Inspection, expectation: Expectation): Finding[] {
  if (expectation.signedOnly !== true) return [];
  const { signature, kind, metadata } = inspection;
  if (signature === "present") {
    return [{
      severity: "note",
      code: "signature-unchecked",
      message: "A signature is there; only the loader can tell whether it is the vendor's",
    }];
  }
  const isOfOpenWrt = metadata !== undefined || kind === "factory";
  if (signature === "empty" || isOfOpenWrt) {
    return [{
      severity: "stop",
      code: "not-signed",
      message: `The loader of ${expectation.device} takes only what the vendor signed; this is not`,
      hint: "Use the vendor's own recovery image",
    }];
  }
  return [{
    severity: "warning",
    code: "signature-unknown",
    message: `The loader of ${expectation.device} takes only what the vendor signed`,
    hint: "Make sure that this file comes from the vendor, unchanged",
  }];
}

/** Where the firmware header lies in a TP-Link file; undefined for other files. */
function shapeOf({ parts }: Inspection): CutShape | "behind-boot-part" | "elsewhere" | undefined {
  const [first] = parts;
  if (first === undefined || !first.format.startsWith("tplink-")) return undefined;
  if (first.format === "tplink-recovery") {
    const at = first.children[0]?.offset;
    return at === 0x10000 ? "header-at-64k" : at === 0x20000 ? "header-at-128k" : "elsewhere";
  }
  const hasBootPart = first.notices.some(({ code }) => code === "boot-part-inside");
  const isHeader = /^tplink-v\d$/.test(first.format);
  return isHeader && hasBootPart ? "behind-boot-part" : "header-first";
}

function layoutFindings(inspection: Inspection, { layout, device }: Expectation): Finding[] {
  const found = shapeOf(inspection);
  if (layout === undefined) return [];
  const wanted = SHAPE_FOR[layout];
  if (wanted === undefined) return bootFirstFindings(found, device);
  if (found === wanted) {
    return [{ severity: "fine", code: "shape", message: "It begins as the loader wants it" }];
  }
  if (found === undefined) return [];
  const offer = inspection.cuts.find(({ shape }) => shape === wanted);
  const problem = found === "behind-boot-part"
    ? "The file begins with a bootloader part, which this loader would write in the wrong place"
    : "The file does not begin as this loader wants it";
  return [{
    severity: "stop",
    code: "wrong-shape",
    message: problem,
    hint: offer === undefined
      ? "Find the image made for TFTP recovery of this device"
      : offer.description,
    ...(offer === undefined ? {} : { cut: offer.cut }),
  }];
}

/** These loaders overwrite themselves: anything that does not begin with their bootloader bricks. */
function bootFirstFindings(found: ReturnType<typeof shapeOf>, device: string): Finding[] {
  const isCertain = found === "header-first" || found === "behind-boot-part";
  return [{
    severity: isCertain ? "stop" : "warning",
    code: "boot-first",
    message: `The loader of ${device} overwrites itself with the start of the file` +
      (isCertain ? ", and this one does not begin with a bootloader" : ""),
    hint: "Follow the linked source to put the file together, or use the serial console",
  }];
}
