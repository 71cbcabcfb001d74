import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { identifyClient } from "../../../lib/bootp/client_class.ts";
import { type BootpMessage, decodeMessage } from "../../../lib/bootp/message.ts";
import { UnbrickError } from "../../../lib/errors.ts";
import type { NetworkInterface } from "../../../lib/net/interface.ts";
import { formatIpv4, parseIpv4 } from "../../../lib/net/ipv4.ts";
import { type BootpWish, planBootp } from "../../../lib/recovery/bootp_plan.ts";
import { readAnnotatedBytes } from "../../support/annotated_bytes.ts";

const ETH0: NetworkInterface = {
  name: "eth0",
  index: 2,
  guid: undefined,
  service: undefined,
  description: undefined,
  kind: "wired",
  mac: "02:00:00:00:00:01",
  addresses: [{ address: "192.168.1.2", prefixLength: 24, origin: "static", isUsable: true }],
  link: "up",
  speedMbps: 1000,
  duplex: "full",
  manager: "none",
  usesDhcp: false,
  hasDefaultRoute: false,
};

const WISH: BootpWish = {
  interfaceName: "eth0",
  range: undefined,
  router: undefined,
  protocols: "both",
  macs: undefined,
  bootFile: "rb.elf",
  choices: [],
};

function withAddress(address: string, prefixLength: number): NetworkInterface {
  return { ...ETH0, addresses: [{ address, prefixLength, origin: "static", isUsable: true }] };
}

function rangeOf(found: NetworkInterface): string {
  const { pool } = planBootp(WISH, [found]).responder;
  return `${formatIpv4(pool.first)}-${formatIpv4(pool.last)}`;
}

function isError(code: string, text: RegExp): (error: unknown) => boolean {
  return (error) =>
    error instanceof UnbrickError && error.code === code && error.hint !== undefined &&
    text.test(error.message);
}

function ip(text: string): number {
  return parseIpv4(text)!;
}

describe("planBootp()", () => {
  it("takes address, MAC and a part of the interface's network", () => {
    const plan = planBootp(WISH, [ETH0]);
    assert.equal(plan.address, "192.168.1.2");
    assert.equal(plan.responder.ownMac, "02:00:00:00:00:01");
    assert.equal(plan.responder.prefixLength, 24);
    assert.deepEqual(plan.objections, []);
    assert.equal(rangeOf(ETH0), "192.168.1.100-192.168.1.199");
  });

  it("takes what there is in a small network and nothing in one without room", () => {
    assert.equal(rangeOf(withAddress("10.0.0.1", 29)), "10.0.0.1-10.0.0.6");
    assert.equal(rangeOf(withAddress("10.0.0.1", 30)), "10.0.0.1-10.0.0.2");
    assert.equal(rangeOf(withAddress("10.9.8.7", 8)), "10.0.0.100-10.0.0.199");
    for (const prefixLength of [31, 32]) {
      assert.throws(
        () => planBootp(WISH, [withAddress("10.0.0.1", prefixLength)]),
        isError("interface-unsuitable", /no room/),
      );
    }
  });

  it("chooses the address of the interface in whose network the range is", () => {
    const range = { first: ip("10.1.1.50"), last: ip("10.1.1.60") };
    const second = withAddress("10.1.1.10", 24).addresses;
    const both = { ...ETH0, addresses: [...ETH0.addresses, ...second] };
    assert.equal(planBootp({ ...WISH, range }, [both]).address, "10.1.1.10");
    assert.throws(
      () => planBootp({ ...WISH, range }, [ETH0]),
      isError("usage", /10\.1\.1\.50-10\.1\.1\.60 is not within 192\.168\.1\.0\/24/),
    );
  });

  it("refuses a range in which no address is left for the router", () => {
    const rangeFrom = (first: string, last = first) => ({ first: ip(first), last: ip(last) });
    const router = ip("192.168.1.3");
    const wrong = [
      rangeFrom("192.168.1.2"),
      rangeFrom("192.168.1.255"),
      rangeFrom("192.168.1.0"),
      rangeFrom("192.168.1.2", "192.168.1.3"),
    ];
    for (const range of wrong) {
      assert.throws(
        () => planBootp({ ...WISH, range, router }, [ETH0]),
        isError("usage", /has no address for the router/),
      );
    }
    const range = rangeFrom("192.168.1.2", "192.168.1.4");
    assert.deepEqual(planBootp({ ...WISH, range, router }, [ETH0]).responder.pool, range);
    const pair = withAddress("10.0.0.1", 30);
    assert.throws(
      () => planBootp({ ...WISH, router: ip("10.0.0.2") }, [pair]),
      isError("usage", /10\.0\.0\.1-10\.0\.0\.2 has no address/),
    );
  });

  it("takes the address that is wanted, and no other in its place", () => {
    const second = withAddress("10.1.1.10", 24).addresses;
    const both = { ...ETH0, addresses: [...ETH0.addresses, ...second] };
    const plan = planBootp({ ...WISH, address: ip("10.1.1.10") }, [both]);
    assert.equal(plan.address, "10.1.1.10");
    assert.throws(
      () => planBootp({ ...WISH, address: ip("10.1.1.10") }, [ETH0]),
      isError("interface-unsuitable", /does not have the address 10\.1\.1\.10/),
    );
  });

  it("doubts that the image goes the right way when another interface has the same network", () => {
    const doubtBeside = (other: Partial<NetworkInterface>): string | undefined =>
      planBootp(WISH, [ETH0, { ...ETH0, name: "wlan0", kind: "wifi", ...other }]).doubt?.message;
    assert.match(doubtBeside({})!, /"wlan0" is in the same network 192\.168\.1\.0\/24/);
    const wide = withAddress("192.168.2.1", 16).addresses;
    assert.match(doubtBeside({ addresses: wide })!, /"wlan0"/);
    assert.equal(doubtBeside({ link: "no-carrier" }), undefined);
    assert.equal(doubtBeside({ addresses: withAddress("192.168.2.1", 24).addresses }), undefined);
    assert.equal(planBootp(WISH, [ETH0]).doubt, undefined);
  });

  it("objects to everything but wired, and to a default route, all at once", () => {
    const kinds = ["wifi", "virtual", "bridge-member", "loopback"] as const;
    for (const kind of kinds) {
      const { objections } = planBootp(WISH, [{ ...ETH0, kind, hasDefaultRoute: true }]);
      assert.equal(objections.length, 2, kind);
      assert.match(objections[1]!, /default route/);
    }
    assert.deepEqual(planBootp(WISH, [{ ...ETH0, kind: "usb-wired" }]).objections, []);
  });

  it("refuses an interface that does not exist or has no address", () => {
    assert.throws(
      () => planBootp({ ...WISH, interfaceName: "eth1" }, [ETH0]),
      isError("interface-unsuitable", /"eth1"/),
    );
    assert.throws(
      () => planBootp(WISH, [{ ...ETH0, addresses: [] }]),
      isError("interface-unsuitable", /no IPv4 address/),
    );
  });

  it("refuses a router of another network and names that do not fit the field", () => {
    const router = ip("10.0.0.1");
    assert.throws(() => planBootp({ ...WISH, router }, [ETH0]), isError("usage", /10\.0\.0\.1/));
    planBootp({ ...WISH, bootFile: "f".repeat(127) }, [ETH0]);
    const bootFile = "f".repeat(128);
    assert.throws(() => planBootp({ ...WISH, bootFile }, [ETH0]), isError("usage", /longer/));
    const choices = [{ className: "iPXE", name: "\u00e4".repeat(64) }];
    assert.throws(() => planBootp({ ...WISH, choices }, [ETH0]), isError("usage", /longer/));
  });

  it("gives the first class that fits its file, others the image", () => {
    const message = decodeMessage(readAnnotatedBytes("bootp/uboot_discover.txt"));
    const client = identifyClient(message as BootpMessage);
    const choices = [
      { className: "iPXE", name: "boot.ipxe" },
      { className: "u-boot", name: "uImage" },
      { className: "armv8", name: "never" },
    ];
    const { responder } = planBootp({ ...WISH, choices }, [ETH0]);
    assert.equal(responder.bootFile(client), "uImage");
    const other = { ...client, program: undefined, vendorClass: "x", architecture: undefined };
    assert.equal(responder.bootFile(other), "rb.elf");
  });
});
