/**
 * Judges an inspected image, by itself and against what a device's bootloader wants.
 *
 * @module
 */
import { checkDevice } from "./check_device.ts";
import { checkFile } from "./check_file.ts";
import type { Expectation } from "./expectation.ts";
import type { Finding, Inspection, Severity } from "./inspection.ts";

const ORDER: readonly Severity[] = ["stop", "warning", "note", "fine"];

/** Everything worth telling about an image, the gravest first. */
export function checkImage(inspection: Inspection, expectation?: Expectation): readonly Finding[] {
  const file = checkFile(inspection);
  // What the loader's layout says about a boot part is more exact than the general warning.
  const kept = expectation?.layout === undefined
    ? file
    : file.filter(({ code }) => code !== "boot-part-inside");
  const device = expectation === undefined ? [] : checkDevice(inspection, expectation);
  return [...kept, ...device]
    .sort((one, other) => ORDER.indexOf(one.severity) - ORDER.indexOf(other.severity));
}

/** The gravest severity among findings; `fine` when there are none. */
export function worstOf(findings: readonly Finding[]): Severity {
  return ORDER.find((severity) => findings.some((finding) => finding.severity === severity)) ??
    "fine";
}
