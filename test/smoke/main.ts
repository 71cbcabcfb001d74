// deno-lint-ignore-file no-console -- what it says is for whoever runs it
/**
 * Tries a built program where it is meant to run: what it is made of, a rehearsal, a transfer each
 * way over loopback, the interfaces, and the preparation as text. Ends with 1 at the first failure.
 *
 * `deno task smoke [--no-interfaces] PROGRAM [ARGUMENT]...`: without interfaces where the system's
 * own tools do not list them (wine).
 *
 * @module
 */
import assert from "node:assert/strict";
import { join } from "@std/path";
import config from "../../deno.json" with { type: "json" };
import { freePort } from "../support/loopback.ts";
import { runProgram, startProcess } from "../support/process.ts";
import { assertSameBytes, testBytes } from "../support/test_files.ts";

const ADDRESS = "127.0.0.1";
const NAME = "image.bin";
const IMAGE = testBytes(300_000);

const hasInterfaces = Deno.args[0] !== "--no-interfaces";
const program = Deno.args.slice(hasInterfaces ? 0 : 1);

/** Runs the program, which must end well; returns what it printed. */
async function run(...args: readonly string[]): Promise<string> {
  return await runTo([0], ...args);
}

/** Runs the program, which must end with one of these codes; returns what it printed. */
async function runTo(codes: readonly number[], ...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await runProgram([...program, ...args]);
  assert.ok(codes.includes(code), `${args.join(" ")} ended with ${code}: ${stdout}${stderr}`);
  return stdout;
}

/** Runs a client while a server waits for one transfer. */
async function transfer(server: readonly string[], client: readonly string[]): Promise<void> {
  const place = ["--address", ADDRESS, "--port", String(freePort(ADDRESS))];
  await using serving = startProcess([...program, ...server, ...place, "--once", "--json"]);
  await serving.stdout.waitFor((line) => line.includes('"listening"'), "the server");
  await run(...client, ...place);
  assert.equal(await serving.end(), 0);
}

async function namesItself(): Promise<void> {
  const version = await run("--version");
  assert.match(version, new RegExp(`^unbrick ${RegExp.escape(config.version)}\\r?\\n`));
  assert.match(await run("licenses"), /MIT License/);
}

async function rehearses(): Promise<void> {
  assert.match(await run("practice", "--auto"), /^(\d+) of \1 routers/m);
}

async function transfers(folder: string): Promise<void> {
  const image = join(folder, NAME);
  const copy = join(folder, "copy.bin");
  const inbox = join(folder, "inbox");
  await Deno.writeFile(image, IMAGE);
  await Deno.mkdir(inbox);
  await transfer(["serve", image], ["get", ADDRESS, NAME, "--output", copy]);
  assertSameBytes(await Deno.readFile(copy), IMAGE, "what get stored");
  await transfer(["serve", "--writable", inbox], ["push", image, ADDRESS]);
  assertSameBytes(await Deno.readFile(join(inbox, NAME)), IMAGE, "what push brought over");
}

async function looksAtComputer(): Promise<void> {
  const goal = ["--address", "192.168.0.66/24"];
  if (!hasInterfaces) {
    const printed = await run("setup", "--os", "linux", "--interface", "eth0", ...goal);
    assert.match(printed, /192\.168\.0\.66\/24/);
    return;
  }
  const { interfaces } = JSON.parse(await run("interfaces", "--json"));
  assert.ok(interfaces.length > 0);
  // 3: something on this computer, such as a taken port, would stop a recovery.
  const printed = await runTo([0, 3], "setup", "--interface", interfaces[0].name, ...goal);
  assert.match(printed, /192\.168\.0\.66/);
}

const folder = await Deno.makeTempDir({ prefix: "unbrick-smoke-" });
try {
  for (const check of [namesItself, rehearses, () => transfers(folder), looksAtComputer]) {
    await check();
  }
  console.log(`${program.join(" ")} works`);
} finally {
  await Deno.remove(folder, { recursive: true });
}
