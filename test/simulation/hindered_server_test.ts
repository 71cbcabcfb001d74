import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { UnbrickError } from "../../lib/errors.ts";
import { describeFailure } from "../../lib/recovery/failure_text.ts";
import type { DatagramSocket } from "../../lib/host/host.ts";
import { type SimulatedComputer, SimulatedNetwork } from "../../lib/simulator/network.ts";
import type { TransferEvent } from "../../lib/tftp/events.ts";
import { encodeAck, encodePacket } from "../../lib/tftp/packet.ts";
import type { TftpServerOptions } from "../../lib/tftp/server.ts";
import { makeImage, memoryFiles, PC, ROUTER, serveOn } from "./two_computers.ts";

const LOST = new UnbrickError("address-not-assigned", "The address is gone", {
  hint: "Set the address again",
});

/** A computer whose system can close all its sockets at once. */
function fragile(computer: SimulatedComputer) {
  const losses = new Set<() => void>();
  return {
    /** Closes every open socket; each is told. */
    loseSockets() {
      for (const lose of [...losses]) lose();
    },
    computer: {
      ...computer,
      host: {
        ...computer.host,
        bind(...[local, handlers, options]: Parameters<typeof computer.host.bind>) {
          const socket = computer.host.bind(local, handlers, options);
          const lose = (): void => {
            losses.delete(lose);
            socket.close();
            handlers.receiveFailed(LOST);
          };
          losses.add(lose);
          return {
            ...socket,
            close() {
              losses.delete(lose);
              socket.close();
            },
          };
        },
      },
    },
  };
}

/** A peer that acknowledges whatever DATA comes, when it is told to go on. */
function reader(network: SimulatedNetwork, computer: SimulatedComputer, port = 2000) {
  let blocks = 0;
  let isPaused = false;
  const socket: DatagramSocket = computer.host.bind({ hostname: "0.0.0.0", port }, {
    datagram(bytes, from) {
      const block = bytes[2]! * 256 + bytes[3]!;
      if (bytes[1] !== 3 || isPaused) return;
      blocks = block;
      socket.send(encodeAck(block), from);
    },
    sendFailed: () => {},
    receiveFailed: () => {},
  });
  return {
    /** Blocks that have arrived. */
    get blocks() {
      return blocks;
    },
    ask: () =>
      socket.send(encodePacket({ op: "RRQ", filename: "a.bin", mode: "octet", options: [] }), {
        hostname: PC,
        port: 69,
      }),
    pause: () => void (isPaused = true),
    /** Lets time pass until so many blocks have arrived. */
    until(count: number) {
      network.timeline.runWhile(() => blocks < count);
      assert.ok(blocks >= count);
    },
  };
}

function stage(options: Partial<TftpServerOptions> = {}) {
  // Time for something to happen between two blocks.
  const network = new SimulatedNetwork({ cable: { delayMs: 1 } });
  const events: TransferEvent[] = [];
  const { computer, loseSockets } = fragile(network.plug(PC));
  const server = serveOn(computer, {
    files: memoryFiles(makeImage(BLOCKS * 512 - 1)),
    describeFailure: (failure) => describeFailure(failure, "serve"),
    onEvent: (event) => events.push(event),
    ...options,
  });
  const router = network.plug(ROUTER);
  const named = (name: TransferEvent["event"]): number =>
    events.filter(({ event }) => event === name).length;
  return { network, computer, loseSockets, events, named, server, router };
}

const BLOCKS = 100;

describe("a server whose sockets are closed by the system", () => {
  for (const singlePort of [false, true]) {
    it(`opens them again and goes on with its transfers, single port: ${singlePort}`, () => {
      const { network, loseSockets, events, named, router } = stage({ singlePort });
      const peer = reader(network, router);
      peer.ask();
      peer.until(20);
      loseSockets();
      assert.ok(
        events.some((event) =>
          event.event === "waiting" && event.reason === "address-not-assigned" && event.hint !== ""
        ),
      );
      network.timeline.runWhile(() => named("completed") === 0);
      assert.equal(peer.blocks, BLOCKS);
      assert.equal(named("listening"), 2);
      network.timeline.runUntil(network.now + 1000);
      const late = reader(network, router, 2001);
      late.ask();
      late.until(BLOCKS);
    });
  }

  it("says at the end why a transfer could not go on, and asks for what is missing", () => {
    const { network, computer, loseSockets, events, named, router } = stage();
    const peer = reader(network, router);
    peer.ask();
    peer.until(20);
    computer.setAddressPresent(false);
    loseSockets();
    network.timeline.runWhile(() => named("failed") === 0);
    const failed = events.find(({ event }) => event === "failed");
    assert.ok(failed?.event === "failed");
    assert.equal(failed.code, "address-not-assigned");
    assert.equal(failed.message, LOST.message);
    assert.equal(failed.hint, LOST.hint);
  });

  it("says once that packets cannot be sent, and goes on when they can", () => {
    const { network, computer, named, events, router } = stage();
    const peer = reader(network, router);
    peer.ask();
    peer.until(20);
    computer.setAddressPresent(false);
    network.timeline.runUntil(network.now + 10_000);
    assert.equal(named("waiting"), 1);
    assert.equal(named("failed"), 0);
    computer.setAddressPresent(true);
    network.timeline.runWhile(() => named("completed") === 0);
    assert.equal(peer.blocks, BLOCKS);
    assert.ok(events.every(({ event }) => event !== "failed"));
  });

  it("leaves no timer behind when it is ended without an address", () => {
    const { network, computer, loseSockets, server, router } = stage();
    reader(network, router).ask();
    computer.setAddressPresent(false);
    loseSockets();
    server.close();
    network.timeline.runUntil(network.now + 10);
    assert.equal(network.timeline.nextAt, undefined);
  });
});

describe("a device that begins anew from another port", () => {
  it("ends its old transfer when the new one is acknowledged and the old one long silent", () => {
    const { network, events, named, router } = stage();
    const before = reader(network, router, 2000);
    before.ask();
    before.until(20);
    before.pause();
    network.timeline.runUntil(network.now + 3000);
    const after = reader(network, router, 2001);
    after.ask();
    network.timeline.runWhile(() => named("failed") === 0);
    const failed = events.find(({ event }) => event === "failed");
    assert.ok(failed?.event === "failed" && failed.transfer === 1);
    assert.match(failed.message, /asked again from another port/);
    assert.ok(network.now < 20_000, `${network.now} ms`);
    network.timeline.runWhile(() => true);
    assert.equal(after.blocks, BLOCKS);
    assert.equal(named("completed"), 1);
  });

  it("with once, lets the server end soon after it has its image", async () => {
    const { network, server, router } = stage({ once: true });
    const before = reader(network, router, 2000);
    before.ask();
    before.until(20);
    before.pause();
    network.timeline.runUntil(network.now + 3000);
    reader(network, router, 2001).ask();
    network.timeline.runWhile(() => true);
    assert.deepEqual(await server.finished, { completed: true });
    assert.ok(network.now < 25_000, `${network.now} ms`);
  });

  it("cannot be played by somebody who forges its address: nothing is acknowledged", () => {
    const { network, events, router } = stage();
    const healthy = reader(network, router, 2000);
    healthy.ask();
    healthy.until(20);
    // A pause as long as a bootloader takes to erase its flash, and forged requests all the while.
    healthy.pause();
    for (let port = 3000; port < 3010; port++) {
      const forged = reader(network, router, port);
      forged.pause();
      forged.ask();
      network.timeline.runUntil(network.now + 4000);
    }
    network.timeline.runUntil(58_000);
    const ended = events.flatMap((event) => event.event === "failed" ? [event.transfer] : []);
    assert.equal(ended.length, 10);
    assert.ok(!ended.includes(1), "the transfer in the middle goes on");
  });

  it("keeps what it reads at the same time over several ports", () => {
    const { network, named, router } = stage();
    const readers = [2000, 2001, 2002].map((port) => reader(network, router, port));
    readers.forEach((each) => each.ask());
    network.timeline.runWhile(() => true);
    assert.ok(readers.every(({ blocks }) => blocks === BLOCKS));
    assert.equal(named("completed"), 3);
    assert.equal(named("failed"), 0);
  });
});
