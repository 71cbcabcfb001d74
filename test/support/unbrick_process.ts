/**
 * Starts `main.ts` as its own process, with the packages that the running test has.
 *
 * @module
 */
import { fromFileUrl } from "@std/path";

const PROJECT = new URL("../../", import.meta.url);

/** Flags with which a child process finds the packages that this one uses. */
export function packageFlags(): string[] {
  const forced = Deno.env.get("UNBRICK_PACKAGES");
  if (forced !== undefined && !["", "jsr", "npm"].includes(forced)) {
    return [`--import-map=${forced}`];
  }
  const isStandIn = import.meta.resolve("@cliffy/command").includes("/npm_fallback/");
  return isStandIn
    ? [`--import-map=${fromFileUrl(new URL("lib/npm_fallback/import_map.json", PROJECT))}`]
    : [];
}

/** Options of {@link unbrickProcess}. */
export interface UnbrickProcessOptions {
  /** Environment added to that of the test. */
  readonly env?: Readonly<Record<string, string>>;
  /** Whether something is written to its standard input. */
  readonly stdin?: "null" | "piped";
}

/**
 * Program and arguments that run `unbrick` with these arguments, or another script of the project
 * that stands in for it.
 */
export function unbrickArgv(
  args: readonly string[],
  script = "main.ts",
): [string, ...string[]] {
  return [
    Deno.execPath(),
    "run",
    "-q",
    "-A",
    "--no-prompt",
    // Several at once must not write to deno.lock.
    "--no-lock",
    "--unstable-net",
    `--config=${fromFileUrl(new URL("deno.json", PROJECT))}`,
    ...packageFlags(),
    new URL(script, PROJECT).href,
    ...args,
  ];
}

/** The command that runs `unbrick` with these arguments; output is piped. */
export function unbrickProcess(
  args: readonly string[],
  options: UnbrickProcessOptions = {},
): Deno.Command {
  const [program, ...rest] = unbrickArgv(args);
  return new Deno.Command(program, {
    args: rest,
    env: { ...options.env },
    stdin: options.stdin ?? "null",
    stdout: "piped",
    stderr: "piped",
  });
}

/** What a process left. */
export interface Outcome {
  /** Exit code. */
  readonly code: number;
  /** Standard output. */
  readonly stdout: string;
  /** Standard error. */
  readonly stderr: string;
}

/** Runs `unbrick` to its end. */
export async function runUnbrick(
  args: readonly string[],
  options: UnbrickProcessOptions = {},
): Promise<Outcome> {
  const { code, stdout, stderr } = await unbrickProcess(args, options).output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}
