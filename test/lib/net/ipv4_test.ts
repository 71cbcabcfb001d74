import { describe, it } from "@std/testing/bdd";
import fc from "fast-check";
import assert from "node:assert/strict";
import {
  formatIpv4,
  formatSubnet,
  netmaskOf,
  networkOf,
  parseIpv4,
  parseSubnet,
  prefixLengthOf,
  subnetContains,
} from "../../../lib/net/ipv4.ts";

const address = fc.nat(0xffffffff);
const prefixLength = fc.nat(32);

describe("parseIpv4", () => {
  it("reads back what formatIpv4 writes", () => {
    fc.assert(fc.property(address, (value) => parseIpv4(formatIpv4(value)) === value));
  });

  it("refuses everything that is not four plain octets", () => {
    const texts = [
      "",
      "1",
      "1.2.3",
      "1.2.3.4.5",
      "1.2.3.256",
      "01.2.3.4",
      "1.2.3.-4",
      "1.2.3.4 ",
      " 1.2.3.4",
      "1.2.3.+4",
      "1.2.3.0x4",
      "1..3.4",
      "1.2.3.4/24",
      "::1",
      "router",
      "1.2.3.٤",
      "1e0.2.3.4",
    ];
    for (const text of texts) assert.equal(parseIpv4(text), undefined, JSON.stringify(text));
  });
});

describe("parseSubnet", () => {
  it("reads back what formatSubnet writes", () => {
    fc.assert(fc.property(address, prefixLength, (value, length) => {
      const subnet = { address: value, prefixLength: length };
      assert.deepEqual(parseSubnet(formatSubnet(subnet)), subnet);
    }));
  });

  it("takes a bare address as a subnet of one", () => {
    assert.deepEqual(parseSubnet("10.0.0.1"), { address: 0x0a000001, prefixLength: 32 });
  });

  it("refuses prefix lengths that are none", () => {
    for (const text of ["10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/8/8", "x/8", "/8"]) {
      assert.equal(parseSubnet(text), undefined, text);
    }
  });
});

describe("netmaskOf", () => {
  it("is undone by prefixLengthOf", () => {
    for (let length = 0; length <= 32; length++) {
      assert.equal(prefixLengthOf(formatIpv4(netmaskOf(length))), length);
    }
  });
});

describe("prefixLengthOf", () => {
  it("refuses masks with holes and texts that are no address", () => {
    for (const mask of ["255.0.255.0", "255.255.255.1", "0.0.0.1", "255.255.255", ""]) {
      assert.equal(prefixLengthOf(mask), undefined, mask);
    }
  });
});

describe("subnetContains", () => {
  it("is true exactly for addresses with the same network", () => {
    fc.assert(fc.property(address, prefixLength, fc.nat(0xffffffff), (value, length, other) => {
      const subnet = { address: value, prefixLength: length };
      const hostBits = ~netmaskOf(length) >>> 0;
      assert.equal(subnetContains(subnet, (networkOf(subnet) | (other & hostBits)) >>> 0), true);
      const outside = length === 0 ? undefined : (value ^ (1 << (32 - length))) >>> 0;
      if (outside !== undefined) assert.equal(subnetContains(subnet, outside), false);
    }));
  });
});
