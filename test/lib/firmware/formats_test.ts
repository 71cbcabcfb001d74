import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { crc32 } from "node:zlib";
import { flatten, inspectImage } from "../../../lib/firmware/inspect.ts";
import { recognise } from "../../../lib/firmware/recognise.ts";
import { concat, fromHex, sample, textsOf } from "./samples.ts";

/** Bytes of a length with texts and numbers put in. */
function build(
  length: number,
  fields: readonly (readonly [number, string | Uint8Array])[],
  fill = 0,
): Uint8Array {
  const bytes = new Uint8Array(length).fill(fill);
  for (const [at, value] of fields) {
    bytes.set(typeof value === "string" ? new TextEncoder().encode(value) : value, at);
  }
  return bytes;
}

function le32(...values: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(4 * values.length);
  const view = new DataView(bytes.buffer);
  for (const [index, value] of values.entries()) view.setUint32(4 * index, value, true);
  return bytes;
}

function be32(...values: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(4 * values.length);
  const view = new DataView(bytes.buffer);
  for (const [index, value] of values.entries()) view.setUint32(4 * index, value);
  return bytes;
}

function formats(bytes: Uint8Array): string {
  return flatten(recognise(bytes)).map(({ format }) => format).join(" > ");
}

describe("formats without a sample of their own", () => {
  it("ELF: tells architecture and byte order, and misses a cut segment", () => {
    const header = build(52, [[0, fromHex("7f454c46010201")], [16, fromHex("00020008")]]);
    const segment = be32(1, 84, 0, 0, 1000, 1000, 5, 4);
    header.set(be32(52), 28);
    header.set(fromHex("00340020000100280000"), 40);
    const bytes = concat(header, segment, new Uint8Array(1000).fill(0x24));
    const inspection = inspectImage(bytes);
    assert.equal(inspection.kind, "initramfs");
    assert.ok(textsOf(inspection).includes("MIPS 32 bit big-endian"));
    assert.equal(inspection.integrity, "unproven");
    assert.equal(inspectImage(bytes.subarray(0, 1083)).integrity, "truncated");
  });

  it("zImage and ARM64 Image: are bare kernels", () => {
    const zimage = build(4096, [[36, fromHex("18286f01")], [40, le32(0, 4096)]], 0x77);
    assert.equal(formats(zimage), "zimage");
    assert.equal(inspectImage(zimage).kind, "initramfs");
    assert.equal(inspectImage(zimage.subarray(0, 4000)).integrity, "truncated");
    assert.equal(formats(build(4096, [[0, "MZ"], [56, "ARMd"]], 0x77)), "arm64-image");
  });

  it("TRX: leaves the changeable bytes of a Linksys pattern out of the CRC", () => {
    const body = build(100, [[0, "HDR0"], [4, le32(100)], [12, fromHex("00000200")], [
      16,
      le32(32, 0, 0, 68),
    ]]);
    body.set(build(32, [[0, "W54S"], [14, "U2ND"], [22, new Uint8Array(8).fill(0xff)]]), 68);
    body.set(le32(~crc32(body.subarray(12)) >>> 0), 8);
    body.set(new Uint8Array(8).fill(0x33), 68 + 22);
    assert.equal(inspectImage(body).integrity, "whole");
    body[50] = 1;
    assert.equal(inspectImage(body).integrity, "damaged");
  });

  it("TRX: knows Buffalo's and Arcadyan's magics by their devices", () => {
    const trx = sample("trx-v1").bytes;
    const buffalo = inspectImage(concat(new TextEncoder().encode("DHP2"), trx.subarray(4)));
    assert.deepEqual(buffalo.devices, ["buffalo_wsr-2533dhp2"]);
    const arcadyan = inspectImage(concat(new TextEncoder().encode("1RHS"), trx.subarray(4)));
    assert.deepEqual(arcadyan.devices, ["mts_wg430223"]);
  });

  it("Huawei: finds the TRX behind 92 zero bytes", () => {
    const front = build(100, [[92, "HDR0"], [96, le32(8)]]);
    assert.equal(formats(concat(front, sample("trx-v1").bytes)), "huawei-trx > trx");
  });

  it("TP-Link: finds the header behind 192 KiB of zeros and a bootloader", () => {
    const header = sample("tplink-v3-header").bytes;
    const bytes = concat(new Uint8Array(0x30000), new Uint8Array(0x20000).fill(0xb0), header);
    const { kind, parts } = inspectImage(bytes);
    assert.equal(kind, "tftp-recovery");
    assert.equal(parts[0]?.children[0]?.offset, 0x50000);
    assert.equal(parts[0]?.notices[0]?.code, "boot-part-inside");
  });

  it('TP-Link: reads the size and table of "?NEW" files', () => {
    const bytes = build(0x2000, [
      [0x10, be32(0x2000 - 0x14)],
      [0x14, "?NEW"],
      [
        0x1050,
        "fwup-ptn os-image base 0x1000 size 0x10\t\r\nfwup-ptn support-list base 0x0 size 0x0\t\r\n",
      ],
    ]);
    assert.equal(formats(bytes), "tplink-safeloader-new");
    assert.ok(textsOf(inspectImage(bytes)).includes("os-image"));
    assert.equal(inspectImage(bytes.subarray(0, 0x1fff)).integrity, "truncated");
  });

  it("TP-Link safeloader: warns of a boot partition inside, and of one that lies outside", () => {
    const table = (size: string) =>
      build(0x2000, [[0, be32(0x2000)], [
        0x1014,
        `fwup-ptn fs-uboot base 0x800 size ${size}\t\r\n`,
      ]]);
    const inside = inspectImage(table("0x100"));
    assert.ok(inside.parts[0]?.notices.some(({ code }) => code === "boot-part-inside"));
    assert.equal(inspectImage(table("0x7fffffff")).integrity, "truncated");
  });

  it("Ubiquiti: warns of a bootloader part and tells a signature from an empty one", () => {
    const bytes = Uint8Array.from(sample("ubiquiti-open-ends-rsa").bytes);
    assert.equal(inspectImage(bytes).signature, "empty");
    bytes[bytes.length - 100] = 1;
    assert.equal(inspectImage(bytes).signature, "present");
    const text = new TextDecoder("latin1").decode(bytes);
    bytes.set(new TextEncoder().encode("u-boot"), text.indexOf("kernel"));
    const notices = inspectImage(bytes).parts.flatMap(({ notices }) => notices);
    assert.ok(notices.some(({ code }) => code === "boot-part-inside"));
  });

  it("Buffalo: reads a tag in front of two parts", () => {
    const tag = build(156, [[0, "WZR-HP-G450H"], [104, "hwv"], [136, be32(156 + 70, 0, 30, 40)]]);
    const bytes = concat(tag, new Uint8Array(70).fill(0x21));
    const sum = flatten(recognise(bytes)).flatMap(({ checks }) => checks)
      .find(({ name }) => name === "Buffalo tag cksum");
    assert.equal(sum, undefined);
    assert.deepEqual(inspectImage(bytes).devices, ["buffalo_wzr-hp-g450h"]);
    assert.equal(inspectImage(bytes.subarray(0, 200)).parts[0]?.format, "buffalo-tag");
  });

  it("EcoNet and Xiaomi: are told apart by the field after the same magic", () => {
    const econet = build(400, [[0, "HDR2"], [4, le32(256, 400)], [16, "7.3.1"]], 0);
    assert.equal(formats(econet), "tclinux");
    assert.equal(formats(build(400, [[0, "2RDH"], [4, be32(256, 400)]])), "tclinux");
    assert.equal(formats(build(400, [[0, "HDR2"], [16, le32(48)]], 1)), "xiaomi-hdr2");
  });

  it("YunCore: shows the commands that the loader will run", () => {
    const bytes = build(4096, [[0, "YUNCORE"], [64, "erase 0x9f050000 +$filesize"]]);
    const notices = recognise(bytes).flatMap(({ notices }) => notices);
    assert.match(notices[0]?.message ?? "", /erase 0x9f050000 \+\$filesize$/);
  });

  it("U-Boot alone: is called a bootloader", () => {
    const bytes = build(200_000, [[90_000, "U-Boot 2022.01 (May 01 2023)"]], 0x91);
    const part = recognise(bytes)[0];
    assert.equal(part?.format, "u-boot");
    assert.equal(part?.notices[0]?.code, "is-bootloader");
  });

  it("D-Link Russia and ZyNOS: are named, nothing is claimed", () => {
    assert.equal(formats(build(4096, [[4092, fromHex("00c0ffee")]], 0x91)), "dlink-ru");
    assert.equal(
      formats(build(4096, [[0, be32(0x80014000)], [6, "SIG"], [24, "V3.40(AMQ.0)"]])),
      "zyxel-zynos",
    );
  });
});

/** A FIT whose image nodes all point at the same stretch behind the tree. */
function greedyFit(images: number, hashes: number, size: number): Uint8Array {
  const names = ["data-position", "data-size", "algo", "value"];
  const strings = new TextEncoder().encode(`${names.join("\0")}\0`);
  const offsetOf = (name: string) => new TextDecoder().decode(strings).indexOf(name);
  const text = (value: string) => {
    const bytes = new TextEncoder().encode(`${value}\0`);
    return concat(bytes, new Uint8Array((4 - bytes.length % 4) % 4));
  };
  const begin = (name: string) => concat(be32(1), text(name));
  const property = (name: string, value: Uint8Array, length = value.length) =>
    concat(be32(3, length, offsetOf(name)), value);
  const end = be32(2);
  const hash = (index: number) =>
    concat(
      begin(`hash-${index}`),
      property("algo", text("sha256"), 7),
      property("value", new Uint8Array(32)),
      end,
    );
  const image = (index: number) =>
    concat(
      begin(`i${index}`),
      property("data-position", be32(4096 * 32)),
      property("data-size", be32(size)),
      ...Array.from({ length: hashes }, (_, at) => hash(at)),
      end,
    );
  const structure = concat(
    begin(""),
    begin("images"),
    ...Array.from({ length: images }, (_, at) => image(at)),
    end,
    end,
    be32(9),
  );
  const total = 40 + structure.length + strings.length;
  const stringsAt = 40 + structure.length;
  const header = be32(
    0xd00dfeed,
    total,
    40,
    stringsAt,
    0,
    17,
    16,
    0,
    strings.length,
    structure.length,
  );
  const tree = concat(header, structure, strings);
  return concat(tree, new Uint8Array(4096 * 32 + size - tree.length).fill(0x6b));
}

describe("recognise()", () => {
  it("stops paying for checksums when a file asks for the same bytes again and again", () => {
    const bytes = greedyFit(32, 16, 2_000_000);
    const checks = flatten(recognise(bytes)).flatMap(({ checks }) => checks);
    const paid = checks.filter(({ result }) => result === "mismatch").length;
    const skipped = checks.filter(({ result }) => result === "skipped").length;
    assert.equal(paid + skipped, 32 * 16);
    // Ten times the file and 8 MiB: some fourteen of the 512 hashes of 2 MB.
    assert.ok(paid > 0 && paid <= 16, `${paid} paid`);
  });

  it("reads at most 128 parts", () => {
    const one = sample("trx-v1").bytes;
    const bytes = concat(...Array.from({ length: 1000 }, () => one));
    assert.equal(flatten(recognise(bytes)).length, 128);
  });

  it("goes no deeper than six parts inside each other", () => {
    let bytes = sample("trx-v1").bytes;
    for (let depth = 0; depth < 12; depth++) {
      const body = concat(new Uint8Array(28), bytes);
      body.set(new TextEncoder().encode("HDR0"));
      body.set(le32(body.length), 4);
      body.set(fromHex("00000100"), 12);
      body.set(le32(28), 16);
      body.set(le32(~crc32(body.subarray(12)) >>> 0), 8);
      bytes = body;
    }
    let depth = 0;
    for (let parts = recognise(bytes); parts.length > 0; parts = parts[0]?.children ?? []) depth++;
    assert.equal(depth, 7);
    assert.equal(inspectImage(bytes).integrity, "whole");
  });

  it("does not take a failed check inside a proven wrapper for damage", () => {
    // A uImage with a wrong data CRC, as some vendors ship it, inside a TRX whose CRC fits.
    const kernel = Uint8Array.from(sample("uimage-legacy").bytes);
    kernel[79] = 0;
    assert.equal(inspectImage(kernel).integrity, "damaged");
    const body = concat(new Uint8Array(28), kernel);
    body.set(new TextEncoder().encode("HDR0"));
    body.set(le32(body.length), 4);
    body.set(fromHex("00000100"), 12);
    body.set(le32(28), 16);
    body.set(le32(~crc32(body.subarray(12)) >>> 0), 8);
    assert.equal(formats(body), "trx > uimage");
    assert.equal(inspectImage(body).integrity, "whole");
    body[8] = (body[8] ?? 0) ^ 1;
    assert.equal(inspectImage(body).integrity, "damaged");
  });
});
