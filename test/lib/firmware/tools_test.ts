import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { checkImage } from "../../../lib/firmware/check.ts";
import { flatten, inspectImage } from "../../../lib/firmware/inspect.ts";
import { withMetadata, withSignature } from "./openwrt_trailer.ts";
import { concat, randomFrom, textsOf } from "./samples.ts";

const ENVIRONMENT = {
  ...process.env,
  PATH: `${process.env.PATH ?? ""}:/usr/sbin:/sbin`,
  SOURCE_DATE_EPOCH: "1700000000",
};

function run(cwd: string, [program = "", ...args]: readonly string[]): void {
  execFileSync(program, args, { cwd, env: ENVIRONMENT, stdio: "pipe" });
}

/** Programs with the Debian package that has them. */
const PACKAGES: Readonly<Record<string, string>> = {
  mkimage: "u-boot-tools",
  dtc: "device-tree-compiler",
  mksquashfs: "squashfs-tools",
  ubinize: "mtd-utils",
  "mkfs.jffs2": "mtd-utils",
  gzip: "gzip",
  xz: "xz-utils",
  bzip2: "bzip2",
  zstd: "zstd",
  zip: "zip",
  tar: "tar",
};

function isMissing(program: string): boolean {
  try {
    execFileSync(program, ["--version"], { env: ENVIRONMENT, stdio: "pipe" });
    return false;
  } catch (error) {
    return (error as { code?: unknown }).code === "ENOENT";
  }
}

/**
 * A test that makes files with real programs in a folder of its own. Where programs are missing, a
 * line on standard error says so, or the test fails where all programs are required.
 */
function withTools(
  programs: readonly string[],
  name: string,
  test: (folder: string) => void,
): void {
  const missing = Deno.build.os === "linux" ? programs.filter(isMissing) : programs;
  if (missing.length > 0) {
    const packages = missing.map((program) => `${program} (${PACKAGES[program] ?? program})`);
    const reason = `not installed: ${packages.join(", ")}`;
    if (process.env.UNBRICK_REQUIRE_PEERS === "1") {
      it(`${name} (cannot run here)`, () => assert.fail(reason));
    } else process.stderr.write(`skipped: ${name} (${reason})\n`);
    return;
  }
  it(name, () => {
    const folder = mkdtempSync(join(tmpdir(), "unbrick-firmware-"));
    try {
      test(folder);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
}

function payload(length: number, seed: number): Uint8Array {
  const random = randomFrom(seed);
  return Uint8Array.from({ length }, () => random(251));
}

function make(folder: string, argv: readonly string[], result: string): Uint8Array {
  run(folder, argv);
  return new Uint8Array(readFileSync(join(folder, result)));
}

function uimage(folder: string, data: Uint8Array): Uint8Array {
  writeFileSync(join(folder, "kernel"), data);
  const argv = [
    "mkimage",
    "-A",
    "mips",
    "-O",
    "linux",
    "-T",
    "kernel",
    "-C",
    "lzma",
    "-a",
    "0x80060000",
  ];
  return make(folder, [
    ...argv,
    "-e",
    "0x80060000",
    "-n",
    "MIPS OpenWrt Linux-6.12.1",
    "-d",
    "kernel",
    "out",
  ], "out");
}

function squashfs(folder: string): Uint8Array {
  mkdirSync(join(folder, "root"));
  writeFileSync(join(folder, "root", "banner"), payload(60_000, 5));
  return make(folder, [
    "mksquashfs",
    "root",
    "rootfs",
    "-comp",
    "xz",
    "-noappend",
    "-quiet",
    "-no-progress",
  ], "rootfs");
}

/** Kernel, root filesystem and end mark as OpenWrt lays them out for NOR flash. */
function norImage(folder: string): Uint8Array {
  const kernel = uimage(folder, payload(50_000, 3));
  const gap = new Uint8Array(0x10000 - kernel.length % 0x10000).fill(0xff);
  const mark = concat(Uint8Array.of(0xde, 0xad, 0xc0, 0xde), new Uint8Array(4096).fill(0xff));
  return concat(kernel, gap, squashfs(folder), mark);
}

const METADATA = {
  metadata_version: "1.1",
  compat_version: "1.0",
  supported_devices: ["tplink,archer-c7-v5", "archer-c7-v5"],
  version: {
    dist: "OpenWrt",
    version: "24.10.0",
    revision: "r28427",
    target: "ath79/generic",
    board: "tplink_archer-c7-v5",
  },
};

function formats(bytes: Uint8Array): string[] {
  return flatten(inspectImage(bytes).parts).map(({ format }) => format);
}

describe("inspectImage() on images made by real tools", () => {
  withTools(
    ["mkimage"],
    "does not take a kernel with unknown data behind it for a bare one",
    (folder) => {
      const kernel = uimage(folder, payload(3000, 1));
      assert.equal(inspectImage(concat(kernel, new Uint8Array(9000).fill(0xff))).kind, "initramfs");
      assert.equal(inspectImage(concat(kernel, payload(9000, 2))).kind, "unknown");
      const withTrailer = withMetadata(concat(kernel, payload(9000, 2)), METADATA);
      assert.equal(inspectImage(withTrailer).kind, "sysupgrade");
      assert.equal(inspectImage(withMetadata(kernel, METADATA)).kind, "initramfs");
    },
  );

  withTools(["mkimage"], "reads a uImage of mkimage, and no turned bit of it passes", (folder) => {
    const bytes = uimage(folder, payload(3000, 1));
    const inspection = inspectImage(bytes);
    assert.equal(inspection.integrity, "whole");
    assert.equal(inspection.kind, "initramfs");
    assert.ok(textsOf(inspection).includes("MIPS OpenWrt Linux-6.12.1"));
    for (let bit = 0; bit < 64 * 8; bit++) {
      const turned = Uint8Array.from(bytes);
      turned[bit >> 3] = (turned[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      assert.notEqual(inspectImage(turned).integrity, "whole", `bit ${bit}`);
    }
    for (let length = 0; length < bytes.length; length += 97) {
      assert.notEqual(
        inspectImage(bytes.subarray(0, length)).integrity,
        "whole",
        `cut to ${length}`,
      );
    }
  });

  withTools(["mkimage"], "reads the parts of a multi uImage of mkimage", (folder) => {
    writeFileSync(join(folder, "a"), payload(1001, 1));
    writeFileSync(join(folder, "b"), payload(500, 2));
    const argv = [
      "mkimage",
      "-A",
      "arm",
      "-O",
      "linux",
      "-T",
      "multi",
      "-C",
      "none",
      "-d",
      "a:b",
      "out",
    ];
    const inspection = inspectImage(make(folder, argv, "out"));
    assert.equal(inspection.integrity, "whole");
    const texts = textsOf(inspection);
    assert.ok(
      texts.includes("1001 bytes at 76") && texts.includes("500 bytes at 1080"),
      `${texts}`,
    );
  });

  for (
    const [name, flags] of [["inside", []], ["behind the tree", ["-E"]], ["aligned", [
      "-E",
      "-B",
      "0x1000",
    ]]] as const
  ) {
    withTools(
      ["mkimage", "dtc"],
      `checks the hashes of a FIT of mkimage with data ${name}`,
      (folder) => {
        writeFileSync(join(folder, "kernel"), payload(5000, 1));
        writeFileSync(join(folder, "dtb"), payload(700, 2));
        writeFileSync(join(folder, "fit.its"), FIT_SOURCE);
        const bytes = make(folder, ["mkimage", ...flags, "-f", "fit.its", "fit.itb"], "fit.itb");
        const inspection = inspectImage(bytes);
        const checks = flatten(inspection.parts).flatMap((part) => part.checks);
        assert.equal(checks.filter(({ name }) => name.startsWith("FIT ")).length, 4);
        assert.ok(checks.every(({ result }) => result === "match"));
        assert.equal(inspection.kind, "initramfs");
        assert.ok(inspection.marks.some(({ value }) => value === "acme,router"));
        const at = indexOf(bytes, payload(5000, 1).subarray(0, 64));
        bytes[at + 10] = (bytes[at + 10] ?? 0) ^ 1;
        assert.equal(inspectImage(bytes).integrity, "damaged");
        assert.equal(inspectImage(bytes.subarray(0, at + 4000)).integrity, "truncated");
      },
    );
  }

  withTools(
    ["mkimage", "mksquashfs"],
    "reads a NOR sysupgrade image with its metadata back",
    (folder) => {
      const bytes = withMetadata(norImage(folder), METADATA);
      const inspection = inspectImage(bytes);
      assert.deepEqual(formats(bytes), [
        "uimage",
        "squashfs",
        "openwrt-end-mark",
        "openwrt-metadata",
      ]);
      assert.equal(inspection.integrity, "whole");
      assert.equal(inspection.kind, "sysupgrade");
      assert.deepEqual(inspection.metadata, {
        supportedDevices: ["tplink,archer-c7-v5", "archer-c7-v5"],
        compatVersion: "1.0",
        version: "OpenWrt 24.10.0 r28427",
        target: "ath79/generic",
        board: "tplink_archer-c7-v5",
      });
      const findings = checkImage(inspection, {
        device: "TP-Link Archer C7 v5",
        kinds: ["sysupgrade"],
      });
      assert.deepEqual(findings.map(({ severity }) => severity), ["fine", "fine", "fine"]);
    },
  );

  withTools(
    ["mkimage", "mksquashfs"],
    "notices every bit and every cut in an image with metadata",
    (folder) => {
      const bytes = withSignature(withMetadata(norImage(folder), METADATA), payload(200, 9));
      assert.equal(inspectImage(bytes).integrity, "whole");
      const random = randomFrom(77);
      const places = [
        ...Array(64).keys(),
        ...Array.from({ length: 40 }, () => random(bytes.length)),
      ];
      for (let at = bytes.length - 16; at < bytes.length; at++) places.push(at);
      for (const at of places) {
        const turned = Uint8Array.from(bytes);
        turned[at] = (turned[at] ?? 0) ^ (1 << random(8));
        assert.notEqual(inspectImage(turned).integrity, "whole", `byte ${at} of ${bytes.length}`);
      }
      for (let cut = 1; cut <= 20; cut++) {
        assert.notEqual(inspectImage(bytes.subarray(0, bytes.length - cut)).integrity, "whole");
      }
    },
  );

  withTools(["mksquashfs"], "knows the length of a squashfs, and misses its end", (folder) => {
    const bytes = squashfs(folder);
    assert.deepEqual(formats(bytes), ["squashfs"]);
    assert.equal(inspectImage(bytes).integrity, "unproven");
    const used = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(40, true));
    assert.equal(inspectImage(bytes.subarray(0, used - 1)).integrity, "truncated");
    assert.equal(inspectImage(bytes.subarray(0, used)).integrity, "unproven");
  });

  withTools(["ubinize"], "reads the volumes of a UBI image and sees a torn block", (folder) => {
    writeFileSync(join(folder, "root.bin"), payload(300_000, 4));
    const volume = "mode=ubi\nvol_type=dynamic\nvol_id=";
    const config = `[kernel]\n${volume}0\nvol_name=kernel\nvol_size=256KiB\n` +
      `[rootfs]\n${volume}1\nvol_name=rootfs\nimage=root.bin\n`;
    writeFileSync(join(folder, "ubi.cfg"), config);
    const bytes = make(
      folder,
      ["ubinize", "-p", "128KiB", "-m", "2048", "-o", "ubi", "ubi.cfg"],
      "ubi",
    );
    const inspection = inspectImage(bytes);
    assert.deepEqual(formats(bytes), ["ubi"]);
    assert.equal(inspection.kind, "factory-or-stock");
    const texts = textsOf(inspection);
    assert.ok(
      texts.includes("131072") && texts.includes("kernel") && texts.includes("rootfs"),
      `${texts}`,
    );
    assert.equal(inspectImage(bytes.subarray(0, bytes.length - 1)).integrity, "truncated");
    const torn = Uint8Array.from(bytes);
    torn[3 * 0x20000 + 30] = 0x55;
    assert.equal(inspectImage(torn).integrity, "damaged");
  });

  withTools(["ubinize", "mkimage"], "calls a kernel with UBI behind it by its parts", (folder) => {
    writeFileSync(join(folder, "root.bin"), payload(300_000, 4));
    writeFileSync(
      join(folder, "ubi.cfg"),
      "[a]\nmode=ubi\nvol_type=dynamic\nvol_id=0\nvol_name=a\nimage=root.bin\n",
    );
    const ubi = make(
      folder,
      ["ubinize", "-p", "128KiB", "-m", "2048", "-o", "ubi", "ubi.cfg"],
      "ubi",
    );
    const kernel = uimage(folder, payload(70_000, 2));
    const bytes = concat(kernel, new Uint8Array(0x40000 - kernel.length).fill(0xff), ubi);
    assert.deepEqual(formats(bytes), ["uimage", "ubi"]);
    assert.equal(inspectImage(bytes).kind, "factory");
  });

  for (const [flag, order] of [["-l", "little-endian"], ["-b", "big-endian"]] as const) {
    withTools(["mkfs.jffs2"], `reads a ${order} JFFS2`, (folder) => {
      mkdirSync(join(folder, "root"));
      writeFileSync(join(folder, "root", "file"), payload(2000, 6));
      const bytes = make(folder, ["mkfs.jffs2", flag, "-n", "-r", "root", "-o", "out"], "out");
      assert.deepEqual(formats(bytes), ["jffs2"]);
      assert.ok(textsOf(inspectImage(bytes)).includes(order));
    });
  }

  for (
    const [program, name, argv] of [
      ["gzip", "file.gz", ["gzip", "file"]],
      ["xz", "file.xz", ["xz", "file"]],
      ["bzip2", "file.bz2", ["bzip2", "file"]],
      ["zstd", "file.zst", ["zstd", "-q", "file"]],
      ["zip", "file.zip", ["zip", "-q", "file.zip", "file"]],
    ] as const
  ) {
    withTools([program], `says to unpack what ${program} made`, (folder) => {
      writeFileSync(join(folder, "file"), payload(100_000, 8));
      const findings = checkImage(inspectImage(make(folder, argv, name)));
      assert.equal(findings[0]?.code, "archive");
      assert.equal(findings[0]?.severity, "stop");
    });
  }

  withTools(
    ["tar"],
    "tells a sysupgrade archive from any other tar, and misses a torn end",
    (folder) => {
      const inner = join(folder, "sysupgrade-acme_router");
      mkdirSync(inner);
      writeFileSync(join(inner, "CONTROL"), "BOARD=acme_router\n");
      writeFileSync(join(inner, "kernel"), payload(70_000, 1));
      writeFileSync(join(inner, "root"), payload(70_000, 2));
      const tar = make(
        folder,
        ["tar", "--format=ustar", "-cf", "out", "sysupgrade-acme_router"],
        "out",
      );
      const inspection = inspectImage(tar);
      assert.equal(inspection.kind, "sysupgrade");
      assert.ok(inspection.marks.some(({ value }) => value === "acme_router"));
      assert.equal(inspectImage(withMetadata(tar, METADATA)).integrity, "whole");
      assert.equal(inspectImage(tar.subarray(0, 100_000)).integrity, "truncated");
      const other = make(
        folder,
        ["tar", "--format=ustar", "-cf", "out", "-C", inner, "kernel"],
        "out",
      );
      assert.deepEqual(formats(other)[0], "tar");
    },
  );
});

function indexOf(bytes: Uint8Array, wanted: Uint8Array): number {
  const text = new TextDecoder("latin1");
  return text.decode(bytes).indexOf(text.decode(wanted));
}

const FIT_SOURCE = `/dts-v1/;
/ {
  description = "ARM64 OpenWrt FIT";
  images {
    kernel-1 {
      description = "kernel"; data = /incbin/("kernel"); type = "kernel"; arch = "arm64";
      os = "linux"; compression = "gzip"; load = <0x44000000>; entry = <0x44000000>;
      hash-1 { algo = "crc32"; }; hash-2 { algo = "sha1"; };
    };
    fdt-1 {
      description = "dtb"; data = /incbin/("dtb"); type = "flat_dt"; arch = "arm64";
      compression = "none";
      hash-1 { algo = "md5"; }; hash-2 { algo = "sha256"; };
    };
  };
  configurations {
    default = "config-1";
    config-1 {
      description = "OpenWrt acme_router"; kernel = "kernel-1"; fdt = "fdt-1";
      compatible = "acme,router";
    };
  };
};
`;
