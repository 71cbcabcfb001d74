import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { formatMacWithDashes, isUnicastMac, parseMac } from "../../../lib/net/mac.ts";

describe("parseMac", () => {
  it("reads every usual way to write a MAC address", () => {
    for (
      const text of [
        "00:0A:bb:cc:dd:20",
        "00-0a-BB-cc-dd-20",
        "000a.bbcc.dd20",
        "000ABBCCDD20",
        "0:a:bb:cc:dd:20",
        " 00:0a:bb:cc:dd:20\n",
      ]
    ) {
      assert.equal(parseMac(text), "00:0a:bb:cc:dd:20", text);
    }
  });

  it("refuses what is no MAC address", () => {
    for (
      const text of ["", "00:0a:bb:cc:dd", "00:0a:bb:cc:dd:20:01", "00:0a:bb:cc:dd:2g", "1.2.3.4"]
    ) {
      assert.equal(parseMac(text), undefined, text);
    }
  });
});

describe("isUnicastMac", () => {
  it("is false for broadcast, multicast and all zeros", () => {
    assert.equal(isUnicastMac("00:0a:bb:cc:dd:20"), true);
    for (const mac of ["ff:ff:ff:ff:ff:ff", "01:00:5e:00:00:01", "00:00:00:00:00:00"]) {
      assert.equal(isUnicastMac(mac), false, mac);
    }
  });
});

describe("formatMacWithDashes", () => {
  it("writes what Windows wants", () => {
    assert.equal(formatMacWithDashes("00:0a:bb:cc:dd:20"), "00-0a-bb-cc-dd-20");
  });
});
