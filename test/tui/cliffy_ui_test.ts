// The questions over the prompts that are active: Cliffy's, or those of the stand-in.
import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { UnbrickError } from "../../lib/errors.ts";
import { cliffyUi } from "../../tui/cliffy_ui.ts";
import { BACK, type Back, type Ui } from "../../tui/ui.ts";
import { fakeTerminal } from "../support/fake_terminal.ts";

const ENTER = "\r";
const DOWN = "\x1b[B";

const CHOICES = [
  { label: "Apple", value: 0 },
  { label: "Pear", value: 1 },
  { label: "Plum", value: 2 },
];

type Ask = (ui: Ui) => Promise<unknown>;

const QUESTIONS: Readonly<Record<string, Ask>> = {
  select: (ui) => ui.select({ id: "fruit", message: "Which fruit", choices: CHOICES }),
  input: (ui) => ui.input({ id: "name", message: "What name" }),
  confirm: (ui) => ui.confirm({ id: "sure", message: "Are you sure", default: true }),
  confirmTyped: (ui) => ui.confirmTyped({ id: "typed", message: "Type yes", word: "yes" }),
};

const MESSAGE: Readonly<Record<string, string>> = {
  select: "Which fruit",
  input: "What name",
  confirm: "Are you sure",
  confirmTyped: "Type yes",
};

function start(options = {}) {
  const terminal = fakeTerminal(options);
  return { terminal, ui: cliffyUi(terminal.console, terminal.keyboard, terminal.host) };
}

async function answer(kind: string, ...reads: string[]): Promise<unknown> {
  const { terminal, ui } = start();
  const asking = QUESTIONS[kind]!(ui);
  await terminal.shows(MESSAGE[kind]!);
  reads.forEach(terminal.type);
  const given = await asking;
  assert.equal(terminal.isRaw(), false);
  return given;
}

describe("cliffyUi()", () => {
  const answers: readonly [string, readonly string[], unknown][] = [
    ["select", [ENTER], 0],
    ["select", [DOWN, DOWN, ENTER], 2],
    ["select", [`${DOWN}${ENTER}`], 1],
    ["input", ["  a b  ", ENTER], "a b"],
    ["input", ["\u00fc", ENTER], "\u00fc"],
    ["confirm", [ENTER], true],
    ["confirm", ["n", ENTER], false],
    ["confirmTyped", ["YES", ENTER], true],
    ["confirmTyped", [ENTER], false],
    ["confirmTyped", ["y", ENTER], false],
  ];
  for (const [kind, reads, expected] of answers) {
    it(`${kind} answers ${JSON.stringify(reads.join(""))} with ${String(expected)}`, async () => {
      assert.equal(await answer(kind, ...reads), expected);
    });
  }

  for (const kind of Object.keys(QUESTIONS)) {
    it(`${kind} goes back on Escape and leaves the terminal echoing`, async () => {
      assert.equal(await answer(kind, "\x1b") as Back, BACK);
    });

    const ends: readonly [string, (terminal: ReturnType<typeof fakeTerminal>) => void][] = [
      ["Ctrl-C", (terminal) => terminal.type("\x03")],
      ["the end of input", (terminal) => terminal.hangUp()],
      ["a signal", (terminal) => terminal.stop.abort()],
    ];
    for (const [what, end] of ends) {
      it(`${kind} is interrupted by ${what}, cursor shown and terminal echoing`, async () => {
        const { terminal, ui } = start();
        const asking = QUESTIONS[kind]!(ui);
        await terminal.shows(MESSAGE[kind]!);
        end(terminal);
        await assert.rejects(
          asking,
          (thrown) => thrown instanceof UnbrickError && thrown.code === "interrupted",
        );
        assert.equal(terminal.isRaw(), false);
        const raw = terminal.raw();
        assert.ok(raw.lastIndexOf("\x1b[?25h") >= raw.lastIndexOf("\x1b[?25l"));
      });
    }
  }

  it("throws away what was typed before the question was there", async () => {
    const { terminal, ui } = start();
    terminal.type(`one${ENTER}two${ENTER}`);
    const asking = ui.input({ id: "name", message: "What name" });
    await terminal.shows("What name");
    terminal.type(`three${ENTER}`);
    assert.equal(await asking, "three");
  });

  it("keeps the lines after the first of a burst out of the next question", async () => {
    const { terminal, ui } = start();
    const first = ui.input({ id: "name", message: "What name" });
    await terminal.shows("What name");
    terminal.type(`one${ENTER}two${ENTER}`);
    assert.equal(await first, "one");
    const second = ui.input({ id: "name", message: "And then" });
    await terminal.shows("And then");
    terminal.type(`three${ENTER}`);
    assert.equal(await second, "three");
  });

  it("asks again until the check is content, and says why not", async () => {
    const { terminal, ui } = start();
    const asking = ui.input({
      id: "name",
      message: "What name",
      default: "bad",
      check: (text) => text === "bad" ? "That is bad" : undefined,
    });
    await terminal.shows("What name");
    terminal.type(ENTER);
    await terminal.shows("That is bad");
    await terminal.shows("What name");
    terminal.type(`good${ENTER}`);
    assert.equal(await asking, "good");
  });

  it("refuses a list without answers instead of asking for ever", async () => {
    const { ui } = start();
    await assert.rejects(ui.select({ id: "fruit", message: "Which", choices: [] }), TypeError);
  });

  it("draws a list that fits a small terminal, in ASCII, long labels cut", async () => {
    const { terminal, ui } = start({ columns: 40, rows: 15 });
    const choices = Array.from({ length: 30 }, (_, index) => ({
      label: `Router number ${index} with a name that is much too long for it`,
      value: index,
    }));
    const asking = ui.select({ id: "r", message: "Which", choices });
    await terminal.shows("Router number 6");
    const lines = terminal.text().split("\n");
    assert.ok(lines.length <= 10, `${lines.length} lines`);
    assert.ok(lines.every((line) => line.length < 40));
    // deno-lint-ignore no-control-regex -- ASCII is what is asked for
    assert.match(terminal.text(), /^[\x00-\x7f]*$/);
    terminal.type(ENTER);
    await asking;
  });

  it("breaks text to the width and keeps indentation", () => {
    const { terminal, ui } = start({ columns: 20, rows: 15 });
    ui.show("  some words that are too long");
    assert.equal(terminal.text(), "  some words that\n  are too long\n");
  });
});

describe("cliffyUi().live()", () => {
  it("draws until it ends, and gives what it ended with", async () => {
    const { terminal, ui } = start();
    let count = 0;
    let finish = (_: string): void => {};
    const finished = new Promise<string>((resolve) => finish = resolve);
    const watching = ui.live({
      id: "live",
      view: () => [`drawing ${++count}`],
      keys: () => [],
      finished,
    });
    await terminal.shows("drawing 3");
    finish("done");
    assert.equal(await watching, "done");
    assert.equal(terminal.isRaw(), false);
    assert.ok(terminal.raw().endsWith("\x1b[?25h"));
  });

  it("draws nothing while the terminal takes nothing, and then the newest only", async () => {
    const { terminal, ui } = start();
    let pressed = 0;
    const watching = ui.live({
      id: "live",
      view: () => [`pressed ${pressed}`],
      keys: () => [{
        key: "p",
        label: "power",
        press() {
          if (++pressed === 3) terminal.keepWaiting(0);
        },
      }],
      finished: new Promise<never>(() => {}),
    });
    await terminal.shows("pressed 0");
    terminal.keepWaiting(10_000);
    terminal.type("ppp");
    await terminal.shows("pressed 3");
    assert.doesNotMatch(terminal.text(), /pressed [12]/);
    terminal.type("\x1b");
    assert.equal(await watching, BACK);
  });

  it("presses keys, and goes back on Escape", async () => {
    const { terminal, ui } = start();
    let pressed = 0;
    const watching = ui.live({
      id: "live",
      view: () => [`pressed ${pressed}`],
      keys: () => [{ key: "p", label: "power", press: () => pressed++ }],
      finished: new Promise<never>(() => {}),
    });
    await terminal.shows("pressed 0");
    terminal.type("xP");
    await terminal.shows("pressed 1");
    terminal.type("\x1b");
    assert.equal(await watching, BACK);
  });

  it("leaves the key after its end to the next question", async () => {
    const { terminal, ui } = start();
    await ui.live({
      id: "live",
      view: () => ["x"],
      keys: () => [],
      finished: Promise.resolve(1),
    });
    const asking = ui.confirm({ id: "sure", message: "Are you sure", default: false });
    await terminal.shows("Are you sure");
    terminal.type("y");
    terminal.type(ENTER);
    assert.equal(await asking, true);
  });

  it("goes on without a keyboard, and still ends on a signal", async () => {
    const { terminal, ui } = start();
    let count = 0;
    const watching = ui.live({
      id: "live",
      view: () => [`drawing ${++count}`],
      keys: () => [],
      finished: new Promise<never>(() => {}),
    });
    terminal.hangUp();
    await terminal.shows("drawing 3");
    terminal.stop.abort();
    await assert.rejects(
      watching,
      (thrown) => thrown instanceof UnbrickError && thrown.code === "interrupted",
    );
  });

  it("never draws more than the screen holds", async () => {
    const { terminal, ui } = start({ columns: 40, rows: 6 });
    const watching = ui.live({
      id: "live",
      view: () => Array.from({ length: 20 }, (_, index) => `${index} ${"x".repeat(60)}`),
      keys: () => [],
      finished: Promise.resolve("end"),
    });
    assert.equal(await watching, "end");
    const lines = terminal.text().trimEnd().split("\n");
    assert.ok(lines.length <= 5);
    assert.ok(lines.every((line) => line.length < 40));
  });
});
