/**
 * Draws a live screen on a terminal and listens to its keys until it ends.
 *
 * @module
 */
import type { Host, Millis } from "../lib/host/host.ts";
import type { Console } from "./context.ts";
import { interruption, type Keyboard } from "./keyboard.ts";
import { CTRL_C, ESCAPE } from "./keys.ts";
import { isPictureLate } from "./output/leave_out.ts";
import { BACK, type Back, type LiveScreen, type ScreenSize } from "./ui.ts";

/** Time between two drawings. */
const REDRAW_MS: Millis = 100;

/** Runs a live screen. Its picture is gone afterwards: what happened is told by the flow. */
export async function runLive<Result>(
  console: Console,
  keyboard: Keyboard,
  host: Pick<Host, "now" | "startTimer">,
  screen: LiveScreen<Result>,
): Promise<Result | Back> {
  let drawn: readonly string[] = [];
  let drawnColumns = 0;
  let ended = false;
  let cancel = (): void => {};

  function erase(size: ScreenSize): string {
    if (drawn.length === 0) return "";
    // A terminal that became narrower has broken what was drawn into more lines.
    const height = drawn.reduce(
      (lines, line) => lines + Math.max(1, Math.ceil(line.length / size.columns)),
      0,
    );
    return `\x1b[${Math.min(height, Math.max(1, size.rows - 1))}A\r\x1b[J`;
  }
  function draw(): void {
    if (isPictureLate(console)) return;
    const size = console.size();
    const room = Math.max(1, size.rows - 1);
    const lines = [...screen.view(size)].slice(0, room)
      .map((line) => line.slice(0, Math.max(1, size.columns - 1)));
    if (size.columns === drawnColumns && equal(lines, drawn)) return;
    const picture = lines.map((line) => `${line}\n`).join("");
    console.stdout(`\x1b[?25l${erase(size)}${picture}`);
    drawn = lines;
    drawnColumns = size.columns;
  }
  function tick(): void {
    if (ended) return;
    draw();
    cancel = host.startTimer(REDRAW_MS, tick);
  }

  async function listen(): Promise<Back> {
    for (;;) {
      const key = await keyboard.next();
      if (key === undefined) {
        // The end of input is no reason to leave a router in the middle of its transfer.
        await keyboard.untilStopped();
        throw interruption();
      }
      if (key === CTRL_C) throw interruption();
      if (key === ESCAPE && (screen.canGoBack?.() ?? true)) return BACK;
      screen.keys().find((known) => known.key === key.toLowerCase())?.press();
      draw();
    }
  }

  await keyboard.open();
  tick();
  try {
    return await Promise.race([screen.finished, listen()]);
  } finally {
    cancel();
    ended = true;
    keyboard.close();
    console.stdout(`${erase(console.size())}\x1b[?25h`);
  }
}

function equal(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((line, index) => line === other[index]);
}
