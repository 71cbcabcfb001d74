import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { openPort } from "../../../lib/bootp/port_sockets.ts";
import { broadcastHost } from "../../support/broadcast_host.ts";

const BOTH = ["0.0.0.0:67", "192.168.1.2:67"];

function start() {
  const world = broadcastHost();
  const told: string[] = [];
  const port = openPort(world.host, {
    address: "192.168.1.2",
    port: 67,
    datagram: (_bytes, _from, hostname) => told.push(`datagram at ${hostname}`),
    sendFailed: (error) => told.push(error.code),
    lost: (error) => told.push(`lost: ${error.message}`),
    back: () => told.push("back"),
  });
  return { ...world, port, told };
}

describe("openPort()", () => {
  it("opens both sockets again after the system closed them, and says so once", () => {
    const { port, told, lose, open, time, deliver, sent } = start();
    assert.deepEqual(open(), BOTH);
    lose(67);
    assert.equal(port.isOpen, false);
    assert.deepEqual(open(), []);
    // What is sent meanwhile is lost, as on a cable that is out.
    port.send(new Uint8Array(1), { hostname: "192.168.1.9", port: 68 });
    time.runUntil(1000);
    assert.deepEqual(open(), BOTH);
    assert.equal(port.isOpen, true);
    assert.deepEqual(told, ["lost: The socket was closed", "back"]);
    deliver(67, new Uint8Array(1), { hostname: "0.0.0.0", port: 68 }, "0.0.0.0");
    assert.equal(told.at(-1), "datagram at 0.0.0.0");
    assert.equal(sent.length, 0);
    port.send(new Uint8Array(1), { hostname: "192.168.1.9", port: 68 });
    assert.deepEqual(sent.map(({ from }) => from.hostname), ["192.168.1.2"]);
  });

  it("waits as long as the address is away", () => {
    const { port, told, lose, missing, open, time } = start();
    missing.add("192.168.1.2");
    lose(67);
    time.runUntil(60_000);
    assert.deepEqual(open(), ["0.0.0.0:67"]);
    assert.equal(port.isOpen, false);
    missing.clear();
    time.runUntil(61_000);
    assert.deepEqual([port.isOpen, told.length], [true, 2]);
  });

  it("stays closed when it was closed meanwhile", () => {
    const { port, told, lose, open, time } = start();
    lose(67);
    port.close();
    time.runUntil(60_000);
    assert.deepEqual(open(), []);
    assert.deepEqual(told, ["lost: The socket was closed"]);
  });
});
