/**
 * The guide, played to its end by a scripted person at a simulated computer.
 *
 * @module
 */
import { RECOVERY_STEPS } from "../../../tui/commands/guide.ts";
import { runFlow } from "../../../tui/flow/flow.ts";
import {
  type Script,
  type ScriptedUi,
  scriptedUi,
  type ScriptedUiOptions,
} from "../../support/scripted_ui.ts";
import type { FakeComputer } from "./fake_computer.ts";

/** A computer with its router, and what the person answers. */
export interface Scene {
  readonly computer: FakeComputer;
  readonly script: Script;
}

/** Plays it. Rejects with what the guide throws. */
export async function play(
  { computer, script }: Scene,
  options: ScriptedUiOptions = {},
): Promise<{ readonly ui: ScriptedUi; readonly exitCode: number }> {
  const ui = scriptedUi(script, options);
  const exitCode = await computer.until(runFlow(computer.context(ui), RECOVERY_STEPS, {}));
  return { ui, exitCode };
}
