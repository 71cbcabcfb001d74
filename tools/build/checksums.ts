/**
 * SHA-256 sums, in the form that `sha256sum -c` reads.
 *
 * @module
 */
import { join } from "@std/path";
import { sha256 } from "../../lib/tftp/files.ts";
import { writeWhole } from "./whole_file.ts";

/** Name of the file that holds them. */
export const SUMS_NAME = "SHA256SUMS";

/** The text of a `SHA256SUMS`, in the order of the names; `sums` maps names to sums. */
export function formatSums(sums: ReadonlyMap<string, string>): string {
  return [...sums.keys()].sort().map((name) => `${sums.get(name)}  ${name}\n`).join("");
}

/** Reads the text of a `SHA256SUMS`; lines that are none are passed over. */
export function parseSums(text: string): Map<string, string> {
  const lines = text.matchAll(/^([0-9a-f]{64}) [ *](.+?)\r?$/gm);
  return new Map(Array.from(lines, ([, sum = "", name = ""]) => [name, sum]));
}

/** Writes the sums of all files of a folder into it. */
export async function writeSums(folder: string): Promise<void> {
  const sums = new Map<string, string>();
  for await (const { name, isFile } of Deno.readDir(folder)) {
    if (isFile && name !== SUMS_NAME) {
      sums.set(name, sha256(await Deno.readFile(join(folder, name))));
    }
  }
  await writeWhole(
    join(folder, SUMS_NAME),
    (part) => Deno.writeTextFile(part, formatSums(sums)),
  );
}
