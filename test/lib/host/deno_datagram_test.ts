import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { openDatagramSocket } from "../../../lib/host/deno_datagram.ts";
import type { DatagramSocket } from "../../../lib/host/host.ts";
import { loopbackAddress } from "../../support/loopback.ts";
import { until, withDeadline } from "../../support/waiting.ts";

/** Datagrams sent in one go: more than Deno sends at once, fewer than a socket's buffer holds. */
const BURST = 200;

/** Opens a socket, lets `act` send to it, and returns the first bytes of `count` datagrams. */
async function arrivals(
  count: number,
  act: (to: DatagramSocket) => void,
): Promise<number[]> {
  const seen: number[] = [];
  let complete = (): void => {};
  const all = new Promise<void>((resolve) => complete = resolve);
  const receiver = openDatagramSocket({ hostname: loopbackAddress(), port: 0 }, {
    datagram(bytes) {
      if (seen.push(bytes[0]!) === count) complete();
    },
    sendFailed: () => {},
    receiveFailed: () => {},
  });
  act(receiver);
  await withDeadline(all, () => `${count} datagrams, came: ${seen.length}`);
  receiver.close();
  return seen;
}

function openSender(): DatagramSocket {
  return openDatagramSocket({ hostname: loopbackAddress(), port: 0 }, {
    datagram: () => {},
    sendFailed: () => {},
    receiveFailed: () => {},
  });
}

describe("openDatagramSocket", () => {
  const inOrder = Array.from({ length: BURST }, (_, index) => index);

  it("sends a burst in the order of the calls, however long it is", async () => {
    const sender = openSender();
    const seen = await arrivals(BURST, (to) => {
      for (const index of inOrder) sender.send(Uint8Array.of(index), to.local);
    });
    sender.close();
    assert.deepEqual(seen, inOrder);
  });

  it("sends what was handed over before it was closed, and nothing after", async () => {
    const sender = openSender();
    const seen = await arrivals(BURST, (to) => {
      for (const index of inOrder) sender.send(Uint8Array.of(index), to.local);
      sender.close();
      sender.close();
      sender.send(Uint8Array.of(255), to.local);
    });
    assert.deepEqual(seen, inOrder);
  });

  it("receives on when many sockets have closed themselves at once", async () => {
    const sender = openSender();
    // More than may be leaving at a time, fewer than macOS lets a program have open.
    const many = inOrder.slice(0, 100);
    for (let round = 0; round < 2; round++) {
      const sockets = many.map(() => {
        const socket = openDatagramSocket({ hostname: loopbackAddress(), port: 0 }, {
          datagram: () => socket.close(),
          sendFailed: () => {},
          receiveFailed: () => {},
        });
        return socket;
      });
      for (const { local } of sockets) sender.send(Uint8Array.of(1), local);
      // One that closes others has to wait for all of them.
      const seen = await arrivals(2, (to) => {
        sockets.at(-1)!.close();
        sender.send(Uint8Array.of(1), to.local);
        sender.send(Uint8Array.of(2), to.local);
      });
      assert.deepEqual(seen, [1, 2]);
    }
    const victims = many.map(openSender);
    let closed = 0;
    const closer = openDatagramSocket({ hostname: loopbackAddress(), port: 0 }, {
      datagram: () => victims[closed++]?.close(),
      sendFailed: () => {},
      receiveFailed: () => {},
    });
    for (const index of many) sender.send(Uint8Array.of(index), closer.local);
    await until("all are closed", () => closed === many.length);
    closer.close();
    sender.close();
  });
});
