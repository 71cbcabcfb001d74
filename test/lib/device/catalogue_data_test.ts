// Tests of the data itself: a fault in catalogue.json fails here, under the name of its field.
import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import catalogueJson from "../../../lib/device/catalogue.json" with { type: "json" };
import { loadCatalogue, validateCatalogue } from "../../../lib/device/catalogue.ts";
import { encodeEntry } from "../../../lib/device/encode_entry.ts";
import type { EntryJson } from "../../../lib/device/entry_json.ts";
import { dangersOf, makeRecipe } from "../../../lib/device/recipe.ts";
import { reviveDevice, reviveFamily } from "../../../lib/device/revive_entry.ts";
import type { Device, Entry } from "../../../lib/device/types.ts";

const catalogue = await loadCatalogue();
const { devices, families } = catalogue;
const everything = [...devices, ...families];

function idsOf(entries: readonly Entry[]): readonly string[] {
  return entries.map((entry) => entry.id);
}

describe("catalogue.json", () => {
  it("has no fault in any field of any entry", () => {
    assert.deepEqual(validateCatalogue(catalogueJson), []);
  });

  it("holds more than five hundred devices, the families apart", () => {
    assert.ok(devices.length > 500, `${devices.length} devices`);
    assert.ok(families.length > 0);
  });

  it("is ordered by id, so that everybody finds the place for a new entry", () => {
    assert.deepEqual(idsOf(devices), idsOf(devices).toSorted());
    assert.deepEqual(idsOf(families), idsOf(families).toSorted());
  });

  it("survives being decoded and encoded", () => {
    for (const device of devices) {
      assert.deepEqual(reviveDevice(encodeEntry(device), device.origin), device);
    }
    for (const family of families) assert.deepEqual(reviveFamily(encodeEntry(family)), family);
  });

  it("names no device twice", () => {
    const names = devices.map((device) => `${device.vendor} ${device.model}`.toLowerCase());
    assert.deepEqual(names.filter((name, index) => names.indexOf(name) !== index), []);
  });

  it("gives an OpenWrt board to the devices of one maker only", () => {
    const seen = new Map<string, Device>();
    for (const device of devices) {
      for (const board of device.boards.filter((name) => name.includes(","))) {
        const other = seen.get(board) ?? device;
        assert.equal(other.vendor, device.vendor, `${board}: ${other.id} and ${device.id}`);
        seen.set(board, device);
      }
    }
  });

  it("says what happens to an image above its largest size", () => {
    const silent = everything.filter(({ image }) =>
      image?.maxBytes !== undefined && image.larger === undefined
    );
    assert.deepEqual(idsOf(silent), []);
  });

  it("needs a static ARP entry only where the MAC is known or the family says it varies", () => {
    const unknown = devices.filter(({ recovery, mac }) =>
      recovery.way === "listens" && recovery.staticArp && mac === undefined
    );
    assert.deepEqual(idsOf(unknown), []);
  });

  it("gives the reason first, and no command, wherever recovery is to be avoided", () => {
    const avoided = devices.filter((device) => device.avoid !== undefined);
    assert.ok(idsOf(avoided).includes("tp-link-tl-wr840n-v5"));
    for (const device of avoided) {
      const recipe = makeRecipe(catalogue, device);
      assert.equal(recipe.dangers[0], device.avoid);
      assert.deepEqual(recipe.commands, []);
    }
  });

  it("warns in words wherever a wrong image is known to brick", () => {
    const wanted = [
      "tp-link-archer-c2-v1",
      "tp-link-archer-c20-v1",
      "tp-link-archer-c20-v5",
      "tp-link-archer-c50-v4",
      "tp-link-archer-c50-v6-ca-eu-ru",
      "ubiquiti-nanobridge-m-xm",
      "hpe-msm460",
      "hootoo-ht-tm05",
      "comfast-cf-e375ac",
    ];
    for (const id of wanted) {
      const device = devices.find((each) => each.id === id);
      assert.ok(device !== undefined && dangersOf(device).length > 0, id);
    }
  });

  it("takes nothing over from a family", () => {
    const json = new Map(
      (catalogueJson.devices as readonly unknown[] as readonly EntryJson[])
        .map((entry) => [entry.id, entry]),
    );
    for (const device of devices.filter((each) => each.family !== undefined)) {
      const own = json.get(device.id);
      assert.equal(device.image, own?.image, device.id);
      assert.equal(device.trigger, own?.trigger, device.id);
      assert.equal(device.port, own?.port, device.id);
      assert.equal(device.recovery.device === undefined, own?.recovery.device === undefined);
      assert.equal(device.recovery.computer === undefined, own?.recovery.computer === undefined);
    }
  });

  it("has a link to read more, or says where its words come from", () => {
    for (const entry of everything) {
      assert.ok(entry.sources.every((source) => source.url ?? source.note), entry.id);
    }
  });
});
