// A bootloader that appears at any moment, on a computer that has to find it by ARP and was not
// prepared in any way.
import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { setImmediate } from "node:timers";
import { push } from "../../lib/recovery/client_run.ts";
import { createAsus } from "../../lib/simulator/asus.ts";
import type { Bootloader } from "../../lib/simulator/bootloader.ts";
import { createCfe } from "../../lib/simulator/cfe.ts";
import { SimulatedNetwork } from "../../lib/simulator/network.ts";
import { powerOn } from "../../lib/simulator/power_on.ts";
import { seededRandom } from "../../lib/simulator/random.ts";
import { createTftpsrv } from "../../lib/simulator/tftpsrv.ts";
import { createUbiquiti } from "../../lib/simulator/ubiquiti.ts";
import { makeImage, PC, ROUTER, sameBytes, settle } from "./two_computers.ts";

const IMAGE = makeImage(3000);

/** Moments at which each is tried. */
const MOMENTS = 60;

/** Requests within this time are a burst. */
const BURST_MS = 5;

/** ASUS appends blindly; ASUS and Ubiquiti start over with each WRQ; CFE counts needless ones. */
const LISTENING: Readonly<Record<string, () => Bootloader>> = {
  "CFE": () => createCfe(),
  "ASUS": () => createAsus(),
  "Ubiquiti": () => createUbiquiti(),
  "tftpsrv": () => createTftpsrv(),
};

interface Appearance {
  /** Whether the link comes up with it, or was there before. */
  readonly bringsLink: boolean;
  /** Whether it answers without asking for our MAC address, which would tell us its own. */
  readonly asksNobody?: boolean;
  /** Whether the computer has a static entry for it. */
  readonly isEntered?: boolean;
}

interface Caught {
  readonly isExact: boolean;
  /** From its appearance to the first WRQ on the cable. */
  readonly firstMs: number;
  /** Most WRQs within {@link BURST_MS}. */
  readonly burst: number;
}

/** Lets a push wait, then a device appear. */
async function appear(bootloader: Bootloader, at: number, how: Appearance): Promise<Caught> {
  const requests: number[] = [];
  let appearedAt = Infinity;
  const network = new SimulatedNetwork({
    resolvesAddresses: true,
    onSent(bytes, from) {
      const isRequest = from.hostname === PC && bytes[1] === 2;
      if (isRequest && network.now >= appearedAt) requests.push(network.now);
    },
  });
  const pc = network.plug(PC);
  pc.setLink(!how.bringsLink);
  if (how.isEntered === true) pc.enterNeighbour(ROUTER);
  const running = push(pc.host, {
    hostname: ROUTER,
    port: 69,
    localAddress: "0.0.0.0",
    remoteName: "image.bin",
    blksize: undefined,
    windowsize: undefined,
    intervalMs: undefined,
    waitMs: undefined,
    giveUpMs: 60_000,
    onEvent: () => {},
    signal: new AbortController().signal,
    image: { name: "image.bin", bytes: IMAGE, sha256: "" },
    rollover: 0,
    watchPath: () => Promise.resolve(pc.watchPath(ROUTER)),
  });
  await new Promise((resolve) => setImmediate(resolve));
  network.timeline.runUntil(at);
  const router = network.plug(ROUTER);
  if (how.asksNobody === true) router.enterNeighbour(PC);
  powerOn(router.host, bootloader, { address: "0.0.0.0" });
  appearedAt = network.now;
  pc.setLink(true);
  await settle(network, running);
  const burst = Math.max(
    ...requests.map((start) =>
      requests.filter((other) => other >= start && other - start <= BURST_MS).length
    ),
  );
  const isExact = bootloader.image !== undefined && sameBytes(bootloader.image, IMAGE);
  return { isExact, firstMs: (requests[0] ?? Infinity) - appearedAt, burst };
}

/** Tries it at many moments; the latest first request and the largest burst. */
async function tryOften(make: () => Bootloader, how: Appearance) {
  const random = seededRandom(7);
  let [latestMs, largestBurst] = [0, 0];
  for (let moment = 0; moment < MOMENTS; moment++) {
    const at = 1000 + 7000 * random();
    const { isExact, firstMs, burst } = await appear(make(), at, how);
    assert.ok(isExact, `appeared at ${at}: other bytes`);
    latestMs = Math.max(latestMs, firstMs);
    largestBurst = Math.max(largestBurst, burst);
  }
  return { latestMs, largestBurst };
}

describe("a bootloader that appears while push asks", () => {
  for (const [name, make] of Object.entries(LISTENING)) {
    it(`${name} hears a request with its link, and gets exactly the image`, async () => {
      const { latestMs, largestBurst } = await tryOften(make, { bringsLink: true });
      assert.ok(latestMs <= 20, `${latestMs} ms`);
      assert.ok(largestBurst <= 2, `${largestBurst} requests at once`);
    });

    it(`${name} behind a switch hears one within 200 ms, and gets exactly the image`, async () => {
      const { latestMs, largestBurst } = await tryOften(make, { bringsLink: false });
      assert.ok(latestMs <= 200, `${latestMs} ms`);
      assert.ok(largestBurst <= 2, `${largestBurst} requests at once`);
    });

    it(`${name} gets exactly the image when it answers without asking for us`, async () => {
      const how = { bringsLink: false, asksNobody: true };
      const { latestMs, largestBurst } = await tryOften(make, how);
      assert.ok(latestMs <= 200, `${latestMs} ms`);
      assert.ok(largestBurst <= 2, `${largestBurst} requests at once`);
    });

    it(`${name} with a static entry hears one within 80 ms, one at a time`, async () => {
      const { latestMs, largestBurst } = await tryOften(make, {
        bringsLink: false,
        isEntered: true,
      });
      assert.ok(latestMs <= 80, `${latestMs} ms`);
      assert.equal(largestBurst, 1);
    });
  }
});
