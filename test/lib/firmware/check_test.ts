import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { checkImage, worstOf } from "../../../lib/firmware/check.ts";
import { applyCut } from "../../../lib/firmware/cut.ts";
import type { Expectation } from "../../../lib/firmware/expectation.ts";
import { inspectImage } from "../../../lib/firmware/inspect.ts";
import type { Finding, ImageContext } from "../../../lib/firmware/inspection.ts";
import { concat, sample } from "./samples.ts";
import { withMetadata } from "./openwrt_trailer.ts";

const DEVICE: Expectation = { device: "TP-Link Archer C7 v5" };

function findingsFor(
  bytes: Uint8Array,
  expectation?: Expectation,
  context: ImageContext = {},
): readonly Finding[] {
  return checkImage(inspectImage(bytes, context), expectation);
}

function find(findings: readonly Finding[], code: string): Finding {
  const found = findings.find((finding) => finding.code === code);
  assert.ok(found !== undefined, `${code} in ${findings.map((finding) => finding.code)}`);
  return found;
}

function lacks(findings: readonly Finding[], code: string): void {
  assert.ok(!findings.some((finding) => finding.code === code), code);
}

/** A kernel and a squashfs superblock, big enough for firmware. */
function sysupgradeFor(device: string): Uint8Array {
  const payload = new Uint8Array(0x20000).fill(0x5a);
  payload.set(sample("uimage-legacy").bytes);
  return withMetadata(payload, { supported_devices: [device] });
}

describe("checkImage() on the file alone", () => {
  it("stops at an empty file", () => {
    assert.equal(find(findingsFor(new Uint8Array()), "empty").severity, "stop");
  });

  it("stops at a web page, whatever its name", () => {
    const page = new TextEncoder().encode("\n<!DOCTYPE html><html><body>404</body></html>");
    const finding = find(findingsFor(page, undefined, { fileName: "factory.bin" }), "web-page");
    assert.equal(finding.severity, "stop");
  });

  it("stops at zip, rar, 7z, gzip, xz, bzip2 and zstd downloads and says to unpack them", () => {
    const magics = [
      "504b0304",
      "52617221",
      "377abcaf271c",
      "1f8b08",
      "fd377a585a00",
      "425a68",
      "28b52ffd",
    ];
    for (const magic of magics) {
      const head = Uint8Array.from(magic.match(/../g) ?? [], (pair) => parseInt(pair, 16));
      const finding = find(findingsFor(concat(head, new Uint8Array(70_000).fill(7))), "archive");
      assert.equal(finding.severity, "stop");
      assert.match(finding.hint ?? "", /^Unpack/);
    }
  });

  it("stops at a file of zeros and at one of FF", () => {
    for (const value of [0, 0xff]) {
      const blank = new Uint8Array(1 << 20).fill(value);
      assert.equal(find(findingsFor(blank), "blank").severity, "stop");
    }
  });

  it("warns of an unknown format and says when it looks encrypted", () => {
    const plain = new Uint8Array(100_000).map((_, index) => 0x80 | (index % 5));
    assert.match(find(findingsFor(plain), "unknown-format").message, /^The format is unknown$/);
    let state = 1;
    const random = new Uint8Array(200_000).map(() => (state = (state * 48_271) % 0x7fffffff) >> 8);
    assert.match(find(findingsFor(random), "unknown-format").message, /encrypted/);
  });

  it("warns of fewer bytes than any firmware has", () => {
    assert.equal(find(findingsFor(sample("trx-v1").bytes), "too-small").severity, "warning");
  });

  it("compares SHA-256 with the list beside the file", () => {
    const { bytes, sha256 } = sample("trx-v1-padded-4096");
    const context = (listed: string | undefined) => ({
      listedSha256: { list: "SHA256SUMS", sha256: listed },
    });
    assert.equal(find(findingsFor(bytes, undefined, context(sha256)), "listed").severity, "fine");
    const wrong = "0".repeat(64);
    assert.equal(
      find(findingsFor(bytes, undefined, context(wrong)), "hash-differs").severity,
      "stop",
    );
    assert.equal(
      find(findingsFor(bytes, undefined, context(undefined)), "not-listed").severity,
      "note",
    );
  });

  it("warns when a sysupgrade image by name lacks OpenWrt's trailer", () => {
    const bytes = sysupgradeFor("tplink,archer-c7-v5");
    const context = { fileName: "openwrt-ath79-sysupgrade.bin" };
    lacks(findingsFor(bytes, undefined, context), "no-metadata");
    const cut = bytes.subarray(0, bytes.length - 1);
    assert.equal(find(findingsFor(cut, undefined, context), "no-metadata").severity, "warning");
  });

  it("warns of the names of bootloader parts", () => {
    for (const fileName of ["x-preloader.bin", "u-boot.bin", "bl31-uboot.fip", "a-bl2.img"]) {
      find(findingsFor(sample("trx-v1").bytes, undefined, { fileName }), "bootloader-name");
    }
    lacks(
      findingsFor(sample("trx-v1").bytes, undefined, { fileName: "factory.bin" }),
      "bootloader-name",
    );
  });

  it("warns that a sysupgrade archive is hardly ever what a bootloader takes", () => {
    const { bytes } = sample("openwrt-sysupgrade-tar");
    assert.equal(find(findingsFor(bytes), "sysupgrade-archive").severity, "warning");
  });

  it("puts the gravest finding first", () => {
    const findings = findingsFor(sysupgradeFor("tplink,archer-c7-v5"), {
      ...DEVICE,
      maxSize: 10,
      kinds: ["factory"],
    });
    assert.deepEqual(
      findings.map(({ severity }) => severity),
      ["stop", "warning", "fine", "fine"],
    );
    assert.equal(worstOf(findings), "stop");
  });
});

describe("checkImage() against a device", () => {
  it("accepts metadata that names the device, by board or by name", () => {
    const bytes = sysupgradeFor("tplink,archer-c7-v5");
    for (const boards of [["tplink,archer-c7-v5"], ["tplink_archer-c7-v5"], undefined]) {
      const expectation = boards === undefined ? DEVICE : { ...DEVICE, boards };
      assert.equal(find(findingsFor(bytes, expectation), "device").severity, "fine");
    }
  });

  it("stops at metadata that names another device", () => {
    const bytes = sysupgradeFor("tplink,archer-c6-v2");
    const byBoard = findingsFor(bytes, { ...DEVICE, boards: ["tplink,archer-c7-v5"] });
    assert.equal(find(byBoard, "other-device").severity, "stop");
    assert.equal(find(findingsFor(bytes, DEVICE), "other-device").severity, "stop");
  });

  it("stops at metadata that names another revision", () => {
    const bytes = sysupgradeFor("tplink,archer-c7-v2");
    assert.equal(find(findingsFor(bytes, DEVICE), "other-revision").severity, "stop");
  });

  it("stops at a support list without the device and takes one with it", () => {
    const { bytes } = sample("tplink-safeloader");
    assert.equal(find(findingsFor(bytes, DEVICE), "other-device").severity, "stop");
    const re650 = findingsFor(bytes, { device: "TP-Link RE650 v2" });
    assert.equal(find(re650, "device").severity, "fine");
    const first = findingsFor(bytes, { device: "TP-Link RE650 v1" });
    assert.equal(find(first, "other-revision").severity, "stop");
  });

  it("only warns when a hardware id is known from other devices", () => {
    const { bytes } = sample("netgear-chk");
    assert.equal(find(findingsFor(bytes, { device: "NETGEAR R8000" }), "device").severity, "fine");
    assert.equal(
      find(findingsFor(bytes, { device: "NETGEAR R7000" }), "other-device").severity,
      "warning",
    );
  });

  it("stops at a hardware id that differs from the catalogue's", () => {
    const { bytes } = sample("tplink-v1");
    const marks = (value: string) => [{ scheme: "tplink-hw-id", value } as const];
    const other = findingsFor(bytes, { ...DEVICE, marks: marks("c7000002") });
    assert.equal(find(other, "other-hardware-id").severity, "stop");
    const own = findingsFor(bytes, { ...DEVICE, marks: marks("08410008") });
    assert.equal(find(own, "hardware-id").severity, "fine");
  });

  it("warns of a sysupgrade image where factory or initramfs is wanted", () => {
    const bytes = sysupgradeFor("tplink,archer-c7-v5");
    const finding = find(findingsFor(bytes, { ...DEVICE, kinds: ["factory"] }), "other-kind");
    assert.equal(finding.severity, "warning");
    assert.match(finding.message, /wants a factory image; this is a/);
    find(findingsFor(bytes, { ...DEVICE, kinds: ["initramfs", "sysupgrade"] }), "kind");
  });

  it("takes the vendor's format where stock or factory is wanted", () => {
    const { bytes } = sample("asus-trx");
    find(findingsFor(bytes, { device: "ASUS RT-AC68U", kinds: ["stock"] }), "kind");
    find(findingsFor(bytes, { device: "ASUS RT-AC68U", kinds: ["factory"] }), "kind");
  });

  it("warns of another format than the loader takes", () => {
    const { bytes } = sample("asus-trx");
    lacks(findingsFor(bytes, { device: "ASUS RT-AC68U", formats: ["trx"] }), "other-format");
    find(findingsFor(bytes, { device: "ASUS RT-AC68U", formats: ["netgear-chk"] }), "other-format");
  });

  it("stops at more bytes than flash or loader have room for, not at exactly as many", () => {
    const { bytes } = sample("trx-v1-padded-4096");
    lacks(findingsFor(bytes, { ...DEVICE, flashSize: 4096 }), "too-large");
    assert.equal(
      find(findingsFor(bytes, { ...DEVICE, flashSize: 4095 }), "too-large").severity,
      "stop",
    );
    find(findingsFor(bytes, { ...DEVICE, maxSize: 4095, flashSize: 1 << 24 }), "too-large");
  });

  it("stops at more than 65535 blocks for a loader without rollover, from the first byte too many", () => {
    const inspection = inspectImage(sample("trx-v1").bytes);
    const findingsOf = (size: number, expectation: Expectation) =>
      checkImage({ ...inspection, size }, expectation);
    const largest = 65_535 * 512 - 1;
    const noRollover = { ...DEVICE, noRollover: true };
    lacks(findingsOf(largest, noRollover), "too-many-blocks");
    assert.equal(find(findingsOf(largest + 1, noRollover), "too-many-blocks").severity, "stop");
    lacks(findingsOf(largest + 1, DEVICE), "too-many-blocks");
    lacks(findingsOf(largest + 1, { ...noRollover, blockSize: 1024 }), "too-many-blocks");
  });

  it("stops at what is not signed where the loader insists", () => {
    const signedOnly = { ...DEVICE, signedOnly: true };
    const open = findingsFor(sysupgradeFor("tplink,archer-c7-v5"), signedOnly);
    assert.equal(find(open, "not-signed").severity, "stop");
    const empty = findingsFor(sample("ubiquiti-open-ends-rsa").bytes, signedOnly);
    assert.equal(find(empty, "not-signed").severity, "stop");
    const stock = findingsFor(sample("asus-trx").bytes, signedOnly);
    assert.equal(find(stock, "signature-unknown").severity, "warning");
    const signed = findingsFor(sample("dlink-shrs").bytes, signedOnly);
    assert.equal(find(signed, "signature-unchecked").severity, "note");
  });
});

describe("checkImage() and applyCut() for TP-Link loaders", () => {
  it("stops at a boot part and offers the cut after which the file fits", () => {
    const { bytes, expected } = sample("tplink-v1-with-boot");
    const expectation: Expectation = { device: "TP-Link TL-WR841N v8", layout: "header-first" };
    const finding = find(findingsFor(bytes, expectation), "wrong-shape");
    assert.equal(finding.severity, "stop");
    assert.deepEqual(finding.cut, { zeros: 0, from: expected.cut_bytes, to: bytes.length });
    const cut = applyCut(bytes, finding.cut ?? { zeros: 0, from: 0, to: 0 });
    assert.equal(cut.length, bytes.length - 131_584);
    const after = inspectImage(cut);
    assert.equal(after.integrity, "whole");
    assert.equal(find(checkImage(after, expectation), "shape").severity, "fine");
  });

  it("keeps exactly the inner length when the vendor put more behind it", () => {
    const inner = Uint8Array.from(sample("tplink-v1-with-boot").bytes);
    const view = new DataView(inner.buffer);
    view.setUint32(131_584 + 0x7c, inner.length - 131_584);
    const bytes = concat(inner, new Uint8Array(777).fill(0x44));
    const [offer] = inspectImage(bytes).cuts;
    assert.deepEqual(offer?.cut, { zeros: 0, from: 131_584, to: inner.length });
  });

  it("drops the outer header only for a loader that skips 128 KiB", () => {
    const { bytes } = sample("tplink-v3-with-128k-boot");
    const expectation: Expectation = { device: "TP-Link Archer C50 v3", layout: "skips-128k" };
    const { cut } = find(findingsFor(bytes, expectation), "wrong-shape");
    assert.deepEqual(cut, { zeros: 0, from: 512, to: bytes.length });
    const findings = findingsFor(applyCut(bytes, cut ?? { zeros: 0, from: 0, to: 0 }), expectation);
    assert.equal(find(findings, "shape").severity, "fine");
  });

  it("puts filler in front of a plain v2/v3 image for a loader that skips it", () => {
    const bytes = Uint8Array.from(sample("tplink-v3-header").bytes);
    new DataView(bytes.buffer).setUint32(0x70, bytes.length);
    for (const [layout, zeros] of [["skips-64k", 0x10000], ["skips-128k", 0x20000]] as const) {
      const expectation: Expectation = { device: "TP-Link Archer C50 v1", layout };
      const { cut } = find(findingsFor(bytes, expectation), "wrong-shape");
      const filled = applyCut(bytes, cut ?? { zeros: 0, from: 0, to: 0 });
      assert.equal(filled.length, zeros + bytes.length);
      assert.ok(filled.subarray(0, zeros).every((byte) => byte === 0));
      assert.deepEqual(filled.subarray(zeros), bytes);
      const findings = findingsFor(filled, expectation);
      assert.equal(find(findings, "shape").severity, "fine");
      const plain = findingsFor(filled, { ...expectation, layout: "header-first" });
      assert.deepEqual(find(plain, "wrong-shape").cut, {
        zeros: 0,
        from: zeros,
        to: filled.length,
      });
    }
  });

  it("stops at a plain image for a loader that overwrites itself", () => {
    const { bytes } = sample("tplink-v3-header");
    const expectation: Expectation = { device: "TP-Link Archer C2 v1", layout: "boot-first" };
    assert.equal(find(findingsFor(bytes, expectation), "boot-first").severity, "stop");
    const other = findingsFor(sample("trx-v1").bytes, expectation);
    assert.equal(find(other, "boot-first").severity, "warning");
  });

  it("warns of a boot part when nothing is known of the loader", () => {
    const findings = findingsFor(sample("tplink-v1-with-boot").bytes);
    assert.equal(find(findings, "boot-part-inside").severity, "warning");
  });
});
