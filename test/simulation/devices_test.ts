import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { get } from "../../lib/recovery/client_run.ts";
import { createAsus } from "../../lib/simulator/asus.ts";
import type { Bootloader } from "../../lib/simulator/bootloader.ts";
import { createCfe } from "../../lib/simulator/cfe.ts";
import { SimulatedNetwork } from "../../lib/simulator/network.ts";
import { powerOn } from "../../lib/simulator/power_on.ts";
import { createPullingBootloader, type PullingProfile } from "../../lib/simulator/pulling.ts";
import {
  CFE_CLIENT,
  EDK2,
  IPXE,
  REDBOOT,
  TP_LINK,
  UBOOT,
  UBOOT_LWIP,
  UBOOT_NETRETRY,
  UBOOT_TSIZE,
} from "../../lib/simulator/pulling_profiles.ts";
import { createTftpsrv } from "../../lib/simulator/tftpsrv.ts";
import { createUbiquiti } from "../../lib/simulator/ubiquiti.ts";
import { describePacket } from "../../lib/tftp/describe.ts";
import { type FilePolicy, imagePolicy } from "../../lib/tftp/file_policy.ts";
import { decodePacket } from "../../lib/tftp/packet.ts";
import { pull, pushInto } from "./devices.ts";
import {
  makeImage,
  memoryFile,
  memoryFiles,
  PC,
  ROUTER,
  sameBytes,
  serveOn,
  settle,
} from "./two_computers.ts";

const PULLING: Readonly<Record<string, PullingProfile>> = {
  "U-Boot": UBOOT,
  "U-Boot that asks for the size": UBOOT_TSIZE,
  "U-Boot over lwIP": UBOOT_LWIP,
  "TP-Link recovery": TP_LINK,
  "RedBoot": REDBOOT,
  "CFE as a client": CFE_CLIENT,
  "EDK2": EDK2,
  "iPXE": IPXE,
};

const LISTENING: Readonly<Record<string, () => Bootloader>> = {
  "CFE": () => createCfe(),
  "ASUS": () => createAsus(),
  "Ubiquiti": () => createUbiquiti(),
  "tftpsrv": () => createTftpsrv(),
};

const SIZES = [0, 1, 511, 512, 513, 1468, 5872, 20_000];

/** A bad cable, on which frames still arrive in their order as on every cable. */
const BAD_CABLE = { loss: 0.05, duplication: 0.05, delayMs: 0.5, jitterMs: 0.5 };

describe("bootloaders that pull", () => {
  for (const [name, profile] of Object.entries(PULLING)) {
    it(`${name} gets exactly the image, of any size`, () => {
      for (const size of SIZES) {
        const { isExact, console, durationMs } = pull(profile, { size });
        assert.ok(isExact, `${size} bytes: ${console.at(-1)}`);
        assert.ok(durationMs < 1000, `${durationMs} ms for ${size} bytes`);
      }
    });

    it(`${name} gets exactly the image over a bad cable, as far as its protocol can`, () => {
      for (let seed = 0; seed < 80; seed++) {
        let requests = 0;
        let answers = 0;
        const { isExact, bootloader, console } = pull(profile, {
          size: SIZES[seed % SIZES.length]!,
          seed,
          cable: BAD_CABLE,
          onSent(_, from) {
            if (from.hostname === ROUTER) requests++;
            else answers++;
          },
        });
        if (isExact) continue;
        // RedBoot sends its request once: lost, nobody can help it but the person who types again.
        const wasNeverHeard = profile === REDBOOT && requests === 1 && answers === 0;
        assert.ok(wasNeverHeard, `seed ${seed}: ${bootloader.phase}, ${console.at(-1)}`);
      }
    });
  }

  it("RedBoot never ends a file of more than 65535 blocks: it counts them in an int", () => {
    const { bootloader } = pull(REDBOOT, { size: 65535 * 512 });
    assert.equal(bootloader.phase, "gave-up");
  });

  it("U-Boot gets the image after the person has corrected the name, for it is not told to stop", () => {
    const image = makeImage(3000);
    let isRight = false;
    const files: FilePolicy = {
      read: (name) =>
        imagePolicy([{ name: isRight ? "recovery.bin" : "other.bin", bytes: image, sha256: "" }], {
          aliases: [],
          anyName: false,
        }).read(name),
      write: () => assert.fail("U-Boot does not write"),
    };
    const { isExact, console, events } = pull(UBOOT_NETRETRY, { size: 3000 }, {
      files,
      onEvent: (event) => void (isRight ||= event.event === "request" && !event.served),
    });
    assert.ok(isExact);
    assert.ok(console.some((line) => line.includes("unknown file name")));
    assert.deepEqual(events, []);
  });

  it("U-Boot waits 20 s for the address of this computer, and asks as soon as it has seen it", () => {
    for (const [presentAt, phase] of [[12_000, "accepted"], [21_000, "gave-up"]] as const) {
      const network = new SimulatedNetwork();
      const own = network.plug(PC);
      own.setAddressPresent(false);
      network.timeline.schedule(presentAt, () => own.setAddressPresent(true));
      serveOn(own, { files: memoryFiles(makeImage(700)) });
      const bootloader = createPullingBootloader(UBOOT, {
        server: { hostname: PC, port: 69 },
        filename: "a.bin",
        answersArp: () => network.answersArp(PC),
      });
      powerOn(network.plug(ROUTER).host, bootloader, { address: ROUTER });
      network.timeline.runUntil(30_000);
      assert.equal(bootloader.phase, phase, `present after ${presentAt} ms`);
    }
  });

  it("U-Boot that starts again in the middle gets a new transfer", () => {
    const impatient: PullingProfile = {
      ...UBOOT_NETRETRY,
      dataTries: 0,
      restartPauseMs: 100,
    };
    const { isExact, console } = pull(impatient, {
      size: 60_000,
      onSent(bytes, from, _to, now) {
        // From block 20 on nothing arrives until U-Boot has given up waiting.
        const isData = from.hostname === PC && bytes[1] === 3;
        if (isData && bytes[3]! >= 20 && now < 5050) return "lost";
      },
    });
    assert.ok(isExact);
    assert.ok(console.some((line) => line.includes("starting again")), console.join("|"));
  });

  it("EDK2 is not reported as failed for its question about the size", () => {
    const { isExact, events } = pull(EDK2, { size: 20_000 });
    assert.ok(isExact);
    assert.deepEqual(
      events.filter(({ event }) => event === "completed" || event === "failed").map(({ event }) =>
        event
      ),
      ["completed"],
    );
  });

  it("a server that offers no options serves them all the same, RedBoot with no OACK ever", () => {
    for (const profile of Object.values(PULLING)) {
      assert.ok(pull(profile, { size: 5000 }, { offerOptions: false }).isExact);
      assert.ok(pull(profile, { size: 5000 }, { singlePort: true }).isExact);
    }
    pull(REDBOOT, {
      size: 5000,
      onSent: (bytes) => assert.notEqual(decodePacket(bytes).op, "OACK"),
    });
  });
});

describe("bootloaders that listen", () => {
  for (const [name, create] of Object.entries(LISTENING)) {
    it(`${name} gets exactly the image, of any size`, async () => {
      for (const size of SIZES) {
        const { isExact, end, console } = await pushInto(create(), { size });
        assert.ok(isExact, `${size} bytes: ${console.at(-1)}`);
        assert.equal(end?.event, "completed");
      }
    });

    it(`${name} gets exactly the image over a bad cable`, async () => {
      for (let seed = 0; seed < 60; seed++) {
        const { isExact, end, console } = await pushInto(create(), {
          size: SIZES[seed % SIZES.length]!,
          seed,
          cable: BAD_CABLE,
        });
        assert.ok(isExact, `seed ${seed}: ${console.at(-1)}`);
        assert.equal(end?.event, "completed", `seed ${seed}`);
      }
    });
  }

  it("Ubiquiti takes more than 65535 blocks", async () => {
    const bootloader = createUbiquiti({ memoryBytes: 64 * 1024 * 1024 });
    assert.ok((await pushInto(bootloader, { size: 65536 * 512 + 5 })).isExact);
  });

  it("Ubiquiti's verdict in place of the last ACK is a refusal of the image", async () => {
    const { end, bootloader } = await pushInto(
      createUbiquiti({ judge: () => "Firmware check failed" }),
      { size: 5000 },
    );
    assert.ok(end?.event === "failed");
    assert.equal(end.code, "image-refused");
    assert.match(end.message, /Firmware check failed/);
    assert.equal(bootloader.phase, "listening");
  });

  it("ASUS's verdict after the flash is written is a refusal of the image", async () => {
    const { end } = await pushInto(createAsus({ judge: () => "bad magic" }), { size: 5000 });
    assert.ok(end?.event === "failed");
    assert.equal(end.code, "image-refused");
  });

  for (const good of [true, false]) {
    it(`ASUS's verdict after minutes of writing is told when it is awaited, good: ${good}`, async () => {
      const asus = (): Bootloader =>
        createAsus({ flashMs: 150_000, judge: () => good ? undefined : "bad magic" });
      const { end, events } = await pushInto(asus(), { size: 5000 }, { awaitsVerdict: true });
      assert.ok(end?.event === "completed");
      const verdicts = events.flatMap((event) => event.event === "verdict" ? [event] : []);
      assert.equal(verdicts.length, 1, "six copies are one verdict");
      assert.equal(verdicts[0]!.good, good);
      assert.match(verdicts[0]!.message, good ? /is good/ : /refused the image/);
      assert.equal(verdicts[0]!.hint === "", good);
      const unasked = await pushInto(asus(), { size: 5000 });
      assert.ok(unasked.events.every(({ event }) => event !== "verdict"));
    });
  }

  it("Ubiquiti gives its partitions to a reader", async () => {
    const partition = makeImage(20_000, 9);
    const network = new SimulatedNetwork({ cable: { loss: 0.05 }, seed: 3 });
    powerOn(
      network.plug(ROUTER).host,
      createUbiquiti({ partitions: { "u-boot-env": partition } }),
      {
        address: "0.0.0.0",
      },
    );
    const sink = memoryFile();
    const end = await settle(
      network,
      get(network.plug(PC).host, {
        hostname: ROUTER,
        port: 69,
        localAddress: "0.0.0.0",
        remoteName: "u-boot-env",
        blksize: undefined,
        windowsize: undefined,
        intervalMs: 200,
        waitMs: 10_000,
        giveUpMs: 60_000,
        onEvent: () => {},
        signal: new AbortController().signal,
        sink,
      }),
    );
    assert.equal(end.event, "completed");
    assert.equal(sink.state(), "committed");
    assert.ok(sameBytes(sink.bytes(), partition));
  });

  it("CFE's window of three seconds is met, and nothing but WRQs reaches it before", async () => {
    const before: string[] = [];
    let hasAnswered = false;
    const { isExact } = await pushInto(createCfe({ windowMs: 3000 }), {
      size: 600,
      onSent(bytes, from) {
        hasAnswered ||= from.hostname === ROUTER;
        if (!hasAnswered) before.push(describePacket("sent", bytes));
      },
    });
    assert.ok(isExact);
    assert.deepEqual([...new Set(before)], ["sent WRQ <file=image.bin, mode=octet>"]);
  });
});
