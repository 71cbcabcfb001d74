/** Entries for tests: the least that is valid, and what else a test needs. */
import type { EntryJson } from "../../../lib/device/entry_json.ts";
import { reviveDevice } from "../../../lib/device/revive_entry.ts";
import type { Catalogue, Device } from "../../../lib/device/types.ts";

/** JSON of a device that pulls; fields can be put in its place. */
export function exampleJson(fields: Record<string, unknown> = {}): EntryJson {
  return {
    id: "acme-r1",
    vendor: "Acme",
    model: "R1 v2",
    recovery: {
      way: "pulls",
      computer: { exactly: ["192.168.0.66/24"] },
      device: "192.168.0.86",
      files: [{ names: ["r1v2_recovery.bin"] }],
    },
    sources: [{ url: "https://example.org/r1" }],
    confidence: "documented",
    ...fields,
  } as EntryJson;
}

/** That device, decoded. */
export function exampleDevice(fields: Record<string, unknown> = {}): Device {
  return reviveDevice(exampleJson(fields), { kind: "catalogue" });
}

/** A catalogue of such devices, without families. */
export function exampleCatalogue(...devices: readonly Device[]): Catalogue {
  return { devices, families: [], review: [] };
}
