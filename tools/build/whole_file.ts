/**
 * Files that appear under their name only when they are whole, and that leave nothing behind when the
 * tool is stopped.
 *
 * @module
 */
import { dirname } from "@std/path";
import { fileError } from "../../lib/host/os_errors.ts";

const unfinished = new Set<string>();

/**
 * Marks a file or folder that must not stay: it is removed when the result is disposed of, or by
 * {@link removeUnfinished}. It need not be there.
 */
export function passing(path: string): AsyncDisposable {
  unfinished.add(path);
  return {
    async [Symbol.asyncDispose]() {
      await Deno.remove(path, { recursive: true }).catch(() => {});
      unfinished.delete(path);
    },
  };
}

/** Removes everything that is {@link passing} now; for a tool that ends early. */
export function removeUnfinished(): void {
  for (const path of unfinished) {
    try {
      Deno.removeSync(path, { recursive: true });
    } catch {
      // Not there yet, or not any more.
    }
  }
}

/**
 * Makes a file: `write` writes it under the name it is given, and it gets its own when it is on the
 * disk, which may be a stick that is pulled out soon. Its folder is made, too.
 *
 * Throws UnbrickError when it cannot be written.
 */
export async function writeWhole(
  path: string,
  write: (part: string) => Promise<void>,
  part: string = `${path}.part`,
): Promise<void> {
  await using _ = passing(part);
  try {
    await Deno.mkdir(dirname(path), { recursive: true });
    await write(part);
    await flush(part);
    await Deno.rename(part, path);
  } catch (error) {
    throw fileError(error, "write", path);
  }
}

async function flush(path: string): Promise<void> {
  using file = await Deno.open(path, { write: true });
  await file.sync();
}
