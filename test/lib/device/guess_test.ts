import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { loadCatalogue } from "../../../lib/device/catalogue.ts";
import { guessFromRequest, type ObservedRequest } from "../../../lib/device/guess.ts";
import { loadMacVendors } from "../../../lib/device/mac_vendors.ts";

const catalogue = await loadCatalogue();
const vendorOfMac = await loadMacVendors();

function guess(request: ObservedRequest) {
  return guessFromRequest(catalogue, request, vendorOfMac);
}

function ids(request: ObservedRequest): readonly string[] {
  return guess(request).map((each) => each.entry.id);
}

describe("guessFromRequest", () => {
  it("names the devices that ask for exactly that name first, and says why", () => {
    const found = guess({ filename: "ArcherC7v5_tp_recovery.bin", askedAddress: "192.168.0.66" });
    assert.deepEqual(found.slice(0, 2).map((each) => each.entry.id), [
      "tp-link-archer-a7-v5",
      "tp-link-archer-c7-v5",
    ]);
    assert.deepEqual(found[0]?.reasons, [
      'asks for "ArcherC7v5_tp_recovery.bin"',
      "asks 192.168.0.66",
    ]);
  });

  it("tells devices with one name apart by the address they ask", () => {
    const [first] = ids({ filename: "tp_recovery.bin", askedAddress: "192.168.0.225" });
    const asked225 = catalogue.devices.find((device) => device.id === first)?.recovery.computer;
    assert.equal(asked225?.kind === "exactly" && asked225.addresses[0]?.address, 0xc0a800e1);
  });

  it("tells them apart by options and their own address, too", () => {
    const options = { BLKSIZE: "1468", timeout: "5" };
    assert.equal(ids({ filename: "ras.bin", options })[0], "zyxel-nbg6817");
    const cpe = ids({ filename: "recovery.bin", address: "192.168.0.254" });
    assert.ok(cpe[0]?.startsWith("tp-link-cpe") || cpe[0]?.startsWith("tp-link-wbs"));
  });

  it("knows a bootloader by the fixed MAC it has", () => {
    const [first] = guess({ filename: "whatever", mac: "02-AA-BB-CC-DD-20" });
    assert.equal(first?.entry.id, "buffalo-wzr-hp-ag300h");
    assert.deepEqual(first?.reasons, ["has its bootloader's MAC 02:aa:bb:cc:dd:20"]);
  });

  it("counts the maker of a MAC", () => {
    const [first] = guess({ filename: "recovery.bin", mac: "50:c7:bf:00:11:22" });
    assert.equal(first?.entry.vendor, "TP-Link");
    assert.ok(first?.reasons.includes("its MAC belongs to TP-Link"));
  });

  it("recognises a model that asks for a name nobody has listed", () => {
    const found = guess({ filename: "ArcherC7v9_tp_recovery.bin" });
    assert.ok(found[0]?.entry.id.startsWith("tp-link-archer-c7"));
    assert.deepEqual(found[0]?.reasons, ["its model stands in the name"]);
    assert.equal(ids({ filename: "wr842nv3_tp_recovery.bin" })[0], "tp-link-tl-wr842nd-v2");
  });

  it("offers the family when only address and maker are known", () => {
    const found = guess({
      filename: "unheard-of.img",
      askedAddress: "192.168.0.66",
      mac: "50:c7:bf:00:11:22",
    });
    assert.deepEqual(found.map((each) => each.entry.id), ["tp-link-recovery-66"]);
  });

  it("guesses nothing from an address that hundreds share", () => {
    assert.deepEqual(ids({ filename: "x", askedAddress: "192.168.1.254" }), []);
    assert.deepEqual(ids({ filename: "", address: "nonsense", mac: "nonsense" }), []);
  });

  it("names bytes that are no text as they are spelled in the catalogue", () => {
    const [first] = guess({ filename: "C0A81F64.img" });
    assert.equal(first?.entry.id, "xiaomi-redmi-router-ax6s");
    assert.deepEqual(guess({ filename: "\x01\x02\xff" }), []);
  });
});

describe("loadMacVendors", () => {
  it("reads every usual spelling of a MAC and knows no maker of made-up ones", () => {
    for (const mac of ["50:c7:bf:01:02:03", "50-C7-BF-01-02-03", "50c7.bf01.0203"]) {
      assert.equal(vendorOfMac(mac), "TP-Link");
    }
    assert.equal(vendorOfMac("02:aa:bb:cc:dd:20"), undefined);
    assert.equal(vendorOfMac(""), undefined);
  });

  it("spells every maker as the catalogue does", () => {
    const known = new Set(catalogue.devices.map((device) => device.vendor));
    for (const mac of ["24:a4:3c", "4c:5e:0c", "00:1d:73", "a0:21:b7", "00:0c:43"]) {
      const vendor = vendorOfMac(mac);
      assert.ok(vendor === undefined || known.has(vendor), vendor);
    }
  });
});
