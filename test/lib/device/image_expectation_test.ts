import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { findEntry, loadCatalogue } from "../../../lib/device/catalogue.ts";
import { imageExpectation } from "../../../lib/device/image_expectation.ts";
import { exampleDevice } from "./example_device.ts";

const catalogue = await loadCatalogue();

function expectationOf(id: string) {
  const entry = findEntry(catalogue, id);
  assert.ok(entry !== undefined, id);
  return imageExpectation(entry);
}

describe("imageExpectation", () => {
  it("names the device, its boards and the one sort of image it takes", () => {
    const expected = expectationOf("tp-link-archer-a7-v5");
    assert.ok(expected.deviceNames.includes("TP-Link Archer A7 v5"));
    assert.ok(expected.openwrtBoards.includes("tplink,archer-a7-v5"));
    assert.equal(expected.wantedKind, "factory");
    assert.equal(expected.mustBeSigned, false);
  });

  it("wants no one sort where several do, none is known, or it is put together", () => {
    assert.equal(expectationOf("zyxel-nbg6617").wantedKind, undefined);
    assert.deepEqual(expectationOf("zyxel-nbg6617").acceptedKinds, ["factory", "stock"]);
    assert.equal(imageExpectation(exampleDevice()).wantedKind, undefined);
    assert.equal(expectationOf("tp-link-archer-c2-v1").wantedKind, undefined);
    assert.deepEqual(expectationOf("tp-link-archer-c2-v1").layout, [
      { of: "stock", from: 512, bytes: 131072 },
      { of: "sysupgrade" },
    ]);
  });

  it("carries the limits of the loader", () => {
    const { maxBytes, larger } = expectationOf("tp-link-tl-wr841n-v14");
    assert.deepEqual({ maxBytes, larger }, { maxBytes: 0x3d0000, larger: "cut-off" });
    assert.equal(expectationOf("tp-link-tl-wr841n-v13").skipsFirst, 0x20000);
    assert.deepEqual(expectationOf("tp-link-archer-c7-v2").cut, {
      whenNameHas: "boot",
      bytes: 0x20200,
    });
  });

  it("tells documented signature checks from expected ones", () => {
    assert.equal(expectationOf("cudy-wr1300-v1").mustBeSigned, true);
    const silent = expectationOf("cudy-wr3000u-v1");
    assert.deepEqual([silent.mustBeSigned, silent.signatureExpected], [false, true]);
  });

  it("knows that RedBoot cannot count past 65535 blocks", () => {
    assert.equal(expectationOf("d-link-dir-300-rev-a").noRollover, true);
    assert.equal(expectationOf("tp-link-archer-a7-v5").noRollover, false);
  });
});
