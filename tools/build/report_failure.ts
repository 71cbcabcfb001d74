/**
 * Failures of the tools, as the program shows its own.
 *
 * @module
 */
import { exitCodeOf, toUnbrickError } from "../../lib/errors.ts";
import { removeUnfinished } from "./whole_file.ts";

/**
 * Runs a tool; a failure ends the process with what happened and what to do next. Ctrl-C ends it, too,
 * without leaving anything half done.
 */
export async function runTool(tool: () => Promise<void>): Promise<void> {
  Deno.addSignalListener("SIGINT", () => {
    removeUnfinished();
    Deno.exit(exitCodeOf("interrupted"));
  });
  try {
    await tool();
  } catch (thrown) {
    const { code, message, hint } = toUnbrickError(thrown);
    const lines = [`error: ${message}`, ...(hint === undefined ? [] : [`hint: ${hint}`])];
    await Deno.stderr.write(new TextEncoder().encode(`${lines.join("\n")}\n`));
    Deno.exit(exitCodeOf(code));
  }
}
