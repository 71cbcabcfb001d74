// However it ends, the terminal is as the shell wants it.
import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { saySkipped } from "../support/say_skipped.ts";
import { hasTmux, quote, startInTmux, startProgramInTmux, type Tmux } from "../support/tmux.ts";
import { unbrickArgv } from "../support/unbrick_process.ts";
import { until } from "../support/waiting.ts";

const SIZE = { columns: 80, rows: 24 };

const INTERRUPTED = { code: 130, echoes: true, editsLines: true, showsCursor: true };

/** Chooses the practice router that is so far down in the list, and comes to its switches. */
async function toTable(terminal: Tmux, downs = 0): Promise<void> {
  await terminal.shows("Which router?");
  for (let down = 0; down < downs; down++) await terminal.press("Down");
  await terminal.press("Enter");
  await terminal.shows("What shall go wrong?");
  await terminal.press("Enter");
  await terminal.shows("2 of 8");
  await terminal.shows("Go on?");
  await terminal.press("Enter");
  await terminal.shows("3 and 4 of 8");
  await terminal.shows(/undo them[^]*Go on\?/);
  await terminal.press("Enter");
  await terminal.shows("Esc: back");
}

async function toTransfer(terminal: Tmux): Promise<void> {
  await toTable(terminal);
  await terminal.press("r", "p");
  await terminal.shows("% of 700");
}

const PLACES: readonly [string, readonly string[], (terminal: Tmux) => Promise<unknown>][] = [
  ["at the first question", [], (terminal) => terminal.shows("Which router is it?")],
  ["at a question for text", [], async (terminal) => {
    await terminal.shows("Which router is it?");
    await terminal.press("Down", "Enter");
    await terminal.shows("Who asks whom?");
    await terminal.press("Enter");
    await terminal.shows("Which address");
  }],
  ["during a transfer", ["practice"], toTransfer],
];

const ENDS: readonly [string, (terminal: Tmux) => Promise<void>][] = [
  ["Ctrl-C", (terminal) => terminal.press("C-c")],
  ["SIGTERM", (terminal) => terminal.kill("TERM")],
  ["SIGHUP", (terminal) => terminal.kill("HUP")],
];

describe("unbrick in a terminal", () => {
  for (const [place, args, go] of PLACES) {
    for (const [what, end] of ENDS) {
      it(`leaves it echoing after ${what} ${place}, and exits 130`, async () => {
        if (!await hasTmux()) return saySkipped("the end of a session", "no tmux");
        await using terminal = await startInTmux(args, SIZE);
        await go(terminal);
        await end(terminal);
        assert.deepEqual(await terminal.left(), INTERRUPTED);
        assert.doesNotMatch(await terminal.screen(), /\bat .*\.ts:|error: Unexpected/);
      });
    }
  }

  it("leaves it echoing after Ctrl-C while it asks whose router that is, and exits 130", async () => {
    if (!await hasTmux()) return saySkipped("the end of a question", "no tmux");
    await using terminal = await startInTmux(["practice"], SIZE);
    await toTable(terminal, 6);
    await terminal.press("r", "p");
    await terminal.shows(/Is that your router\?[^]*y: yes/);
    await terminal.press("C-c");
    assert.deepEqual(await terminal.left(), INTERRUPTED);
  });

  it("ends in a frozen terminal, and leaves it as a shell wants it when it goes on", async () => {
    if (!await hasTmux()) return saySkipped("a frozen terminal", "no tmux");
    await using terminal = await startInTmux(["practice"], SIZE);
    await toTransfer(terminal);
    await terminal.freeze();
    await terminal.kill("TERM");
    await terminal.isGone();
    await terminal.thaw();
    await until("the cursor", async () => (await terminal.left()).showsCursor);
    assert.deepEqual(await terminal.left(), INTERRUPTED);
  });

  it("ends when the terminal goes away under a question", async () => {
    if (!await hasTmux()) return saySkipped("a terminal that goes away", "no tmux");
    await using terminal = await startInTmux([], SIZE);
    await terminal.shows("Which router is it?");
    await terminal.hangUp();
    await terminal.isGone();
  });

  it("takes the first line of a paste and waits for Enter", async () => {
    if (!await hasTmux()) return saySkipped("a paste", "no tmux");
    await using terminal = await startInTmux([], SIZE);
    await terminal.shows("Which router is it?");
    await terminal.press("Down", "Enter");
    await terminal.shows("Who asks whom?");
    await terminal.press("Enter");
    await terminal.shows("Which address");
    await terminal.press("C-u");
    await terminal.paste("10.0.0.7\n10.0.0.8\n10.0.0.9\n");
    await terminal.shows("10.0.0.7");
    await terminal.press("Enter");
    const screen = await terminal.shows("For which file");
    assert.doesNotMatch(screen, /10\.0\.0\.[89]/);
    await terminal.press("C-c");
    assert.deepEqual(await terminal.left(), INTERRUPTED);
  });

  it("draws the live screen anew when the window gets smaller", async () => {
    if (!await hasTmux()) return saySkipped("another size", "no tmux");
    await using terminal = await startInTmux(["practice"], SIZE);
    await toTransfer(terminal);
    await terminal.resize(40, 15);
    await terminal.shows(/^\d+ % of 700/m);
    const screen = await terminal.shows("Ctrl-C: stop");
    assert.equal(screen.match(/Ctrl-C: stop/g)?.length, 1);
    await terminal.press("C-c");
    assert.deepEqual(await terminal.left(), INTERRUPTED);
  });

  it("says on a dumb terminal which commands do without questions, and exits 2", async () => {
    if (!await hasTmux()) return saySkipped("a dumb terminal", "no tmux");
    await using terminal = await startInTmux([], { ...SIZE, env: { TERM: "dumb" } });
    await terminal.shows("unbrick serve <image>");
    assert.equal((await terminal.left()).code, 2);
  });

  it("is not stopped at its end for running in the background of a shell", async () => {
    if (!await hasTmux()) return saySkipped("the background of a shell", "no tmux");
    await using terminal = await startProgramInTmux(["bash", "--norc", "-i"], SIZE);
    const program = unbrickArgv(["--version"]).map(quote).join(" ");
    await terminal.press("-l", `${program} > version & wait %1; echo "code $?"`);
    await terminal.press("Enter");
    await terminal.shows("code 0");
  });
});
