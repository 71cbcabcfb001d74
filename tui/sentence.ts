/**
 * Texts of the engine, which have no final period, as sentences.
 *
 * @module
 */
import type { UnbrickError } from "../lib/errors.ts";

/** A text with a capital first letter and an end. */
export function sentence(text: string): string {
  const capital = text.charAt(0).toUpperCase() + text.slice(1);
  return capital === "" || /[.!?]$/.test(capital) ? capital : `${capital}.`;
}

/** What happened and what to do next, as sentences. */
export function describeProblem(
  { message, hint }: Pick<UnbrickError, "message" | "hint">,
): string {
  return hint === undefined || hint === ""
    ? sentence(message)
    : `${sentence(message)} ${sentence(hint)}`;
}
