/**
 * Images for a recovery: read once into memory, looked into and hashed, so that exactly the bytes
 * that were checked are sent, even when the USB stick has been pulled.
 *
 * @module
 */
import { findEntry, loadCatalogue } from "../device/catalogue.ts";
import { UnbrickError } from "../errors.ts";
import { checkImage } from "../firmware/check.ts";
import { applyCut } from "../firmware/cut.ts";
import type { Expectation } from "../firmware/expectation.ts";
import { inspectImage } from "../firmware/inspect.ts";
import type { Finding } from "../firmware/inspection.ts";
import { readImage } from "../firmware/read_image.ts";
import type { Host } from "../host/host.ts";
import type { Image } from "../tftp/file_policy.ts";
import { expectationOf } from "./expected_image.ts";

/** How strictly images are looked at. */
export interface ImageChecks {
  /**
   * Id of the device in the catalogue, or what is expected where that is known already; undefined
   * when it is not known.
   */
  readonly device: string | Expectation | undefined;
  /** Send it although something speaks against it. */
  readonly force: boolean;
  /** The option that says so; `--force` unless given. */
  readonly forceOption?: string;
  /** Send the part that the device wants, where the inspection can tell it. */
  readonly cut: boolean;
}

/** An image with what is worth knowing of it. */
export interface CheckedImage {
  /** The bytes to send, cut if that was asked. */
  readonly image: Image;
  /** What the inspection found, the gravest first. */
  readonly findings: readonly Finding[];
}

/**
 * What the catalogue knows a device to expect. Throws UnbrickError (`usage`) for an id that it does
 * not have.
 */
export async function expectationForDevice(id: string): Promise<Expectation> {
  const entry = findEntry(await loadCatalogue(), id);
  if (entry !== undefined) return expectationOf(entry);
  throw new UnbrickError("usage", `No device has the id "${id}"`, {
    hint: "Search the catalogue: unbrick devices MODEL",
  });
}

/**
 * Reads images and looks into them. Throws UnbrickError when one cannot be read or is empty, when
 * two have one name, and (`image-refused`) when something speaks against sending one and `force` is
 * not set.
 */
export async function loadImages(
  host: Pick<Host, "readFile" | "stat">,
  paths: readonly string[],
  checks: ImageChecks,
): Promise<CheckedImage[]> {
  const expectation = typeof checks.device === "string"
    ? await expectationForDevice(checks.device)
    : checks.device;
  const images: CheckedImage[] = [];
  for (const path of paths) images.push(await loadChecked(host, path, checks, expectation));
  requireDifferentNames(images.map(({ image }) => image.name));
  return images;
}

async function loadChecked(
  host: Pick<Host, "readFile" | "stat">,
  path: string,
  checks: ImageChecks,
  expectation: Expectation | undefined,
): Promise<CheckedImage> {
  const { bytes: whole, context } = await readImage(host, path);
  requireNotEmpty(path, whole);
  const name = context.fileName ?? path;
  const inspected = inspectImage(whole, context);
  const found = checkImage(inspected, expectation);
  const cut = checks.cut ? found.find((finding) => finding.cut !== undefined)?.cut : undefined;
  const bytes = cut === undefined ? whole : applyCut(whole, cut);
  // The list of hashes beside the file is of the whole file.
  const sent = cut === undefined ? inspected : inspectImage(bytes, { fileName: name });
  const findings = cut === undefined ? found : checkImage(sent, expectation);
  const stop = findings.find(({ severity }) => severity === "stop");
  if (stop !== undefined && !checks.force) {
    const advice = stop.cut === undefined ? "" : "Send the part it wants with --cut. ";
    throw new UnbrickError("image-refused", `"${name}": ${stop.message}`, {
      hint: `${stop.hint === undefined ? "" : `${stop.hint}. `}${advice}` +
        "To send it all the same, which may brick the device for good, add " +
        (checks.forceOption ?? "--force"),
    });
  }
  return { image: { name, bytes, sha256: sent.hashes.sha256 }, findings };
}

/** Throws UnbrickError (`file-empty`) for a file without bytes. */
function requireNotEmpty(path: string, bytes: Uint8Array): void {
  if (bytes.length > 0) return;
  throw new UnbrickError("file-empty", `The image "${path}" is empty`, {
    hint: "Download it again and compare its size with the download page",
  });
}

/** Throws UnbrickError (`usage`) for two images of one name, of which only one could be served. */
function requireDifferentNames(names: readonly string[]): void {
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice === undefined) return;
  throw new UnbrickError("usage", `Two images are called "${twice}"`, {
    hint: "Rename one of them, or serve them one after the other",
  });
}
