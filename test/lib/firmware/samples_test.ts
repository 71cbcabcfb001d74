import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { flatten, inspectImage } from "../../../lib/firmware/inspect.ts";
import type { ImageKind, Integrity } from "../../../lib/firmware/inspection.ts";
import { SAMPLES, textsOf } from "./samples.ts";

interface Verdict {
  /** Formats, outermost first. */
  readonly formats: string;
  readonly kind: ImageKind;
  readonly integrity: Integrity;
  /** Keys of the sample's `expected` whose values must appear as they are. */
  readonly keys?: readonly string[];
  /** Further values that must appear. */
  readonly values?: readonly string[];
}

const VENDOR = "factory-or-stock";

const VERDICTS: Readonly<Record<string, Verdict>> = {
  "uimage-legacy": {
    formats: "uimage",
    kind: "initramfs",
    integrity: "whole",
    keys: ["header_crc", "data_crc", "name"],
    values: ["MIPS", "LZMA", "kernel", "Linux"],
  },
  "uimage-legacy-multi": {
    formats: "uimage",
    kind: "initramfs",
    integrity: "whole",
    values: ["multi", "16 bytes at 76", "16 bytes at 92"],
  },
  "uimage-legacy-custom-magic": {
    formats: "uimage",
    kind: "initramfs",
    integrity: "whole",
    values: ["33373030"],
  },
  "trx-v1": {
    formats: "trx",
    kind: VENDOR,
    integrity: "whole",
    keys: ["crc32_jam", "version"],
    values: ["28, 44, 0"],
  },
  "trx-v1-padded-4096": {
    formats: "trx",
    kind: VENDOR,
    integrity: "whole",
    keys: ["crc32_jam"],
    values: ["28, 44, 0"],
  },
  "asus-trx": {
    formats: "trx",
    kind: VENDOR,
    integrity: "whole",
    keys: ["product_id", "version", "crc32_jam"],
  },
  "usrobotics-usr0": {
    formats: "usrobotics > trx",
    kind: VENDOR,
    integrity: "whole",
    keys: ["crc32_jam"],
    // The header has 28 bytes; 28 + the payload length of the sample is its file length.
    values: ["@28"],
  },
  "motorola-wr850g": {
    formats: "motorola > trx",
    kind: VENDOR,
    integrity: "whole",
    keys: ["device", "crc_jam_be"],
  },
  "cybertan-u2nd": {
    formats: "cybertan > trx",
    kind: VENDOR,
    integrity: "unproven",
    keys: ["pattern", "fw_version"],
    values: ["1970-1-1", "@32"],
  },
  "cybertan-chdr": { formats: "linksys-chdr", kind: VENDOR, integrity: "whole", keys: ["crc"] },
  "netgear-chk": {
    formats: "netgear-chk",
    kind: "factory",
    integrity: "whole",
    keys: ["board_id", "kernel_sum", "rootfs_sum", "image_sum", "header_sum"],
    values: ["world"],
  },
  "netgear-dni": {
    formats: "netgear-dni",
    kind: VENDOR,
    integrity: "unproven",
    keys: ["device", "version", "hd_id"],
    values: ["ff"],
  },
  "seama-entity": {
    formats: "seama",
    kind: "unknown",
    integrity: "unproven",
    keys: ["md5"],
    values: ["/dev/mtdblock/2", "firmware"],
  },
  "seama-sealed": {
    formats: "seama > seama",
    kind: VENDOR,
    integrity: "unproven",
    keys: ["signature"],
    values: ["@52"],
  },
  "tplink-v1": {
    formats: "tplink-v1",
    kind: "sysupgrade",
    integrity: "whole",
    keys: ["vendor", "hw_id", "hw_rev", "md5", "fw_length_field"],
  },
  "tplink-v1-with-boot": {
    formats: "tplink-v1 > tplink-v1",
    kind: "stock",
    integrity: "whole",
    keys: ["md5", "after_cut_md5", "fw_length_field"],
    values: ["@131584", "131072 bytes"],
  },
  "tplink-v3-header (mktplinkfw2)": {
    formats: "tplink-v3",
    kind: "sysupgrade",
    integrity: "whole",
    keys: ["hw_id", "md5", "fw_length_field"],
    values: ["00000004"],
  },
  "tplink-v3-with-64k-boot": {
    formats: "tplink-v3 > tplink-v3",
    kind: "stock",
    integrity: "whole",
    keys: ["md5"],
    values: ["@66048"],
  },
  "tplink-v3-with-128k-boot": {
    formats: "tplink-v3 > tplink-v3",
    kind: "stock",
    integrity: "whole",
    values: ["@131584"],
  },
  "tplink-safeloader-vendor (RE650-V2)": {
    formats: "tplink-safeloader",
    kind: VENDOR,
    integrity: "whole",
    keys: ["md5", "soft_version"],
    values: [
      "{product_name:RE650,product_ver:2.0.0,special_id:00000000}",
      "{product_name:RE650,product_ver:2.0.0,special_id:55530000}",
      "partition-table",
      "file-system",
    ],
  },
  "tplink-2022": { formats: "tplink-2022", kind: VENDOR, integrity: "whole", keys: ["md5"] },
  "ubiquiti-open-end": {
    formats: "ubiquiti",
    kind: "factory",
    integrity: "whole",
    keys: ["version", "header_crc", "end_crc"],
    values: ["XM", "16 bytes at 324", "16 bytes at 404"],
  },
  "ubiquiti-open-ends-rsa": { formats: "ubiquiti", kind: "factory", integrity: "whole" },
  "buffalo-enc": {
    formats: "buffalo-enc",
    kind: VENDOR,
    integrity: "unproven",
    keys: ["product", "version", "checksum"],
  },
  "buffalo-tag (one part)": {
    formats: "buffalo-tag",
    kind: VENDOR,
    integrity: "whole",
    keys: ["product", "region", "platform", "hwver", "crc_posix_cksum"],
  },
  "buffalo-dhp-bgn": { formats: "buffalo-dhp", kind: VENDOR, integrity: "whole", keys: ["crc"] },
  "buffalo-airstation-public": {
    formats: "buffalo-tftp",
    kind: "tftp-recovery",
    integrity: "unproven",
  },
  "buffalo-tftp-script": { formats: "buffalo-tftp", kind: "tftp-recovery", integrity: "unproven" },
  "zyxel-ras": {
    formats: "zyxel-ras",
    kind: VENDOR,
    integrity: "unproven",
    keys: ["rootfs_sum", "version", "header_sum", "model", "kernel_sum"],
  },
  "keenetic-znbg-trailer": {
    formats: "keenetic",
    kind: VENDOR,
    integrity: "unproven",
    keys: ["version", "crc_jam"],
    values: ["00801613", "@16"],
  },
  "zyxel-zytrx (0RDH)": {
    formats: "zyxel-zytrx",
    kind: VENDOR,
    integrity: "whole",
    keys: ["board", "model_id", "payload_crc_jam", "header_crc_jam"],
  },
  "edimax-csys20": {
    formats: "edimax-csys",
    kind: VENDOR,
    integrity: "unproven",
    keys: ["model", "checksum_le16"],
  },
  "edimax-fw-header": {
    formats: "edimax-header",
    kind: "factory",
    integrity: "unproven",
    keys: ["model", "data_csum", "header_csum"],
  },
  "dlink-cameo": {
    formats: "dlink-cameo",
    kind: VENDOR,
    integrity: "unproven",
    keys: ["byte_sum", "model", "signature", "region"],
  },
  "dlink-wrg": {
    formats: "dlink-wrg",
    kind: VENDOR,
    integrity: "unproven",
    keys: ["signature", "devname", "md5"],
  },
  "dlink-wrgg": {
    formats: "dlink-wrgg",
    kind: "factory",
    integrity: "unproven",
    keys: ["signature", "model", "md5"],
  },
  "u-media-uimage": {
    formats: "uimage",
    kind: "initramfs",
    integrity: "whole",
    keys: ["header_crc"],
    values: ["000128"],
  },
  "sercomm-header": {
    formats: "sercomm",
    kind: VENDOR,
    integrity: "unproven",
    keys: ["hw_id", "hw_ver", "sw_ver"],
    values: ["00"],
  },
  "sercomm-footer": {
    formats: "sercomm-footer",
    kind: VENDOR,
    integrity: "unproven",
    values: ["ABC", "@16"],
  },
  "senao-engenius": {
    formats: "senao",
    kind: VENDOR,
    integrity: "unproven",
    keys: ["firmware_type", "md5_plain", "header_sum"],
    values: ["0101/0039"],
  },
  "luxul-lxl": {
    formats: "luxul",
    kind: VENDOR,
    integrity: "unproven",
    keys: ["version", "board"],
  },
  "openwrt-fwtool-metadata": {
    formats: "openwrt-metadata",
    kind: "sysupgrade",
    integrity: "whole",
    keys: ["crc_jam"],
    values: ["tplink,archer-c7-v5", "@16"],
  },
  "openwrt-fwtool-metadata+signature": {
    formats: "openwrt-metadata > openwrt-signature",
    kind: "sysupgrade",
    integrity: "whole",
    values: ["@16", "@254"],
  },
  "linksys-footer": {
    formats: "linksys-footer",
    kind: VENDOR,
    integrity: "unproven",
    keys: ["type"],
    values: ["A0E43809"],
  },
  "gemtek-trailer": {
    formats: "gemtek-trailer",
    kind: VENDOR,
    integrity: "whole",
    values: ["A0E43809"],
  },
  "openwrt-ci-combined": {
    formats: "openwrt-ci",
    kind: "sysupgrade",
    integrity: "whole",
    keys: ["md5"],
  },
  "openmesh-ce-v1": {
    formats: "openmesh-ce",
    kind: VENDOR,
    integrity: "unproven",
    keys: ["type"],
    values: ["16 bytes at 65536", "16 bytes at 65552"],
  },
  "bcm963xx-imagetag": {
    formats: "bcm963xx > openwrt-end-mark",
    kind: "factory",
    integrity: "whole",
    keys: ["chip_id", "board_id", "header_crc_jam", "image_crc_stored"],
  },
  "xiaomi-hdr1": {
    formats: "xiaomi",
    kind: VENDOR,
    integrity: "whole",
    keys: ["crc_jam"],
    values: ["000d", "16 bytes at 96"],
  },
  "jboot-stag-sch2 (sysupgrade)": {
    formats: "dlink-stag",
    kind: "unknown",
    integrity: "unproven",
    keys: ["image_sum", "tag_sum", "kernel_crc32", "rootfs_crc32"],
  },
  "jboot-auh (factory)": {
    formats: "dlink-jboot > dlink-stag",
    kind: VENDOR,
    integrity: "unproven",
    keys: ["rom_id", "image_sum"],
    values: ["6e38"],
  },
  "dlink-shrs (DIR-882)": {
    formats: "dlink-shrs",
    kind: VENDOR,
    integrity: "unproven",
    keys: ["payload_len"],
  },
  "mikrotik-npk (OpenWrt kernel pack)": {
    formats: "mikrotik-npk",
    kind: VENDOR,
    integrity: "unproven",
    values: ["3"],
  },
  "gemtek-header": {
    formats: "gemtek",
    kind: VENDOR,
    integrity: "whole",
    keys: ["product_id", "version", "crc32"],
  },
  "linksys-wrt400n": {
    formats: "linksys-wrt400n",
    kind: VENDOR,
    integrity: "unproven",
    keys: ["crc32"],
  },
  "dlink-dapimg": {
    formats: "dlink-dap",
    kind: VENDOR,
    integrity: "unproven",
    keys: ["byte_sum", "model", "signature"],
  },
  "dlink-dapimg2": {
    formats: "dlink-dap2",
    kind: "factory",
    integrity: "unproven",
    keys: ["byte_sum"],
    values: ["HONEYBEE-FIRMWARE-DAP-1330"],
  },
  "iptime-crc32": {
    formats: "iptime",
    kind: VENDOR,
    integrity: "whole",
    keys: ["model", "crc_jam"],
  },
  "jcg-yszj": {
    formats: "jcg > uimage",
    kind: "factory",
    integrity: "whole",
    keys: ["payload_crc", "header_crc"],
    values: ["@512"],
  },
  "poray-nexx": { formats: "poray", kind: VENDOR, integrity: "unproven", keys: ["hw_id"] },
  "cameo-switch-imghdr": {
    formats: "cameo-switch",
    kind: VENDOR,
    integrity: "unproven",
    keys: ["byte_sum", "model", "signature"],
  },
  "aruba-apboot": {
    formats: "aruba",
    kind: VENDOR,
    integrity: "unproven",
    keys: ["machine"],
    values: ["00000000"],
  },
  "netgear-encrypted": {
    formats: "netgear-encrypted",
    kind: VENDOR,
    integrity: "whole",
    keys: ["model", "region", "crc32"],
  },
  "fit-itb": {
    formats: "fit",
    kind: "initramfs",
    integrity: "unproven",
    keys: ["kernel_crc32", "kernel_sha1", "arch"],
  },
  "fit-itb-external-data": { formats: "fit", kind: "initramfs", integrity: "unproven" },
  "openwrt-sysupgrade-tar": {
    formats: "openwrt-sysupgrade-tar",
    kind: "sysupgrade",
    integrity: "unproven",
    values: ["xiaomi_mi-router-3g"],
  },
  // Its header announces the 50 MiB to which the vendor pads; the sample has 16 of them.
  "dlink-ai-recovery (AUH)": {
    formats: "dlink-jboot",
    kind: VENDOR,
    integrity: "truncated",
    keys: ["rom_id"],
    values: ["6e61"],
  },
  "asus-uimage-trx3": {
    formats: "uimage",
    kind: VENDOR,
    integrity: "whole",
    values: ["RT-AX53U", "3.0", "0.4"],
  },
  // Mixed with a key per model and without any magic: nothing to recognise it by.
  "nec-enc": { formats: "", kind: "unknown", integrity: "unproven" },
  "bcm4908-img+asus-tail": {
    formats: "broadcom-tail",
    kind: VENDOR,
    integrity: "unproven",
    keys: ["product_id", "tail20_crc_jam"],
    values: ["384_21140", "4908"],
  },
};

describe("inspectImage() on the checked samples", () => {
  it("has a verdict for each of the seventy samples", () => {
    assert.equal(SAMPLES.length, 70);
    assert.deepEqual(SAMPLES.map(({ name }) => name).sort(), Object.keys(VERDICTS).sort());
  });

  for (const { name, bytes, sha256, expected } of SAMPLES) {
    it(`recognises ${name}`, () => {
      const verdict = VERDICTS[name];
      assert.ok(verdict !== undefined);
      const inspection = inspectImage(bytes);
      assert.equal(inspection.hashes.sha256, sha256);
      assert.equal(
        flatten(inspection.parts).map(({ format }) => format).join(" > "),
        verdict.formats,
      );
      assert.equal(inspection.kind, verdict.kind);
      assert.equal(inspection.integrity, verdict.integrity);
      const texts = textsOf(inspection);
      for (const key of verdict.keys ?? []) {
        assert.ok(texts.includes(String(expected[key])), `${key} ${expected[key]} in ${texts}`);
      }
      for (const value of verdict.values ?? []) {
        assert.ok(texts.includes(value), `${value} in ${texts}`);
      }
    });
  }
});
