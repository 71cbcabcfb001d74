import { describe, it } from "@std/testing/bdd";
import fc from "fast-check";
import assert from "node:assert/strict";
import {
  decodePacket,
  encodeAck,
  encodeData,
  encodeError,
  encodePacket,
  type Packet,
  TftpError,
} from "../../../lib/tftp/packet.ts";

/** Bytes of a packet from readable rows: text counts byte by byte, numbers as they are. */
function bytesOf(...rows: readonly (string | readonly number[])[]): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(
    rows.flatMap((row) =>
      typeof row === "string" ? [...row].map((character) => character.charCodeAt(0)) : row
    ),
  );
}

/** U-Boot's read request as captured from a real one (2023.01). */
const UBOOT_RRQ = bytesOf(
  [0, 1], // RRQ
  "fw7.bin",
  [0],
  "octet",
  [0],
  "timeout",
  [0],
  "5",
  [0],
  "blksize",
  [0],
  "1468",
  [0],
);

const FIXTURES: readonly { readonly bytes: Uint8Array; readonly packet: Packet }[] = [
  {
    bytes: UBOOT_RRQ,
    packet: {
      op: "RRQ",
      filename: "fw7.bin",
      mode: "octet",
      options: [{ name: "timeout", value: "5" }, { name: "blksize", value: "1468" }],
    },
  },
  {
    bytes: bytesOf(
      [0, 2], // WRQ
      "code.bin",
      [0],
      "OCTET",
      [0],
    ),
    packet: { op: "WRQ", filename: "code.bin", mode: "OCTET", options: [] },
  },
  {
    bytes: bytesOf(
      [0, 3], // DATA
      [0xff, 0xfe], // block 65534
      [0, 1, 2, 255], // payload
    ),
    packet: { op: "DATA", block: 65534, payload: Uint8Array.of(0, 1, 2, 255) },
  },
  {
    bytes: bytesOf(
      [0, 4], // ACK
      [1, 0], // block 256
    ),
    packet: { op: "ACK", block: 256 },
  },
  {
    bytes: bytesOf(
      [0, 5], // ERROR
      [0, 2], // access violation
      "Firmware check failed",
      [0],
    ),
    packet: { op: "ERROR", code: 2, message: "Firmware check failed" },
  },
  {
    bytes: bytesOf(
      [0, 6], // OACK
      "blksize",
      [0],
      "1428",
      [0],
    ),
    packet: { op: "OACK", options: [{ name: "blksize", value: "1428" }] },
  },
];

/** Strings as they can stand in a packet: any bytes but NUL. */
const byteString = fc.array(fc.integer({ min: 1, max: 255 }), { maxLength: 24 })
  .map((bytes) => String.fromCharCode(...bytes));
const option = fc.tuple(byteString.filter((name) => name !== ""), byteString)
  .map(([name, value]) => ({ name, value }));
const options = fc.array(option, { maxLength: 5 });
const block = fc.nat(0xffff);
const packet: fc.Arbitrary<Packet> = fc.oneof(
  fc.tuple(fc.constantFrom("RRQ" as const, "WRQ" as const), byteString, byteString, options)
    .map(([op, filename, mode, list]) => ({ op, filename, mode, options: list })),
  fc.tuple(block, fc.uint8Array())
    .map(([number, payload]) => ({ op: "DATA" as const, block: number, payload })),
  block.map((number) => ({ op: "ACK" as const, block: number })),
  fc.tuple(block, byteString)
    .map(([code, message]) => ({ op: "ERROR" as const, code, message })),
  options.map((list) => ({ op: "OACK" as const, options: list })),
);

function reasonOf(bytes: Uint8Array): string {
  const decoded = decodePacket(bytes);
  assert.equal(decoded.op, "malformed");
  return decoded.op === "malformed" ? decoded.reason : "";
}

describe("decodePacket", () => {
  it("reads annotated packets, and encodePacket writes the same bytes", () => {
    for (const fixture of FIXTURES) {
      assert.deepEqual(decodePacket(fixture.bytes), fixture.packet);
      assert.deepEqual(encodePacket(fixture.packet), fixture.bytes);
    }
  });

  it("reads back every packet that encodePacket writes", () => {
    fc.assert(fc.property(packet, (value) => {
      assert.deepEqual(decodePacket(encodePacket(value)), value);
    }));
  });

  it("never throws and never invents a packet of another kind, whatever comes", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 700 }), (bytes) => {
      const decoded = decodePacket(bytes);
      if (decoded.op === "malformed") assert.notEqual(decoded.reason, "");
      else assert.equal(bytes[0], 0);
    }));
  });

  it("takes every truncation of a request as junk or as a request with fewer options", () => {
    const whole = decodePacket(UBOOT_RRQ);
    for (let length = 0; length < UBOOT_RRQ.length; length++) {
      const decoded = decodePacket(UBOOT_RRQ.subarray(0, length));
      if (length < 2 + "fw7.bin".length + 1 + "octet".length + 1) {
        assert.equal(decoded.op, "malformed", `${length} bytes`);
      } else {
        assert.ok(decoded.op === "RRQ" && whole.op === "RRQ", `${length} bytes`);
        assert.deepEqual(decoded.options, whole.options.slice(0, decoded.options.length));
      }
    }
  });

  it("takes every truncation of an OACK as junk unless it ends between two options", () => {
    const oack = bytesOf([0, 6], "tsize", [0], "77", [0], "blksize", [0], "1428", [0]);
    const between = [2, 2 + "tsize".length + 1 + "77".length + 1];
    for (let length = 2; length < oack.length; length++) {
      const { op } = decodePacket(oack.subarray(0, length));
      assert.equal(op, between.includes(length) ? "OACK" : "malformed", `${length} bytes`);
    }
  });

  it("takes DATA, ACK and ERROR without their four bytes as junk", () => {
    for (const opcode of [3, 4, 5]) {
      for (const rest of [[], [0]]) reasonOf(bytesOf([0, opcode], rest));
    }
    assert.match(reasonOf(new Uint8Array(0)), /0 bytes/);
  });

  it("leaves out what follows the last NUL of a request", () => {
    const decoded = decodePacket(bytesOf([0, 1], "a", [0], "octet", [0], "blksize", [0], "99"));
    assert.deepEqual(decoded, { op: "RRQ", filename: "a", mode: "octet", options: [] });
  });

  it("reads a request that was padded with zeros to 516 bytes (HP firmware)", () => {
    const padded = new Uint8Array(516);
    padded.set(bytesOf([0, 1], "boot.lif", [0], "octet", [0]));
    assert.deepEqual(decodePacket(padded), {
      op: "RRQ",
      filename: "boot.lif",
      mode: "octet",
      options: [],
    });
  });

  it("keeps names that are not UTF-8 byte for byte", () => {
    const name = [0xc3, 0x28, 0xff, 0xe9];
    const decoded = decodePacket(bytesOf([0, 1], name, [0], "octet", [0]));
    assert.ok(decoded.op === "RRQ");
    assert.deepEqual(encodePacket(decoded), bytesOf([0, 1], name, [0], "octet", [0]));
  });

  it("takes a request for junk that is longer than any real one, before it looks at it", () => {
    const long = (opcode: number, length: number): Uint8Array => {
      const bytes = new Uint8Array(length).fill(65);
      bytes.set([0, opcode]);
      bytes.set(bytesOf([0], "octet", [0]), length - 7);
      return bytes;
    };
    for (const [opcode, op] of [[1, "RRQ"], [2, "WRQ"], [6, "OACK"]] as const) {
      assert.equal(decodePacket(long(opcode, 4096)).op, op);
      assert.equal(reasonOf(long(opcode, 4097)), `${op} of 4097 bytes`);
    }
    const error = decodePacket(long(5, 65_000));
    assert.ok(error.op === "ERROR" && error.message.length < 4096);
  });

  it("takes an ERROR without its closing NUL, and an ACK with padding", () => {
    assert.deepEqual(decodePacket(bytesOf([0, 5, 0, 0], "no")), {
      op: "ERROR",
      code: 0,
      message: "no",
    });
    assert.deepEqual(decodePacket(bytesOf([0, 4, 0, 9, 0, 0, 0, 0])), { op: "ACK", block: 9 });
  });

  it("quotes bare text that a device sends in place of a packet", () => {
    assert.match(reasonOf(bytesOf("Invalid Password !!")), /"Invalid Password !!"/);
  });
});

describe("encodePacket", () => {
  it("refuses NULs and characters that are no bytes inside strings", () => {
    for (const filename of ["a\0b", "€"]) {
      assert.throws(
        () => encodePacket({ op: "RRQ", filename, mode: "octet", options: [] }),
        RangeError,
      );
    }
  });

  it("refuses numbers that need more than 16 bits", () => {
    for (const number of [-1, 65536, 1.5, NaN]) {
      assert.throws(() => encodeAck(number), RangeError);
      assert.throws(() => encodeData(number, new Uint8Array(0)), RangeError);
    }
  });
});

describe("encodeError", () => {
  it("ends the message with a NUL", () => {
    assert.deepEqual(
      encodeError(TftpError.UNKNOWN_TID, "no"),
      bytesOf([0, 5, 0, 5], "no", [0]),
    );
  });
});
