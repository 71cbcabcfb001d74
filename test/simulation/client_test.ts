import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import type { SocketAddress } from "../../lib/host/host.ts";
import { SimulatedNetwork } from "../../lib/simulator/network.ts";
import { runClient } from "../../lib/tftp/client.ts";
import { ClientSession } from "../../lib/tftp/client_session.ts";
import { describePacket } from "../../lib/tftp/describe.ts";
import type { TransferResult } from "../../lib/tftp/drive.ts";
import type { TransferEvent } from "../../lib/tftp/events.ts";
import { memorySource } from "../../lib/tftp/files.ts";
import type { WantedOptions } from "../../lib/tftp/options.ts";
import { encodeAck, encodeError, encodePacket } from "../../lib/tftp/packet.ts";
import { makeImage, PC, ROUTER } from "./two_computers.ts";

interface Push {
  readonly done: Promise<TransferResult>;
  readonly events: TransferEvent[];
  readonly stop: () => void;
}

/** Pushes 600 bytes from a simulated computer. */
function push(
  host: Parameters<typeof runClient>[0],
  options: { wanted?: WantedOptions; localAddress?: string; waitMs?: number } = {},
): Push {
  const events: TransferEvent[] = [];
  const stopper = new AbortController();
  const done = runClient(host, {
    session: new ClientSession({
      direction: {
        op: "WRQ",
        source: memorySource(makeImage(600)),
        patience: { giveUpMs: 60_000, lastAckMs: 30_000, openingAttempts: Infinity, verdictMs: 0 },
        rollover: 0,
      },
      filename: "a.bin",
      mode: "octet",
      wanted: options.wanted ?? {},
      intervalMs: 200,
      waitMs: options.waitMs,
      retransmission: { initialMs: 500, floorMs: 250, ceilingMs: 2000 },
    }),
    peer: { hostname: ROUTER, port: 69 },
    localAddress: options.localAddress ?? "0.0.0.0",
    sink: undefined,
    shown: { direction: "send", name: "a.bin" },
    onEvent: (event) => events.push(event),
    signal: stopper.signal,
  });
  return { done, events, stop: () => stopper.abort() };
}

/** Everything that is put on the cable, as lines. */
function wiretap(): {
  lines: string[];
  onSent: (b: Uint8Array, f: SocketAddress, t: SocketAddress) => void;
} {
  const lines: string[] = [];
  const portOf = ({ hostname, port }: SocketAddress): string =>
    hostname === PC && port >= 49152 ? "pc" : String(port);
  return {
    lines,
    onSent: (bytes, from, to) =>
      lines.push(
        `${portOf(from)} > ${portOf(to)} ${describePacket("sent", bytes).slice("sent ".length)}`,
      ),
  };
}

/** A TFTP server that answers as told, from a port of its own or from 69. */
function listenOn(
  network: SimulatedNetwork,
  answer: (bytes: Uint8Array, reply: (bytes: Uint8Array, fromPort: number) => void) => void,
): void {
  const { host } = network.plug(ROUTER);
  const sockets = new Map<number, ReturnType<typeof host.bind>>();
  const open = (port: number): void => {
    sockets.set(
      port,
      host.bind({ hostname: "0.0.0.0", port }, {
        datagram: (bytes, from) =>
          answer(bytes, (reply, fromPort) => {
            if (!sockets.has(fromPort)) open(fromPort);
            sockets.get(fromPort)!.send(reply, from);
          }),
        sendFailed: () => {},
        receiveFailed: () => {},
      }),
    );
  };
  open(69);
}

describe("runClient", () => {
  it("asks again at the well-known port when options are refused from another port", async () => {
    const { lines, onSent } = wiretap();
    const network = new SimulatedNetwork({ onSent });
    listenOn(network, (bytes, reply) => {
      if (bytes[1] === 2 && bytes.length > 20) reply(encodeError(8, "no"), 3000);
      else if (bytes[1] === 2) reply(encodeAck(0), 3001);
      else if (bytes[1] === 3) reply(encodeAck(bytes[3]!), 3001);
    });
    const { done } = push(network.plug(PC).host, { wanted: { blksize: 1468 } });
    network.timeline.runWhile(() => true);
    assert.equal((await done).outcome, "acknowledged");
    assert.deepEqual(lines, [
      "pc > 69 WRQ <file=a.bin, mode=octet, blksize=1468>",
      "3000 > pc ERROR <code=8, msg=no>",
      "pc > 69 WRQ <file=a.bin, mode=octet>",
      "3001 > pc ACK <block=0>",
      "pc > 3001 DATA <block=1, 512 bytes>",
      "3001 > pc ACK <block=1>",
      "pc > 3001 DATA <block=2, 88 bytes>",
      "3001 > pc ACK <block=2>",
    ]);
  });

  it("refuses an OACK at the port that sent it", async () => {
    const { lines, onSent } = wiretap();
    const network = new SimulatedNetwork({ onSent });
    const options = [{ name: "blksize", value: "1024" }];
    listenOn(network, (bytes, reply) => {
      if (bytes[1] === 2) reply(encodePacket({ op: "OACK", options }), 3000);
    });
    const { done } = push(network.plug(PC).host);
    network.timeline.runWhile(() => true);
    assert.equal((await done).failure?.kind, "protocol");
    assert.equal(lines.at(-1), "pc > 3000 ERROR <code=8, msg=blksize was not asked for>");
  });

  it("tells a stranger ERROR 5 and goes on, but answers no ERROR and nobody before the answer", async () => {
    const { lines, onSent } = wiretap();
    const network = new SimulatedNetwork({ onSent });
    let requests = 0;
    listenOn(network, (bytes, reply) => {
      if (bytes[1] === 2 && ++requests === 1) reply(encodeAck(7), 4000);
      else if (bytes[1] === 2) reply(encodeAck(0), 3000);
      else if (bytes[1] === 3) {
        reply(encodeAck(9), 4000);
        reply(encodeError(5, "who"), 4001);
        reply(encodeAck(bytes[3]!), 3000);
      }
    });
    const { done, events } = push(network.plug(PC).host);
    network.timeline.runWhile(() => true);
    assert.equal((await done).outcome, "acknowledged");
    assert.deepEqual(lines.filter((line) => line.startsWith("pc > 4")), [
      "pc > 4000 ERROR <code=5, msg=unknown transfer ID>",
      "pc > 4000 ERROR <code=5, msg=unknown transfer ID>",
    ]);
    assert.equal(events.filter((event) => event.event === "ignored").length, 5);
  });

  it("tells of a flood of strangers mostly by their number, which is true", async () => {
    const network = new SimulatedNetwork();
    const { host } = network.plug(PC);
    listenOn(network, () => {});
    const { done, events, stop } = push(host);
    const stranger = network.plug("192.168.1.66").host.bind({ hostname: "0.0.0.0", port: 2000 }, {
      datagram: () => {},
      sendFailed: () => {},
      receiveFailed: () => {},
    });
    for (let sent = 0; sent < 5000; sent++) {
      stranger.send(Uint8Array.of(0, 9), { hostname: PC, port: 49152 });
    }
    network.timeline.runUntil(3000);
    stop();
    await done;
    let told = 0;
    let counted = 0;
    for (const event of events) {
      if (event.event === "flood") counted += event.ignored;
      if (event.event === "ignored" && event.peer.startsWith("192.168.1.66:")) told++;
    }
    assert.equal(told + counted, 5000);
    assert.ok(told <= 50, `${told}`);
  });

  it("answers a queue of requests that leaves at once with exactly one DATA 1", async () => {
    const { lines, onSent } = wiretap();
    const network = new SimulatedNetwork({ onSent, resolvesAddresses: true });
    const { done } = push(network.plug(PC).host);
    network.timeline.runUntil(4450);
    // The router appears: the queue of requests goes out, and every one is answered with ACK 0.
    listenOn(network, (bytes, reply) => {
      if (bytes[1] === 2) reply(encodeAck(0), 69);
      else if (bytes[1] === 3) reply(encodeAck(bytes[3]!), 69);
    });
    network.timeline.runWhile(() => true);
    assert.equal((await done).outcome, "acknowledged");
    const count = (text: string): number => lines.filter((line) => line.includes(text)).length;
    assert.ok(count("WRQ") > 3, `${count("WRQ")} requests at once`);
    assert.equal(count("ACK <block=0>"), count("WRQ"));
    assert.equal(count("DATA <block=1,"), 1);
    assert.equal(count("DATA <block=2,"), 1);
  });

  it("keeps one source port while the address goes and comes back, and says so once", async () => {
    const ports = new Set<number>();
    const network = new SimulatedNetwork({
      onSent: (_, from) => void (from.hostname === PC && ports.add(from.port)),
    });
    const computer = network.plug(PC);
    computer.setAddressPresent(false);
    const { done, events } = push(computer.host, { localAddress: PC });
    network.timeline.runUntil(5000);
    assert.equal(ports.size, 0);
    computer.setAddressPresent(true);
    network.timeline.runUntil(10_000);
    computer.setAddressPresent(false);
    network.timeline.runUntil(15_000);
    computer.setAddressPresent(true);
    network.timeline.runUntil(20_000);
    listenOn(network, (bytes, reply) => {
      if (bytes[1] === 2) reply(encodeAck(0), 69);
      else if (bytes[1] === 3) reply(encodeAck(bytes[3]!), 69);
    });
    network.timeline.runWhile(() => true);
    assert.equal((await done).outcome, "acknowledged");
    assert.equal(ports.size, 1);
    assert.deepEqual(
      events.map((event) => event.event === "waiting" ? event.reason : event.event)
        .filter((name) => name !== "progress"),
      [
        "address-not-assigned",
        "for-answer",
        "address-not-assigned",
        "for-answer",
        "started",
      ],
    );
  });

  it("survives a link that is down, silently or not, and stops when told", async () => {
    for (const way of ["silent", "unreachable"] as const) {
      const network = new SimulatedNetwork();
      const computer = network.plug(PC);
      computer.setSendsWhileDown(way);
      computer.setLink(false);
      const { done, events, stop } = push(computer.host);
      network.timeline.runUntil(3_600_000);
      const obstacles = events.filter((event) =>
        event.event === "waiting" && event.reason === "network-unreachable"
      );
      assert.equal(obstacles.length, way === "silent" ? 0 : 1);
      stop();
      assert.equal((await done).failure?.kind, "aborted");
      assert.equal(network.timeline.nextAt === undefined || way === "unreachable", true);
    }
  });
});
