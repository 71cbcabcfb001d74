/**
 * What somebody who forges source addresses can make the server send to others.
 */
import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { SimulatedNetwork } from "../../lib/simulator/network.ts";
import { encodePacket } from "../../lib/tftp/packet.ts";
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
