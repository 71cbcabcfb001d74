/**
 * Failures as a person reads them, and the exit code that goes with each.
 *
 * @module
 */
import { exitCodeOf, toUnbrickError } from "../lib/errors.ts";
import type { Console } from "./context.ts";

/**
 * Writes a failure to standard error: what happened, what to do next, and with `debug` where it
 * came from.
 *
 * @returns the exit code.
 */
export function reportError(
  console: Pick<Console, "stderr">,
  thrown: unknown,
  options: { readonly debug: boolean },
): number {
  const error = toUnbrickError(thrown);
  console.stderr(`error: ${error.message}\n`);
  if (error.hint !== undefined) console.stderr(`hint: ${error.hint}\n`);
  if (options.debug) console.stderr(`${describeCauses(error)}\n`);
  return exitCodeOf(error.code);
}

function describeCauses(error: Error): string {
  const stacks: string[] = [];
  let current: unknown = error;
  while (current instanceof Error) {
    stacks.push(current.stack ?? current.message);
    current = current.cause;
  }
  if (current !== undefined) stacks.push(String(current));
  return stacks.join("\ncaused by: ");
}
