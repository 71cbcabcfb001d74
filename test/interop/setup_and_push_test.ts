/**
 * A whole recovery from the command line, in two namespaces: prepare the computer, push into a
 * bootloader that appears late, put everything back.
 *
 * @module
 */
import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { fromFileUrl } from "@std/path";
import type { AppendDeviceReport } from "../support/append_device.ts";
import {
  type Cable,
  DEVICE_ADDRESS,
  HOST_ADDRESS,
  HOST_INTERFACE,
  layCable,
} from "../support/network_namespace.ts";
import { canTest } from "../support/peers.ts";
import { runProgram, startProcess } from "../support/process.ts";
import { startUnbrick } from "../support/running_unbrick.ts";
import { assertSameBytes, makeFolder, testBytes } from "../support/test_files.ts";
import { unbrickArgv } from "../support/unbrick_process.ts";

const IMAGE = testBytes(200_000);
const DEVICE_PROGRAM = fromFileUrl(new URL("../support/append_device.ts", import.meta.url));

/** Everything a preparation may touch at the computer's end. */
async function dump(cable: Cable): Promise<string> {
  const looks = [
    ["ip", "-4", "-j", "addr"],
    ["ip", "-4", "-j", "route", "show", "table", "all"],
    // What the kernel learns by itself, such as the router's MAC, comes and goes.
    ["ip", "-4", "-j", "neigh", "show", "nud", "permanent"],
    ["sysctl", "net.ipv4.ip_unprivileged_port_start", `net.ipv4.neigh.${HOST_INTERFACE}`],
    ["nft", "list", "ruleset"],
  ];
  const texts = [];
  for (const look of looks) {
    texts.push((await runProgram([...cable.under("host"), ...look])).stdout);
  }
  return texts.join("\n");
}

describe("unbrick setup, push and setup --undo", () => {
  const title = "unbrick setup, push and setup --undo";
  if (!canTest(title, { programs: ["ip"], root: true })) return;

  it("recovers a router that appears late, and leaves the computer as it was", async () => {
    await using folder = makeFolder();
    await using cable = await layCable();
    await Deno.writeFile(folder.file("fw.bin"), IMAGE);
    await cable.setLink("host", true);
    await cable.setLink("device", true);
    const env = { XDG_STATE_HOME: folder.path };
    const setup = (...args: string[]) =>
      runProgram([...cable.under("host"), ...unbrickArgv(["setup", ...args])], { env });
    const before = await dump(cable);
    await cable.setLink("device", false);

    const goal = ["--interface", HOST_INTERFACE, "--address", `${HOST_ADDRESS}/24`];
    const prepared = await setup(
      ...goal,
      ...["--device-ip", DEVICE_ADDRESS, "--push", "--run", "--yes"],
    );
    assert.equal(prepared.code, 0, prepared.stdout + prepared.stderr);

    await using push = startUnbrick(
      ["push", folder.file("fw.bin"), DEVICE_ADDRESS, "--interval", "20", "--trace"],
      { under: cable.under("host") },
    );
    await push.stderr.waitFor((line) => line.includes(" sent WRQ "), "requests", 5);
    await cable.setAddress("device", true);
    await cable.setLink("device", true);
    await using device = startProcess([
      ...cable.under("device"),
      ...[Deno.execPath(), "run", "-q", "-A", "--unstable-net", "--no-config", DEVICE_PROGRAM],
      ...[DEVICE_ADDRESS, folder.file("flash")],
    ]);
    assert.equal(await push.end(), 0, push.stderr.lines.slice(-5).join("\n"));
    assert.equal(await device.end(), 0);
    assertSameBytes(await Deno.readFile(folder.file("flash")), IMAGE, "what the router received");
    const report = JSON.parse(device.stdout.lines.at(-1)!) as AppendDeviceReport;
    assert.deepEqual([report.firstBlocks, report.others], [1, 0]);

    const undone = await setup("--undo");
    assert.equal(undone.code, 0, undone.stdout + undone.stderr);
    assert.equal(await dump(cable), before);
  });
});
