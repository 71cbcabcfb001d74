// deno-lint-ignore-file no-console -- what it prints is its result
// How large the stick's program for this computer is, and how soon it is there: run with
// `deno task bench:start`. Needs `script` of util-linux for a terminal, so Linux only.
import { fromFileUrl, join } from "@std/path";
import { TARGETS } from "../../tools/build/targets.ts";
import { packageFlags, unbrickArgv } from "../support/unbrick_process.ts";
import { markdownTable, median } from "./table.ts";

const ROUNDS = 20;
const FIRST_ROUNDS = 5;
const PROMPT = "Which router is it?";
const PROJECT = fromFileUrl(new URL("../../", import.meta.url));

interface Way {
  readonly name: string;
  readonly argv: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

async function run(argv: readonly string[], env = {}): Promise<void> {
  const [program = "", ...args] = argv;
  const { success, stderr } = await new Deno.Command(program, { args, env, cwd: PROJECT }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
}

/** Milliseconds until a program has ended. */
async function untilEnd({ argv, env }: Way): Promise<number> {
  const start = performance.now();
  await run([...argv, "--version"], env);
  return performance.now() - start;
}

/** Milliseconds until the guide has asked its first question, in a terminal. */
async function untilPrompt({ argv, env }: Way): Promise<number> {
  const line = argv.map((word) => `'${word}'`).join(" ");
  const start = performance.now();
  await using child = new Deno.Command("script", {
    args: ["--quiet", "--command", line, "/dev/null"],
    env: { ...env, TERM: "xterm" },
    cwd: PROJECT,
    stdin: "piped",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const stdin = child.stdin.getWriter();
  let said = "";
  let time: number | undefined;
  for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
    said += text;
    if (time !== undefined || !said.includes(PROMPT)) continue;
    time = performance.now() - start;
    await stdin.write(new TextEncoder().encode("\x03"));
  }
  await stdin.close().catch(() => {});
  if (time === undefined) throw new Error(`No prompt: ${said}`);
  return time;
}

function describe(times: readonly number[]): string {
  const [least, most] = [Math.min(...times), Math.max(...times)].map(Math.round);
  return `${Math.round(median(times))} ms (${least}-${most})`;
}

async function repeat(rounds: number, measure: () => Promise<number>): Promise<string> {
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) times.push(await measure());
  return describe(times);
}

const folder = await Deno.makeTempDir({ prefix: "unbrick-bench-" });
try {
  const stick = join(folder, "stick");
  await run([
    ...[Deno.execPath(), "run", "-q", "-A", "--no-lock", ...packageFlags()],
    ...["tools/stick.ts", stick],
  ]);
  const sizes = [["program on the stick", "MB"]];
  for (const { name } of TARGETS) {
    let bytes = 0;
    for (const path of [name, `${name}.exe`, `${name}/deno.exe`, `${name}/unbrick.js`]) {
      const info = await Deno.stat(join(stick, "programs", `unbrick-${path}`)).catch(() =>
        undefined
      );
      if (info?.isFile) bytes += info.size;
    }
    sizes.push([name, (bytes / 1_000_000).toFixed(1)]);
  }
  console.log(markdownTable(sizes));

  const cache = join(folder, "cache");
  const packed: Way = {
    name: "from the stick",
    argv: ["sh", join(stick, "unbrick.sh")],
    env: { XDG_CACHE_HOME: cache },
  };
  const sources: Way = { name: "from the sources", argv: unbrickArgv([]) };
  const first = await repeat(FIRST_ROUNDS, async () => {
    await Deno.remove(cache, { recursive: true }).catch(() => {});
    return await untilEnd(packed);
  });
  const rows = [
    ["start", "until `--version` is there", "until the guide's first question"],
    [`${packed.name}, the first time`, first, ""],
  ];
  for (const way of [packed, sources]) {
    rows.push([
      way.name,
      await repeat(ROUNDS, () => untilEnd(way)),
      await repeat(ROUNDS, () => untilPrompt(way)),
    ]);
  }
  console.log(`\n${markdownTable(rows)}`);
} finally {
  await Deno.remove(folder, { recursive: true });
}
