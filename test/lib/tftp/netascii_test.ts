import { describe, it } from "@std/testing/bdd";
import fc from "fast-check";
import assert from "node:assert/strict";
import { encodeNetascii, netasciiDecoder } from "../../../lib/tftp/netascii.ts";

/** Decodes pieces one after the other, and the end. */
function decodeAll(pieces: readonly Uint8Array[]): number[] {
  const decode = netasciiDecoder();
  return [...pieces, undefined].flatMap((piece) => [...decode(piece)]);
}

function textBytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** Bytes in which line ends and their neighbours are frequent. */
const lineBytes = fc.array(fc.constantFrom(0, 10, 13, 65, 255), { maxLength: 40 })
  .map((bytes) => Uint8Array.from(bytes));

describe("encodeNetascii", () => {
  it("writes LF as CR LF and CR as CR NUL", () => {
    assert.deepEqual(encodeNetascii(textBytes("a\nb\rc\r\n")), textBytes("a\r\nb\r\0c\r\0\r\n"));
  });
});

describe("netasciiDecoder", () => {
  it("gives back what was encoded, cut at any place", () => {
    fc.assert(fc.property(lineBytes, (bytes) => {
      const encoded = encodeNetascii(bytes);
      for (let at = 0; at <= encoded.length; at++) {
        assert.deepEqual(decodeAll([encoded.subarray(0, at), encoded.subarray(at)]), [...bytes]);
      }
    }));
  });

  it("decodes the same bytes alike, however they are cut", () => {
    fc.assert(fc.property(lineBytes, (bytes) => {
      const whole = decodeAll([bytes]);
      const single = decodeAll(Array.from(bytes, (byte) => Uint8Array.of(byte)));
      assert.deepEqual(single, whole);
    }));
  });

  it("keeps a CR that the standard does not allow, also at the very end", () => {
    assert.deepEqual(decodeAll([textBytes("a\rb\r")]), [...textBytes("a\rb\r")]);
    assert.deepEqual(decodeAll([textBytes("\r\r\n")]), [...textBytes("\r\n")]);
  });
});
