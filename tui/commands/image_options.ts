/**
 * What the commands that send an image say about it, and the options that belong to that.
 *
 * @module
 */
import type { CheckedImage, ImageChecks } from "../../lib/recovery/images.ts";
import { formatBytes } from "../output/event_text.ts";

/** Options as the command line gives them. */
export interface ImageOptions {
  /** Id of the device in the catalogue. */
  readonly device?: string | undefined;
  /** Send it although something speaks against it. */
  readonly force?: boolean | undefined;
  /** Send the part that the device wants. */
  readonly cut?: boolean | undefined;
}

/** The checks that the options ask for. */
export function imageChecks(options: ImageOptions): ImageChecks {
  return {
    device: options.device,
    force: options.force === true,
    cut: options.cut === true,
  };
}

const LABELS = { stop: "STOP", warning: "Warning", note: "Note", fine: "Good" } as const;

/** Name, size, what was found, and the hash to compare with the download page. */
export function describeImage({ image, findings }: CheckedImage, names: string): string {
  const lines = findings.map(({ severity, message, hint }) =>
    `  ${LABELS[severity]}: ${message}${hint === undefined ? "" : `. ${hint}`}`
  );
  return [
    `"${image.name}" (${formatBytes(image.bytes.length)})${names}`,
    ...lines,
    `  SHA-256 ${image.sha256}`,
  ].join("\n");
}
