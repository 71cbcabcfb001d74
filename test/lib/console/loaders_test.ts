import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import {
  checkLine,
  consoleKind,
  type LoaderName,
  saysFailure,
  writesFlash,
} from "../../../lib/console/loaders.ts";
import { UnbrickError } from "../../../lib/errors.ts";

const PROMPTS: Readonly<Record<LoaderName, readonly string[]>> = {
  "u-boot": ["=> ", "ar7240> ", "MT7621 # ", "hornet> ", "maltael # ", "(IPQ) # ", "U-Boot> "],
  "cfe": ["CFE> ", "CFE>"],
  "redboot": ["RedBoot> ", "RedBoot(tm)> ", "ap61> "],
};

const WRITES: Readonly<Record<LoaderName, readonly string[]>> = {
  "u-boot": [
    "erase 0x9f020000 +0x7c0000",
    "cp.b 0x80060000 0x9f020000 0x7c0000",
    "protect off all",
    "saveenv",
    "env save",
    "nand erase.part ubi",
    "nand write.e $loadaddr 0 1000",
    "sf update 0x80000000 0 1000",
    "mmc write 0 0 1",
    "mtd write firmware 0x80000000",
    "ubi write 0x80000000 rootfs 100",
    "run lf",
    "upgrade code.bin",
    "tftp 0x80060000 fw.bin && erase 0x9f020000 +1; echo done",
    "fw_recovery",
  ],
  "cfe": ["flash -noheader : flash0.trx", "upgrade code.bin", "nvram erase", "nvram set a=b"],
  "redboot": [
    "fis init",
    "fis create -e 0x80041000 vmlinux",
    "fis erase -f 0xa8030000 -l 0x7c0000",
    "fis delete rootfs",
    "fis write -b 0x80040000 -f 0xa8030000 -l 1000",
    "fconfig",
    "fconfig boot_script true",
  ],
};

const HARMLESS: Readonly<Record<LoaderName, readonly string[]>> = {
  "u-boot": [
    "printenv bootcmd",
    "setenv ipaddr 192.168.1.1",
    "tftpboot 0x81000000 fw.bin",
    "ping 192.168.1.2",
    "bootm 0x81000000",
    "md.b 0x9f000000 100",
    "nand info",
    "crc32 0x81000000 100",
    "echo cpu",
  ],
  "cfe": ["show devices", "nvram show", "ifconfig eth0 -addr=192.168.1.1", "boot -tftp -elf a:b"],
  "redboot": [
    "fis list",
    "fis free",
    "fis load vmlinux",
    "fconfig -l",
    "load -r -b %{FREEMEMLO} -m tftp fw",
    "go",
    "version",
    "ip_address -l 192.168.1.1/24 -h 192.168.1.2",
  ],
};

describe("consoleKind()", () => {
  it("knows the prompts of boot loaders, and an unusual one that is named", () => {
    for (const [loader, prompts] of Object.entries(PROMPTS)) {
      for (const prompt of prompts) {
        assert.match(prompt, consoleKind(loader as LoaderName, false).prompt);
      }
    }
    const { prompt } = consoleKind("redboot", true, "board(1)$ ");
    assert.match("board(1)$ ", prompt);
    assert.match("x board(1)$", prompt);
    assert.doesNotMatch("board1", prompt);
  });

  it("does not take ordinary lines for prompts", () => {
    for (const loader of Object.keys(PROMPTS) as LoaderName[]) {
      const { prompt } = consoleKind(loader, false);
      for (
        const text of ["", "Loading: ", "## Booting kernel", "Hit any key to stop autoboot:  3"]
      ) {
        assert.doesNotMatch(text, prompt, `${loader} ${text}`);
      }
    }
  });
});

describe("writesFlash()", () => {
  it("knows every line that writes flash, and those that do not", () => {
    for (const loader of Object.keys(WRITES) as LoaderName[]) {
      for (const line of WRITES[loader]) assert.ok(writesFlash(loader, line), line);
      for (const line of HARMLESS[loader]) assert.ok(!writesFlash(loader, line), line);
    }
  });
});

describe("saysFailure()", () => {
  it("knows what goes wrong with a load, and what does not", () => {
    const failures: readonly (readonly [LoaderName, string])[] = [
      ["u-boot", "TFTP error: 'File not found' (1)\nNot retrying...\n"],
      ["u-boot", "Retry count exceeded; starting again\n"],
      ["u-boot", "Unknown command 'tftpboot' - try 'help'\n"],
      ["cfe", "*** command status = -21\n"],
      ["redboot", "Can't load 'fw': operation timed out\n"],
      ["redboot", '** Error: Illegal command: "fas"\n'],
    ];
    for (const [loader, text] of failures) assert.ok(saysFailure(loader, text), text);
    assert.ok(!saysFailure("u-boot", "Bytes transferred = 1500000 (16e360 hex)\n"));
    assert.ok(!saysFailure("cfe", "*** command status = 0\n"));
    assert.ok(!saysFailure("redboot", "Raw file loaded 0x80040400-0x801bffff, assumed entry\n"));
  });
});

describe("checkLine()", () => {
  it("never lets a dollar sign through to RedBoot", () => {
    const isUsage = (error: unknown) => error instanceof UnbrickError && error.code === "usage";
    for (const line of ["$", "load $FREEMEMLO", "echo a$b"]) {
      assert.throws(() => checkLine("redboot", line), isUsage, line);
      checkLine("u-boot", line);
    }
    checkLine("redboot", "load -r -b %{FREEMEMLO} -m tftp fw");
    for (const loader of ["u-boot", "cfe", "redboot"] as const) {
      assert.throws(() => checkLine(loader, "a\nb"), isUsage);
      assert.throws(() => checkLine(loader, "\u00e4"), isUsage);
    }
  });
});
