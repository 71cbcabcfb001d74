/**
 * Writes the files of a stick, so that none is ever half there.
 *
 * @module
 */
import { dirname, join } from "@std/path";
import { UnbrickError } from "../../lib/errors.ts";
import { fileError } from "../../lib/host/os_errors.ts";
import { sha256 } from "../../lib/tftp/files.ts";
import { formatSums, SUMS_NAME } from "./checksums.ts";
import { fatProblems } from "./fat.ts";
import type { StickFile } from "./stick_files.ts";

/**
 * Writes the files and their checksums into a folder, which is made when it is not there. Files with
 * other names stay as they are.
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
  for (const { path, what, make } of files) {
    const bytes = await make();
    refuseWhatFatCannotHold(new Map([[path, bytes.length]]));
    await writeWhole(folder, path, bytes);
    sums.set(path, sha256(bytes));
    total += bytes.length;
    say(`${path}  ${describeSize(bytes.length)}  ${what}`);
  }
  await writeWhole(folder, SUMS_NAME, new TextEncoder().encode(formatSums(sums)));
  return total;
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

async function writeWhole(folder: string, path: string, bytes: Uint8Array): Promise<void> {
  const whole = join(folder, ...path.split("/"));
  const part = `${whole}.part`;
  try {
    await Deno.mkdir(dirname(whole), { recursive: true });
    await Deno.writeFile(part, bytes);
    await Deno.rename(part, whole);
  } catch (error) {
    await Deno.remove(part).catch(() => {});
    throw fileError(error, "write", whole);
  }
  // FAT has no execute bit, and nothing needs it; on other disks it lets a double click work.
  if (!/\.(txt|js)$/.test(path) && path !== SUMS_NAME) {
    await Deno.chmod(whole, 0o755).catch(() => {});
  }
}
