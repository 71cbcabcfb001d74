/**
 * A rehearsal in a real terminal, from the first question to the last line.
 *
 * @module
 */
import assert from "node:assert/strict";
import { startInTmux, type TmuxOptions } from "../support/tmux.ts";

/** What is rehearsed. */
export interface TerminalRehearsal extends TmuxOptions {
  /** How often Down is pressed to reach the router. */
  readonly downs: number;
  /** Keys that switch it on. */
  readonly switchOn: readonly string[];
  /** What it asks before the image is sent, and the key that answers. */
  readonly before?: readonly (readonly [RegExp, string])[];
  /** What it asks after the image was sent, and the key that answers. */
  readonly after?: readonly (readonly [RegExp, string])[];
}

/** Plays it and checks every screen. */
export async function rehearseInTerminal(rehearsal: TerminalRehearsal): Promise<void> {
  await using terminal = await startInTmux(["practice"], rehearsal);
  const checkWidth = async () => {
    for (const line of (await terminal.screen()).split("\n")) {
      assert.ok(line.length <= rehearsal.columns, line);
    }
  };
  await terminal.shows("Which router?");
  for (let down = 0; down < rehearsal.downs; down++) await terminal.press("Down");
  await terminal.press("Enter");
  await terminal.shows("What shall go wrong?");
  await terminal.press("Enter");
  await terminal.shows(/SHA-256\s+shown[^]*Go on\?/);
  await terminal.press("Enter");
  await terminal.shows(/has to be changed[^]*Go on\?/);
  await checkWidth();
  await terminal.press("Enter");
  // The keys work once they are shown.
  await terminal.shows(/Esc:\s+back/);
  await checkWidth();
  await terminal.press(...rehearsal.switchOn);
  const answer = async (questions: TerminalRehearsal["before"] = []) => {
    for (const [question, key] of questions) {
      await terminal.shows(question);
      await checkWidth();
      await terminal.press(key);
    }
  };
  await answer(rehearsal.before);
  await terminal.shows(/% of 700/);
  await checkWidth();
  // A key that means nothing now, and the one that must not end a transfer.
  await terminal.press("x", "Escape");
  await answer(rehearsal.after);
  await terminal.shows("DO NOT cut");
  await terminal.shows("it runs");
  await terminal.shows(/exactly\s+the\s+bytes/);
  await terminal.shows("The router is back.");
  await checkWidth();
  if (rehearsal.env?.["NO_COLOR"] !== undefined) {
    // deno-lint-ignore no-control-regex -- colours are what must not be there
    assert.doesNotMatch(await terminal.coloredScreen(), /\x1b\[(?:[349][0-7]|1|2)m/);
  }
  assert.deepEqual(await terminal.left(), {
    code: 0,
    echoes: true,
    editsLines: true,
    showsCursor: true,
  });
}
