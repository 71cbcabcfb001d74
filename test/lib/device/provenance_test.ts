import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { findEntry, loadCatalogue } from "../../../lib/device/catalogue.ts";
import { provenanceOf, WEAK_WORDING } from "../../../lib/device/provenance.ts";
import type { DeviceField } from "../../../lib/device/types.ts";

const catalogue = await loadCatalogue();

function provenance(id: string, field: DeviceField) {
  const entry = findEntry(catalogue, id);
  assert.ok(entry !== undefined, id);
  return provenanceOf(catalogue, entry, field);
}

describe("provenanceOf", () => {
  it("trusts checked addresses and names, with their sources", () => {
    for (const field of ["recovery", "computer", "files"] as const) {
      const { confidence, checked, doubts, sources } = provenance("tp-link-archer-a7-v5", field);
      assert.deepEqual([confidence, checked, doubts], ["documented", true, []]);
      assert.equal(sources.length, 1);
    }
  });

  it("distrusts the wording of image, trigger and notes", () => {
    for (const field of ["image", "trigger", "notes"] as const) {
      assert.deepEqual(provenance("tp-link-archer-a7-v5", field).doubts, [WEAK_WORDING]);
    }
  });

  it("never calls a bootloader checked: it was often inferred", () => {
    assert.equal(provenance("tp-link-archer-a7-v5", "bootloader").checked, false);
  });

  it("calls a doubtful value unchecked even in a checked entry", () => {
    const files = provenance("tp-link-tl-wr902ac-v4", "files");
    assert.equal(files.checked, false);
    assert.match(files.doubts[0] ?? "", /tp_recover\.bin/);
    assert.equal(provenance("tp-link-tl-wr902ac-v4", "computer").checked, true);
  });

  it("calls nothing checked in an entry that nobody compared with its sources", () => {
    assert.equal(provenance("buffalo-wzr-hp-ag300h", "computer").checked, false);
  });
});
