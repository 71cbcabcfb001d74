// `unbrick redboot --device` against the simulated console, in virtual time.
import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { UnbrickError } from "../../../lib/errors.ts";
import { SimulatedNetwork } from "../../../lib/simulator/network.ts";
import { powerOn } from "../../../lib/simulator/power_on.ts";
import { createPullingBootloader } from "../../../lib/simulator/pulling.ts";
import { REDBOOT } from "../../../lib/simulator/pulling_profiles.ts";
import { createRedbootConsole } from "../../../lib/simulator/redboot_console.ts";
import { redbootCommand } from "../../../tui/commands/redboot.ts";
import { commandHost, NOT_FOUND } from "../../support/command_host.ts";
import { recordingContext } from "../../support/recording_context.ts";
import { settleInVirtualTime } from "../../support/virtual_time.ts";

const DEVICE = ["--device", "fon-la-fonera-fon2100-2200"];
const FILES = ["/fw/vmlinux.lzma", "/fw/root.squashfs"];

/** Runs the command while such a device is switched on; `typed` is what the person types. */
async function run(args: readonly string[], typed: readonly string[]) {
  const network = new SimulatedNetwork();
  const own = network.plug("192.168.1.2");
  const router = network.plug("192.168.1.254");
  const device = createRedbootConsole(
    { windowMs: 2000, flashMs: 10_000 },
    (goal) => createPullingBootloader(REDBOOT, goal),
  );
  const powered = powerOn(router.host, device, { address: "192.168.1.254" });
  const { host, state } = commandHost("linux", () => NOT_FOUND);
  state.files.set(FILES[0]!, "the kernel. ".repeat(9000));
  state.files.set(FILES[1]!, "the root file system. ".repeat(9000));
  const recording = recordingContext({
    ...host,
    ...own.host,
    connect: (_to, handlers) => powered.connect(handlers, 1),
  });
  const lines = [...typed];
  const input = {
    read(into: Uint8Array) {
      const line = lines.shift();
      if (line === undefined) return Promise.resolve(null);
      return Promise.resolve(new TextEncoder().encodeInto(`${line}\n`, into).written);
    },
    setRaw: () => {},
  };
  const command = redbootCommand({ ...recording.context, input }).noExit();
  let failure: unknown;
  await settleInVirtualTime(
    network,
    command.parse([...args]).then(() => {}, (error) => void (failure = error)),
  );
  return { ...recording, device, failure };
}

function hasCode(failure: unknown, code: string): boolean {
  return failure instanceof UnbrickError && failure.code === code;
}

describe("unbrick redboot --device", () => {
  it("serves the files, types the script, and writes after a word for each line", async () => {
    const { device, failure, stdout, stderr } = await run([...FILES, ...DEVICE], [
      "write",
      "write",
      "write",
    ]);
    assert.equal(failure, undefined);
    assert.equal(device.phase, "accepted");
    assert.equal(new TextDecoder().decode(device.image).slice(0, 20), "the root file system");
    assert.match(stdout(), /Serving "vmlinux\.lzma" .*, as "kernel"/);
    assert.match(stdout(), /\[unbrick types: fis create -l 0x006f0000 rootfs\]/);
    assert.equal(stderr().match(/This line writes flash/g)?.length, 3);
  });

  it("takes another address than the catalogue's when it is named", async () => {
    const { stdout, failure } = await run(["192.168.1.254", ...FILES, ...DEVICE], ["no"]);
    assert.ok(hasCode(failure, "interrupted"));
    assert.match(stdout(), /Knocking at 192\.168\.1\.254 port 9000/);
  });

  it("sends no line that writes without the word, and none after it", async () => {
    const { device, failure, stdout } = await run([...FILES, ...DEVICE], ["write", "y"]);
    assert.ok(hasCode(failure, "interrupted"));
    assert.doesNotMatch(stdout(), /unbrick types: fis create/);
    assert.equal(device.image, undefined);
  });

  it("wants the files that the script loads, and a device with such a console", async () => {
    const one = await run([FILES[0]!, ...DEVICE], []);
    assert.ok(hasCode(one.failure, "usage"));
    assert.match(String((one.failure as UnbrickError).hint), /kernel, .*; root file system/);
    const other = await run([...FILES, "--device", "tp-link-archer-c7-v5"], []);
    assert.ok(hasCode(other.failure, "usage"));
    assert.ok(hasCode((await run([], [])).failure, "usage"));
  });
});
