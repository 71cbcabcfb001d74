import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import type { ConsoleLink } from "../../../lib/console/console_link.ts";
import type { ConsoleAnswer } from "../../../lib/console/console_session.ts";
import type { LoaderName } from "../../../lib/console/loaders.ts";
import { parseScript } from "../../../lib/console/scripts.ts";
import { UnbrickError } from "../../../lib/errors.ts";
import { type ConsoleDesk, runInteractive, typeScript } from "../../../tui/commands/console_run.ts";
import { openConsoleOutput } from "../../../tui/output/console_output.ts";
import { recordingContext } from "../../support/recording_context.ts";

const DONE: ConsoleAnswer = { printed: "", prompt: "RedBoot> " };

/** A desk at a device that gives these answers, with a person who types these lines. */
function desk(
  typed: readonly string[],
  answers: Readonly<Record<string, Partial<ConsoleAnswer>>> = {},
  loader: LoaderName = "redboot",
) {
  const sent: string[] = [];
  const questions: string[] = [];
  const queue = [...typed];
  const recording = recordingContext({ wallClock: () => 0 });
  const { console, host } = recording.context;
  const link: ConsoleLink = {
    ready: Promise.resolve(),
    ended: new Promise(() => {}),
    command(line) {
      sent.push(line);
      return Promise.resolve({ ...DONE, ...answers[line] });
    },
    start(line) {
      sent.push(`${line} ...`);
      return Promise.resolve();
    },
    interrupt: () => void sent.push("^C"),
    close: () => {},
  };
  const made: ConsoleDesk = {
    loader,
    link,
    lines: { next: () => Promise.resolve(queue.shift()) },
    output: openConsoleOutput(console, host, false),
    ask: (question) => questions.push(question),
  };
  return { made, sent, questions, stdout: recording.stdout };
}

function hasCode(code: string): (error: unknown) => boolean {
  return (error) => error instanceof UnbrickError && error.code === code;
}

describe("parseScript()", () => {
  it("leaves out empty lines and comments, and knows what never comes back", () => {
    const lines = parseScript("# to do\r\n\r\n  version \nload x\ngo\nbootm 0x1\ngopher\n");
    assert.deepEqual(lines.map(({ text, returns }) => [text, returns]), [
      ["version", true],
      ["load x", true],
      ["go", false],
      ["bootm 0x1", false],
      ["gopher", true],
    ]);
  });
});

describe("typeScript()", () => {
  it("sends line by line, and does not wait for what starts a system", async () => {
    const { made, sent, questions } = desk([]);
    await typeScript(made, parseScript("version\ngo"));
    assert.deepEqual(sent, ["version", "go ..."]);
    assert.deepEqual(questions, []);
  });

  it("asks before each line that writes flash, and sends it only for the right word", async () => {
    const script = parseScript("fis init\nfis create x");
    const both = desk(["write", "write"]);
    await typeScript(both.made, script);
    assert.deepEqual(both.sent, ["fis init", "fis create x"]);
    assert.equal(both.questions.length, 2);
    assert.match(both.questions[0]!, /writes flash[^]*fis init[^]*"write"/);
    for (const typed of [[], [""], ["y"], ["yes"], ["WRITE"]]) {
      const one = desk(typed);
      await assert.rejects(typeScript(one.made, script), hasCode("interrupted"));
      assert.deepEqual(one.sent, []);
    }
    const first = desk(["write", "no"]);
    await assert.rejects(typeScript(first.made, script), hasCode("interrupted"));
    assert.deepEqual(first.sent, ["fis init"]);
  });

  it("stops when the device says that something went wrong", async () => {
    const { made, sent } = desk([], { "load x": { printed: "Can't load 'x': timed out\n" } });
    await assert.rejects(typeScript(made, parseScript("load x\ngo")), hasCode("peer-error"));
    assert.deepEqual(sent, ["load x"]);
  });

  it("types no command into a question, but an answer that is in the script", async () => {
    const answers = { "fis init": { prompt: "About to initialize - continue (y/n)? " } };
    const without = desk(["write"], answers);
    await assert.rejects(typeScript(without.made, parseScript("fis init\nversion")), /About to/);
    assert.deepEqual(without.sent, ["fis init"]);
    const answered = desk(["write"], answers);
    await typeScript(answered.made, parseScript("fis init\ny\nversion"));
    assert.deepEqual(answered.sent, ["fis init", "y", "version"]);
  });

  it("sends nothing at all when a line must not be sent", async () => {
    const { made, sent } = desk([]);
    await assert.rejects(typeScript(made, parseScript("version\nload $x")), hasCode("usage"));
    assert.deepEqual(sent, []);
  });
});

describe("runInteractive()", () => {
  it("passes lines on, interrupts on ^C, ends on exit", async () => {
    const { made, sent } = desk(["version", "^C", "fis list", "exit", "version"]);
    await runInteractive(made);
    assert.deepEqual(sent, ["version", "^C", "fis list"]);
  });

  it("asks before flash, and holds a dollar sign back, without ending", async () => {
    const { made, sent, stdout, questions } = desk([
      "fis init",
      "no",
      "load $x",
      "fis init",
      "write",
    ]);
    await runInteractive(made);
    assert.deepEqual(sent, ["fis init"]);
    assert.equal(questions.length, 2);
    assert.match(stdout(), /"load \$x" has a "\$" in it/);
  });

  it("ends when the device goes away", async () => {
    const { made } = desk([]);
    const link = { ...made.link, ended: Promise.resolve(undefined) };
    await runInteractive({ ...made, link, lines: { next: () => new Promise(() => {}) } });
  });
});
