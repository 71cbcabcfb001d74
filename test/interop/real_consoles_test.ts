/**
 * `unbrick redboot` and `unbrick console --port` against the console of a real boot loader: Debian's
 * U-Boot, whose prompt stands in for RedBoot's on telnet and for a router's on a serial line.
 *
 * @module
 */
import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { crc32 } from "node:zlib";
import { fromFileUrl } from "@std/path";
import { PERMISSION_FLAGS } from "../../tools/build/run_flags.ts";
import { boardArgv, boardFiles, loadAddressOf } from "../support/boot_loader.ts";
import { makeTap, OUR_ADDRESS } from "../support/namespaces.ts";
import { canTest } from "../support/peers.ts";
import { type RunningProcess, startProcess } from "../support/process.ts";
import { makeFolder, testBytes } from "../support/test_files.ts";
import { startUnbrickIn } from "../support/unbrick_in_namespace.ts";
import { packageFlags } from "../support/unbrick_process.ts";

const IMAGE = testBytes(300_000);
const LOAD = loadAddressOf("malta");
const CRC = crc32(IMAGE).toString(16).padStart(8, "0");

/** The serial port of a virtual machine that was started with one. */
async function portOf(device: RunningProcess): Promise<string> {
  const line = await device.stdout.waitFor((text) => text.includes("/dev/pts/"), "the terminal");
  return /\/dev\/pts\/\d+/.exec(line)![0];
}

function textOf(events: readonly Readonly<Record<string, unknown>>[]): string {
  return events.map(({ event, text }) => event === "console-text" ? text : "").join("");
}

describe("a real boot loader's console", () => {
  const { program, image } = boardFiles("malta");
  const needs = { programs: ["ip", program], files: [image], root: true } as const;
  if (!canTest("the consoles of U-Boot", needs)) return;

  it("on telnet is knocked at until the device is on, caught, and told to load", async () => {
    await using folder = makeFolder();
    await using tap = await makeTap();
    await Deno.writeFile(folder.file("fw.bin"), IMAGE);
    const lines = [
      "# addresses first",
      "setenv ipaddr 192.168.1.1",
      `setenv serverip ${OUR_ADDRESS}`,
      `tftpboot ${LOAD} fw.bin`,
      `crc32 ${LOAD} ${IMAGE.length.toString(16)}`,
    ];
    await Deno.writeTextFile(folder.file("script"), lines.join("\n"));
    await using unbrick = startUnbrickIn(tap, "t0", [
      ...["redboot", "127.0.0.1", folder.file("fw.bin"), "--script", folder.file("script")],
      ...["--server", OUR_ADDRESS, "--prompt", "maltael # "],
    ]);
    await unbrick.waitFor("console-knocking");
    await unbrick.waitFor("listening");
    const serial = "telnet:127.0.0.1:9000,server=on,wait=on";
    await using _device = startProcess(await boardArgv("malta", tap, folder.path, serial));
    await unbrick.waitFor("console-caught");
    assert.equal(await unbrick.process.end(), 0);
    const events = unbrick.events();
    const typed = events.filter(({ event }) => event === "console-command");
    assert.deepEqual(typed.map(({ line }) => line), lines.slice(1));
    const text = textOf(events);
    assert.match(text, /Bytes transferred = 300000 /);
    assert.ok(text.includes(`==> ${CRC}`), text);
    // Telnet's own bytes are no text.
    assert.match(text, /^[\n\t\x20-\x7e]*$/);
  });

  it("stops a script at the first line that goes wrong, and asks before flash", async () => {
    await using folder = makeFolder();
    await using tap = await makeTap();
    const serial = "telnet:127.0.0.1:9000,server=on,wait=on";
    await using _device = startProcess(await boardArgv("malta", tap, folder.path, serial));
    const run = async (script: string): Promise<{ code: number; typed: unknown[] }> => {
      await Deno.writeTextFile(folder.file("script"), script);
      await using unbrick = startUnbrickIn(tap, "t0", [
        ...["redboot", "127.0.0.1", "--script", folder.file("script"), "--prompt", "maltael # "],
        ...["--server", OUR_ADDRESS],
      ]);
      const code = await unbrick.process.end();
      const typed = unbrick.events().filter(({ event }) => event === "console-command");
      return { code, typed: typed.map(({ line }) => line) };
    };
    assert.deepEqual(await run("echo one\nnosuchcommand is an error\necho two"), {
      code: 1,
      typed: ["echo one", "nosuchcommand is an error"],
    });
    // Standard input is at its end: nobody confirms.
    assert.deepEqual(await run("echo one\nfis init\necho two"), { code: 130, typed: ["echo one"] });
    assert.deepEqual(await run("echo one\necho $two"), { code: 2, typed: [] });
  });

  it("on a serial line is opened with the rights that users start the program with", async () => {
    await using folder = makeFolder();
    await using tap = await makeTap();
    await Deno.writeFile(folder.file("fw.bin"), IMAGE);
    await using device = startProcess(await boardArgv("malta", tap, folder.path, "pty"));
    await using unbrick = startProcess(tap.argv(
      ...[Deno.execPath(), "run", "-q", ...PERMISSION_FLAGS, "--no-lock", ...packageFlags()],
      ...[fromFileUrl(new URL("../../main.ts", import.meta.url)), "console"],
      ...[folder.file("fw.bin"), "--for", "u-boot", "--port", await portOf(device), "--json"],
      ...["--server", OUR_ADDRESS],
    ));
    await unbrick.stdout.waitFor((line) => line.includes('"console-caught"'), "the prompt");
    assert.deepEqual(unbrick.stderr.lines, []);
  });

  it("on a serial line is set up, caught, and typed into until the image is in memory", async () => {
    await using folder = makeFolder();
    await using tap = await makeTap();
    // A name that no console takes as it is.
    await Deno.writeFile(folder.file("my fw.bin"), IMAGE);
    await using device = startProcess(await boardArgv("malta", tap, folder.path, "pty"));
    const port = await portOf(device);
    await using unbrick = startUnbrickIn(tap, "t0", [
      ...["console", folder.file("my fw.bin"), "--for", "u-boot", "--load", LOAD, "--port", port],
      ...["--server", OUR_ADDRESS],
    ]);
    assert.equal(await unbrick.process.end(), 0);
    const events = unbrick.events();
    const typed = events.filter(({ event }) => event === "console-command");
    assert.deepEqual(typed.map((event) => event.line), [
      "setenv ipaddr 192.168.1.1",
      "setenv netmask 255.255.255.0",
      `setenv serverip ${OUR_ADDRESS}`,
      `ping ${OUR_ADDRESS}`,
      `tftpboot ${LOAD} my_fw.bin`,
      `bootm ${LOAD}`,
    ]);
    assert.match(textOf(events), /is alive[^]*Bytes transferred = 300000 /);
  });
});
