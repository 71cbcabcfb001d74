import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { planForAnswers, type RecoveryPlan } from "../../../lib/recovery/plan.ts";
import { startRecovery } from "../../../lib/recovery/recover.ts";
import type { RecoveryEvent } from "../../../lib/recovery/recovery.ts";
import { createCfe } from "../../../lib/simulator/cfe.ts";
import type { Bootloader } from "../../../lib/simulator/bootloader.ts";
import { SimulatedNetwork } from "../../../lib/simulator/network.ts";
import { powerOn } from "../../../lib/simulator/power_on.ts";
import { practiceImage } from "../../../lib/simulator/practice_run.ts";
import { createPullingBootloader } from "../../../lib/simulator/pulling.ts";
import { UBOOT } from "../../../lib/simulator/pulling_profiles.ts";
import { seededRandom } from "../../../lib/simulator/random.ts";
import { commandHost, NOT_FOUND } from "../../support/command_host.ts";
import { settleInVirtualTime } from "../../support/virtual_time.ts";

const PLAN: RecoveryPlan = {
  ...planForAnswers({ direction: "pulls", address: "192.168.1.254", name: "a.bin" }),
  direction: "either",
  device: ["192.168.1.1", "192.168.1.20"],
};

function scene(bootloader: Bootloader, address: string) {
  const network = new SimulatedNetwork();
  const own = network.plug("192.168.1.254");
  const router = network.plug(address);
  const events: RecoveryEvent[] = [];
  const image = practiceImage(seededRandom(1), 30_000);
  const connect = (): never => assert.fail("nobody has a console here");
  const host = { ...commandHost("linux", () => NOT_FOUND).host, ...own.host, connect };
  const starting = startRecovery(host, {
    plan: PLAN,
    image,
    listenPort: 69,
    devicePort: 69,
    onEvent: (event) => events.push(event),
  });
  return {
    network,
    events,
    image,
    starting,
    switchOn: () => powerOn(router.host, bootloader, { address }),
  };
}

describe("startRecovery() when nobody knows which way", () => {
  it("serves a router that asks", async () => {
    const server = { hostname: "192.168.1.254", port: 69 };
    const bootloader = createPullingBootloader(UBOOT, { server, filename: "a.bin" });
    const { network, image, starting, switchOn } = scene(bootloader, "192.168.1.1");
    const recovery = await settleInVirtualTime(network, starting);
    switchOn();
    const end = await settleInVirtualTime(network, recovery.finished);
    recovery.stop();
    assert.equal(end.event, "completed");
    assert.deepEqual(bootloader.image, image.bytes);
  });

  it("pushes into a router that listens, at any of the usual addresses", async () => {
    for (const address of ["192.168.1.1", "192.168.1.20"]) {
      const bootloader = createCfe();
      const { network, image, starting, switchOn, events } = scene(bootloader, address);
      const recovery = await settleInVirtualTime(network, starting);
      switchOn();
      const end = await settleInVirtualTime(network, recovery.finished);
      recovery.stop();
      assert.equal(end.event, "completed");
      assert.deepEqual(bootloader.image, image.bytes);
      const ids = new Set(events.flatMap((event) => "transfer" in event ? [event.transfer] : []));
      assert.equal(ids.size, 1, "the transfers of several clients are told apart");
    }
  });

  it("does not answer a name that nobody has agreed to, and gives it once somebody has", async () => {
    const server = { hostname: "192.168.1.254", port: 69 };
    const bootloader = createPullingBootloader(UBOOT, { server, filename: "other.bin" });
    const { network, starting, switchOn, events } = scene(bootloader, "192.168.1.1");
    const recovery = await settleInVirtualTime(network, starting);
    switchOn();
    network.timeline.runUntil(network.now + 12_000);
    const asked = events.filter((event) => event.event === "request");
    assert.ok(asked.length >= 2, "it asks again because it was told nothing");
    assert.ok(asked.every((event) => !event.served));
    recovery.giveUnder("other.bin");
    const end = await settleInVirtualTime(network, recovery.finished);
    recovery.stop();
    assert.equal(end.event, "completed");
  });

  it("stops without a further event", async () => {
    const { network, starting, events } = scene(createCfe(), "192.168.1.1");
    const recovery = await settleInVirtualTime(network, starting);
    network.timeline.runUntil(network.now + 1000);
    recovery.stop();
    network.timeline.runUntil(network.now + 5000);
    assert.ok(!events.some(({ event }) => event === "failed"));
  });
});
