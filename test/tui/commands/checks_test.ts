import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { UnbrickError } from "../../../lib/errors.ts";
import { byteStringFromBytes } from "../../../lib/tftp/name.ts";
import {
  checkAddress,
  checkInteger,
  checkPort,
  checkRemoteName,
  checkRollover,
  checkSubnet,
} from "../../../tui/commands/checks.ts";

function isUsage(error: unknown): boolean {
  return error instanceof UnbrickError && error.code === "usage" && error.hint !== undefined;
}

describe("checks of the command line", () => {
  it("checkPort() and checkInteger() take the bounds and nothing beyond", () => {
    assert.equal(checkPort(1), 1);
    assert.equal(checkPort(65535), 65535);
    for (const port of [0, -1, 65536, NaN, 1.5]) assert.throws(() => checkPort(port), isUsage);
    assert.throws(() => checkInteger(19, "--interval", 20, 60_000), isUsage);
    assert.throws(() => checkRollover(2), isUsage);
  });
  it("checkAddress() takes numbers only, and says so for names and IPv6", () => {
    assert.equal(checkAddress("192.168.1.1"), "192.168.1.1");
    for (const text of ["router", "192.168.1", "192.168.1.256", "010.0.0.1", "", "1.2.3.4 "]) {
      assert.throws(() => checkAddress(text), isUsage);
    }
    assert.throws(() => checkAddress("fe80::1"), /not an IPv4 address/);
  });
  it("checkSubnet() takes a network or an address", () => {
    assert.deepEqual(checkSubnet("10.0.0.0/8"), { address: 0x0a000000, prefixLength: 8 });
    assert.throws(() => checkSubnet("10.0.0.0/33"), isUsage);
  });
  it("checkRemoteName() turns \\xNN into a byte and text into UTF-8", () => {
    assert.equal(
      checkRemoteName("ASUSSPACELINK\\x01\\x01\\xa8\\xC0"),
      "ASUSSPACELINK\x01\x01\xa8\xc0",
    );
    assert.equal(checkRemoteName("ü"), byteStringFromBytes(new Uint8Array([0xc3, 0xbc])));
    for (const text of ["", "a\\x00b", "x".repeat(501)]) {
      assert.throws(() => checkRemoteName(text), isUsage);
    }
  });
});
