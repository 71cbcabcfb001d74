import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import {
  CHECK_MS,
  type GuardOptions,
  type GuardState,
  type InterfaceFacts,
  startGuard,
} from "../../../lib/bootp/guard.ts";
import {
  type BootpMessage,
  BROADCAST_FLAG,
  decodeMessage,
  dhcpTypeNumber,
  encodeMessage,
  messageType,
} from "../../../lib/bootp/message.ts";
import { byteOption, numberOption, OptionCode } from "../../../lib/bootp/options.ts";
import { broadcastHost } from "../../support/broadcast_host.ts";

const MAC = "02:00:00:00:00:01";
const NETWORK = { address: 0xc0a80102, prefixLength: 24 };
const WIFI = { address: 0xc0a8b214, prefixLength: 24 };
const QUIET_LINE: InterfaceFacts = {
  obstacle: undefined,
  networks: [NETWORK],
  otherNetworks: [],
};
const UNPLUGGED: InterfaceFacts = { ...QUIET_LINE, obstacle: { why: "no-link" } };
const ROUTED: InterfaceFacts = { ...QUIET_LINE, obstacle: { why: "default-route" } };

function decoded(bytes: Uint8Array): BootpMessage {
  const message = decodeMessage(bytes);
  if (message.op === "malformed") assert.fail(message.reason);
  return message;
}

function start(options: Partial<GuardOptions> = {}) {
  const world = broadcastHost();
  const states: GuardState[] = [];
  const guard = startGuard(world.host, {
    address: "192.168.1.2",
    mac: MAC,
    facts: QUIET_LINE,
    isQuiet: () => true,
    onState: (state) => states.push(state),
    ...options,
  });
  /** The answer of a DHCP server to the question asked last. */
  const offer = (): Uint8Array =>
    encodeMessage({
      ...decoded(world.sent.at(-1)!.bytes),
      op: "BOOTREPLY",
      yiaddr: 0xc0a80164,
      options: [
        byteOption(OptionCode.MESSAGE_TYPE, dhcpTypeNumber("OFFER")),
        numberOption(OptionCode.SERVER_IDENTIFIER, 0xc0a80101),
      ],
    });
  const answer = (bytes = offer(), hostname = "192.168.1.1") =>
    world.deliver(68, bytes, { hostname, port: 67 });
  return { ...world, states, guard, offer, answer, last: () => states.at(-1)! };
}

describe("startGuard()", () => {
  it("asks from port 68 of the interface's address, to everybody, for a broadcast answer", () => {
    const { sent, time, open } = start();
    assert.deepEqual(open(), ["0.0.0.0:68", "192.168.1.2:68"]);
    time.runUntil(0);
    const [first] = sent;
    assert.deepEqual(first?.from, { hostname: "192.168.1.2", port: 68 });
    assert.deepEqual(first?.to, { hostname: "255.255.255.255", port: 67 });
    const message = decoded(first!.bytes);
    assert.equal(messageType(message), "DISCOVER");
    assert.equal(message.flags, BROADCAST_FLAG);
    time.runUntil(CHECK_MS);
    assert.deepEqual(sent.map(({ at }) => at), [0, 1000, 2000, 3000]);
    assert.equal(new Set(sent.map(({ bytes }) => decoded(bytes).xid)).size, 4);
  });

  it("is clear only after a whole check in which nobody answered", () => {
    const { guard, time, states } = start();
    time.runUntil(CHECK_MS - 1);
    assert.equal(guard.isClear, false);
    time.runUntil(CHECK_MS);
    assert.equal(guard.isClear, true);
    assert.deepEqual(states.map(({ state }) => state), ["checking", "clear"]);
  });

  it("is held by a server that answers, even at the last moment, and asks no more", () => {
    const { guard, time, answer, last, sent } = start();
    time.runUntil(CHECK_MS - 1);
    answer();
    assert.deepEqual(last(), {
      state: "held",
      held: { why: "other-server", server: "192.168.1.1" },
    });
    time.runUntil(100_000);
    assert.equal(guard.isClear, false);
    assert.equal(sent.length, 4);
  });

  it("goes on asking while it is clear, but not in the middle of a transfer", () => {
    let isQuiet = true;
    const { guard, time, sent, answer } = start({ isQuiet: () => isQuiet });
    time.runUntil(CHECK_MS + 10_000);
    assert.equal(sent.length, 5);
    isQuiet = false;
    time.runUntil(CHECK_MS + 35_000);
    assert.equal(sent.length, 5);
    isQuiet = true;
    time.runUntil(CHECK_MS + 45_000);
    assert.equal(sent.length, 6);
    answer();
    assert.equal(guard.isClear, false);
  });

  it("notices the answers of a server to others", () => {
    const { guard, time, answer, offer } = start();
    time.runUntil(CHECK_MS);
    const toOther = decoded(offer());
    answer(encodeMessage({ ...toOther, chaddr: toOther.chaddr.map((byte) => byte + 1) }));
    assert.equal(guard.isClear, false);
  });

  it("does not take this computer's own answers for those of another server", () => {
    const { guard, time, answer, offer } = start();
    time.runUntil(CHECK_MS);
    const toOther = decoded(offer());
    const bytes = encodeMessage({ ...toOther, chaddr: toOther.chaddr.map((byte) => byte + 1) });
    answer(bytes, "192.168.1.2");
    assert.equal(guard.isClear, true);
    // Another program on this computer that answers the question does count.
    answer(offer(), "192.168.1.2");
    assert.equal(guard.isClear, false);
  });

  it("does not take requests and rubbish for answers", () => {
    const { guard, time, answer, sent } = start();
    time.runUntil(CHECK_MS);
    answer(sent[0]!.bytes);
    answer(new Uint8Array(300));
    answer(new Uint8Array());
    assert.equal(guard.isClear, true);
  });

  it("waits for the link, and looks again whenever it comes back", () => {
    const { guard, time, last, sent } = start({ facts: UNPLUGGED });
    time.runUntil(60_000);
    assert.equal(sent.length, 0);
    assert.deepEqual(last(), { state: "held", held: { why: "no-link" } });
    guard.update(QUIET_LINE);
    time.runUntil(60_000 + CHECK_MS);
    assert.equal(guard.isClear, true);
    guard.update(UNPLUGGED);
    assert.equal(guard.isClear, false);
    guard.update(QUIET_LINE);
    assert.deepEqual(last(), { state: "checking" });
    time.runUntil(60_000 + 2 * CHECK_MS);
    assert.equal(guard.isClear, true);
  });

  it("is held by a default route until that is gone", () => {
    const { guard, time, last } = start();
    time.runUntil(CHECK_MS);
    guard.update(ROUTED);
    assert.deepEqual(last(), { state: "held", held: { why: "default-route" } });
    guard.update(QUIET_LINE);
    time.runUntil(2 * CHECK_MS);
    assert.equal(guard.isClear, true);
  });

  it("forgets a server only when the link was down", () => {
    const { guard, time, last } = start();
    guard.heardOf("192.168.1.1");
    guard.update(ROUTED);
    guard.update(QUIET_LINE);
    assert.equal(last().state, "held");
    guard.update(UNPLUGGED);
    guard.update(QUIET_LINE);
    time.runUntil(CHECK_MS);
    assert.equal(guard.isClear, true);
  });

  it("knows nothing from a question that could not leave", () => {
    const { guard, time, unreachable, sent } = start();
    unreachable.add("255.255.255.255");
    time.runUntil(60_000);
    assert.equal(guard.isClear, false);
    assert.equal(sent.length, 0);
    unreachable.clear();
    time.runUntil(62_000 + CHECK_MS);
    assert.equal(guard.isClear, true);
  });

  it("says after three of them that it cannot ask, once, and looks anew when it can", () => {
    const { time, unreachable, states } = start();
    unreachable.add("255.255.255.255");
    time.runUntil(1500);
    assert.deepEqual(states.map(({ state }) => state), ["checking"]);
    time.runUntil(60_000);
    assert.deepEqual(states.map(({ state }) => state), ["checking", "held"]);
    const held = states[1]!;
    assert.ok(held.state === "held" && held.held.why === "cannot-ask");
    assert.equal(held.held.error.code, "network-unreachable");
    unreachable.clear();
    time.runUntil(62_000 + CHECK_MS);
    assert.deepEqual(states.map(({ state }) => state), ["checking", "held", "checking", "clear"]);
  });

  it("asks nothing while its sockets are closed, and looks anew when they are open again", () => {
    const { guard, time, lose, missing, open, last, sent } = start();
    time.runUntil(CHECK_MS);
    const asked = sent.length;
    missing.add("192.168.1.2");
    lose(68);
    const held = last();
    assert.ok(held.state === "held" && held.held.why === "cannot-ask");
    time.runUntil(60_000);
    assert.equal(sent.length, asked);
    assert.equal(guard.isClear, false);
    missing.clear();
    time.runUntil(61_000);
    assert.deepEqual(open(), ["0.0.0.0:68", "192.168.1.2:68"]);
    assert.deepEqual(last(), { state: "checking" });
    time.runUntil(61_000 + CHECK_MS);
    assert.equal(guard.isClear, true);
  });

  it("does not begin before its sockets are open, though the interface is back", () => {
    const { guard, time, lose, missing, last, sent } = start();
    time.runUntil(CHECK_MS);
    const asked = sent.length;
    guard.update({ ...QUIET_LINE, obstacle: { why: "no-interface" } });
    missing.add("192.168.1.2");
    lose(68);
    assert.deepEqual(last(), { state: "held", held: { why: "no-interface" } });
    guard.update(QUIET_LINE);
    time.runUntil(20_000);
    assert.deepEqual([sent.length, guard.isClear], [asked, false]);
    missing.clear();
    time.runUntil(21_000 + CHECK_MS);
    assert.equal(guard.isClear, true);
  });

  it("is held while interface or address are gone, and looks again when they are back", () => {
    for (const obstacle of [{ why: "no-interface" }, { why: "no-address", address: "" }] as const) {
      const { guard, time, last } = start();
      time.runUntil(CHECK_MS);
      guard.update({ ...QUIET_LINE, obstacle });
      assert.deepEqual(last(), { state: "held", held: obstacle });
      guard.update(QUIET_LINE);
      assert.deepEqual(last(), { state: "checking" });
      time.runUntil(2 * CHECK_MS);
      assert.equal(guard.isClear, true);
    }
  });

  describe("on a computer that is in another network, too", () => {
    const BOTH = { ...QUIET_LINE, otherNetworks: [WIFI] };
    const toOther = (offer: Uint8Array): Uint8Array =>
      encodeMessage({
        ...decoded(offer),
        chaddr: decoded(offer).chaddr.map((byte) => byte + 1),
      });

    it("lets the server of the other network answer its own clients", () => {
      const { guard, time, answer, offer, sent } = start({ facts: BOTH });
      time.runUntil(1000);
      answer(toOther(offer()), "192.168.178.1");
      time.runUntil(CHECK_MS);
      assert.equal(guard.isClear, true);
      answer(toOther(offer()), "192.168.178.1");
      guard.heardOf("192.168.178.1");
      assert.equal(guard.isClear, true);
      assert.equal(sent.length, 4);
    });

    it("is held by a server in the interface's own network, and by every answer to itself", () => {
      const heard = start({ facts: BOTH });
      heard.time.runUntil(CHECK_MS);
      heard.answer(toOther(heard.offer()), "192.168.1.1");
      assert.equal(heard.guard.isClear, false);
      const named = start({ facts: BOTH });
      named.guard.heardOf("192.168.1.1");
      named.time.runUntil(CHECK_MS);
      assert.equal(named.guard.isClear, false);
      const asked = start({ facts: BOTH });
      asked.time.runUntil(CHECK_MS);
      asked.answer(asked.offer(), "192.168.178.1");
      assert.equal(asked.guard.isClear, false);
    });

    it("asks at once when a server may be in either of them", () => {
      const same = { ...QUIET_LINE, otherNetworks: [NETWORK] };
      for (const [facts, server] of [[BOTH, "10.9.9.9"], [same, "192.168.1.1"]] as const) {
        const { guard, time, sent, answer } = start({ facts });
        time.runUntil(CHECK_MS);
        guard.heardOf(server);
        assert.equal(sent.length, 5);
        assert.equal(guard.isClear, true);
        answer();
        assert.equal(guard.isClear, false);
      }
    });
  });

  it("closes everything", () => {
    const { guard, time, open, sent } = start();
    guard.close();
    time.runUntil(60_000);
    assert.deepEqual(open(), []);
    assert.equal(sent.length, 0);
  });

  it("throws, leaving no socket open, when port 68 is taken", () => {
    const { host, taken, open } = broadcastHost();
    taken.add(68);
    const options = { address: "192.168.1.2", mac: MAC, facts: QUIET_LINE };
    assert.throws(() => startGuard(host, { ...options, isQuiet: () => true, onState: () => {} }));
    assert.deepEqual(open(), []);
  });
});
