/**
 * Files that may be the image: beside the program and in the working folder, newest first.
 *
 * @module
 */
import { join } from "@std/path";
import type { Host } from "../host/host.ts";

/** A file that may be an image. */
export interface NearbyImage {
  /** Path to read it. */
  readonly path: string;
  /** Name without folders. */
  readonly name: string;
  /** Bytes. */
  readonly size: number;
}

/** Endings of firmware as download pages have them. */
const ENDINGS = /\.(bin|img|trx|chk|itb|elf|ubi|uimage|w|dlf|bix|stk|squashfs|initramfs|fit|rmt)$/i;

/** No image is smaller; configuration files and texts are. */
const LEAST_BYTES = 64 * 1024;

/** Most files that are offered. */
const MOST = 20;

/** Finds files that may be images. Folders that cannot be read count as empty. */
export async function findImages(
  host: Pick<Host, "listDirectory" | "stat" | "realPath">,
  folders: readonly string[],
): Promise<readonly NearbyImage[]> {
  const found = new Map<string, NearbyImage & { readonly at: number }>();
  for (const folder of folders) {
    const names = await host.listDirectory(folder).catch(() => []);
    for (const name of names.filter((each) => ENDINGS.test(each) && !each.startsWith("."))) {
      const path = folder === "." ? name : join(folder, name);
      const info = host.stat(path);
      if (info?.kind !== "file" || info.size < LEAST_BYTES) continue;
      found.set(host.realPath(path) ?? path, {
        path,
        name,
        size: info.size,
        at: info.modifiedAt ?? 0,
      });
    }
  }
  return [...found.values()]
    .sort((a, b) => b.at - a.at || (a.name < b.name ? -1 : 1))
    .slice(0, MOST)
    .map(({ path, name, size }) => ({ path, name, size }));
}

/**
 * A path as it was typed, pasted or dragged into the terminal: quotes are taken off, and blanks that
 * a shell would want escaped are made plain if only then the file is there.
 */
export function typedPath(typed: string, host: Pick<Host, "stat" | "os" | "env">): string {
  const quoted = /^(["'])(.*)\1$/.exec(typed.trim());
  const bare = quoted?.[2] ?? typed.trim();
  const home = host.env("HOME");
  const path = bare.startsWith("~/") && home !== undefined ? join(home, bare.slice(2)) : bare;
  if (host.os === "windows" || host.stat(path) !== undefined) return path;
  const plain = path.replace(/\\(.)/g, "$1");
  return host.stat(plain) === undefined ? path : plain;
}
