/**
 * The catalogue: what comes with the program, and what people put beside it.
 *
 * @module
 */
import type { CatalogueJson } from "./entry_json.ts";
import {
  type EntryProblem,
  integerBetween,
  listOf,
  readObject,
  type Report,
} from "./entry_reader.ts";
import { reviveDevice, reviveFamily } from "./revive_entry.ts";
import type { Catalogue, Device, Family, Origin } from "./types.ts";
import { decodeDevice, decodeFamily, validateReview } from "./validate_entry.ts";

/** The only layout of the data file so far. */
const FORMAT = 1;

const OURS: Origin = { kind: "catalogue" };

/** Read when first asked for, then kept. */
let loaded: Promise<Catalogue> | undefined;

/**
 * The catalogue that comes with the program. Its data is part of the program and checked by the
 * tests ({@link validateCatalogue}), not again at each start.
 */
export function loadCatalogue(): Promise<Catalogue> {
  loaded ??= import("./catalogue.json", { with: { type: "json" } })
    // The JSON's inferred type is a union of every entry's shape; the tests validate it instead.
    .then((module) => reviveCatalogue(module.default as unknown as CatalogueJson));
  return loaded;
}

function reviveCatalogue(json: CatalogueJson): Catalogue {
  return {
    review: json.review,
    families: json.families.map(reviveFamily),
    devices: json.devices.map((device) => reviveDevice(device, OURS)),
  };
}

/** Every fault in the content of a data file: fields, contradictions, ids used twice. */
export function validateCatalogue(data: unknown): readonly EntryProblem[] {
  const problems: EntryProblem[] = [];
  const report: Report = (field, message) => void problems.push({ field, message });
  const reader = readObject(data, "", report);
  reader?.required("format", integerBetween(FORMAT, FORMAT));
  reader?.required("review", listOf(validateReview));
  const families = reader?.required("families", listOf(decodeFamily)) ?? [];
  const devices = reader?.required("devices", listOf(decodeDevice(OURS))) ?? [];
  reader?.end();
  checkReferences(families, devices, report);
  return problems;
}

/** Reports ids that are used twice and families that do not exist. */
function checkReferences(
  families: readonly Family[],
  devices: readonly Device[],
  report: Report,
): void {
  const known = new Set(families.map((family) => family.id));
  const seen = new Set<string>();
  for (const entry of [...families, ...devices]) {
    if (seen.has(entry.id)) report(entry.id, "is the id of two entries");
    seen.add(entry.id);
    if (entry.kind === "device" && entry.family !== undefined && !known.has(entry.family)) {
      report(`${entry.id}.family`, `"${entry.family}" is the id of no family`);
    }
  }
}

/**
 * Adds people's own devices. One with an id of ours takes its place, and is marked as doing so.
 */
export function withOwnDevices(catalogue: Catalogue, own: readonly Device[]): Catalogue {
  if (own.length === 0) return catalogue;
  const byId = new Map(catalogue.devices.map((device) => [device.id, device]));
  for (const device of own) {
    const { origin } = device;
    const replaces = byId.has(device.id);
    byId.set(
      device.id,
      origin.kind === "own" ? { ...device, origin: { ...origin, replaces } } : device,
    );
  }
  const devices = [...byId.values()].sort((a, b) => a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
  return { ...catalogue, devices };
}

/** Finds a device or family by its id; capitals do not matter. */
export function findEntry(catalogue: Catalogue, id: string): Device | Family | undefined {
  const wanted = id.toLowerCase();
  return catalogue.devices.find((device) => device.id === wanted) ??
    catalogue.families.find((family) => family.id === wanted);
}
