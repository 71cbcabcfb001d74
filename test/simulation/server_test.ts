import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { UnbrickError } from "../../lib/errors.ts";
import type { DatagramSocket, SocketAddress } from "../../lib/host/host.ts";
import { type SimulatedComputer, SimulatedNetwork } from "../../lib/simulator/network.ts";
import { describePacket } from "../../lib/tftp/describe.ts";
import type { TransferEvent } from "../../lib/tftp/events.ts";
import type { RequestOption } from "../../lib/tftp/packet.ts";
import { encodeAck, encodeData, encodeError, encodePacket } from "../../lib/tftp/packet.ts";
import type { TftpServerOptions } from "../../lib/tftp/server.ts";
import { makeImage, memoryFiles, PC, ROUTER, serveOn } from "./two_computers.ts";

/** A peer whose packets the test writes itself. */
interface Hand {
  /** Sends to the server's port 69, or to where the last packet came from. */
  send(bytes: Uint8Array, to?: "69" | "tid"): void;
  /** What has come since the last call, as lines. */
  heard(): string[];
}

function handOn(network: SimulatedNetwork, computer: SimulatedComputer, port = 2000): Hand {
  let lines: string[] = [];
  let tid: SocketAddress = { hostname: PC, port: 69 };
  const socket: DatagramSocket = computer.host.bind({ hostname: "0.0.0.0", port }, {
    datagram(bytes, from) {
      tid = from;
      lines.push(describePacket("received", bytes).slice("received ".length));
    },
    sendFailed: () => {},
    receiveFailed: () => {},
  });
  return {
    send: (bytes, to = "69") => socket.send(bytes, to === "tid" ? tid : { hostname: PC, port: 69 }),
    heard() {
      network.timeline.runUntil(network.now + 1);
      const heard = lines;
      lines = [];
      return heard;
    },
  };
}

function request(
  op: "RRQ" | "WRQ",
  name = "a.bin",
  asked: Record<string, string> = {},
  mode = "octet",
): Uint8Array {
  const options: RequestOption[] = Object.entries(asked).map(([key, value]) => ({
    name: key,
    value,
  }));
  return encodePacket({ op, filename: name, mode, options });
}

function stage(options: Partial<TftpServerOptions> = {}, size = 1300) {
  const network = new SimulatedNetwork();
  const files = memoryFiles(makeImage(size));
  const events: TransferEvent[] = [];
  const server = serveOn(network.plug(PC), {
    files,
    onEvent: (event) => events.push(event),
    ...options,
  });
  const router = network.plug(ROUTER);
  return { network, files, events, server, router };
}

const IDLE = (network: SimulatedNetwork): boolean => network.timeline.nextAt === undefined;

describe("startServer", () => {
  it("replaces the session of a peer that asks anew from the same port, without an ERROR", () => {
    for (const singlePort of [false, true]) {
      const { network, router, events } = stage({ singlePort });
      const hand = handOn(network, router);
      hand.send(request("RRQ"));
      assert.deepEqual(hand.heard(), ["DATA <block=1, 512 bytes>"]);
      hand.send(encodeAck(1), "tid");
      assert.deepEqual(hand.heard(), ["DATA <block=2, 512 bytes>"]);
      network.timeline.runUntil(network.now + 500);
      hand.heard();
      hand.send(request("RRQ"));
      assert.deepEqual(hand.heard(), ["DATA <block=1, 512 bytes>"]);
      for (const block of [1, 2, 3]) {
        hand.send(encodeAck(block), "tid");
        hand.heard();
      }
      assert.equal(events.filter(({ event }) => event === "failed").length, 1);
      assert.equal(events.filter(({ event }) => event === "completed").length, 1);
      network.timeline.runUntil(100_000);
      assert.ok(IDLE(network));
    }
  });

  it("takes the same request again before an answer for impatience, another for a new one", () => {
    const { network, router } = stage();
    const hand = handOn(network, router);
    hand.send(request("RRQ"));
    hand.send(request("RRQ"));
    assert.deepEqual(hand.heard(), ["DATA <block=1, 512 bytes>"]);
    hand.send(request("RRQ", "other.bin"));
    assert.deepEqual(hand.heard(), ["DATA <block=1, 512 bytes>"]);
  });

  it("goes on when a copy of the request comes after the first ACK", () => {
    const { network, router, events } = stage();
    const hand = handOn(network, router);
    hand.send(request("RRQ"));
    hand.heard();
    hand.send(encodeAck(1), "tid");
    assert.deepEqual(hand.heard(), ["DATA <block=2, 512 bytes>"]);
    hand.send(request("RRQ"));
    hand.send(encodeAck(2), "tid");
    assert.deepEqual(hand.heard(), ["DATA <block=3, 276 bytes>"]);
    hand.send(encodeAck(3), "tid");
    hand.heard();
    assert.deepEqual(events.map(({ event }) => event).filter((event) => event !== "ignored"), [
      "listening",
      "request",
      "started",
      "completed",
    ]);
  });

  it("answers a queue of the same request at once with exactly one DATA 1", () => {
    const { network, router } = stage();
    const hand = handOn(network, router);
    for (let copy = 0; copy < 20; copy++) hand.send(request("RRQ"));
    assert.deepEqual(hand.heard(), ["DATA <block=1, 512 bytes>"]);
  });

  it("tells a stranger on a transfer's port ERROR 5 and goes on; an ERROR gets no answer", () => {
    const { network, router } = stage();
    const hand = handOn(network, router);
    let tid = 0;
    const stranger = handOn(network, network.plug("192.168.1.77"));
    hand.send(request("RRQ"));
    hand.heard();
    tid = 49152;
    const socket = router.host.bind({ hostname: "0.0.0.0", port: 2001 }, {
      datagram: (bytes) => void heard.push(describePacket("received", bytes)),
      sendFailed: () => {},
      receiveFailed: () => {},
    });
    const heard: string[] = [];
    socket.send(encodeAck(1), { hostname: PC, port: tid });
    socket.send(encodeError(0, "who"), { hostname: PC, port: tid });
    assert.deepEqual(hand.heard(), []);
    assert.deepEqual(heard, ["received ERROR <code=5, msg=unknown transfer ID>"]);
    hand.send(encodeAck(1), "tid");
    assert.deepEqual(hand.heard(), ["DATA <block=2, 512 bytes>"]);
    assert.deepEqual(stranger.heard(), []);
  });

  it("never sends an acknowledged block again, nor the OACK after ACK 0", () => {
    const { network, router } = stage();
    const hand = handOn(network, router);
    hand.send(request("RRQ", "a.bin", { timeout: "5", tsize: "0", blksize: "1000" }));
    assert.deepEqual(hand.heard(), ["OACK <timeout=5, tsize=1300, blksize=1000>"]);
    for (let copy = 0; copy < 3; copy++) hand.send(encodeAck(0), "tid");
    assert.deepEqual(hand.heard(), ["DATA <block=1, 1000 bytes>"]);
    for (let copy = 0; copy < 3; copy++) hand.send(encodeAck(1), "tid");
    for (let copy = 0; copy < 3; copy++) hand.send(encodeAck(0), "tid");
    assert.deepEqual(hand.heard(), ["DATA <block=2, 300 bytes>"]);
    network.timeline.runUntil(network.now + 30_000);
    assert.deepEqual([...new Set(hand.heard())], ["DATA <block=2, 300 bytes>"]);
  });

  it("answers a request that is never acknowledged a bounded number of times", () => {
    for (const asked of [{}, { blksize: "1024" }] as Record<string, string>[]) {
      for (const op of ["RRQ", "WRQ"] as const) {
        const { network, router, files } = stage();
        const hand = handOn(network, router);
        hand.send(request(op, "a.bin", asked));
        network.timeline.runWhile(() => true);
        const answers = hand.heard();
        assert.ok(answers.length <= 7, `${answers.length} answers`);
        assert.equal(new Set(answers.filter((line) => !line.startsWith("ERROR"))).size, 1);
        assert.ok(network.now < 30_000);
        assert.ok(files.written.every((file) => file.state() === "discarded"));
      }
    }
  });

  it("keeps a flood of requests within the number of transfers allowed", () => {
    const { network, router, events } = stage({ maxTransfers: 10 });
    const good = handOn(network, router);
    good.send(request("RRQ"));
    good.heard();
    good.send(encodeAck(1), "tid");
    good.heard();
    const flooder = network.plug("192.168.1.66");
    let sent = 0;
    for (let port = 10_000; port < 10_500; port++) {
      handOn(network, flooder, port).send(request("RRQ"));
      sent++;
    }
    network.timeline.runUntil(network.now + 5);
    const running = events.filter(({ event }) => event === "started").length -
      events.filter(({ event }) => event === "failed" || event === "completed").length;
    assert.equal(sent, 500);
    assert.equal(running, 10);
    for (const block of [2, 3]) good.send(encodeAck(block), "tid");
    good.heard();
    assert.equal(events.filter(({ event }) => event === "completed").length, 1);
    network.timeline.runWhile(() => true);
    assert.ok(network.now < 60_000);
  });

  it("refuses one more when all transfers are under way, and says why", () => {
    const { network, router, events } = stage({ maxTransfers: 2 });
    for (const port of [3000, 3001]) {
      const hand = handOn(network, router, port);
      hand.send(request("RRQ"));
      hand.heard();
      hand.send(encodeAck(1), "tid");
      hand.heard();
    }
    const late = handOn(network, router, 3002);
    late.send(request("RRQ"));
    assert.deepEqual(late.heard(), []);
    const last = events.at(-1);
    assert.ok(last?.event === "ignored" && /too many/.test(last.reason));
  });

  it("ends nobody's transfer for a request that gets no file", () => {
    const { network, router, events } = stage({
      maxTransfers: 1,
      files: {
        ...memoryFiles(makeImage(5)),
        write: () => ({ kind: "refused", reason: "no", code: 2, message: "no" }),
      },
    });
    const hand = handOn(network, router);
    hand.send(request("RRQ"));
    assert.deepEqual(hand.heard(), ["DATA <block=1, 5 bytes>"]);
    const refused = handOn(network, router, 2001);
    refused.send(request("WRQ"));
    assert.deepEqual(refused.heard(), ["ERROR <code=2, msg=no>"]);
    hand.send(encodeAck(1), "tid");
    hand.heard();
    assert.equal(events.at(-1)?.event, "completed");
  });

  it("lets a finished upload that only dallies give way", () => {
    const { network, router, files } = stage({ maxTransfers: 1 });
    const hand = handOn(network, router);
    hand.send(request("WRQ"));
    hand.heard();
    hand.send(encodeData(1, new Uint8Array(5)), "tid");
    assert.deepEqual(hand.heard(), ["ACK <block=1>"]);
    assert.equal(files.written[0]?.state(), "committed");
    const next = handOn(network, router, 2001);
    next.send(request("RRQ"));
    assert.deepEqual(next.heard(), ["DATA <block=1, 512 bytes>"]);
    assert.equal(files.written[0]?.state(), "committed");
  });

  it("throws an upload away that left something out, unless the peer did not know its size", () => {
    for (
      const [mode, tsize, end] of [
        ["octet", "6", "discarded"],
        ["octet", "5", "committed"],
        ["octet", "0", "committed"],
        ["netascii", "6", "committed"],
      ] as const
    ) {
      const { network, router, files, events } = stage();
      const hand = handOn(network, router);
      hand.send(request("WRQ", undefined, { tsize }, mode));
      hand.heard();
      hand.send(encodeData(1, new Uint8Array(5).fill(65)), "tid");
      hand.heard();
      assert.equal(files.written[0]?.state(), end, `${mode} ${tsize}`);
      assert.equal(events.at(-1)?.event, end === "committed" ? "completed" : "failed");
    }
  });

  it("acknowledges the last block again for a peer that repeats it after five seconds", () => {
    const { network, router } = stage();
    const hand = handOn(network, router);
    hand.send(request("WRQ"));
    hand.heard();
    hand.send(encodeData(1, new Uint8Array(5)), "tid");
    assert.deepEqual(hand.heard(), ["ACK <block=1>"]);
    network.timeline.runUntil(network.now + 5000);
    hand.send(encodeData(1, new Uint8Array(5)), "tid");
    assert.deepEqual(hand.heard(), ["ACK <block=1>"]);
  });

  it("leaves nothing behind when the transfer's own port cannot be had", () => {
    const network = new SimulatedNetwork();
    const files = memoryFiles(makeImage(5));
    const computer = network.plug(PC);
    const { host } = computer;
    const broken: SimulatedComputer = {
      ...computer,
      host: {
        ...host,
        bind(local, handlers, options) {
          if (local.port === 0) throw new UnbrickError("port-in-use", "no port left");
          return host.bind(local, handlers, options);
        },
      },
    };
    serveOn(broken, { files });
    const hand = handOn(network, network.plug(ROUTER));
    hand.send(request("WRQ"));
    assert.deepEqual(hand.heard(), ["ERROR <code=0, msg=cannot open>"]);
    assert.equal(files.written[0]?.state(), "discarded");
  });

  it("understands EDK2, which ends its first request on purpose to learn the size", () => {
    const { network, router, events } = stage();
    const hand = handOn(network, router);
    hand.send(request("RRQ", "a.efi", { tsize: "0", blksize: "1468", windowsize: "4" }));
    assert.deepEqual(hand.heard(), ["OACK <tsize=1300, blksize=1468, windowsize=4>"]);
    hand.send(encodeError(8, "User aborted the transfer"), "tid");
    hand.heard();
    assert.equal(events.some(({ event }) => event === "failed" || event === "completed"), false);
    assert.deepEqual(events.at(-1), {
      event: "size-asked",
      transfer: 1,
      peer: `${ROUTER}:2000`,
      name: "a.efi",
    });
    assert.ok(IDLE(network));
  });

  it("answers an unknown mode and leaves peers from outside the allowed networks alone", () => {
    const { network, router } = stage({
      allowed: () => [{ address: 0xc0a80101, prefixLength: 32 }],
    });
    const hand = handOn(network, router);
    hand.send(encodePacket({ op: "RRQ", filename: "a", mode: "mail", options: [] }));
    assert.deepEqual(hand.heard(), ["ERROR <code=4, msg=unknown mode>"]);
    const outside = handOn(network, network.plug("192.168.1.3"));
    outside.send(request("RRQ"));
    assert.deepEqual(outside.heard(), []);
  });

  it("with once, ends some seconds after the first delivery and does not deliver it twice", async () => {
    const { network, router, server, events } = stage({ once: true }, 5);
    const hand = handOn(network, router);
    hand.send(request("RRQ"));
    hand.heard();
    hand.send(encodeAck(1), "tid");
    hand.heard();
    hand.send(request("RRQ"));
    assert.deepEqual(hand.heard(), []);
    network.timeline.runWhile(() => true);
    assert.deepEqual(await server.finished, { completed: true });
    assert.ok(network.now < 10_000);
    assert.equal(events.filter(({ event }) => event === "started").length, 1);
  });

  it("says goodbye to its peers when closed, and leaves no timer behind", () => {
    const { network, router, server } = stage();
    const hand = handOn(network, router);
    hand.send(request("RRQ"));
    hand.heard();
    hand.send(encodeAck(1), "tid");
    hand.heard();
    server.close();
    server.close();
    assert.deepEqual(hand.heard(), ["ERROR <code=0, msg=Server stopped>"]);
    assert.ok(IDLE(network));
  });
});
