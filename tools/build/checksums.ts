/**
 * SHA-256 sums, in the form that `sha256sum -c` reads.
 *
 * @module
 */
import { join } from "@std/path";
import { sha256 } from "../../lib/tftp/files.ts";

/** Name of the file that holds them. */
export const SUMS_NAME = "SHA256SUMS";

/** The text of a `SHA256SUMS`, in the order of the names; `sums` maps names to sums. */
export function formatSums(sums: ReadonlyMap<string, string>): string {
  return [...sums.keys()].sort().map((name) => `${sums.get(name)}  ${name}\n`).join("");
}

/** Writes the sums of all files of a folder into it. */
export async function writeSums(folder: string): Promise<void> {
  const sums = new Map<string, string>();
  for await (const { name, isFile } of Deno.readDir(folder)) {
    if (isFile && name !== SUMS_NAME) {
      sums.set(name, sha256(await Deno.readFile(join(folder, name))));
    }
  }
  await Deno.writeTextFile(join(folder, SUMS_NAME), formatSums(sums));
}
