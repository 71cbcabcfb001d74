import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import {
  crc32,
  foldedSum16,
  jamCrc32,
  MD5,
  netgearSum,
  posixCksum,
  SHA256,
  sum32,
  sum8,
  systemVSum,
  zeroCrc32,
} from "../../../lib/firmware/checksum.ts";

const DIGITS = new TextEncoder().encode("123456789");

describe("checksums", () => {
  it("give the published values for 123456789", () => {
    assert.equal(crc32([DIGITS]), 0xcbf43926);
    assert.equal(jamCrc32([DIGITS]), 0x340bc6d9);
    assert.equal(zeroCrc32([DIGITS]), 0x2dfd2d88);
    assert.equal(posixCksum([DIGITS]), 0x377a6011);
    assert.equal(MD5([DIGITS]), "25f9e794323b453885f5181f1b624d0b");
    assert.match(
      SHA256([DIGITS]),
      /^15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225$/,
    );
  });

  it("do not depend on how the bytes are cut into pieces", () => {
    for (
      const sum of [crc32, jamCrc32, zeroCrc32, posixCksum, sum32, sum8, systemVSum, netgearSum]
    ) {
      const pieces = [
        DIGITS.subarray(0, 2),
        new Uint8Array(),
        DIGITS.subarray(2, 7),
        DIGITS.subarray(7),
      ];
      assert.equal(sum(pieces), sum([DIGITS]), sum.name);
    }
  });

  it("are defined for no bytes at all", () => {
    assert.equal(crc32([]), 0);
    assert.equal(jamCrc32([]), 0xffffffff);
    assert.equal(zeroCrc32([]), 0);
    assert.equal(posixCksum([]), 0xffffffff);
  });

  it("keep sums of many bytes in 32 bits", () => {
    assert.equal(sum32([new Uint8Array(1000).fill(0xff)]), 255_000);
    const megabyte = new Uint8Array(1 << 20).fill(0xff);
    const pieces = Array.from({ length: 17 }, () => megabyte);
    assert.equal(sum32(pieces), (17 * 255 * (1 << 20)) % 2 ** 32);
  });

  it("fold 16-bit words with end-around carry in either byte order", () => {
    const bytes = Uint8Array.of(0xff, 0xff, 0x01, 0x02);
    assert.equal(foldedSum16(bytes, true), 0x0201);
    assert.equal(foldedSum16(bytes, false), 0x0102);
  });
});
