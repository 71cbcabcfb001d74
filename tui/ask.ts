/**
 * A single question outside the guided flow.
 *
 * @module
 */
import type { InteractiveContext } from "./context.ts";
import { openKeyboard } from "./keyboard.ts";

/** Asks yes or no on the terminal. Rejects with UnbrickError `interrupted` on Ctrl-C. */
export async function askToConfirm(
  context: InteractiveContext,
  message: string,
): Promise<boolean> {
  const { host, console, input, signal } = context;
  const { cliffyUi } = await import("./cliffy_ui.ts");
  const ui = cliffyUi(console, openKeyboard(input, host, console.stdout, signal), host);
  return await ui.confirm({ id: "confirm", message, default: false }) === true;
}
