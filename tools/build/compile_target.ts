/**
 * `deno compile` for one system, with messages for what can be missing.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { dirname, join } from "@std/path";
import { UnbrickError } from "../../lib/errors.ts";
import { programTarget } from "../../lib/host/deno_program.ts";
import { fileError } from "../../lib/host/os_errors.ts";
import { executableTarget } from "./executable.ts";
import { drawIcon } from "./icon.ts";
import { PROJECT, runDeno } from "./run_deno.ts";
import { OFFLINE_FLAGS, PERMISSION_FLAGS } from "./run_flags.ts";
import { isWindows, type Target } from "./targets.ts";

/** Where Deno fetches the runtime for compiled programs. */
const RUNTIME_SITE = "https://dl.deno.land/release";

/** A site that gives no answer for this long is out of reach. */
const PROBE_MS = 5_000;

/** The beginning of the calendar of FAT. */
const SOURCE_TIME = new Date("1980-01-01T00:00:00Z");

/** Words of the compiler, which the runtime is without. */
const COMPILER_PHRASE = "Setting up base binary";

/** The archive of the runtime for a system, on {@link RUNTIME_SITE} and in the cache of Deno. */
function runtimePath(target: Target): string {
  return `v${Deno.version.deno}/denort-${target.name}.zip`;
}

/** The runtime that somebody gives, as Deno looks for it. */
function namedRuntime(): string | undefined {
  return Deno.env.get("DENORT_BIN") || undefined;
}

/** Whether Deno can have the runtime for a system: named, in its cache, or within reach. */
export async function canCompile(target: Target): Promise<boolean> {
  const named = namedRuntime();
  if (named !== undefined) return (await lookAtRuntime(named)).target === target.name;
  const info = await runDeno(["info", "--json", "--no-config"]);
  const { denoDir } = JSON.parse(info.stdout) as { readonly denoDir: string };
  try {
    await Deno.stat(join(denoDir, "dl", "release", runtimePath(target)));
    return true;
  } catch {
    // Not kept from an earlier time: asks.
  }
  try {
    const signal = AbortSignal.timeout(PROBE_MS);
    const response = await fetch(`${RUNTIME_SITE}/${runtimePath(target)}`, {
      method: "HEAD",
      signal,
    });
    return response.ok;
  } catch {
    return false;
  }
}

/** What a file is that somebody gives for the runtime. */
interface NamedRuntime {
  /** For which system it is; undefined when it is no program or cannot be read. */
  readonly target: string | undefined;
  /** Whether it is all of Deno, which is accepted like its runtime and then runs as Deno. */
  readonly isDeno: boolean;
}

async function lookAtRuntime(path: string): Promise<NamedRuntime> {
  try {
    const bytes = Buffer.from(await Deno.readFile(path));
    return { target: executableTarget(bytes), isDeno: bytes.includes(COMPILER_PHRASE) };
  } catch {
    return { target: undefined, isDeno: false };
  }
}

/**
 * Makes the program for a system of a bundle. `output` appears only when it is whole; where it can
 * be started on this computer, it has been.
 *
 * Throws UnbrickError `command-failed` when the runtime is missing or is not the right one.
 */
export async function compileTarget(
  target: Target,
  bundle: string,
  output: string,
): Promise<void> {
  const named = namedRuntime();
  if (named !== undefined) await checkNamedRuntime(named, target);
  // Not in the system's temporary folder, which may forbid programs.
  const cache = join(PROJECT, ".cache");
  await Deno.mkdir(cache, { recursive: true });
  const work = await Deno.makeTempDir({ dir: cache, prefix: "compile-" });
  try {
    const source = join(work, "unbrick.js");
    const program = join(work, `unbrick${target.suffix}`);
    await Deno.writeTextFile(source, bundle);
    // Deno writes the time of the file into the program: the same sources give the same bytes.
    await Deno.utime(source, SOURCE_TIME, SOURCE_TIME);
    const icon = join(work, "unbrick.ico");
    if (isWindows(target)) await Deno.writeFile(icon, drawIcon());
    const { success, stderr } = await runDeno([
      ...["compile", "-q", "--no-check", "--target", target.name, "--output", program],
      ...(isWindows(target) ? ["--icon", icon] : []),
      ...["--app-name", "unbrick", ...OFFLINE_FLAGS, ...PERMISSION_FLAGS, source],
    ]);
    if (!success) throw compileFailure(target, stderr);
    if (target.name === programTarget()) await tryOut(program);
    await putInPlace(program, output);
  } finally {
    await Deno.remove(work, { recursive: true });
  }
}

/** The file may come from another disk: it is copied beside its place, then renamed. */
async function putInPlace(file: string, output: string): Promise<void> {
  const part = `${output}.part`;
  try {
    await Deno.mkdir(dirname(output), { recursive: true });
    await Deno.copyFile(file, part);
    await Deno.rename(part, output);
  } catch (error) {
    await Deno.remove(part).catch(() => {});
    throw fileError(error, "write", output);
  }
}

async function checkNamedRuntime(named: string, target: Target): Promise<void> {
  const found = await lookAtRuntime(named);
  if (found.target === target.name && !found.isDeno) return;
  const what = found.target === undefined
    ? "no program"
    : found.isDeno
    ? "Deno itself, not its runtime"
    : `for ${found.target}`;
  throw new UnbrickError("command-failed", `DENORT_BIN (${named}) is ${what}`, {
    hint: `Name the file "denort" ${Deno.version.deno} for ${target.name}, one target at a time`,
  });
}

async function tryOut(program: string): Promise<void> {
  const { stdout } = await new Deno.Command(program, { args: ["--version"], stderr: "null" })
    .output();
  if (new TextDecoder().decode(stdout).startsWith("unbrick ")) return;
  throw new UnbrickError("command-failed", "The compiled program does not start as unbrick", {
    hint: `See whether DENORT_BIN names "denort" ${Deno.version.deno}`,
  });
}

/** What Deno said when it could not compile, in words. */
export function compileFailure(target: Target, stderr: string): UnbrickError {
  if (!/dl\.deno\.land|base binary|denort/i.test(stderr)) {
    return new UnbrickError("command-failed", `deno compile failed: ${stderr.trim()}`);
  }
  return new UnbrickError(
    "command-failed",
    `Deno's runtime for compiled programs (denort ${Deno.version.deno} for ${target.name}) is not ` +
      "on this computer, and dl.deno.land cannot be reached",
    {
      hint:
        `Fetch ${RUNTIME_SITE}/${runtimePath(target)} elsewhere, unpack it, and name the file ` +
        'in DENORT_BIN; or run "deno task stick <folder>", which needs npm only',
    },
  );
}
