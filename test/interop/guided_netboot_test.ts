/**
 * The guide in a terminal, on a real cable: a boot loader that knows plain BOOTP only asks, a person
 * says that it is the router, and what it has loaded answers at 192.168.1.1.
 *
 * @module
 */
import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { type Cable, makeCable } from "../support/namespaces.ts";
import { canTest } from "../support/peers.ts";
import { runProgram, startProcess } from "../support/process.ts";
import { saySkipped } from "../support/say_skipped.ts";
import { makeFolder, testBytes } from "../support/test_files.ts";
import { hasTmux, startProgramInTmux, type Tmux } from "../support/tmux.ts";
import { unbrickArgv } from "../support/unbrick_process.ts";
import { until } from "../support/waiting.ts";

const MAC = "4c:5e:0c:01:02:03";

async function addressesOf({ computer }: Cable): Promise<string> {
  return (await runProgram(computer.argv("ip", "-4", "addr", "show", "dev", "h0"))).stdout;
}

/** From the first question to the moment in which the router may be switched on. */
async function toWaiting(terminal: Tmux, image: string): Promise<void> {
  await terminal.shows("Which router is it?");
  await terminal.press("Down", "Enter");
  await terminal.shows("Who asks whom?");
  await terminal.press("Down", "Down", "Enter");
  await terminal.shows("Is that it?");
  await terminal.press("Enter");
  await terminal.shows("Path of the image");
  await terminal.paste(image);
  await terminal.shows("rb.elf");
  await terminal.press("Enter");
  await terminal.shows('Type "yes"');
  await terminal.press("y", "e", "s", "Enter");
  // Only the cable of this test may be prepared.
  await terminal.shows(/Which socket has the cable\?\n.*h0, wired/);
  await terminal.press("Enter");
  await terminal.shows("Who runs these commands?");
  await terminal.press("Enter");
  await terminal.shows("Waiting for the router to ask for an address");
}

describe("the guide with a router that netboots", () => {
  if (!canTest("the guide on a cable", { programs: ["ip"], root: true })) return;

  it("answers nobody before the person says yes, and then recovers", async () => {
    if (!await hasTmux()) return saySkipped("the guide on a cable", "no tmux");
    await using folder = makeFolder();
    await Deno.writeFile(folder.file("rb.elf"), testBytes(100_000));
    await using cable = await makeCable();
    const { computer, device } = cable;
    await device.ip("link", "set", "d0", "address", MAC);
    const guide = unbrickArgv(["h0"], "test/support/wired_unbrick.ts");
    await using terminal = await startProgramInTmux(computer.argv(...guide), {
      ...{ columns: 80, rows: 24, env: { HOME: folder.path, DENO_DIR: await denoFolder() } },
    });
    await toWaiting(terminal, folder.file("rb.elf"));
    assert.match(await addressesOf(cable), /inet 192\.168\.1\.10\/24/);
    const client = unbrickArgv(["d0", MAC], "test/support/plain_bootp_client.ts");
    await using booting = startProcess(device.argv(...client));
    await terminal.shows(/MikroTik 4C:5E:0C:01:02:03[^]*Is that your router\?/);
    assert.deepEqual(booting.stdout.lines, []);
    await terminal.press("y");
    await booting.stdout.waitFor((line) => line.endsWith(" rb.elf 100000"), "the image");
    await terminal.shows("7 of 8");
    // What it has loaded starts, with an address of its own.
    const start = () => device.ip("addr", "add", "192.168.1.1/24", "dev", "d0");
    await device.ip("addr", "flush", "dev", "d0");
    await start();
    if ((await terminal.shows(/still answers|The router is back/)).includes("still answers")) {
      // It was quicker than the first look of a busy computer: it restarts.
      await device.ip("addr", "flush", "dev", "d0");
      await terminal.shows("No answer to ping yet");
      await start();
    }
    await terminal.shows("The router is back: 192.168.1.1");
    await terminal.shows("Put this computer back");
    await terminal.press("Enter");
    await terminal.shows("This computer is as it was");
    assert.equal((await terminal.left()).code, 0);
    await until(
      "the end of the address",
      async () => !(await addressesOf(cable)).includes("192.168.1.10/"),
    );
  });
});

/** Where this Deno has its packages: the program has another home. */
async function denoFolder(): Promise<string> {
  const { stdout } = await runProgram([Deno.execPath(), "info", "--json"]);
  return JSON.parse(stdout).denoDir;
}
