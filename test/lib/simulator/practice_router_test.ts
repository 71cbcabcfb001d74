import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { SimulatedNetwork } from "../../../lib/simulator/network.ts";
import { PRACTICE_KINDS } from "../../../lib/simulator/practice_kinds.ts";
import { createPracticeRouter, type PracticeMood } from "../../../lib/simulator/practice_router.ts";
import { seededRandom } from "../../../lib/simulator/random.ts";
import { encodeData, encodePacket } from "../../../lib/tftp/packet.ts";

function router(id: string, mood: PracticeMood = "friendly") {
  const network = new SimulatedNetwork();
  const { host } = network.plug("127.0.0.1", 8);
  const made = createPracticeRouter(host, {
    kind: PRACTICE_KINDS.find((kind) => kind.id === id)!,
    mood,
    bootMs: 1000,
    windowMs: 3000,
    flashMs: 5000,
    delayMs: 0,
    random: seededRandom(1),
  });
  const wait = (ms: number) => network.timeline.runUntil(network.now + ms);
  /** Pushes one short block, as the smallest image. */
  const push = () => {
    const socket = host.bind({ hostname: "127.0.0.1", port: 0 }, {
      datagram: () => {},
      sendFailed: () => {},
      receiveFailed: () => {},
    });
    const to = { hostname: "127.0.0.1", port: made.devicePort };
    socket.send(encodePacket({ op: "WRQ", filename: "x", mode: "octet", options: [] }), to);
    wait(10);
    socket.send(encodeData(1, Uint8Array.of(1, 2, 3)), to);
    wait(10);
  };
  return { made, wait, push };
}

describe("createPracticeRouter()", () => {
  it("is dark and silent while it is off", () => {
    const { made, wait, push } = router("cfe");
    push();
    wait(10_000);
    assert.equal(made.state, "off");
    assert.equal(made.lights(), "all lights are off");
    assert.equal(made.ping(), undefined);
  });

  it("listens for its window only", () => {
    const { made, wait } = router("cfe");
    made.pressPower();
    assert.equal(made.state, "starting");
    wait(1000);
    assert.equal(made.state, "loader");
    assert.equal(made.ping()?.ttl, 255);
    wait(2999);
    assert.equal(made.state, "loader");
    wait(2);
    assert.equal(made.state, "broken");
  });

  it("takes an image, writes it, runs it, and runs it again after power was off", () => {
    const { made, wait, push } = router("cfe");
    made.pressPower();
    wait(1100);
    push();
    assert.equal(made.state, "writing");
    assert.equal(made.ping(), undefined);
    assert.equal(made.flashed(), undefined);
    wait(5000);
    assert.equal(made.state, "running");
    assert.equal(made.ping()?.ttl, 64);
    assert.deepEqual(made.flashed(), Uint8Array.of(1, 2, 3));
    made.pressPower();
    assert.equal(made.state, "off");
    made.pressPower();
    wait(1000);
    assert.equal(made.state, "running");
  });

  it("has nothing in its flash when power was cut while it wrote", () => {
    const { made, wait, push } = router("cfe");
    made.pressPower();
    wait(1100);
    push();
    made.pressPower();
    wait(10_000);
    assert.equal(made.state, "off");
    assert.equal(made.flashed(), undefined);
    made.pressPower();
    wait(1000);
    assert.equal(made.state, "loader");
  });

  it("enters its loader only while reset is held, where that is needed", () => {
    const { made, wait } = router("asus");
    made.pressPower();
    wait(1000);
    assert.equal(made.state, "broken");
    made.pressPower();
    made.toggleReset();
    made.pressPower();
    wait(1000);
    assert.equal(made.state, "loader");
  });

  it("does not answer ping in its silent mood", () => {
    const { made, wait, push } = router("cfe", "silent");
    made.pressPower();
    wait(1100);
    push();
    wait(5000);
    assert.equal(made.state, "running");
    assert.equal(made.ping(), undefined);
  });

  it("keeps its flash as it is when it does not like an image", () => {
    const { made, wait, push } = router("cfe", "refuses");
    made.pressPower();
    wait(1100);
    push();
    wait(10_000);
    assert.equal(made.state, "refused");
    assert.equal(made.flashed(), undefined);
  });
});
