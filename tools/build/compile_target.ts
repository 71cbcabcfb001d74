/**
 * `deno compile` for one system, with messages for what can be missing.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { join } from "@std/path";
import { UnbrickError } from "../../lib/errors.ts";
import { programTarget } from "../../lib/host/deno_program.ts";
import { fileError } from "../../lib/host/os_errors.ts";
import { executableTarget } from "./executable.ts";
import { drawIcon } from "./icon.ts";
import { PROJECT, runDeno } from "./run_deno.ts";
import { OFFLINE_FLAGS, PERMISSION_FLAGS } from "./run_flags.ts";
import { isWindows, type Target } from "./targets.ts";
import { passing, writeWhole } from "./whole_file.ts";

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
  if (named !== undefined) {
    const found = await lookAtRuntime(named).catch(() => undefined);
    return found?.target === target.name;
  }
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
  /** For which system it is; undefined when it is no program. */
  readonly target: string | undefined;
  /** Whether it is all of Deno, which is accepted like its runtime and then runs as Deno. */
  readonly isDeno: boolean;
}

async function lookAtRuntime(path: string): Promise<NamedRuntime> {
  const bytes = Buffer.from(await Deno.readFile(path));
  return { target: executableTarget(bytes), isDeno: bytes.includes(COMPILER_PHRASE) };
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
  const work = join(PROJECT, ".cache", `compile-${crypto.randomUUID()}`);
  await using _ = passing(work);
  const source = join(work, "unbrick.js");
  const program = join(work, `unbrick${target.suffix}`);
  const icon = join(work, "unbrick.ico");
  try {
    await Deno.mkdir(work, { recursive: true });
    await Deno.writeTextFile(source, bundle);
    // Deno writes the time of the file into the program: the same sources give the same bytes.
    await Deno.utime(source, SOURCE_TIME, SOURCE_TIME);
    if (isWindows(target)) await Deno.writeFile(icon, drawIcon());
  } catch (error) {
    throw fileError(error, "write", source);
  }
  const { success, stderr } = await runDeno([
    ...["compile", "-q", "--no-check", "--target", target.name, "--output", program],
    ...(isWindows(target) ? ["--icon", icon] : []),
    ...["--app-name", "unbrick", ...OFFLINE_FLAGS, ...PERMISSION_FLAGS, source],
  ]);
  if (!success) throw compileFailure(target, stderr);
  if (target.name === programTarget()) await tryOut(program);
  await writeWhole(output, (part) => Deno.copyFile(program, part));
}

async function checkNamedRuntime(named: string, target: Target): Promise<void> {
  const hint =
    `Name the file "denort" ${Deno.version.deno} for ${target.name}, one target at a time`;
  let found: NamedRuntime;
  try {
    found = await lookAtRuntime(named);
  } catch (error) {
    const { code, message } = fileError(error, "read", named);
    throw new UnbrickError(code, `DENORT_BIN: ${message}`, { hint, cause: error });
  }
  if (found.target === target.name && !found.isDeno) return;
  const what = found.target === undefined
    ? "no program"
    : found.isDeno
    ? "Deno itself, not its runtime"
    : `for ${found.target}`;
  throw new UnbrickError("command-failed", `DENORT_BIN (${named}) is ${what}`, { hint });
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
  // What was fetched and could not be kept is another matter.
  if (
    !/dl\.deno\.land|base binary|denort/i.test(stderr) ||
    /^ *\d+: (Writing|Creating) /m.test(stderr)
  ) {
    const [what = "", ...causes] = stderr.replace(/^Stack backtrace:[^]*/m, "").trim().split("\n");
    const cause = causes.at(-1)?.replace(/^ *(\d+: )?/, ": ") ?? "";
    return new UnbrickError(
      "command-failed",
      `deno compile failed: ${what.replace(/^error: /, "")}${cause}`,
      { hint: "See whether the disks of this folder and of Deno's cache have room" },
    );
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
