/**
 * Reads an image once, with what lies beside it.
 *
 * @module
 */
import { basename, dirname, join } from "@std/path";
import { UnbrickError } from "../errors.ts";
import type { Host } from "../host/host.ts";
import type { ImageContext, ListedHash } from "./inspection.ts";
import { findSha256, LIST_NAMES } from "./sha256sums.ts";

/** No router image comes near this; it keeps a mistaken choice from filling the memory. */
const MAX_IMAGE = 512 * 1024 * 1024;
const MAX_LIST = 4 * 1024 * 1024;

/** An image as it was read: exactly these bytes are judged and sent. */
export interface ReadImage {
  /** The bytes. */
  readonly bytes: Uint8Array;
  /** Its name, and its hash in a list beside it. */
  readonly context: ImageContext;
}

/**
 * Reads an image and looks for a checksum list beside it. A list that cannot be read counts as none.
 * Throws UnbrickError (`file-not-found`, `file-unreadable`, `file-invalid`).
 */
export async function readImage(
  host: Pick<Host, "readFile" | "stat">,
  path: string,
): Promise<ReadImage> {
  const size = host.stat(path)?.size ?? 0;
  if (size > MAX_IMAGE) {
    throw new UnbrickError("file-invalid", `"${path}" has ${size} bytes, too many for an image`, {
      hint: "Choose the firmware file itself",
    });
  }
  const bytes = await host.readFile(path);
  const fileName = basename(path);
  const listedSha256 = await readListed(host, dirname(path), fileName);
  return { bytes, context: { fileName, ...(listedSha256 === undefined ? {} : { listedSha256 }) } };
}

async function readListed(
  host: Pick<Host, "readFile" | "stat">,
  folder: string,
  fileName: string,
): Promise<ListedHash | undefined> {
  for (const list of LIST_NAMES) {
    const path = join(folder, list);
    const info = host.stat(path);
    if (info?.kind !== "file" || info.size > MAX_LIST) continue;
    try {
      const text = new TextDecoder().decode(await host.readFile(path));
      return { list, sha256: findSha256(text, fileName) };
    } catch (error) {
      if (error instanceof UnbrickError) continue;
      throw error;
    }
  }
  return undefined;
}
