/**
 * Last step: put this computer back, and sum up.
 *
 * @module
 */
import { sha256 } from "../../lib/tftp/files.ts";
import { formatUndo, type TextStyle } from "../setup_text.ts";
import { defaultShell } from "../../lib/setup/shell.ts";
import { formatBytes, formatRepeated, formatSeconds } from "../output/event_text.ts";
import type { Ui } from "../ui.ts";
import { takeBack } from "./computer_step.ts";
import type { Changes, FlowContext, FlowState, Step, StepResult } from "./flow.ts";

/** Undoes and sums up. */
export const endStep: Step = async (context, state): Promise<StepResult> => {
  const { ui, log } = context;
  ui.heading("8 of 8: the end");
  const { current } = context.changes;
  if (current !== undefined) await putBack(context, current);
  const result = state.end === undefined
    ? state.wroteFlash === true ? "written in part" : "not recovered"
    : state.sighting?.running === "system"
    ? "recovered"
    : "sent";
  log.add({ event: "end", result });
  summarize(ui, state, result, await log.written());
  return state.end === undefined ? { go: "leave", exitCode: 1 } : { go: "next", state };
};

async function putBack(context: FlowContext, changes: Changes): Promise<void> {
  const { ui } = context;
  if (changes.ranBy === "person") {
    ui.show("To put this computer back as it was, run:");
    showUndo(context, changes);
    return;
  }
  const answer = await ui.select({
    id: "undo",
    message: "Put this computer back as it was?",
    choices: [
      { label: "Yes, do it for me", value: "run" },
      { label: "Show me the commands, I run them", value: "show" },
    ],
  });
  if (answer === "run" && await takeBack(context)) return;
  showUndo(context, changes);
}

/** Shows the commands that take everything back. */
export function showUndo({ ui, host }: Pick<FlowContext, "ui" | "host">, changes: Changes): void {
  const style: TextStyle = {
    shell: defaultShell(host.os),
    hasRights: changes.hasRights,
    columns: Math.min(ui.size().columns, 80) - 1,
  };
  ui.showExactly(formatUndo(host.os, changes.plan.undo, style).split("\n"));
  if (changes.ranBy === "unbrick") ui.show("Or all of it at once: unbrick setup --undo");
}

const RESULT_TEXT = {
  "recovered": "The router is back.",
  "sent": "The image was sent whole; the router has not shown itself yet.",
  "not recovered": "The router did not take the image this time. Nothing on it was changed.",
  "written in part":
    "Its flash is written in part: it cannot start yet. Its boot loader is as it was, so switch it " +
    "off and try again.",
} as const;

function summarize(
  ui: Ui,
  { plan, image, end, bench }: FlowState,
  result: keyof typeof RESULT_TEXT,
  logPath: string | undefined,
): void {
  ui.show(`\n${RESULT_TEXT[result]}`);
  if (plan !== undefined) ui.item("Router", `${plan.title}`);
  if (image !== undefined) {
    ui.item("Image", `${image.name}, ${formatBytes(image.bytes.length)}`);
    ui.item("SHA-256", `${image.sha256.slice(0, 32)}...`);
  }
  if (end !== undefined) {
    const repeated = formatRepeated(end.retransmissions);
    ui.item("Transfer", `${end.peer}, ${formatSeconds(end.seconds)}${repeated}`);
  }
  if (bench !== undefined) {
    const flashed = bench.flashed();
    const isSame = flashed !== undefined && sha256(flashed) === image?.sha256;
    const place = plan?.isRamOnly === true ? "Memory" : "Flash";
    ui.item(place, isSame ? "exactly the bytes that were sent" : "does not hold the image (yet)");
    bench.close();
  }
  if (logPath !== undefined) ui.item("Log", `${logPath} (unbrick log prints it)`);
}
