import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { createAsus } from "../../lib/simulator/asus.ts";
import { createCfe } from "../../lib/simulator/cfe.ts";
import { SimulatedNetwork } from "../../lib/simulator/network.ts";
import { createNetbootingBootloader, ROUTERBOOT } from "../../lib/simulator/netbooting.ts";
import { createRedbootConsole } from "../../lib/simulator/redboot_console.ts";
import { createPullingBootloader } from "../../lib/simulator/pulling.ts";
import { EDK2, REDBOOT, UBOOT } from "../../lib/simulator/pulling_profiles.ts";
import { type Random, seededRandom } from "../../lib/simulator/random.ts";
import { createTftpsrv } from "../../lib/simulator/tftpsrv.ts";
import { createUbiquiti } from "../../lib/simulator/ubiquiti.ts";
import { push } from "../../lib/recovery/client_run.ts";
import { runClient } from "../../lib/tftp/client.ts";
import { ClientSession } from "../../lib/tftp/client_session.ts";
import { describePacket } from "../../lib/tftp/describe.ts";
import type { TransferEvent } from "../../lib/tftp/events.ts";
import { memorySource } from "../../lib/tftp/files.ts";
import { PLAIN_OPTIONS } from "../../lib/tftp/options.ts";
import { encodeAck, encodeData, encodePacket } from "../../lib/tftp/packet.ts";
import { ReceiveSession } from "../../lib/tftp/receive_session.ts";
import { SendSession } from "../../lib/tftp/send_session.ts";
import type { Session } from "../../lib/tftp/session.ts";
import {
  makeImage,
  memoryFile,
  memoryFiles,
  PC,
  ROUTER,
  sameBytes,
  serveOn,
  settle,
  transfer,
} from "./two_computers.ts";

/** Well-formed packets to start from. */
const SAMPLES: readonly Uint8Array[] = [
  ...(["RRQ", "WRQ"] as const).flatMap((op) => [
    encodePacket({ op, filename: "a.bin", mode: "octet", options: [] }),
    encodePacket({
      op,
      filename: "a.bin",
      mode: "netascii",
      options: [
        { name: "blksize", value: "1468" },
        { name: "windowsize", value: "16" },
        { name: "tsize", value: "0" },
        { name: "timeout", value: "5" },
      ],
    }),
  ]),
  ...[0, 1, 2, 3, 65535].map(encodeAck),
  ...[1, 2, 3, 65535].flatMap((block) => [
    encodeData(block, new Uint8Array(512)),
    encodeData(block, new Uint8Array(3)),
  ]),
  encodePacket({ op: "OACK", options: [{ name: "blksize", value: "512" }] }),
  encodePacket({ op: "ERROR", code: 0, message: "no" }),
];

/** Noise, or a packet with some bytes changed, cut off, repeated or added. */
function mutant(random: Random): Uint8Array {
  const pick = (below: number): number => Math.floor(random() * below);
  if (random() < 0.2) return Uint8Array.from({ length: pick(600) }, () => pick(256));
  const bytes = [...SAMPLES[pick(SAMPLES.length)]!];
  for (let changes = pick(4); changes > 0; changes--) {
    const at = pick(bytes.length + 1);
    switch (pick(4)) {
      case 0:
        bytes[at] = pick(256);
        break;
      case 1:
        bytes.length = at;
        break;
      case 2:
        bytes.splice(at, 0, pick(256));
        break;
      default:
        bytes.splice(at, 0, ...bytes.slice(at, at + 20));
    }
  }
  return Uint8Array.from(bytes, (byte) => byte ?? 0);
}

const RETRANSMISSION = { initialMs: 400, floorMs: 40, ceilingMs: 4000 };
const SEND_PATIENCE = { giveUpMs: 20_000, lastAckMs: 5000, openingAttempts: 6, verdictMs: 500 };
const RECEIVE_PATIENCE = { giveUpMs: 20_000, openingAttempts: 6, dallyMs: 3000 };

function someSession(random: Random): Session {
  const options = {
    ...PLAIN_OPTIONS,
    windowsize: random() < 0.5 ? 1 : 4,
    blksize: random() < 0.5 ? 512 : 8,
  };
  const source = memorySource(new Uint8Array(Math.floor(random() * 3000)));
  const retransmission = RETRANSMISSION;
  const kind = Math.floor(random() * 4);
  if (kind === 0) {
    return new SendSession({
      source,
      options,
      oack: random() < 0.5 ? SAMPLES[0] : undefined,
      rollover: 0,
      peerHeard: random() < 0.5,
      retransmission,
      patience: SEND_PATIENCE,
    });
  }
  if (kind === 1) {
    return new ReceiveSession({
      options,
      opening: encodeAck(0),
      retransmission,
      patience: RECEIVE_PATIENCE,
    });
  }
  return new ClientSession({
    direction: kind === 2
      ? { op: "WRQ", source, patience: SEND_PATIENCE, rollover: 1 }
      : { op: "RRQ", patience: RECEIVE_PATIENCE },
    filename: "a.bin",
    mode: "octet",
    wanted: random() < 0.5 ? {} : { blksize: 1468, windowsize: 4 },
    intervalMs: 200,
    waitMs: 10_000,
    retransmission,
  });
}

describe("fuzzed datagrams", () => {
  it("never make a packet that cannot be described", () => {
    const random = seededRandom(1);
    for (let count = 0; count < 10_000; count++) {
      const bytes = mutant(random);
      assert.match(describePacket("received", bytes), /^received /);
    }
  });

  it("never make a session throw, end twice, answer without measure or hang", () => {
    for (let seed = 0; seed < 2000; seed++) {
      const random = seededRandom(seed);
      const session = someSession(random);
      let now = 0;
      let ends = 0;
      const count = (outputs: ReturnType<Session["start"]>): void => {
        ends += outputs.filter(({ kind }) => kind === "done" || kind === "failed").length;
        const sends = outputs.filter(({ kind }) => kind === "send").length;
        assert.ok(sends <= 5, `seed ${seed}: ${sends} datagrams at once`);
      };
      count(session.start(now));
      for (let step = 0; step < 40; step++) {
        if (random() < 0.7) count(session.handleDatagram(mutant(random), now));
        else count(session.handleTimeout(now = session.nextTimeout ?? now + 100));
      }
      for (let step = 0; session.nextTimeout !== undefined; step++) {
        assert.ok(step < 1000, `seed ${seed} hangs`);
        count(session.handleTimeout(now = session.nextTimeout));
      }
      assert.equal(ends, 1, `seed ${seed}`);
    }
  });

  it("never make a simulated bootloader throw or hang", () => {
    const goal = { server: { hostname: PC, port: 69 }, filename: "a.bin" };
    const kinds = [
      () => createCfe(),
      () => createAsus(),
      () => createUbiquiti(),
      () => createTftpsrv(),
      () => createPullingBootloader(UBOOT, goal),
      () => createPullingBootloader(REDBOOT, goal),
      () => createPullingBootloader(EDK2, goal),
      () => createNetbootingBootloader(ROUTERBOOT, (asked) => createPullingBootloader(EDK2, asked)),
      () =>
        createRedbootConsole(
          { windowMs: 500, flashMs: 500 },
          (asked) => createPullingBootloader(REDBOOT, asked),
        ),
    ];
    for (let seed = 0; seed < 700; seed++) {
      const random = seededRandom(seed);
      const bootloader = kinds[seed % kinds.length]!();
      let now = 0;
      bootloader.start(now);
      bootloader.networkConsole?.connected(now);
      for (let step = 0; step < 40; step++) {
        bootloader.networkConsole?.typed(mutant(random), now);
        const [port = 69] = bootloader.ports;
        const from = { hostname: PC, port: random() < 0.8 ? 2000 : 2001 };
        if (random() < 0.7) {
          bootloader.handleDatagram({ bytes: mutant(random), port, from }, now);
        } else bootloader.handleTimeout(now = bootloader.nextTimeout ?? now + 100);
      }
    }
  });

  it("neither stop the server nor leave anything behind", () => {
    for (const singlePort of [false, true]) {
      const network = new SimulatedNetwork({ seed: 5 });
      const random = seededRandom(7);
      const image = makeImage(3000);
      const files = memoryFiles(image);
      const events: TransferEvent[] = [];
      const server = serveOn(network.plug(PC), {
        files,
        singlePort,
        maxTransfers: 20,
        onEvent: (event) => events.push(event),
      });
      const { host } = network.plug(ROUTER);
      const ports = new Set<number>([69]);
      const sockets = Array.from(
        { length: 10 },
        (_, index) =>
          host.bind({ hostname: "0.0.0.0", port: 2000 + index }, {
            datagram: (_bytes, from) => void ports.add(from.port),
            sendFailed: () => {},
            receiveFailed: () => {},
          }),
      );
      for (let count = 0; count < 4000; count++) {
        const to = [...ports].slice(-8)[Math.floor(random() * 8)] ?? 69;
        sockets[Math.floor(random() * sockets.length)]!.send(mutant(random), {
          hostname: PC,
          port: random() < 0.5 ? 69 : to,
        });
        network.timeline.runUntil(network.now + random() * 20);
      }
      // Whoever asks properly is still served.
      const sink = memoryFile();
      void readFrom(network.plug("192.168.1.50").host, sink);
      network.timeline.runUntil(network.now + 5000);
      assert.ok(sink.state() === "committed" && sameBytes(sink.bytes(), image));
      network.timeline.runWhile(() => true);
      assert.ok(events.some(({ event }) => event === "started"));
      const started = events.filter(({ event }) => event === "started").length;
      const ended = events.filter((event) =>
        (event.event === "failed" && event.transfer !== undefined) || event.event === "completed" ||
        event.event === "size-asked"
      ).length;
      assert.equal(ended, started);
      assert.ok(files.written.every((file) =>
        file.state() !== "open"
      ));
      server.close();
    }
  });

  it("that arrive damaged never make a transfer throw or hang", async () => {
    for (let seed = 0; seed < 200; seed++) {
      const { result } = await transfer({
        op: seed % 2 === 0 ? "RRQ" : "WRQ",
        size: 5000,
        wanted: seed % 3 === 0 ? {} : { blksize: 512, windowsize: 4 },
        seed,
        cable: { corruption: 0.1, deliversCorrupted: true },
      });
      assert.ok((result.outcome === undefined) !== (result.failure === undefined));
    }
  });

  it("from strangers, and from other ports of the device, never spoil a push", async () => {
    for (let seed = 0; seed < 100; seed++) {
      const network = new SimulatedNetwork({ seed });
      const random = seededRandom(seed);
      const image = makeImage(20_000, seed);
      const router = network.plug(ROUTER);
      const files = memoryFiles(new Uint8Array(0));
      serveOn(router, { files });
      let ignored = 0;
      let isAsking = false;
      const done = push(network.plug(PC).host, {
        hostname: ROUTER,
        port: 69,
        localAddress: "0.0.0.0",
        remoteName: "a.bin",
        blksize: undefined,
        windowsize: undefined,
        intervalMs: 200,
        waitMs: 10_000,
        giveUpMs: 20_000,
        image: { name: "a.bin", bytes: image, sha256: "" },
        rollover: 0,
        onEvent: ({ event }) => {
          if (event === "ignored") ignored++;
          if (event === "waiting") isAsking = true;
        },
        signal: new AbortController().signal,
      });
      while (!isAsking) await Promise.resolve();
      // One that is somebody else, and one that is the device with a wrong TID.
      const others = [network.plug("192.168.1.66"), router].map(({ host }) =>
        host.bind({ hostname: "0.0.0.0", port: 1234 }, {
          datagram: () => {},
          sendFailed: () => {},
          receiveFailed: () => {},
        })
      );
      // Not before the device has answered: until then its port is not known.
      network.timeline.runUntil(5);
      for (let count = 0; count < 100; count++) {
        const bytes = count % 10 === 0
          ? Uint8Array.of(0, 6, 0, count % 20 === 0 ? 0 : 1)
          : mutant(random);
        others[count % 2]!.send(bytes, { hostname: PC, port: 49152 });
        network.timeline.runUntil(network.now + random());
      }
      const end = await settle(network, done);
      network.timeline.runWhile(() => true);
      assert.equal(end.event, "completed", `seed ${seed}`);
      const stored = files.written.filter((file) => file.state() === "committed");
      assert.ok(stored.length === 1 && sameBytes(stored[0]!.bytes(), image), `seed ${seed}`);
      assert.ok(ignored > 0, "the others were heard");
    }
  });

  it("from strangers never spoil a client's transfer", async () => {
    for (let seed = 0; seed < 100; seed++) {
      const network = new SimulatedNetwork({ seed });
      const random = seededRandom(seed);
      const image = makeImage(20_000, seed);
      serveOn(network.plug(PC), { files: memoryFiles(image) });
      const sink = memoryFile();
      let ignored = 0;
      const done = readFrom(network.plug(ROUTER).host, sink, ({ event }) => {
        if (event === "ignored") ignored++;
      });
      const { host } = network.plug("192.168.1.66");
      const stranger = host.bind({ hostname: "0.0.0.0", port: 69 }, {
        datagram: () => {},
        sendFailed: () => {},
        receiveFailed: () => {},
      });
      for (let count = 0; count < 50; count++) {
        stranger.send(mutant(random), { hostname: ROUTER, port: 49152 });
        network.timeline.runUntil(network.now + random());
      }
      network.timeline.runWhile(() => true);
      assert.equal((await done).outcome, "acknowledged");
      assert.ok(sameBytes(sink.bytes(), image), `seed ${seed}`);
      assert.ok(ignored > 0, "the strangers were heard");
    }
  });
});

/** Reads a.bin plainly from the server. */
function readFrom(
  host: Parameters<typeof runClient>[0],
  sink: ReturnType<typeof memoryFile>,
  onEvent: (event: TransferEvent) => void = () => {},
): ReturnType<typeof runClient> {
  return runClient(host, {
    session: new ClientSession({
      direction: { op: "RRQ", patience: RECEIVE_PATIENCE },
      filename: "a.bin",
      mode: "octet",
      wanted: {},
      intervalMs: 200,
      waitMs: 10_000,
      retransmission: RETRANSMISSION,
    }),
    peer: { hostname: PC, port: 69 },
    localAddress: "0.0.0.0",
    sink,
    shown: { direction: "receive", name: "a.bin" },
    onEvent,
    signal: new AbortController().signal,
  });
}
