import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import type { NetworkInterface } from "../../../lib/net/interface.ts";
import { sortInterfaces } from "../../../lib/net/interface.ts";
import {
  parseIpRoutes,
  parseLinuxListing,
  parseNetworkctl,
  parseNmcliDevices,
} from "../../../lib/net/linux_listing.ts";
import type { LinuxListing, SysNetFacts } from "../../../lib/net/linux_listing.ts";
import { fixture } from "./fixture.ts";

function sys(name: string, facts: Partial<SysNetFacts> = {}): SysNetFacts {
  return {
    name,
    carrier: "1\n",
    speed: "1000\n",
    duplex: "full\n",
    devicePath: `/sys/devices/pci0000:00/0000:00:1c.0/${name}`,
    isWireless: false,
    ...facts,
  };
}

const LAPTOP: LinuxListing = {
  ipAddr: fixture("linux/laptop.addr.json"),
  ipRoute: fixture("linux/laptop.route.json"),
  nmcli: fixture("linux/laptop.nmcli.txt"),
  networkctl: fixture("linux/laptop.networkctl.txt"),
  dhcpcd: [],
  sys: [
    sys("lo", { devicePath: undefined, speed: undefined }),
    sys("enp3s0", { carrier: "0\n", speed: "-1\n", duplex: "unknown\n" }),
    sys("wlp2s0", { isWireless: true, speed: undefined, duplex: undefined }),
    sys("enx00e04c680102", {
      devicePath: "/sys/devices/pci0000:00/0000:00:14.0/usb2/2-1/2-1:1.0",
      speed: "100\n",
      duplex: "half\n",
    }),
    sys("docker0", { devicePath: undefined, carrier: "0\n" }),
    sys("tun0", { devicePath: undefined }),
    sys("enp4s0", { carrier: undefined }),
    sys("enp5s0"),
  ],
};

function named(interfaces: readonly NetworkInterface[], name: string): NetworkInterface {
  const found = interfaces.find((candidate) => candidate.name === name);
  assert.ok(found, `no interface ${name}`);
  return found;
}

describe("parseLinuxListing", () => {
  const interfaces = parseLinuxListing(LAPTOP);

  it("lists interfaces without address and without link", () => {
    assert.equal(interfaces.length, 8);
    const unplugged = named(interfaces, "enp3s0");
    assert.deepEqual(unplugged.addresses, []);
    assert.equal(unplugged.link, "no-carrier");
    assert.equal(unplugged.speedMbps, undefined);
    assert.equal(unplugged.mac, "8c:16:45:11:22:33");
    assert.equal(named(interfaces, "enp4s0").link, "disabled");
  });

  it("tells wired, USB, Wi-Fi, virtual, bridge member and loopback apart", () => {
    assert.deepEqual(
      interfaces.map((found) => `${found.name} ${found.kind}`),
      [
        "lo loopback",
        "enp3s0 wired",
        "wlp2s0 wifi",
        "enx00e04c680102 usb-wired",
        "docker0 virtual",
        "tun0 virtual",
        "enp4s0 wired",
        "enp5s0 bridge-member",
      ],
    );
  });

  it("names the manager, DHCP, default route, speed and duplex", () => {
    const wifi = named(interfaces, "wlp2s0");
    assert.equal(wifi.manager, "networkmanager");
    assert.equal(wifi.usesDhcp, true);
    assert.equal(wifi.hasDefaultRoute, true);
    assert.equal(wifi.addresses[0]?.origin, "dhcp");
    const usb = named(interfaces, "enx00e04c680102");
    assert.deepEqual([usb.speedMbps, usb.duplex, usb.hasDefaultRoute], [100, "half", false]);
    assert.equal(named(interfaces, "enp4s0").manager, "networkd");
    assert.equal(named(interfaces, "enp5s0").manager, "none");
  });

  it("leaves IPv6 addresses out", () => {
    assert.deepEqual(named(interfaces, "wlp2s0").addresses.map((entry) => entry.address), [
      "192.168.1.23",
    ]);
  });

  it("believes the carrier file before the flags, which lag behind", () => {
    const stale = parseLinuxListing({
      ...LAPTOP,
      sys: [sys("enx00e04c680102", { carrier: "0\n" })],
    });
    assert.equal(named(stale, "enx00e04c680102").link, "no-carrier");
  });

  it("names dhcpcd for a device that has its own process", () => {
    const found = parseLinuxListing({ ...LAPTOP, nmcli: "", dhcpcd: ["enp3s0"] });
    assert.equal(named(found, "enp3s0").manager, "dhcpcd");
  });

  it("keeps odd names as they are", () => {
    const odd = parseLinuxListing({ ...LAPTOP, ipAddr: fixture("linux/odd_names.addr.json") });
    assert.deepEqual(odd.map((found) => found.name).slice(1), [
      "it's",
      'a"b',
      "$x",
      "b\u00fcro",
      "eth0.5",
    ]);
  });

  it("copes with twenty virtual interfaces and with none at all", () => {
    const many = parseLinuxListing({
      ...LAPTOP,
      ipAddr: fixture("linux/twenty_virtual.addr.json"),
      sys: [],
    });
    assert.equal(many.filter((found) => found.kind === "virtual").length, 20);
    for (const ipAddr of ["", "[]", "garbage", '{"ifname":3}', "[null,1,[]]"]) {
      assert.deepEqual(parseLinuxListing({ ...LAPTOP, ipAddr }), [], ipAddr);
    }
  });
});

describe("sortInterfaces", () => {
  it("puts wired with link first and loopback last", () => {
    assert.deepEqual(sortInterfaces(parseLinuxListing(LAPTOP)).map((found) => found.name), [
      "enx00e04c680102",
      "enp3s0",
      "enp4s0",
      "wlp2s0",
      "enp5s0",
      "tun0",
      "docker0",
      "lo",
    ]);
  });
});

describe("parseNmcliDevices", () => {
  it("undoes the escapes of nmcli -t", () => {
    const wifi = parseNmcliDevices(fixture("linux/laptop.nmcli.txt"))[0];
    assert.equal(wifi?.connection, "Caf\u00e9 : Gast\\Netz");
  });

  it("gives nothing for an error text", () => {
    assert.deepEqual(parseNmcliDevices("Error: NetworkManager is not running.\n"), []);
  });
});

describe("parseNetworkctl", () => {
  it("reads the setup column also behind a state dot", () => {
    assert.deepEqual(parseNetworkctl(fixture("linux/laptop.networkctl.txt")).at(1), {
      name: "enp4s0",
      setup: "configured",
    });
    assert.deepEqual(parseNetworkctl("WARNING: systemd-networkd is not running\n"), []);
  });
});

describe("parseIpRoutes", () => {
  it("keeps routes that leave through an interface", () => {
    const routes = parseIpRoutes(fixture("linux/laptop.route.json"));
    assert.equal(routes.length, 3);
    assert.deepEqual(routes[0], {
      destination: "default",
      interfaceName: "wlp2s0",
      gateway: "192.168.1.1",
      metric: 600,
    });
  });
});
