// deno-lint-ignore-file no-console -- what it prints is its result
/**
 * Prints the flags with which Deno finds the project's packages; the tasks in `deno.json` put them
 * into their command line. Nothing is printed when the packages of JSR can be had. Where they
 * cannot, the flags name the import map of the stand-ins, and one line on standard error says so.
 *
 * The one who knows is Deno: it looks into its cache, then asks the registry. A registry that gives
 * no sign for a few seconds counts as out of reach, and that answer is kept in `.cache/` for ten
 * minutes, so that the next start is quick. `UNBRICK_PACKAGES` forces the answer: `jsr`, `npm`, or
 * the path of an import map.
 *
 * With JSR, Deno adds the packages it loaded to `deno.lock`. The stand-ins leave it as it is.
 *
 * @module
 */
import { forcedFlags, isRefused, isWholeGraph, npmFlags, questionKey } from "./package_source.ts";

/** Deno prints a line for each file it fetches; this long without one, and it is waiting in vain. */
const SILENCE_MS = 4_000;

const MEMORY = new URL("../.cache/packages.json", import.meta.url);

function readMemory(): unknown {
  try {
    return JSON.parse(Deno.readTextFileSync(MEMORY));
  } catch {
    return undefined;
  }
}

function remember(key: string): void {
  try {
    Deno.mkdirSync(new URL(".", MEMORY), { recursive: true });
    Deno.writeTextFileSync(MEMORY, JSON.stringify({ key, at: Date.now() }));
  } catch {
    // A project folder that cannot be written to: the next start asks again.
  }
}

async function canLoadFromJsr(): Promise<boolean> {
  const file = new URL("wanted_packages.ts", import.meta.url);
  const child = new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", file.href],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const kill = () => {
    try {
      child.kill();
    } catch {
      // It has just ended by itself.
    }
  };
  let watchdog = setTimeout(kill, SILENCE_MS);
  const watch = async () => {
    for await (const _ of child.stderr) {
      clearTimeout(watchdog);
      watchdog = setTimeout(kill, SILENCE_MS);
    }
  };
  try {
    const [info, status] = await Promise.all([
      new Response(child.stdout).text(),
      child.status,
      watch(),
    ]);
    return status.success && isWholeGraph(info);
  } finally {
    clearTimeout(watchdog);
  }
}

async function findFlags(): Promise<readonly string[]> {
  const forced = forcedFlags(Deno.env.get("UNBRICK_PACKAGES"));
  if (forced !== undefined) return forced;
  const config = await Deno.readTextFile(new URL("../deno.json", import.meta.url));
  const key = questionKey(config, Deno.env.get("JSR_URL"), Deno.env.get("DENO_DIR"));
  if (!isRefused(readMemory(), key, Date.now())) {
    if (await canLoadFromJsr()) return [];
    remember(key);
  }
  console.error("unbrick: jsr.io is out of reach, using the npm stand-ins of lib/npm_fallback");
  return npmFlags();
}

if (import.meta.main) console.log((await findFlags()).join(" "));
