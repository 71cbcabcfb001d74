/**
 * The image a bootloader wants, in words.
 *
 * @module
 */
import type { ImageKind, ImagePart, ImageWanted } from "./types.ts";

const KIND_WORDS: Readonly<Record<ImageKind, string>> = {
  "factory": "factory",
  "sysupgrade": "sysupgrade",
  "initramfs": "initramfs",
  "stock": "the vendor's stock image",
  "tftp-recovery": "tftp-recovery",
  "trx": "TRX",
  "bootloader": "bootloader",
};

/** What to send, with what the loader makes of it. */
export function describeImage(image: ImageWanted): string {
  const parts: string[] = [];
  if (image.layout !== undefined) {
    parts.push(`put together: ${image.layout.map(describePart).join(" + ")}`);
  } else if (image.kinds.length > 0) {
    parts.push(image.kinds.map((kind) => KIND_WORDS[kind]).join(" or "));
  }
  if (image.as !== undefined && image.layout === undefined && !isSaid(image)) {
    parts.push(image.kinds.length > 0 ? `(${image.as})` : image.as);
  }
  const remarks: string[] = [];
  if (image.maxBytes !== undefined) {
    const more = image.larger === "cut-off"
      ? "; the rest is cut off"
      : image.larger === "does-not-work"
      ? "; a larger one does not work"
      : "";
    remarks.push(`at most ${image.maxBytes} bytes${more}`);
  }
  if (image.skipsFirst !== undefined) {
    remarks.push(`the loader leaves out the first ${image.skipsFirst} bytes`);
  }
  if (image.startsWith !== undefined) remarks.push(`must start with "${image.startsWith}"`);
  if (image.cut !== undefined) {
    const { bytes, whenNameHas } = image.cut;
    remarks.push(`cut ${bytes} bytes off the start of a file with "${whenNameHas}" in its name`);
  }
  return [parts.join(" "), ...remarks].filter((part) => part !== "").join("; ");
}

/** Whether the source's words say no more than the sorts do. */
function isSaid(image: ImageWanted): boolean {
  const words = (image.as ?? "").toLowerCase().split(/[^a-z-]+/);
  const known = [...image.kinds, "img", "or", "image", "signed", "then", "from", "ram", ""];
  return image.kinds.length > 0 &&
    words.every((word) =>
      known.includes(word) || word === "booted" || word === "kept" || word === "in"
    );
}

function describePart(part: ImagePart): string {
  if ("zeros" in part) return `${part.zeros} zero bytes`;
  const whole = `the ${part.of} image`;
  if (part.bytes === undefined) {
    return part.from === undefined ? whole : `${whole} from byte ${part.from}`;
  }
  const from = part.from ?? 0;
  return `bytes ${from} to ${from + part.bytes - 1} of ${whole}`;
}
