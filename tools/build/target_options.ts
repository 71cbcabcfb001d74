/**
 * The options with which the tools choose what to build for.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { UnbrickError } from "../../lib/errors.ts";
import { findTarget, type Target, TARGETS } from "./targets.ts";

/** What was typed behind a task. */
export interface TargetOptions {
  /** Systems that were named; empty when none was. */
  readonly targets: readonly Target[];
  /** Words that are no options. */
  readonly words: readonly string[];
}

/** Reads `--target NAME` (more than once), `--all` and words. Throws UnbrickError `usage`. */
export function parseTargetOptions(args: readonly string[], usage: string): TargetOptions {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { target: { type: "string", multiple: true }, all: { type: "boolean" } },
    });
    const targets = values.all === true ? TARGETS : (values.target ?? []).map(findTarget);
    return { targets, words: positionals };
  } catch (error) {
    if (error instanceof UnbrickError) throw error;
    // The first sentence; the next ones are for programmers.
    const [message = ""] = (error instanceof Error ? error.message : String(error)).split(". ");
    throw new UnbrickError("usage", message, { hint: `Usage: ${usage}` });
  }
}
