import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { parseMetadata } from "../../../lib/firmware/formats/openwrt_trailer.ts";
import { inspectImage } from "../../../lib/firmware/inspect.ts";
import { withMetadata, withSignature } from "./openwrt_trailer.ts";

function parse(value: unknown) {
  return parseMetadata(new TextEncoder().encode(JSON.stringify(value)));
}

describe("parseMetadata()", () => {
  it("takes new_supported_devices when the layout changed, not the sentence for old systems", () => {
    const metadata = parse({
      compat_version: "1.1",
      compat_message: "Partitions changed",
      supported_devices: ["Image version 1.1 incompatible to device: do a clean install"],
      new_supported_devices: ["acme,router"],
    });
    assert.deepEqual(metadata?.supportedDevices, ["acme,router"]);
    assert.equal(metadata?.compatMessage, "Partitions changed");
  });

  it("takes what vendors make of it: one text, a version that is text, odd types", () => {
    const covr = parse({ supported_devices: "COVR-X1860", firmware: "0".repeat(32) });
    assert.deepEqual(covr?.supportedDevices, ["COVR-X1860"]);
    const teltonika = parse({ supported_devices: ["teltonika,rut9x"], version: "RUT9_R_00.07" });
    assert.equal(teltonika?.version, "RUT9_R_00.07");
    const odd = parse({ supported_devices: [1, null, "a,b"], version: [], compat_version: 2 });
    assert.deepEqual(odd, { supportedDevices: ["a,b"], compatVersion: "1.0" });
  });

  it("refuses what is no JSON object and lets no control character through", () => {
    for (const value of [[], "text", 5, null]) assert.equal(parse(value), undefined);
    assert.equal(parseMetadata(Uint8Array.of(0x7b, 0xff)), undefined);
    const metadata = parse({ supported_devices: ["a\u001b[2J,b\u202e"] });
    assert.deepEqual(metadata?.supportedDevices, ["a.[2J,b."]);
  });
});

describe("OpenWrt's trailer", () => {
  const payload = new Uint8Array(5000).fill(0x77);

  it("is read back with and without a signature behind it", () => {
    const metadata = { supported_devices: ["acme,router"], version: { dist: "OpenWrt" } };
    for (
      const bytes of [
        withMetadata(payload, metadata),
        withSignature(withMetadata(payload, metadata), new Uint8Array(180).fill(0x31)),
      ]
    ) {
      const inspection = inspectImage(bytes);
      assert.deepEqual(inspection.metadata?.supportedDevices, ["acme,router"]);
      assert.equal(inspection.integrity, "whole");
      // The key of an OpenWrt build is not what a vendor's bootloader asks for.
      assert.equal(inspection.signature, "none");
    }
  });

  it("is damaged when its size, type or JSON is not as defined", () => {
    const bytes = withMetadata(payload, { supported_devices: ["acme,router"] });
    for (
      const [at, value] of [[-1, 0xff], [-4, 0x01], [-8, 0x00], [-8, 0x07], [-7, 0x01]] as const
    ) {
      const changed = Uint8Array.from(bytes);
      changed[changed.length + at] = value;
      assert.equal(inspectImage(changed).integrity, "damaged", `${at} ${value}`);
    }
    assert.equal(inspectImage(withMetadata(payload, "text")).integrity, "damaged");
  });
});
