import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import {
  parseHardwarePorts,
  parseIpconfigDhcp,
  parseMacosListing,
  parseNetstatRoutes,
  parseServiceOrder,
} from "../../../lib/net/macos_listing.ts";
import type { MacosListing } from "../../../lib/net/macos_listing.ts";
import { fixture } from "./fixture.ts";

const LAPTOP: MacosListing = {
  hardwarePorts: fixture("macos/laptop.hardwareports.txt"),
  serviceOrder: fixture("macos/laptop.serviceorder.txt"),
  ifconfig: fixture("macos/laptop.ifconfig.txt"),
  netstat: fixture("macos/laptop.netstat.txt"),
  ipconfig: {
    en0: fixture("macos/en0.getsummary.txt"),
    en7: fixture("macos/en7.getsummary.txt"),
  },
};

describe("parseMacosListing", () => {
  const interfaces = parseMacosListing(LAPTOP);
  const named = (name: string) => interfaces.find((found) => found.name === name)!;

  it("tells the kinds apart", () => {
    assert.deepEqual(interfaces.map((found) => `${found.name} ${found.kind} ${found.link}`), [
      "lo0 loopback unknown",
      "gif0 virtual disabled",
      "en4 wired disabled",
      "en1 bridge-member no-carrier",
      "en0 wifi up",
      "bridge0 virtual no-carrier",
      "utun3 virtual unknown",
      "en7 usb-wired up",
    ]);
  });

  it("maps devices to services, names with quotes and non-ASCII included", () => {
    assert.equal(named("en4").service, 'B\u00fcro "Kabel" it\'s');
    assert.equal(named("en7").service, "USB 10/100/1000 LAN");
    assert.equal(named("utun3").service, undefined);
    assert.equal(named("bridge0").manager, "none");
    assert.equal(named("en7").manager, "configd");
  });

  it("reads addresses, netmasks, media and MAC without leading zeros", () => {
    const usb = named("en7");
    assert.equal(usb.mac, "00:e0:4c:68:01:02");
    assert.deepEqual(
      usb.addresses.map((entry) => `${entry.address}/${entry.prefixLength} ${entry.origin}`),
      ["169.254.10.20/16 link-local", "192.168.0.66/24 static"],
    );
    assert.deepEqual([usb.speedMbps, usb.duplex, usb.usesDhcp], [1000, "full", false]);
  });

  it("knows DHCP and the default route", () => {
    const wifi = named("en0");
    assert.deepEqual([wifi.usesDhcp, wifi.hasDefaultRoute], [true, true]);
    assert.equal(wifi.addresses[0]?.origin, "dhcp");
    assert.equal(named("en7").hasDefaultRoute, false);
  });

  it("copes with empty outputs", () => {
    const nothing = { hardwarePorts: "", serviceOrder: "", ifconfig: "", netstat: "" };
    assert.deepEqual(parseMacosListing({ ...nothing, ipconfig: {} }), []);
  });
});

describe("parseHardwarePorts", () => {
  it("ignores the VLAN section", () => {
    assert.deepEqual(parseHardwarePorts(LAPTOP.hardwarePorts).map((port) => port.device), [
      "en4",
      "en7",
      "bridge0",
      "en0",
      "en1",
    ]);
  });
});

describe("parseServiceOrder", () => {
  it("marks services that are switched off and keeps those without device", () => {
    const services = parseServiceOrder(LAPTOP.serviceOrder);
    assert.deepEqual(services.map((entry) => [entry.device, entry.isEnabled]), [
      ["en7", true],
      ["en4", true],
      ["bridge0", false],
      ["en0", true],
      ["", true],
    ]);
  });
});

describe("parseIpconfigDhcp", () => {
  it("takes a stored lease as DHCP where getsummary does not exist", () => {
    assert.equal(parseIpconfigDhcp(fixture("macos/en0.getpacket.txt")), true);
    assert.equal(parseIpconfigDhcp(""), undefined);
  });
});

describe("parseNetstatRoutes", () => {
  it("completes destinations that netstat shortens", () => {
    assert.deepEqual(
      parseNetstatRoutes(LAPTOP.netstat).map((route) =>
        `${route.destination} ${route.interfaceName}`
      ),
      [
        "default en0",
        "10.8.0.1 utun3",
        "127.0.0.0/8 lo0",
        "169.254.0.0/16 en7",
        "192.168.0.0/24 en7",
        "192.168.1.0/24 en0",
        "192.168.1.1/32 en0",
      ],
    );
  });
});
