import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import fc from "fast-check";
import { loadCatalogue } from "../../../lib/device/catalogue.ts";
import { createDeviceSearch, directionOf, type SearchFilter } from "../../../lib/device/search.ts";

const catalogue = await loadCatalogue();
const search = createDeviceSearch(catalogue);

function ids(query: string, filter?: SearchFilter): readonly string[] {
  return search.find(query, filter).map((hit) => hit.entry.id);
}

describe("DeviceSearch.find", () => {
  const first: readonly (readonly [string, string])[] = [
    ["wr841 v11", "tp-link-tl-wr841n-nd-v11"],
    ["TL-WR841N v11", "tp-link-tl-wr841n-nd-v11"],
    ["tl wr 841 n v10", "tp-link-tl-wr841n-nd-v10"],
    ["wrt54gl", "linksys-wrt54g-gs-gl-cfe"],
    ["R7800", "netgear-r7800"],
    ["nighthawk x4s", "netgear-r7800"],
    ["tplink,archer-a7-v5", "tp-link-archer-a7-v5"],
    ["tp-link-archer-a7-v5", "tp-link-archer-a7-v5"],
    ["mikrotik hex s", "mikrotik-rb760igs-hex-s"],
    ["fritzbox 7530", "avm-fritz-box-7530"],
    ["WDR4300", "tp-link-tl-wdr4300-v1"],
    ["gl b1300", "gl-inet-gl-b1300"],
  ];
  for (const [query, id] of first) {
    it(`finds ${id} first for "${query}"`, () => {
      assert.equal(ids(query)[0], id);
    });
  }

  it("finds every Archer C7 for its model alone, before anything else", () => {
    assert.deepEqual(ids("archer c7").slice(0, 4), [
      "tp-link-archer-c7-v1-1",
      "tp-link-archer-c7-v2",
      "tp-link-archer-c7-v4",
      "tp-link-archer-c7-v5",
    ]);
  });

  it("forgives typing mistakes", () => {
    assert.equal(ids("archr c7")[0], "tp-link-archer-c7-v1-1");
    assert.ok(ids("mikrotic hap")[0]?.startsWith("mikrotik-hap"));
    assert.ok(ids("ubiquity bullet")[0]?.startsWith("ubiquiti-bullet"));
  });

  it("never takes another number for a typing mistake", () => {
    assert.ok(ids("wr842").every((id) => !id.includes("841")));
    assert.ok(ids("archer c7 v5").every((id) => !id.endsWith("v4")));
  });

  it("finds the devices that ask for a file name, mistyped or not", () => {
    const wanted = ["tp-link-archer-a7-v5", "tp-link-archer-c7-v5"];
    assert.deepEqual(ids("ArcherC7v5_tp_recovery.bin"), wanted);
    assert.deepEqual(ids("archerc7v5_tp_recovery.bin"), wanted);
    assert.deepEqual(ids("ArcherC7v5_tp_recovry.bin"), wanted);
  });

  it("finds the devices of an address, and no other address that begins alike", () => {
    const hits = search.find("192.168.0.66");
    assert.ok(hits.length > 50);
    const near = ids("192.168.11.1");
    assert.ok(near.includes("buffalo-wzr-hp-ag300h"));
    assert.ok(!ids("192.168.1.1").includes("buffalo-wzr-hp-ag300h"));
    assert.ok(!ids("192.168.1.2").includes("tp-link-cpe210-v1"));
  });

  it("finds addresses by how they begin", () => {
    assert.ok(ids("192.168.67.").includes("letv-lba-047-ch"));
    assert.ok(ids("192.168.67").includes("letv-lba-047-ch"));
  });

  it("wants every word to fit", () => {
    assert.deepEqual(ids("archer zzzzzz"), []);
    assert.deepEqual(ids("!!!"), []);
  });

  it("filters by maker, whatever its spelling", () => {
    for (const vendor of ["TP-Link", "tplink", "TP LINK"]) {
      const hits = search.find("", { vendor });
      assert.ok(hits.length > 50 && hits.every((hit) => hit.entry.vendor === "TP-Link"), vendor);
    }
  });

  it("filters by direction and leaves out what TFTP cannot recover", () => {
    for (const direction of ["pulls", "listens"] as const) {
      const hits = search.find("", { direction });
      assert.ok(hits.length > 100);
      assert.ok(hits.every((hit) => directionOf(hit.entry) === direction));
    }
  });

  it("returns everything for an empty query, ordered by id", () => {
    const all = ids("  ");
    assert.equal(all.length, catalogue.devices.length + catalogue.families.length);
    assert.deepEqual(all, all.toSorted());
  });

  it("finds each device by its vendor and model", () => {
    for (const device of catalogue.devices) {
      const found = ids(`${device.vendor} ${device.model}`);
      assert.ok(found.includes(device.id), device.id);
    }
  });

  it("takes any text without failing", () => {
    fc.assert(fc.property(fc.string({ unit: "binary", maxLength: 40 }), (query) => {
      search.find(query);
    }));
  });
});
