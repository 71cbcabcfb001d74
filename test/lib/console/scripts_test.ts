import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import {
  checkLine,
  LOADER_NAMES,
  type LoaderName,
  writesFlash,
} from "../../../lib/console/loaders.ts";
import {
  consoleScript,
  isElf,
  type ScriptGoal,
  typableName,
} from "../../../lib/console/scripts.ts";
import { parseIpv4 } from "../../../lib/net/ipv4.ts";

function goal(loader: LoaderName, change: Partial<ScriptGoal> = {}): ScriptGoal {
  return {
    loader,
    device: parseIpv4("192.168.1.1")!,
    server: parseIpv4("192.168.1.2")!,
    prefixLength: 24,
    file: "fw.elf",
    bytes: 3_000_000,
    isElf: true,
    loadAddress: 0x81000000,
    flashAddress: 0x9f020000,
    ...change,
  };
}

function texts(lines: readonly { readonly text: string }[]): string[] {
  return lines.map(({ text }) => text);
}

describe("consoleScript()", () => {
  it("starts an image from U-Boot's memory, and writes it to NOR with its size filled in", () => {
    const { memory, flash } = consoleScript(goal("u-boot", { isElf: false, file: "fw.bin" }));
    assert.deepEqual(texts(memory), [
      "setenv ipaddr 192.168.1.1",
      "setenv netmask 255.255.255.0",
      "setenv serverip 192.168.1.2",
      "ping 192.168.1.2",
      "tftpboot 0x81000000 fw.bin",
      "bootm 0x81000000",
    ]);
    assert.deepEqual(texts(flash), [
      "tftpboot 0x81000000 fw.bin",
      "erase 0x9f020000 +0x2dc6c0",
      "cp.b 0x81000000 0x9f020000 0x2dc6c0",
      "bootm 0x9f020000",
    ]);
    assert.equal(texts(consoleScript(goal("u-boot")).memory).at(-1), "bootelf 0x81000000");
  });

  it("starts an ELF from CFE and from RedBoot", () => {
    assert.deepEqual(texts(consoleScript(goal("cfe")).memory), [
      "ifconfig eth0 -addr=192.168.1.1 -mask=255.255.255.0 -gw=192.168.1.2",
      "ping 192.168.1.2",
      "boot -tftp -elf 192.168.1.2:fw.elf",
    ]);
    assert.deepEqual(texts(consoleScript(goal("redboot")).memory), [
      "ip_address -l 192.168.1.1/24 -h 192.168.1.2",
      "load -m tftp fw.elf",
      "go",
    ]);
  });

  it("lets RedBoot find the free memory by itself", () => {
    const { flash } = consoleScript(goal("redboot", { loadAddress: undefined, isElf: false }));
    assert.deepEqual(texts(flash), [
      "ip_address -l 192.168.1.1/24 -h 192.168.1.2",
      "load -r -b %{FREEMEMLO} -m tftp fw.elf",
      "fis create -e 0x9f020000 -r 0x9f020000 fw.elf",
    ]);
  });

  it("puts no line that writes flash anywhere but under flash, for any choice", () => {
    for (const loader of LOADER_NAMES) {
      for (const elf of [true, false]) {
        for (const address of [undefined, 0x81000000]) {
          const script = consoleScript(
            goal(loader, { isElf: elf, loadAddress: address, flashAddress: address }),
          );
          for (const { text } of [...script.look, ...script.memory]) {
            assert.ok(!writesFlash(loader, text), text);
          }
          if (script.flash.length > 0) {
            assert.ok(script.flash.some(({ text }) => writesFlash(loader, text)), loader);
          }
          for (const { text } of [...script.look, ...script.memory, ...script.flash]) {
            checkLine(loader, text);
          }
        }
      }
    }
  });

  it("writes no flash without knowing where", () => {
    for (const loader of ["u-boot", "redboot"] as const) {
      const { flash, notes } = consoleScript(goal(loader, { flashAddress: undefined }));
      assert.deepEqual(flash, []);
      assert.ok(notes.some((note) => note.includes("--flash")));
    }
  });

  it("says that RedBoot never ends a load of more than 65535 blocks", () => {
    const notes = (bytes: number) => consoleScript(goal("redboot", { bytes })).notes.join("\n");
    assert.doesNotMatch(notes(65_535 * 512), /at most/);
    assert.match(notes(65_535 * 512 + 1), /at most 33553920/);
  });
});

describe("typableName()", () => {
  it("leaves plain names alone, and takes out what a console reads as something else", () => {
    assert.equal(typableName("openwrt-23.05_a.bin"), "openwrt-23.05_a.bin");
    assert.equal(typableName("my fw (1).bin"), "my_fw__1_.bin");
    assert.equal(typableName("a$b;c'd\"e\\f&g|hü.bin"), "a_b_c_d_e_f_g_h_.bin");
    assert.equal(typableName("-r.bin"), "_r.bin");
  });
});

describe("isElf()", () => {
  it("looks at the first four bytes", () => {
    assert.ok(isElf(Uint8Array.of(0x7f, 0x45, 0x4c, 0x46, 1)));
    assert.ok(!isElf(Uint8Array.of(0x7f, 0x45, 0x4c)));
    assert.ok(!isElf(new Uint8Array(4)));
  });
});
