import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { likelyDevices, likelyDevicesTeller } from "../../../lib/recovery/likely_devices.ts";
import type { TransferEvent } from "../../../lib/tftp/events.ts";

const refused = (name: string): TransferEvent => ({
  event: "request",
  peer: "192.168.0.2:2439",
  op: "RRQ",
  name,
  mode: "octet",
  options: {},
  served: false,
  reason: "no image is served under that name",
});

const KNOWN = "ArcherC7v5_tp_recovery.bin";

describe("likelyDevices", () => {
  it("names the devices that ask for a name", async () => {
    const likely = await likelyDevices(refused(KNOWN));
    assert.ok(likely?.event === "likely");
    assert.match(likely.devices.map(({ name }) => name).join(), /Archer C7/);
  });

  it("knows nothing of a served request, and does not look into endless names", async () => {
    assert.equal(
      await likelyDevices({ event: "listening", address: "0.0.0.0", port: 69 }),
      undefined,
    );
    assert.equal(await likelyDevices(refused(KNOWN + "x".repeat(60_000))), undefined);
  });
});

describe("likelyDevicesTeller", () => {
  it("searches for one request of a flood, and for the next one after a pause", async () => {
    let now = 0;
    const told: TransferEvent[] = [];
    let arrived = (): void => {};
    const tell = likelyDevicesTeller({ now: () => now }, (event) => {
      told.push(event);
      arrived();
    });
    const nextTold = (): Promise<void> => new Promise((resolve) => arrived = resolve);
    const first = nextTold();
    for (let count = 0; count < 1000; count++) tell(refused(KNOWN));
    await first;
    now = 60;
    const second = nextTold();
    tell(refused(KNOWN));
    await second;
    assert.equal(told.length, 2);
  });
});
