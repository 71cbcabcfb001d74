/**
 * `unbrick bootp` against a real UEFI (EDK2, Debian's package ovmf) and against a plain BOOTP client
 * of the old school (Debian's package bootpc).
 *
 * @module
 */
import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { makeCable, makeTap } from "../support/namespaces.ts";
import { canTest } from "../support/peers.ts";
import { runProgram, startProcess } from "../support/process.ts";
import { makeFolder, testBytes } from "../support/test_files.ts";
import { startUnbrickIn } from "../support/unbrick_in_namespace.ts";

/** UEFI for a PC, without keys of anybody. */
const FIRMWARE = "/usr/share/OVMF/OVMF_CODE_4M.fd";

describe("UEFI", () => {
  const needs = { programs: ["ip", "qemu-system-x86_64"], files: [FIRMWARE], root: true } as const;
  if (!canTest("UEFI", needs)) return;

  it("asks for the size alone, ends that on purpose, and then loads: no failure is told", async () => {
    await using folder = makeFolder();
    const program = testBytes(200_000);
    await Deno.writeFile(folder.file("boot.efi"), program);
    await using tap = await makeTap();
    await using unbrick = startUnbrickIn(tap, "t0", [
      ...["bootp", folder.file("boot.efi"), "--interface", "t0"],
    ]);
    await unbrick.waitFor("bootp-listening");
    await using _machine = startProcess(tap.argv(
      ...["qemu-system-x86_64", "-M", "q35", "-m", "256", "-display", "none", "-no-reboot"],
      ...["-monitor", "none", "-serial", "none", "-nic", "none"],
      ...["-drive", `if=pflash,format=raw,unit=0,readonly=on,file=${FIRMWARE}`],
      ...["-netdev", "tap,id=n0,ifname=t0,script=no,downscript=no"],
      // Without the card's own iPXE, so that UEFI's driver asks.
      ...["-device", "virtio-net-pci,netdev=n0,romfile=,mac=52:54:00:12:34:56"],
    ));
    const client = await unbrick.waitFor("bootp-client");
    assert.deepEqual([client.program, client.architecture], ["PXE", "x64 UEFI"]);
    const completed = await unbrick.waitFor("completed");
    assert.equal(completed.bytes, program.length);
    await unbrick.waitFor("bootp-stopped");
    const requests = unbrick.events().filter(({ event }) => event === "request");
    assert.deepEqual(requests.map(({ options }) => options), [
      { tsize: "0", blksize: "1468", windowsize: "4" },
      { blksize: "1468", windowsize: "4" },
    ]);
    assert.deepEqual(unbrick.events().filter(({ event }) => event === "failed"), []);
    assert.equal(await unbrick.process.end(), 0);
  });
});

describe("bootpc", () => {
  if (!canTest("bootpc", { programs: ["ip", "bootpc"], root: true })) return;

  it("is told address, server and file by plain BOOTP", async () => {
    await using folder = makeFolder();
    await Deno.writeFile(folder.file("rb.elf"), testBytes(1000));
    await using cable = await makeCable();
    await using unbrick = startUnbrickIn(cable.computer, "h0", [
      ...["bootp", folder.file("rb.elf"), "--interface", "h0", "--bootp-only"],
    ]);
    await unbrick.waitFor("bootp-listening");
    // It sends where routes lead, and hears broadcasts only.
    await cable.device.ip("route", "add", "default", "dev", "d0");
    const { code, stdout, stderr } = await runProgram(
      cable.device.argv("bootpc", "--dev", "d0", "--timeoutwait", "20", "--returniffail"),
    );
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^IPADDR='192\.168\.1\.1\d\d'$/m);
    assert.match(stdout, /^SERVER='192\.168\.1\.2'$/m);
    assert.match(stdout, /^BOOTFILE='rb\.elf'$/m);
    const client = await unbrick.waitFor("bootp-client");
    assert.equal(client.protocol, "BOOTP");
  });
});
