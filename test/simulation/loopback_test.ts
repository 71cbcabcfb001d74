import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { createDenoHost } from "../../lib/host/deno_host.ts";
import { push } from "../../lib/recovery/client_run.ts";
import { createAsus } from "../../lib/simulator/asus.ts";
import type { Bootloader } from "../../lib/simulator/bootloader.ts";
import { createCfe } from "../../lib/simulator/cfe.ts";
import { powerOn, type PowerOnOptions } from "../../lib/simulator/power_on.ts";
import { createPullingBootloader } from "../../lib/simulator/pulling.ts";
import { EDK2, REDBOOT, UBOOT } from "../../lib/simulator/pulling_profiles.ts";
import { createTftpsrv } from "../../lib/simulator/tftpsrv.ts";
import { createUbiquiti } from "../../lib/simulator/ubiquiti.ts";
import { startServer } from "../../lib/tftp/server.ts";
import { makeImage, memoryFiles, sameBytes } from "./two_computers.ts";

const LOOPBACK = "127.0.0.1";
const host = createDenoHost();

/** Switches a device on; settles when it has reached its end. */
function ends(
  bootloader: Bootloader,
): [ReturnType<typeof powerOn>, Promise<void>] {
  let settle = (): void => {};
  const atEnd = new Promise<void>((resolve) => settle = resolve);
  const options: PowerOnOptions = {
    address: LOOPBACK,
    // Any port: 69 needs privileges, and tests run side by side.
    mapPort: () => 0,
    onChange({ phase }) {
      if (phase === "accepted" || phase === "gave-up") settle();
    },
  };
  return [powerOn(host, bootloader, options), atEnd];
}

describe("simulated bootloaders on real sockets", () => {
  it("pull from the real server on loopback", async () => {
    const image = makeImage(30_000);
    const server = startServer(host, {
      listen: [{ hostname: LOOPBACK, port: 0 }],
      files: memoryFiles(image),
      allowed: () => [{ address: 0x7f000000, prefixLength: 8 }],
      singlePort: false,
      offerOptions: true,
      maxTransfers: 10,
      once: false,
      giveUpMs: 60_000,
      rollover: 0,
      describeFailure: () => ({ code: "unexpected", message: "failed", hint: "" }),
      onEvent: () => {},
    });
    const goal = { server: server.listening[0]!, filename: "a.bin" };
    try {
      for (const profile of [UBOOT, REDBOOT, EDK2]) {
        const bootloader = createPullingBootloader(profile, goal);
        const [device, atEnd] = ends(bootloader);
        await atEnd;
        device.powerOff();
        assert.ok(sameBytes(bootloader.image ?? new Uint8Array(0), image));
      }
    } finally {
      server.close();
    }
  });

  it("take what the real client pushes on loopback", async () => {
    const image = makeImage(30_000);
    const devices = [createCfe(), createAsus({ flashMs: 0 }), createUbiquiti(), createTftpsrv()];
    // At the same time, since most wait a moment for a verdict that does not come.
    await Promise.all(devices.map(async (bootloader) => {
      const [device, atEnd] = ends(bootloader);
      const end = await push(host, {
        hostname: LOOPBACK,
        port: device.realPort(69)!,
        localAddress: LOOPBACK,
        remoteName: "a.bin",
        blksize: undefined,
        windowsize: undefined,
        intervalMs: 200,
        waitMs: 20_000,
        giveUpMs: 60_000,
        onEvent: () => {},
        signal: new AbortController().signal,
        image: { name: "a.bin", bytes: image, sha256: "" },
        rollover: 0,
      });
      await atEnd;
      device.powerOff();
      assert.equal(end.event === "completed" ? end.outcome : end.message, "acknowledged");
      assert.ok(sameBytes(bootloader.image ?? new Uint8Array(0), image));
    }));
  });
});
