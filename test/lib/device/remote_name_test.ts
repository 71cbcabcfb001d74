import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import fc from "fast-check";
import {
  formatRemoteName,
  MAX_REMOTE_NAME_BYTES,
  parseRemoteName,
} from "../../../lib/device/remote_name.ts";

describe("parseRemoteName", () => {
  it("reads bytes that are no text", () => {
    const name = parseRemoteName("ASUSSPACELINK\\x01\\x01\\xA8\\xC0");
    assert.equal(name?.bytes, "ASUSSPACELINK\x01\x01\xa8\xc0");
    assert.equal(name?.text, "ASUSSPACELINK\\x01\\x01\\xA8\\xC0");
  });

  it("reads a doubled backslash as one", () => {
    assert.equal(parseRemoteName("a\\\\x41")?.bytes, "a\\x41");
  });

  it("refuses what cannot be a name", () => {
    const tooLong = "a".repeat(MAX_REMOTE_NAME_BYTES + 1);
    for (const text of ["", "a\0", "\\x00", "\\x4", "\\q", "\\", "é", "a\tb", tooLong]) {
      assert.equal(parseRemoteName(text), undefined, JSON.stringify(text));
    }
  });
});

describe("formatRemoteName", () => {
  it("is the inverse of parseRemoteName for every byte string", () => {
    const bytes = fc.array(fc.integer({ min: 1, max: 255 }), {
      minLength: 1,
      maxLength: MAX_REMOTE_NAME_BYTES,
    });
    fc.assert(fc.property(bytes, (codes) => {
      const name = String.fromCharCode(...codes);
      assert.equal(parseRemoteName(formatRemoteName(name))?.bytes, name);
    }));
  });
});
