/**
 * Says at the start of a command that an earlier preparation of this computer is still in place.
 *
 * @module
 */
import { pendingPreparation } from "../lib/setup/pending.ts";
import type { CommandContext } from "./context.ts";

/** Commands that are about the preparation themselves, or only tell about the program. */
const SILENT: readonly string[] = [
  "setup",
  "doctor",
  "completions",
  "licenses",
  "help",
  "--version",
  "-V",
];

/** Widest line. */
const MAX_COLUMNS = 80;

/** Tells on standard error; nothing when nothing is pending or the command speaks of it itself. */
export async function tellPending(
  context: Pick<CommandContext, "host" | "console">,
  argv: readonly string[],
): Promise<void> {
  if (argv.some((word) => SILENT.includes(word))) return;
  const pending = await pendingPreparation(context.host);
  if (pending === undefined) return;
  const { formatPending } = await import("./setup_text.ts");
  const columns = Math.min(context.console.size().columns, MAX_COLUMNS);
  context.console.stderr(formatPending(pending, columns));
}
