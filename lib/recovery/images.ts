/**
 * Images for a recovery: read once into memory and hashed, so that exactly the bytes that were
 * checked are sent, even when the USB stick has been pulled.
 *
 * @module
 */
import { basename } from "@std/path";
import { UnbrickError } from "../errors.ts";
import type { Host } from "../host/host.ts";
import type { Image } from "../tftp/file_policy.ts";
import { sha256 } from "../tftp/files.ts";

/**
 * Reads an image. Throws UnbrickError when it cannot be read (`file-not-found`, `file-unreadable`)
 * or is empty (`file-empty`).
 */
export async function loadImage(host: Pick<Host, "readFile">, path: string): Promise<Image> {
  const bytes = await host.readFile(path);
  if (bytes.length === 0) {
    throw new UnbrickError("file-empty", `The image "${path}" is empty`, {
      hint: "Download it again and compare its size with the download page",
    });
  }
  return { name: basename(path), bytes, sha256: sha256(bytes) };
}

/**
 * Reads several images. Throws UnbrickError as {@link loadImage} does, and for two of the same name
 * (`usage`), of which only one could be served.
 */
export async function loadImages(
  host: Pick<Host, "readFile">,
  paths: readonly string[],
): Promise<Image[]> {
  const images: Image[] = [];
  for (const path of paths) {
    const image = await loadImage(host, path);
    if (images.some((other) => other.name === image.name)) {
      throw new UnbrickError("usage", `Two images are called "${image.name}"`, {
        hint: "Rename one of them, or serve them one after the other",
      });
    }
    images.push(image);
  }
  return images;
}
