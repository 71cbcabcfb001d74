// deno-lint-ignore-file no-console -- what it prints is its result
/**
 * Prints the flags with which Deno finds the project's packages; the tasks in `deno.json` put them
 * into their command line. Nothing is printed when the packages of JSR can be had. Where they
 * cannot, the flags name the import map of the stand-ins, and one line on standard error says so.
 *
 * The one who knows is Deno: it looks into its cache, then asks the registry. A registry that gives
 * no sign for a few seconds counts as out of reach. The answer is kept in `.cache/`, so that the next
 * start is quick: "no" for ten minutes, "yes" as long as the packages lie in Deno's cache;
 * `--ask-again` passes over it. `UNBRICK_PACKAGES` forces the answer: `jsr`, `npm`, or the path of an
 * import map.
 *
 * With JSR, Deno adds the packages it loaded to `deno.lock`, and refuses others from then on. The
 * stand-ins leave the file as it is. So does another registry (`JSR_URL`): its checksums need not be
 * those of jsr.io, and one of them in the file would keep everybody else from starting.
 *
 * @module
 */
import {
  type Approval,
  approvedBefore,
  filesOfGraph,
  forcedFlags,
  lockFlags,
  npmFlags,
  questionKey,
  type Refusal,
  refusalReason,
  refusedBefore,
} from "./package_source.ts";

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

function readProjectFile(name: string): string {
  try {
    return Deno.readTextFileSync(new URL(`../${name}`, import.meta.url));
  } catch {
    return "";
  }
}

function remember(answer: Refusal | Approval): void {
  try {
    Deno.mkdirSync(new URL(".", MEMORY), { recursive: true });
    Deno.writeTextFileSync(MEMORY, JSON.stringify(answer));
  } catch {
    // A project folder that cannot be written to: the next start asks again.
  }
}

function isThere(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

/** @returns where the packages of JSR are kept, or why they cannot be used. */
async function askJsr(): Promise<Pick<Approval, "files"> | Pick<Refusal, "reason">> {
  const file = new URL("wanted_packages.ts", import.meta.url);
  const child = new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", ...lockFlags(Deno.env.get("JSR_URL")), file.href],
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
  let said = "";
  const watch = async () => {
    for await (const chunk of child.stderr.pipeThrough(new TextDecoderStream())) {
      said += chunk;
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
    const files = status.success ? filesOfGraph(info) : undefined;
    return files === undefined ? { reason: refusalReason(said) } : { files };
  } finally {
    clearTimeout(watchdog);
  }
}

async function findFlags(): Promise<readonly string[]> {
  const registry = Deno.env.get("JSR_URL");
  const forced = forcedFlags(Deno.env.get("UNBRICK_PACKAGES"), registry);
  if (forced !== undefined) return forced;
  const [config = "", lock = ""] = ["deno.json", "deno.lock"].map(readProjectFile);
  const key = questionKey(config, lock, registry, Deno.env.get("DENO_DIR"));
  const memory = Deno.args.includes("--ask-again") ? undefined : readMemory();
  // To ask is to start another Deno, which reads all of them: 50 ms.
  if (approvedBefore(memory, key, isThere)) return lockFlags(registry);
  let reason = refusedBefore(memory, key, Date.now());
  if (reason === undefined) {
    const answer = await askJsr();
    const at = Date.now();
    remember("files" in answer ? { key, ...answer } : { key, ...answer, at });
    if ("files" in answer) return lockFlags(registry);
    reason = answer.reason;
  }
  console.error(`unbrick: ${reason}, using the npm stand-ins of lib/npm_fallback`);
  return npmFlags();
}

if (import.meta.main) console.log((await findFlags()).join(" "));
