import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import config from "../deno.json" with { type: "json" };
import { runUnbrick } from "./support/unbrick_process.ts";

describe("unbrick", () => {
  it("shows its help and which commands ask nothing when there is no terminal, and exits 2", async () => {
    const { code, stdout, stderr } = await runUnbrick([]);
    assert.equal(code, 2);
    assert.match(stdout, /Usage: +unbrick[^]*Commands:/);
    assert.match(stderr, /^error: The guide needs a terminal to ask questions in\n/);
    assert.match(stderr, /"unbrick serve <image>".*"unbrick push <image> <address>"/);
  });

  it("shows its help on --help and exits 0, without colour in a pipe", async () => {
    const { code, stdout, stderr } = await runUnbrick(["--help"]);
    assert.equal(code, 0);
    assert.match(stdout, /Commands:/);
    // deno-lint-ignore no-control-regex -- escape sequences are what must not be there
    assert.doesNotMatch(stdout, /\x1b/);
    assert.equal(stderr, "");
  });

  it("names every command wherever it may be asked for any", async () => {
    const completed = await runUnbrick(["completions", "complete", "--", ""]);
    const names = completed.stdout.split("\n").map((line) => /^([a-z]+)\t/.exec(line)?.[1] ?? "")
      .filter((name) => name !== "");
    assert.ok(names.length > 15);
    for (const words of [["--help"], ["help"], ["--", "serve"]]) {
      const { stdout } = await runUnbrick(words);
      const [, list = ""] = stdout.split("Commands:");
      const named = [...list.matchAll(/^ {2}([a-z]+) .* - /gm)].map(([, name]) => name);
      assert.deepEqual(named, names, words.join(" "));
    }
  });

  it("tells on --version its version, the commit if known, Deno's and where the packages are from", async () => {
    const { code, stdout } = await runUnbrick(["--version"]);
    assert.equal(code, 0);
    const lines = stdout.trimEnd().split("\n");
    assert.equal(lines.shift(), `unbrick ${config.version}`);
    if (lines.length === 3) assert.match(lines.shift() ?? "", /^commit [0-9a-f]{12,}(-dirty)?$/);
    assert.equal(lines.shift(), `Deno ${Deno.version.deno}`);
    assert.match(lines.join("\n"), /^packages from (JSR|npm \(stand-ins\)|a local folder)$/);
  });

  it("refuses an unknown command with a suggestion and exit 2, nothing on standard output", async () => {
    const { code, stdout, stderr } = await runUnbrick(["hlep"]);
    assert.equal(code, 2);
    assert.equal(stdout, "");
    assert.equal(
      stderr,
      'error: Unknown command "hlep". Did you mean command "help"?\n' +
        'hint: Run "unbrick --help" to see what it takes\n',
    );
  });

  it("refuses an unknown option with exit 2 and no stack trace", async () => {
    const { code, stderr } = await runUnbrick(["--nope"]);
    assert.equal(code, 2);
    assert.match(stderr, /^error: Unknown option "--nope"/);
    assert.doesNotMatch(stderr, /\bat .*\.ts/);
  });

  it("shows where a failure came from with --debug", async () => {
    const { code, stderr } = await runUnbrick(["--debug", "hlep"]);
    assert.equal(code, 2);
    assert.match(stderr, /^error: Unknown command/);
    assert.match(stderr, /\n\s+at /);
  });
});
