import process from "node:process";

/** Says visibly that a test did not check anything on this computer, and why. */
export function saySkipped(what: string, why: string): void {
  process.stderr.write(`    SKIPPED ${what}: ${why}\n`);
}
