import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { parseNetshListing } from "../../../lib/net/netsh_listing.ts";
import { parseWindowsListing, parseWindowsRoutes } from "../../../lib/net/windows_listing.ts";
import { fixture } from "./fixture.ts";

describe("parseWindowsListing", () => {
  const interfaces = parseWindowsListing(fixture("windows/laptop.json"))!;
  const named = (name: string) => interfaces.find((found) => found.name === name)!;

  it("tells the kinds and links apart", () => {
    assert.deepEqual(interfaces.map((found) => `${found.index} ${found.kind} ${found.link}`), [
      "12 wired up",
      "7 usb-wired no-carrier",
      "4 wifi up",
      "30 virtual up",
      "9 wired disabled",
      "1 loopback up",
    ]);
  });

  it("keeps alias, GUID and MAC for finding the adapter again", () => {
    const usb = named("LAN-Verbindung (B\u00fcro)");
    assert.equal(usb.guid, "{AAAAAAAA-2222-3333-4444-555555555555}");
    assert.equal(usb.mac, "00:e0:4c:68:01:02");
    assert.equal(usb.speedMbps, undefined);
  });

  it("marks an address that is still tentative as not usable", () => {
    assert.equal(named("LAN-Verbindung (B\u00fcro)").addresses[0]?.isUsable, false);
    assert.equal(named("Ethernet 2").addresses[0]?.isUsable, true);
    assert.equal(named("Ethernet 2").addresses[0]?.origin, "static");
  });

  it("knows DHCP and the default route", () => {
    assert.deepEqual([named("WLAN").usesDhcp, named("WLAN").hasDefaultRoute], [true, true]);
    assert.deepEqual([named("Ethernet 2").usesDhcp, named("Ethernet 2").speedMbps], [false, 1000]);
  });

  it("understands words for enumerations and lists of one that are no list", () => {
    const [only] = parseWindowsListing(fixture("windows/powershell7_single.json"))!;
    assert.deepEqual([only?.link, only?.usesDhcp], ["up", true]);
    assert.deepEqual(only?.addresses, [
      { address: "192.168.0.66", prefixLength: 24, origin: "static", isUsable: false },
    ]);
  });

  it("is undefined for an error text and empty for a computer without adapters", () => {
    assert.equal(parseWindowsListing("Get-NetAdapter : not recognized"), undefined);
    assert.deepEqual(parseWindowsListing('{"adapters":[],"addresses":null}'), []);
  });
});

describe("parseWindowsRoutes", () => {
  it("names the default route and host routes as the other systems do", () => {
    assert.deepEqual(
      parseWindowsRoutes(fixture("windows/laptop.json")).map((route) => route.destination),
      ["default", "192.168.0.0/24", "192.168.0.66"],
    );
  });
});

describe("parseNetshListing", () => {
  const interfaces = parseNetshListing({
    interfaces: fixture("windows/german.interfaces.txt"),
    addresses: fixture("windows/german.addresses.txt"),
    getmac: fixture("windows/german.getmac.txt"),
  });

  it("reads a localised Windows without its words", () => {
    assert.deepEqual(interfaces.map((found) => `${found.index} ${found.kind} ${found.link}`), [
      "1 loopback up",
      "12 wired up",
      "14 usb-wired no-carrier",
      "15 wifi unknown",
    ]);
    assert.deepEqual(
      interfaces[1]?.addresses.map((entry) => `${entry.address}/${entry.prefixLength}`),
      ["192.168.178.20/24", "192.168.0.66/24"],
    );
    assert.equal(interfaces[1]?.mac, "8c:16:45:11:22:33");
    assert.equal(interfaces[1]?.guid, "{11111111-2222-3333-4444-555555555555}");
  });

  it("gives nothing for empty outputs", () => {
    assert.deepEqual(parseNetshListing({ interfaces: "", addresses: "", getmac: "" }), []);
  });
});
