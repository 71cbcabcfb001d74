// When a question takes keys, and which.
import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { openKeyboard } from "../../tui/keyboard.ts";
import { fakeTerminal } from "../support/fake_terminal.ts";

const ENTER = "\r";
const CTRL_C = "\x03";

/** Turns in which everything that waits for a promise only is done. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await Promise.resolve();
}

/** A keyboard at which nobody types, and a clock that is set by hand. */
function silentKeyboard() {
  let now = 0;
  const timers = new Set<{ readonly at: number; readonly callback: () => void }>();
  const host = {
    now: () => now,
    startTimer(delayMs: number, callback: () => void) {
      const timer = { at: now + delayMs, callback };
      timers.add(timer);
      return () => timers.delete(timer);
    },
  };
  const input = { read: () => new Promise<number>(() => {}), setRaw: () => {} };
  return {
    keyboard: openKeyboard(input, host, () => {}, new AbortController().signal),
    now: () => now,
    /** Goes on until the promise settles, from timer to timer. */
    async pass(promise: Promise<unknown>): Promise<void> {
      let isSettled = false;
      promise.finally(() => isSettled = true);
      for (await settle(); !isSettled; await settle()) {
        const [next] = [...timers].sort((one, other) => one.at - other.at);
        assert.ok(next !== undefined, "waits for nothing");
        timers.delete(next);
        now = next.at;
        next.callback();
      }
    },
    wait: (ms: number) => now += ms,
  };
}

describe("openKeyboard()", () => {
  it("waits for silence; when that has passed, only for what is on its way", async () => {
    const { keyboard, now, pass, wait } = silentKeyboard();
    await pass(keyboard.open());
    const silence = now();
    assert.ok(silence > 10);
    wait(500);
    const ready = now();
    await pass(keyboard.open());
    assert.ok(now() > ready && now() - ready < silence / 10);
    keyboard.close();
    const next = now();
    await pass(keyboard.open());
    assert.equal(now() - next, silence);
  });

  it("throws away what was typed while the question was made ready", async () => {
    const terminal = fakeTerminal();
    const { keyboard } = terminal;
    await keyboard.open();
    terminal.type(`one${ENTER}`);
    await keyboard.open();
    terminal.type("2");
    assert.equal(await keyboard.next(), "2");
    keyboard.close();
  });

  it("keeps a Ctrl-C that came before the question", async () => {
    const terminal = fakeTerminal();
    const { keyboard } = terminal;
    const opening = keyboard.open();
    terminal.type(`one${CTRL_C}two${ENTER}`);
    await opening;
    await keyboard.open();
    assert.equal(await keyboard.next(), CTRL_C);
    keyboard.close();
  });
});
