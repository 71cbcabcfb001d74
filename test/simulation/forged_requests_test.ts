/**
 * What somebody who forges source addresses can make the server send to others.
 */
import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { SimulatedNetwork } from "../../lib/simulator/network.ts";
import { encodeAck, encodeData, encodeError, encodePacket } from "../../lib/tftp/packet.ts";
import { makeImage, memoryFiles, PC, serveOn } from "./two_computers.ts";

const VICTIM = "192.168.1.66";
const MAX_TRANSFERS = 20;

/** The largest first packet: DATA with 512 bytes. An OACK is smaller, whatever was asked for. */
const LARGEST_ANSWER = 516;

/** First packets of one transfer that nobody acknowledges. */
const MOST_ANSWERS = 6;

interface Forgery {
  readonly op: "RRQ" | "WRQ";
  readonly options: Readonly<Record<string, string>>;
}

const FORGERIES: readonly Forgery[] = [
  { op: "RRQ", options: {} },
  { op: "RRQ", options: { blksize: "65464", windowsize: "65535", tsize: "0" } },
  { op: "RRQ", options: { timeout: "1" } },
  { op: "WRQ", options: {} },
  { op: "WRQ", options: { blksize: "65464", windowsize: "65535", timeout: "1" } },
];

/** Bytes and datagrams that reach the victim of so many requests, one every `everyMs`. */
function flood(forgery: Forgery, requests: number, everyMs: number, isOnePort: boolean) {
  const network = new SimulatedNetwork();
  serveOn(network.plug(PC), {
    files: memoryFiles(makeImage(100_000)),
    maxTransfers: MAX_TRANSFERS,
  });
  const { host } = network.plug(VICTIM);
  const options = Object.entries(forgery.options).map(([name, value]) => ({ name, value }));
  let [bytes, datagrams, largest] = [0, 0, 0];
  for (let request = 0; request < requests; request++) {
    const port = isOnePort ? 2000 : 2000 + request;
    const socket = host.bind({ hostname: "0.0.0.0", port }, {
      datagram(answer) {
        bytes += answer.length;
        datagrams++;
        largest = Math.max(largest, answer.length);
      },
      sendFailed: () => {},
      receiveFailed: () => {},
    });
    // Not the same request twice, which would be taken for a copy.
    const filename = `a${isOnePort ? request : ""}`;
    socket.send(encodePacket({ op: forgery.op, filename, mode: "octet", options }), {
      hostname: PC,
      port: 69,
    });
    network.timeline.runUntil(network.now + everyMs);
    if (isOnePort && request < requests - 1) socket.close();
  }
  network.timeline.runWhile(() => true);
  return { bytes, datagrams, largest, elapsedMs: network.now };
}

/** What a datagram costs beside its payload: the headers of IPv4 and UDP, in bytes. */
const HEADERS = 28;

const EXTREMES = { blksize: "65464", windowsize: "64", tsize: "0", timeout: "1" };

const ask = (
  op: "RRQ" | "WRQ",
  filename: string,
  options: Readonly<Record<string, string>> = {},
  mode = "octet",
): Uint8Array =>
  encodePacket({
    op,
    filename,
    mode,
    options: Object.entries(options).map(([name, value]) => ({ name, value })),
  });

/**
 * Bytes that somebody is sent for each byte of a packet in his name, headers included, at most: of one
 * such packet, and of 2000 of them in two seconds. Without options the first packet is a whole block,
 * as RFC 1350 wants it; all else costs the forger about as much as it brings.
 */
const COSTS: readonly {
  readonly title: string;
  readonly packet: Uint8Array;
  readonly alone: number;
  readonly flooding: number;
}[] = [
  { title: "RRQ", packet: ask("RRQ", "a"), alone: 86, flooding: 18 },
  { title: "RRQ, netascii", packet: ask("RRQ", "a", {}, "netascii"), alone: 86, flooding: 18 },
  { title: "RRQ, no option known", packet: ask("RRQ", "a", { x: "" }), alone: 86, flooding: 18 },
  {
    title: "RRQ, blksize 65464",
    packet: ask("RRQ", "a", { blksize: "65464" }),
    alone: 6,
    flooding: 1.3,
  },
  {
    title: "RRQ, windowsize 64",
    packet: ask("RRQ", "a", { windowsize: "64" }),
    alone: 6,
    flooding: 1.3,
  },
  { title: "RRQ, tsize", packet: ask("RRQ", "a", { tsize: "0" }), alone: 6, flooding: 1.3 },
  { title: "RRQ, all options", packet: ask("RRQ", "a", EXTREMES), alone: 6, flooding: 1.3 },
  { title: "RRQ, unknown name", packet: ask("RRQ", "none"), alone: 1.3, flooding: 1.3 },
  { title: "RRQ, unknown mode", packet: ask("RRQ", "a", {}, "m"), alone: 1.4, flooding: 1.4 },
  { title: "WRQ", packet: ask("WRQ", "a"), alone: 4.5, flooding: 1.1 },
  { title: "WRQ, all options", packet: ask("WRQ", "a", EXTREMES), alone: 4.5, flooding: 1.1 },
  { title: "WRQ, refused", packet: ask("WRQ", "none"), alone: 1.3, flooding: 1.3 },
  { title: "ACK", packet: encodeAck(1), alone: 0, flooding: 0 },
  { title: "DATA", packet: encodeData(1, new Uint8Array(512)), alone: 0, flooding: 0 },
  { title: "ERROR", packet: encodeError(0, ""), alone: 0, flooding: 0 },
  {
    title: "OACK",
    packet: encodePacket({ op: "OACK", options: [{ name: "blksize", value: "1468" }] }),
    alone: 0,
    flooding: 0,
  },
  { title: "noise", packet: Uint8Array.of(0, 9), alone: 0, flooding: 0 },
];

/** Bytes sent to the victim of so many packets, each from another port, for each byte of them. */
function amplification(packet: Uint8Array, count: number): number {
  const network = new SimulatedNetwork();
  const files = memoryFiles(makeImage(100_000));
  const refused = { kind: "refused", reason: "no", code: 0, message: "unknown file name" } as const;
  serveOn(network.plug(PC), {
    files: {
      read: (name) => name === "none" ? refused : files.read(name),
      write: (name) => name === "none" ? refused : files.write(name),
    },
  });
  const { host } = network.plug(VICTIM);
  let bytes = 0;
  for (let sent = 0; sent < count; sent++) {
    const socket = host.bind({ hostname: "0.0.0.0", port: 2000 + sent }, {
      datagram: (answer) => bytes += answer.length + HEADERS,
      sendFailed: () => {},
      receiveFailed: () => {},
    });
    socket.send(packet, { hostname: PC, port: 69 });
    network.timeline.runUntil(network.now + 1);
  }
  network.timeline.runWhile(() => true);
  return bytes / (count * (packet.length + HEADERS));
}

describe("forged requests", () => {
  for (const forgery of FORGERIES) {
    const title = `${forgery.op} ${JSON.stringify(forgery.options)}`;

    it(`bring their victim a few small packets, for less than half a minute: ${title}`, () => {
      const { bytes, datagrams, largest, elapsedMs } = flood(forgery, 1, 0, false);
      assert.ok(datagrams >= 1 && datagrams <= MOST_ANSWERS, `${datagrams} datagrams`);
      assert.ok(largest <= LARGEST_ANSWER, `${largest} bytes`);
      assert.ok(bytes <= MOST_ANSWERS * LARGEST_ANSWER);
      assert.ok(elapsedMs < 30_000);
    });

    it(`by the thousand bring one packet each and few repetitions: ${title}`, () => {
      for (const isOnePort of [false, true]) {
        const requests = 2000;
        const { bytes, datagrams } = flood(forgery, requests, 1, isOnePort);
        // Only as many transfers as there may be at a time can ever repeat themselves.
        const most = requests + MAX_TRANSFERS * (MOST_ANSWERS - 1);
        assert.ok(datagrams <= most, `${datagrams} datagrams`);
        assert.ok(bytes <= most * LARGEST_ANSWER, `${bytes} bytes`);
      }
    });
  }

  for (const { title, packet, alone, flooding } of COSTS) {
    it(`bring ${alone} times their own bytes, and ${flooding} times as a flood: ${title}`, () => {
      assert.ok(amplification(packet, 1) <= alone, `${amplification(packet, 1)}`);
      assert.ok(amplification(packet, 2000) <= flooding, `${amplification(packet, 2000)}`);
    });
  }

  it("of one address do not end what another address has asked for", () => {
    const network = new SimulatedNetwork({ cable: { delayMs: 20 } });
    serveOn(network.plug(PC), { files: memoryFiles(makeImage(100)), maxTransfers: MAX_TRANSFERS });
    const request = encodePacket({ op: "RRQ", filename: "a", mode: "octet", options: [] });
    const server = { hostname: PC, port: 69 };
    const slow = network.plug("192.168.1.50").host;
    let answers = 0;
    const ports = new Set<number>();
    const honest = slow.bind({ hostname: "0.0.0.0", port: 2000 }, {
      datagram(_, from) {
        answers++;
        ports.add(from.port);
      },
      sendFailed: () => {},
      receiveFailed: () => {},
    });
    honest.send(request, server);
    const { host } = network.plug(VICTIM);
    for (let port = 2000; port < 3000; port++) {
      const socket = host.bind({ hostname: "0.0.0.0", port }, {
        datagram: () => {},
        sendFailed: () => {},
        receiveFailed: () => {},
      });
      socket.send(request, server);
      network.timeline.runUntil(network.now + 1);
    }
    network.timeline.runWhile(() => true);
    // All of the repetitions came, from the port of one and the same transfer.
    assert.equal(answers, MOST_ANSWERS);
    assert.equal(ports.size, 1);
  });
});
