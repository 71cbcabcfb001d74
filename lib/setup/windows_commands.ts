/**
 * Parts that several Windows commands share.
 *
 * @module
 */
import type { WindowsFacts } from "./facts.ts";

/** Beginning of every command about IPv4. */
export const NETSH: readonly string[] = ["netsh", "interface", "ipv4"];

/** Text between single quotes for a PowerShell script. */
export function literal(text: string): string {
  return `'${text.replace(/['\u2018-\u201b]/g, "$&$&")}'`;
}

/** Number of the interface, or its name where the number is not known: netsh takes either. */
export function referenceOf(facts: WindowsFacts): string {
  return facts.target.index === undefined ? facts.target.name : String(facts.target.index);
}
