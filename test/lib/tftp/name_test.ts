import { describe, it } from "@std/testing/bdd";
import fc from "fast-check";
import assert from "node:assert/strict";
import {
  bytesFromByteString,
  byteStringFromBytes,
  byteStringFromText,
  displayByteString,
} from "../../../lib/tftp/name.ts";

describe("byteStringFromBytes", () => {
  it("is undone by bytesFromByteString", () => {
    fc.assert(fc.property(fc.uint8Array(), (bytes) => {
      assert.deepEqual(bytesFromByteString(byteStringFromBytes(bytes)), bytes);
    }));
  });
});

describe("displayByteString", () => {
  it("shows what a person typed", () => {
    for (const text of ["code.bin", "größe é.bin", "固件.bin"]) {
      assert.equal(displayByteString(byteStringFromText(text)), text);
    }
  });

  it("shows bytes that are no UTF-8 one by one", () => {
    assert.equal(displayByteString("a\xff\xe9\\b"), "a\\xff\\xe9\\\\b");
  });

  it("lets nothing through that could steer a terminal or disguise a name", () => {
    assert.equal(displayByteString("a\x1b[2Jb\r\n\x7f"), "a\\x1b[2Jb\\x0d\\x0a\\x7f");
    assert.equal(displayByteString(byteStringFromText("gpj\u202eexe")), "gpj\\xe2\\x80\\xaeexe");
    fc.assert(fc.property(fc.uint8Array(), (bytes) => {
      assert.doesNotMatch(displayByteString(byteStringFromBytes(bytes)), /[\p{Cc}\p{Cf}]/u);
    }));
  });
});
