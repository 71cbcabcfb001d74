/**
 * How far a value can be trusted, and why.
 *
 * @module
 */
import type { Catalogue, Confidence, Device, DeviceField, Family, Source } from "./types.ts";

/** Trust in one value of an entry. */
export interface Provenance {
  /** Who says so: somebody who built support, or somebody it worked for. */
  readonly confidence: Confidence;
  /** Whether the value was compared with the sources and nothing speaks against it. */
  readonly checked: boolean;
  /** Reasons for trusting it less, in words. */
  readonly doubts: readonly string[];
  /** Where to read more. */
  readonly sources: readonly Source[];
}

/**
 * Share of judged values that were wrong or unsupported above which a field's wording is not
 * trusted, even in checked entries: it was often written once for a family.
 */
const WEAK_SHARE = 0.02;

/** How far a field of an entry can be trusted. */
export function provenanceOf(
  catalogue: Catalogue,
  entry: Device | Family,
  field: DeviceField,
): Provenance {
  const doubts = entry.doubts.filter((doubt) => doubt.field === field).map((doubt) => doubt.why);
  return {
    confidence: entry.confidence,
    checked: entry.verified && doubts.length === 0 && field !== "bootloader",
    doubts: isOurs(entry) && isWeakField(catalogue, field) ? [...doubts, WEAK_WORDING] : doubts,
    sources: entry.sources,
  };
}

/** Whether the review found too many faults in a field to trust its wording. */
export function isWeakField(catalogue: Catalogue, field: DeviceField): boolean {
  const review = catalogue.review.find((row) => row.field === field);
  if (review === undefined) return field === "bootloader";
  return (review.wrong + review.unsupported) / review.sampled > WEAK_SHARE;
}

/** What is said of weak fields. */
export const WEAK_WORDING = "wording may stem from a sibling model";

/** Trust in a whole entry, as words for a line of output. */
export function describeTrust(entry: Device | Family): string {
  const checked = entry.verified ? "checked against its sources" : "not checked again";
  return `${entry.confidence}, ${checked}`;
}

function isOurs(entry: Device | Family): boolean {
  return entry.kind === "family" || entry.origin.kind === "catalogue";
}
