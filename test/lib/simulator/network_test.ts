import { describe, it } from "@std/testing/bdd";
import fc from "fast-check";
import assert from "node:assert/strict";
import { UnbrickError } from "../../../lib/errors.ts";
import type { DatagramSocket } from "../../../lib/host/host.ts";
import { CableDirection, GOOD_CABLE } from "../../../lib/simulator/cable.ts";
import { type SimulatedComputer, SimulatedNetwork } from "../../../lib/simulator/network.ts";
import { randomBytes, seededRandom } from "../../../lib/simulator/random.ts";
import { Timeline } from "../../../lib/simulator/timeline.ts";

const A = "192.168.1.2";
const B = "192.168.1.1";

interface Listener {
  readonly socket: DatagramSocket;
  /** First byte of each datagram that came. */
  readonly heard: number[];
  /** Codes of sends that failed. */
  readonly failed: string[];
}

function listen(computer: SimulatedComputer, port: number, hostname = "0.0.0.0"): Listener {
  const heard: number[] = [];
  const failed: string[] = [];
  const socket = computer.host.bind({ hostname, port }, {
    datagram: (bytes) => void heard.push(bytes[0] ?? -1),
    sendFailed: (error) => void failed.push(error.code),
    receiveFailed: () => {},
  });
  return { socket, heard, failed };
}

function codeOf(action: () => void): string {
  try {
    action();
  } catch (error) {
    if (error instanceof UnbrickError) return error.code;
  }
  return "nothing thrown";
}

describe("seededRandom", () => {
  it("gives the same numbers for the same seed, others for another, all from 0 to 1", () => {
    const numbers = (seed: number): number[] => Array.from({ length: 5 }, seededRandom(seed));
    assert.deepEqual(numbers(7), numbers(7));
    assert.notDeepEqual(numbers(7), numbers(8));
    assert.ok(numbers(9).every((number) => number >= 0 && number < 1));
    assert.equal(randomBytes(seededRandom(1), 10).length, 10);
  });
});

describe("Timeline", () => {
  it("performs actions in order of time, then of scheduling, and skips cancelled ones", () => {
    fc.assert(fc.property(fc.array(fc.tuple(fc.nat(50), fc.boolean())), (entries) => {
      const timeline = new Timeline();
      const done: number[] = [];
      entries.forEach(([delay, isCancelled], index) => {
        const cancel = timeline.schedule(delay, () => {
          assert.equal(timeline.now, delay);
          done.push(index);
        });
        if (isCancelled) cancel();
      });
      timeline.runWhile(() => true);
      const expected = entries.flatMap(([delay, isCancelled], index) =>
        isCancelled ? [] : [{ delay, index }]
      ).sort((one, other) => one.delay - other.delay || one.index - other.index);
      assert.deepEqual(done, expected.map(({ index }) => index));
    }));
  });

  it("runs up to a time and leaves the rest", () => {
    const timeline = new Timeline();
    const done: string[] = [];
    timeline.schedule(10, () => void done.push("ten"));
    timeline.schedule(20, () => void done.push("twenty"));
    timeline.runUntil(15);
    assert.deepEqual(done, ["ten"]);
    assert.deepEqual([timeline.now, timeline.nextAt], [15, 20]);
    assert.equal(timeline.step(), true);
    assert.equal(timeline.step(), false);
  });
});

describe("CableDirection", () => {
  const bytes = Uint8Array.of(1, 2, 3);

  it("loses, doubles and damages about as often as told", () => {
    const random = seededRandom(3);
    const arrivals = (faults: Partial<typeof GOOD_CABLE>): number => {
      const cable = new CableDirection();
      let count = 0;
      for (let frame = 0; frame < 2000; frame++) {
        count += cable.carry(bytes, frame, { ...GOOD_CABLE, ...faults }, random).length;
      }
      return count / 2000;
    };
    assert.equal(arrivals({}), 1);
    assert.ok(Math.abs(arrivals({ loss: 0.2 }) - 0.8) < 0.04);
    assert.ok(Math.abs(arrivals({ duplication: 0.2 }) - 1.2) < 0.04);
    assert.ok(Math.abs(arrivals({ corruption: 0.2 }) - 0.8) < 0.04);
  });

  it("delivers damaged frames when told to, and leaves the original alone", () => {
    const [arrival] = new CableDirection().carry(
      bytes,
      0,
      { ...GOOD_CABLE, corruption: 1, deliversCorrupted: true },
      seededRandom(1),
    );
    assert.notDeepEqual(arrival?.bytes, bytes);
    assert.deepEqual(bytes, Uint8Array.of(1, 2, 3));
  });

  it("keeps frames in order unless it is told to reorder", () => {
    for (const reordering of [0, 0.2]) {
      const cable = new CableDirection();
      const random = seededRandom(2);
      const faults = { ...GOOD_CABLE, delayMs: 2, jitterMs: 10, reordering };
      const times = Array.from(
        { length: 200 },
        (_, frame) => cable.carry(bytes, frame, faults, random)[0]!.at,
      );
      const inOrder = times.every((at, index) => index === 0 || at >= times[index - 1]!);
      assert.equal(inOrder, reordering === 0);
    }
  });
});

describe("SimulatedNetwork", () => {
  it("carries datagrams to the port they are sent to, after the delay, and wipes the buffer", () => {
    const network = new SimulatedNetwork({ cable: { delayMs: 5 } });
    const a = listen(network.plug(A), 0);
    let kept: Uint8Array | undefined;
    network.plug(B).host.bind({ hostname: B, port: 69 }, {
      datagram(bytes, from) {
        assert.deepEqual([...bytes], [42, 43]);
        assert.deepEqual(from, { hostname: A, port: a.socket.local.port });
        assert.equal(network.now, 5);
        kept = bytes;
      },
      sendFailed: () => {},
      receiveFailed: () => {},
    });
    const buffer = Uint8Array.of(42, 43);
    a.socket.send(buffer, { hostname: B, port: 69 });
    buffer.fill(0);
    network.timeline.runWhile(() => true);
    assert.deepEqual([...kept!], [0xee, 0xee]);
  });

  it("drops what is sent to a closed port, to nobody, or to a socket that was closed", () => {
    const network = new SimulatedNetwork();
    const a = listen(network.plug(A), 1000);
    const b = listen(network.plug(B), 69);
    for (const to of [{ hostname: B, port: 70 }, { hostname: "192.168.1.9", port: 69 }]) {
      a.socket.send(Uint8Array.of(1), to);
    }
    a.socket.send(Uint8Array.of(2), { hostname: B, port: 69 });
    b.socket.close();
    b.socket.close();
    network.timeline.runWhile(() => true);
    assert.deepEqual([b.heard, a.failed], [[], []]);
  });

  it("cuts datagrams to what the receiver wants", () => {
    const network = new SimulatedNetwork();
    const a = listen(network.plug(A), 0);
    let length = 0;
    network.plug(B).host.bind({ hostname: B, port: 69 }, {
      datagram: (bytes) => void (length = bytes.length),
      sendFailed: () => {},
      receiveFailed: () => {},
    }, { largestDatagram: 10 });
    a.socket.send(new Uint8Array(50), { hostname: B, port: 69 });
    network.timeline.runWhile(() => true);
    assert.equal(length, 10);
  });

  it("refuses ports that are taken and addresses that are not there", () => {
    const computer = new SimulatedNetwork().plug(A);
    listen(computer, 69);
    assert.equal(codeOf(() => listen(computer, 69)), "port-in-use");
    assert.equal(codeOf(() => listen(computer, 70, B)), "address-not-assigned");
    computer.setAddressPresent(false);
    assert.equal(codeOf(() => listen(computer, 70, A)), "address-not-assigned");
    assert.deepEqual(computer.host.addresses(), []);
    computer.setAddressPresent(true);
    assert.deepEqual(computer.host.addresses().map(({ address }) => address), [A]);
  });

  it("gives every socket that asks for none a port of its own", () => {
    const computer = new SimulatedNetwork().plug(A);
    const ports = Array.from({ length: 100 }, () => listen(computer, 0).socket.local.port);
    assert.equal(new Set(ports).size, 100);
  });

  it("reports why nothing leaves, or keeps silent, as told", () => {
    const network = new SimulatedNetwork();
    const computer = network.plug(A);
    const wild = listen(computer, 1000);
    const bound = listen(computer, 1001, A);
    const send = (): void => {
      for (const { socket } of [wild, bound]) {
        socket.send(Uint8Array.of(1), { hostname: B, port: 69 });
      }
      network.timeline.runWhile(() => true);
    };
    computer.setLink(false);
    send();
    computer.setSendsWhileDown("unreachable");
    send();
    computer.setAddressPresent(false);
    send();
    assert.deepEqual(wild.failed, ["network-unreachable", "network-unreachable"]);
    assert.deepEqual(bound.failed, ["network-unreachable", "address-not-assigned"]);
  });

  it("delivers nothing to a computer whose link is down", () => {
    const network = new SimulatedNetwork();
    const a = listen(network.plug(A), 0);
    const computer = network.plug(B);
    const b = listen(computer, 69);
    computer.setLink(false);
    a.socket.send(Uint8Array.of(1), { hostname: B, port: 69 });
    network.timeline.runWhile(() => true);
    computer.setLink(true);
    a.socket.send(Uint8Array.of(2), { hostname: B, port: 69 });
    network.timeline.runWhile(() => true);
    assert.deepEqual(b.heard, [2]);
  });

  it("queues up to twenty datagrams for a neighbour that does not answer, and lets them go at once", () => {
    const network = new SimulatedNetwork({ resolvesAddresses: true, cable: { delayMs: 1 } });
    const a = listen(network.plug(A), 0);
    const computer = network.plug(B);
    const b = listen(computer, 69);
    computer.setLink(false);
    for (let number = 0; number < 29; number++) {
      a.socket.send(Uint8Array.of(number), { hostname: B, port: 69 });
      network.timeline.runUntil(network.now + 100);
    }
    assert.deepEqual(b.heard, []);
    computer.setLink(true);
    network.timeline.runUntil(network.now + 1000);
    assert.deepEqual(b.heard, Array.from({ length: 20 }, (_, index) => 9 + index));
    a.socket.send(Uint8Array.of(77), { hostname: B, port: 69 });
    network.timeline.runUntil(network.now + 1);
    assert.equal(b.heard.at(-1), 77);
  });

  it("sends to a neighbour that was entered by hand without asking, also after the link was down", () => {
    const network = new SimulatedNetwork({ resolvesAddresses: true, cable: { delayMs: 1 } });
    const computer = network.plug(A);
    const a = listen(computer, 0);
    const device = network.plug(B);
    const b = listen(device, 69);
    device.setLink(false);
    computer.enterNeighbour(B);
    computer.setLink(false);
    computer.setLink(true);
    a.socket.send(Uint8Array.of(1), { hostname: B, port: 69 });
    network.timeline.runUntil(50);
    device.setLink(true);
    a.socket.send(Uint8Array.of(2), { hostname: B, port: 69 });
    network.timeline.runUntil(60);
    assert.deepEqual(b.heard, [2]);
  });

  it("drops the queue after three questions in vain", () => {
    const network = new SimulatedNetwork({ resolvesAddresses: true });
    const a = listen(network.plug(A), 0);
    const device = network.plug(B);
    const b = listen(device, 69);
    device.setLink(false);
    a.socket.send(Uint8Array.of(1), { hostname: B, port: 69 });
    network.timeline.runWhile(() => true);
    assert.equal(network.now, 3000);
    device.setLink(true);
    a.socket.send(Uint8Array.of(2), { hostname: B, port: 69 });
    network.timeline.runWhile(() => true);
    assert.deepEqual(b.heard, [2]);
  });

  it("carries a broadcast to everybody who is there, without asking", () => {
    const network = new SimulatedNetwork({ resolvesAddresses: true });
    const a = listen(network.plug(A), 69);
    const b = listen(network.plug(B), 69);
    const off = network.plug("192.168.1.3");
    const c = listen(off, 69);
    off.setLink(false);
    a.socket.send(Uint8Array.of(1), { hostname: "255.255.255.255", port: 69 });
    network.timeline.runWhile(() => true);
    assert.deepEqual([a.heard, b.heard, c.heard], [[], [1], []]);
  });

  it("tells a computer the address of the one who asks for its own", () => {
    const network = new SimulatedNetwork({ resolvesAddresses: true });
    const [one, other] = [network.plug(A), network.plug(B)];
    const watch = one.watchPath(B);
    listen(other, 0).socket.send(Uint8Array.of(1), { hostname: A, port: 69 });
    network.timeline.runWhile(() => true);
    assert.equal(watch.path?.knowsPeer, true);
  });

  it("tells what changes on the way to a neighbour", () => {
    const network = new SimulatedNetwork({ resolvesAddresses: true });
    const computer = network.plug(A);
    const watch = computer.watchPath(B);
    const seen: string[] = [];
    watch.listen(() => {
      const { hasCarrier, knowsPeer, searchesFailed } = watch.path!;
      seen.push(`${network.now}: ${hasCarrier} ${knowsPeer} ${searchesFailed}`);
    });
    const { socket } = listen(computer, 0);
    socket.send(Uint8Array.of(1), { hostname: B, port: 69 });
    network.timeline.runUntil(3500);
    network.plug(B);
    socket.send(Uint8Array.of(2), { hostname: B, port: 69 });
    network.timeline.runUntil(4000);
    computer.setLink(false);
    watch.stop();
    computer.setLink(true);
    assert.deepEqual(seen, [
      "3000: true false 1",
      "3500: true true 1",
      "4000: false false 2",
      "4000: false false 2",
    ]);
  });
});
