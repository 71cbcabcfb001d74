/**
 * Writes the files of a stick, so that none is ever half there.
 *
 * @module
 */
import { join } from "@std/path";
import { UnbrickError } from "../../lib/errors.ts";
import { fileError } from "../../lib/host/os_errors.ts";
import { sha256 } from "../../lib/tftp/files.ts";
import { formatSums, parseSums, SUMS_NAME } from "./checksums.ts";
import { fatProblems } from "./fat.ts";
import type { StickFile } from "./stick_files.ts";
import { writeWhole } from "./whole_file.ts";

/**
 * Writes the files and their checksums into a folder, which is made when it is not there. Files with
 * other names stay as they are, and keep their checksums: a stick can be made in several goes.
 *
 * @returns the bytes written. Throws UnbrickError when a file cannot be made or written.
 */
export async function writeStick(
  folder: string,
  files: readonly StickFile[],
  say: (line: string) => void,
): Promise<number> {
  refuseWhatFatCannotHold(new Map(files.map(({ path }) => [path, 0])));
  const sums = new Map<string, string>();
  let total = 0;
  for (const { path, what, replaces, make } of files) {
    const bytes = await make();
    refuseWhatFatCannotHold(new Map([[path, bytes.length]]));
    await put(folder, path, bytes);
    if (replaces !== undefined) await removeIfThere(join(folder, replaces));
    sums.set(path, sha256(bytes));
    total += bytes.length;
    say(`${path}  ${describeSize(bytes.length)}  ${what}`);
  }
  const older = await sumsOfOthers(folder, sums);
  const text = formatSums(new Map([...older, ...sums]));
  await put(folder, SUMS_NAME, new TextEncoder().encode(text));
  return total;
}

/** The sums that an earlier go wrote for files which are still there. */
async function sumsOfOthers(
  folder: string,
  written: ReadonlyMap<string, string>,
): Promise<Map<string, string>> {
  const others = new Map<string, string>();
  const text = await Deno.readTextFile(join(folder, SUMS_NAME)).catch(() => "");
  for (const [path, sum] of parseSums(text)) {
    if (!written.has(path) && await isFile(join(folder, path))) others.set(path, sum);
  }
  return others;
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isFile;
  } catch {
    return false;
  }
}

async function removeIfThere(path: string): Promise<void> {
  try {
    await Deno.remove(path, { recursive: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw fileError(error, "remove", path);
  }
}

function describeSize(bytes: number): string {
  return bytes < 100_000 ? `${bytes} bytes` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}

function refuseWhatFatCannotHold(sizes: ReadonlyMap<string, number>): void {
  const [problem] = fatProblems(sizes);
  if (problem === undefined) return;
  throw new UnbrickError("unexpected", `A stick with FAT cannot hold ${problem}`, {
    hint: "Change tools/build/stick_files.ts",
  });
}

async function put(folder: string, path: string, bytes: Uint8Array): Promise<void> {
  const whole = join(folder, ...path.split("/"));
  await writeWhole(whole, (part) => Deno.writeFile(part, bytes));
  // FAT has no execute bit, and nothing needs it; on other disks it lets a double click work.
  if (!/\.(txt|js)$/.test(path) && path !== SUMS_NAME) {
    await Deno.chmod(whole, 0o755).catch(() => {});
  }
}
