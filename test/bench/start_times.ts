// deno-lint-ignore-file no-console -- what it prints is its result
// How large the stick's program for this computer is, and how soon it is there: run with
// `deno task bench:start`. Needs `script` of util-linux for a terminal, so Linux only.
//
// Every way is started in turn, so that whatever else the computer does slows all of them alike. An
// empty program of Deno stands beside them: no start can take less.
import { fromFileUrl, join } from "@std/path";
import { TARGETS } from "../../tools/build/targets.ts";
import { packageFlags, unbrickArgv } from "../support/unbrick_process.ts";
import { quantile } from "./statistics.ts";
import { markdownTable } from "./table.ts";

const ROUNDS = 30;
const FIRST_ROUNDS = 5;
const PROMPT = "Which router is it?";
const LISTENING = "Waiting for requests";
const IMAGE_BYTES = 8 * 1024 * 1024;
const PROJECT = fromFileUrl(new URL("../../", import.meta.url));

/** A way to start the program. */
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

/** Milliseconds until a program in a terminal has written a text. */
async function untilText({ argv, env }: Way, args: readonly string[], text: string) {
  const line = [...argv, ...args].map((word) => `'${word}'`).join(" ");
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
  for await (const piece of child.stdout.pipeThrough(new TextDecoderStream())) {
    said += piece;
    if (time !== undefined || !said.includes(text)) continue;
    time = performance.now() - start;
    await stdin.write(new TextEncoder().encode("\x03"));
  }
  await stdin.close().catch(() => {});
  if (time === undefined) throw new Error(`No "${text}": ${said}`);
  return time;
}

/** Median, and between which times the middle half lies. */
function describe(times: readonly number[]): string {
  const [low, middle, high] = [0.25, 0.5, 0.75].map((share) =>
    Math.round(quantile(times, share) ?? NaN)
  );
  return `${middle} ms (${low}-${high})`;
}

/** Measures each in turn. A first start of each fills Deno's caches and is not counted. */
async function measureInTurn(
  rounds: number,
  measures: readonly (() => Promise<number>)[],
): Promise<string[]> {
  const times = measures.map((): number[] => []);
  for (let round = -1; round < rounds; round++) {
    for (const [index, measure] of measures.entries()) {
      const time = await measure();
      if (round >= 0) times[index]!.push(time);
    }
  }
  return times.map(describe);
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

  const image = join(folder, "image.bin");
  const empty = join(folder, "empty.js");
  const bytes = new Uint8Array(IMAGE_BYTES);
  for (let at = 0; at < bytes.length; at += 65536) {
    crypto.getRandomValues(bytes.subarray(at, at + 65536));
  }
  await Deno.writeFile(image, bytes);
  await Deno.writeTextFile(empty, `console.log("ready");\n`);
  const cache = join(folder, "cache");
  const nothing: Way = {
    name: "an empty program of Deno",
    argv: [Deno.execPath(), "run", "-q", "--no-config", "--no-lock", empty],
  };
  const packed: Way = {
    name: "from the stick",
    argv: ["sh", join(stick, "unbrick.sh")],
    env: { XDG_CACHE_HOME: cache },
  };
  const ways: readonly Way[] = [
    packed,
    { name: "from the sources", argv: unbrickArgv([]) },
    { name: "`deno task start`", argv: [Deno.execPath(), "task", "-q", "start"] },
  ];
  const [first = ""] = await measureInTurn(FIRST_ROUNDS, [async () => {
    await Deno.remove(cache, { recursive: true }).catch(() => {});
    return await untilEnd(packed);
  }]);
  const serve = ["serve", image, "--address", "127.0.0.1", "--port", "6969"];
  const [end = "", text = "", ...measured] = await measureInTurn(ROUNDS, [
    () => untilEnd(nothing),
    () => untilText(nothing, [], "ready"),
    ...ways.flatMap((way) => [
      () => untilEnd(way),
      () => untilText(way, [], PROMPT),
      () => untilText(way, serve, LISTENING),
    ]),
  ]);
  console.log(`\n${
    markdownTable([
      ["start", "until `--version` is there", "until the first question", "until `serve` listens"],
      [nothing.name, end, text, ""],
      [`${packed.name}, the first time`, first, "", ""],
      ...ways.map(({ name }, index) => [name, ...measured.slice(3 * index, 3 * index + 3)]),
    ])
  }`);
} finally {
  await Deno.remove(folder, { recursive: true });
}
