import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { UnbrickError } from "../../../lib/errors.ts";
import type { Host } from "../../../lib/host/host.ts";
import { explainText } from "../../../lib/recovery/explain.ts";
import { explainCommand } from "../../../tui/commands/explain.ts";

/** Runs the command and returns what it wrote and its exit code. */
async function run(argv: readonly string[], columns = 80) {
  let stdout = "";
  let stderr = "";
  let exitCode = 0;
  const host = new Proxy({} as Host, {
    get: (_target, name) => assert.fail(`explain must not touch the host (${String(name)})`),
  });
  await explainCommand({
    host,
    console: {
      stdout: (text) => void (stdout += text),
      stderr: (text) => void (stderr += text),
      waiting: () => 0,
      flushed: () => Promise.resolve(),
      isInteractive: false,
      isTerminal: false,
      color: false,
      unicode: false,
      size: () => ({ columns, rows: 24 }),
    },
    signal: new AbortController().signal,
    setExitCode: (code) => void (exitCode = code),
  }).parse([...argv]);
  return { stdout, stderr, exitCode };
}

describe("unbrick explain", () => {
  it("prints what happened, the likely cause, the next step and the source", async () => {
    const { stdout, stderr, exitCode } = await run(["CODE Pattern is incorrect! (E900)"]);
    assert.deepEqual(
      stdout.split("\n").filter((line) => /^\S/.test(line)).map((line) =>
        line.slice(0, 15).trimEnd()
      ),
      ["What happened", "Likely cause", "Next step", "Source"],
    );
    assert.match(stdout, /^What happened {2}The bootloader received the image and refused it/);
    assert.equal(stderr, "");
    assert.equal(exitCode, 0);
  });

  it("takes the words without quotes too", async () => {
    const quoted = await run(["Firmware check failed"]);
    assert.deepEqual(await run(["Firmware", "check", "failed"]), quoted);
    assert.match(quoted.stdout, /checked it and refused it/);
  });

  it("prints both readings of a timeout and tells them apart", async () => {
    const { stdout } = await run(["Timeout"]);
    assert.match(stdout, /^Reading 1 of 2\n/);
    assert.match(stdout, /although the router answers ping/);
    assert.match(stdout, /\n\nReading 2 of 2\n/);
    assert.match(stdout, /does not answer ping either/);
  });

  it("shows the three best readings of a long paste and says how many more there are", async () => {
    const paste = "Bad Data CRC\nARP Retry count exceeded; starting again\nD D D D\n(E900)\n";
    const { stdout } = await run([paste]);
    assert.match(stdout, /Reading 3 of 3/);
    assert.match(stdout, /\n1 more with --json\./);
  });

  it("keeps to the width of the terminal, at most 80 columns", async () => {
    for (const [columns, limit] of [[200, 80], [80, 80], [50, 50]] as const) {
      const outputs = await Promise.all([
        run(["Bad Data CRC\nARP Retry count exceeded\nD D D D\n(E900)"], columns),
        run(["no such thing is known"], columns),
      ]);
      for (const { stdout, stderr } of outputs) {
        const longest = Math.max(...`${stdout}${stderr}`.split("\n").map((line) => line.length));
        assert.ok(longest <= limit, `${longest} columns of ${limit}`);
      }
    }
  });

  it("says plainly that a text is unknown and what to do, and exits with 1", async () => {
    const { stdout, stderr, exitCode } = await run(["the cat sat on the router"]);
    assert.equal(stdout, "");
    assert.match(stderr, /not in unbrick's table/);
    assert.match(stderr, /--trace/);
    assert.match(stderr, /forum\.openwrt\.org/);
    assert.equal(exitCode, 1);
  });

  it("prints one JSON document with all readings", async () => {
    const { stdout, exitCode } = await run(["--json", "Error code 1: File not found"]);
    assert.deepEqual(JSON.parse(stdout), {
      text: "Error code 1: File not found",
      explanations: explainText("Error code 1: File not found"),
    });
    assert.equal(exitCode, 0);
  });

  it("prints an empty list as JSON for an unknown text, and exits with 1", async () => {
    const { stdout, exitCode } = await run(["--json", "the cat sat"]);
    assert.deepEqual(JSON.parse(stdout), { text: "the cat sat", explanations: [] });
    assert.equal(exitCode, 1);
  });

  it("refuses a text of blanks as a usage error", async () => {
    await assert.rejects(
      run(["  "]),
      (error) => error instanceof UnbrickError && error.code === "usage",
    );
  });
});
