import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import type { BootpEvent } from "../../../lib/bootp/events.ts";
import {
  type BootpMessage,
  decodeMessage,
  dhcpTypeNumber,
  encodeMessage,
  messageType,
} from "../../../lib/bootp/message.ts";
import { byteOption, numberOption, OptionCode } from "../../../lib/bootp/options.ts";
import { type BootpServerOptions, startBootpServer } from "../../../lib/bootp/server.ts";
import { randomBytes, seededRandom } from "../../../lib/simulator/random.ts";
import { readAnnotatedBytes } from "../../support/annotated_bytes.ts";
import { broadcastHost } from "../../support/broadcast_host.ts";

const BOOTP = readAnnotatedBytes("bootp/routerboot_bootp.txt");
const DISCOVER = readAnnotatedBytes("bootp/uboot_discover.txt");
const NOBODY = { hostname: "0.0.0.0", port: 68 };

function start(options: Partial<BootpServerOptions> = {}) {
  const world = broadcastHost();
  const events: BootpEvent[] = [];
  const others: string[] = [];
  const unsent: string[] = [];
  const server = startBootpServer(world.host, {
    responder: {
      serverAddress: 0xc0a80102,
      prefixLength: 24,
      pool: { first: 0xc0a80132, last: 0xc0a80164 },
      router: undefined,
      protocols: "both",
      macs: undefined,
      ownMac: "02:00:00:00:00:01",
      bootFile: () => "rb.elf",
    },
    interfaceName: "eth0",
    heldBecause: () => undefined,
    admit: () => true,
    onOtherServer: (address) => others.push(address),
    onUnsent: (error) => unsent.push(error.code),
    onEvent: (event) => events.push(event),
    ...options,
  });
  return {
    ...world,
    server,
    events,
    others,
    unsent,
    /** A broadcast that arrives at the computer. */
    hear: (bytes: Uint8Array, from = NOBODY) => world.deliver(67, bytes, from, "0.0.0.0"),
    names: () => events.map(({ event }) => event),
  };
}

function decoded(bytes: Uint8Array): BootpMessage {
  const message = decodeMessage(bytes);
  if (message.op === "malformed") assert.fail(message.reason);
  return message;
}

describe("startBootpServer()", () => {
  it("hears behind the wildcard and answers from the interface's address, by broadcast", () => {
    const { open, hear, sent } = start();
    assert.deepEqual(open(), ["0.0.0.0:67", "192.168.1.2:67"]);
    hear(BOOTP);
    hear(DISCOVER);
    assert.deepEqual(sent.map(({ from }) => from.hostname), ["192.168.1.2", "192.168.1.2"]);
    for (const { to } of sent) assert.deepEqual(to, { hostname: "255.255.255.255", port: 68 });
    assert.deepEqual(sent.map(({ bytes }) => messageType(decoded(bytes))), ["BOOTP", "OFFER"]);
  });

  it("tells of a client once, and before anything is sent to it", () => {
    const { hear, events, names } = start();
    hear(DISCOVER);
    hear(DISCOVER);
    assert.deepEqual(names(), [
      "bootp-listening",
      "bootp-client",
      "bootp-request",
      "bootp-reply",
      "bootp-request",
      "bootp-reply",
    ]);
    assert.deepEqual(events[1], {
      event: "bootp-client",
      mac: "52:54:00:12:34:56",
      protocol: "DHCP",
      program: "U-Boot",
      vendorClass: "U-Boot.armv8",
      userClass: null,
      architecture: "ARM64 U-Boot",
    });
  });

  it("stands noise and made-up clients: one answer each at most, and nothing it cannot read", () => {
    const { hear, sent, names, open } = start();
    const random = seededRandom(1);
    const pick = (below: number): number => Math.floor(random() * below);
    const requests = 20_000;
    for (let count = 0; count < requests; count++) {
      const bytes = (random() < 0.5 ? BOOTP : DISCOVER).slice();
      if (random() < 0.2) {
        hear(randomBytes(random, pick(1500)));
        continue;
      }
      // Another client each time, and some bytes that are not what they were.
      bytes.set([2, pick(256), pick(256), pick(256), pick(256), pick(256)], 28);
      for (let changes = pick(4); changes > 0; changes--) bytes[pick(bytes.length)] = pick(256);
      hear(random() < 0.9 ? bytes : bytes.subarray(0, pick(bytes.length)));
    }
    assert.ok(sent.length > 0 && sent.length <= requests);
    for (const { bytes } of sent) assert.ok(bytes.length <= 1500);
    for (const { to } of sent) assert.match(`${to.hostname}:${to.port}`, /:(67|68)$/);
    assert.ok(names().includes("bootp-ignored"));
    assert.equal(open().length, 2);
    const before = sent.length;
    hear(DISCOVER);
    assert.ok(sent.length <= before + 1);
  });

  it("answers nobody while it is held, and gives no address away meanwhile", () => {
    let held: string | undefined = "another DHCP server answers here";
    const { hear, sent, events } = start({ heldBecause: () => held });
    hear(DISCOVER);
    assert.equal(sent.length, 0);
    const request = events.find((event) => event.event === "bootp-request");
    assert.equal(request?.answered, false);
    assert.equal(request?.reason, held);
    held = undefined;
    hear(DISCOVER);
    assert.equal(sent.length, 1);
  });

  it("answers no client that was not admitted", () => {
    const admitted = new Set<string>();
    const { hear, sent } = start({ admit: ({ mac }) => admitted.has(mac) });
    hear(BOOTP);
    assert.equal(sent.length, 0);
    admitted.add("4c:5e:0c:01:02:03");
    hear(BOOTP);
    hear(DISCOVER);
    assert.equal(sent.length, 1);
  });

  it("reports a client that took the offer of another server", () => {
    const { hear, others, sent } = start();
    const options = [
      byteOption(OptionCode.MESSAGE_TYPE, dhcpTypeNumber("REQUEST")),
      numberOption(OptionCode.SERVER_IDENTIFIER, 0xc0a80101),
    ];
    hear(encodeMessage({ ...decoded(DISCOVER), options }));
    assert.deepEqual(others, ["192.168.1.1"]);
    assert.equal(sent.length, 0);
  });

  it("is silent about the questions of its own guard", () => {
    const { hear, names, sent } = start();
    const chaddr = Uint8Array.of(2, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
    hear(encodeMessage({ ...decoded(DISCOVER), chaddr }));
    assert.deepEqual(names(), ["bootp-listening"]);
    assert.equal(sent.length, 0);
  });

  it("ignores rubbish and other networks, with a reason", () => {
    const { hear, events, sent } = start();
    hear(new Uint8Array(7));
    hear(DISCOVER, { hostname: "10.0.0.9", port: 68 });
    const reasons = events.flatMap((event) =>
      event.event === "bootp-ignored" ? [`${event.peer} ${event.reason}`] : []
    );
    assert.deepEqual(reasons, [
      "0.0.0.0:68 7 bytes are too short for BOOTP",
      "10.0.0.9:68 from another network than the interface's",
    ]);
    assert.equal(sent.length, 0);
  });

  it("answers once when a system gives a broadcast to both sockets", () => {
    const { deliver, hear, sent, time } = start();
    deliver(67, DISCOVER, NOBODY);
    assert.equal(sent.length, 1);
    // The same bytes again at the same socket are a repetition of the client.
    hear(DISCOVER);
    assert.equal(sent.length, 2);
    time.runUntil(1000);
    deliver(67, DISCOVER, NOBODY, "192.168.1.2");
    assert.equal(sent.length, 3);
  });

  it("uses the subnet's broadcast address while the system has no way for the other", () => {
    const { hear, sent, time, unreachable, unsent } = start();
    unreachable.add("255.255.255.255");
    hear(BOOTP);
    time.runUntil(1);
    hear(BOOTP);
    time.runUntil(2);
    unreachable.clear();
    // U-Boot hears only the other one.
    hear(BOOTP);
    time.runUntil(3);
    const ways = ["192.168.1.255", "192.168.1.255", "255.255.255.255"];
    assert.deepEqual(sent.map(({ to }) => to.hostname), ways);
    assert.deepEqual(unsent, []);
  });

  it("tells of an answer that could not leave at all", () => {
    const { hear, sent, time, unreachable, unsent } = start();
    unreachable.add("255.255.255.255").add("192.168.1.255");
    hear(BOOTP);
    time.runUntil(1);
    assert.deepEqual(unsent, ["network-unreachable"]);
    assert.equal(sent.length, 0);
  });

  it("says that the system closed its port, answers nobody, and goes on when it is open", () => {
    const { hear, sent, time, lose, missing, deliver, names, events } = start();
    missing.add("192.168.1.2");
    lose(67);
    time.runUntil(1000);
    hear(BOOTP);
    assert.equal(sent.length, 0);
    const refused = events.findLast((event) => event.event === "bootp-request");
    assert.match(refused?.reason ?? "", /67 was closed/);
    missing.clear();
    time.runUntil(2000);
    deliver(67, BOOTP, NOBODY, "0.0.0.0");
    assert.equal(sent.length, 1);
    assert.deepEqual(names().filter((name) => /held|back/.test(name)), [
      "bootp-held",
      "bootp-back",
    ]);
  });

  it("says nothing of its port while it is known why nobody is answered", () => {
    const { time, lose, names, open } = start({ heldBecause: () => "the interface is gone" });
    lose(67);
    time.runUntil(2000);
    assert.deepEqual(names(), ["bootp-listening"]);
    assert.equal(open().length, 2);
  });

  it("answers a client that has its address there", () => {
    const { deliver, sent, events } = start();
    const ciaddr = 0xc0a80109;
    const inform = encodeMessage({
      ...decoded(DISCOVER),
      ciaddr,
      options: [byteOption(OptionCode.MESSAGE_TYPE, dhcpTypeNumber("INFORM"))],
    });
    deliver(67, inform, { hostname: "192.168.1.9", port: 68 }, "192.168.1.2");
    assert.deepEqual(sent[0]?.to, { hostname: "192.168.1.9", port: 68 });
    const reply = events.find((event) => event.event === "bootp-reply");
    assert.equal(reply?.address, null);
    assert.equal(reply?.to, "192.168.1.9");
  });

  it("shows packets when asked, and is gone when closed", () => {
    const shown: string[] = [];
    const { server, hear, sent, open } = start({ onPacket: (text) => shown.push(text) });
    hear(BOOTP);
    assert.match(shown[0]!, /^received BOOTREQUEST/);
    assert.match(shown[1]!, /^sent BOOTREPLY .*file="rb\.elf"/);
    server.close();
    assert.deepEqual(open(), []);
    assert.equal(sent.length, 1);
  });

  it("throws, leaving no socket open, when port 67 is taken", () => {
    const { host, taken, open } = broadcastHost();
    taken.add(67);
    assert.throws(() =>
      startBootpServer(host, {
        responder: {
          serverAddress: 1,
          prefixLength: 24,
          pool: { first: 2, last: 3 },
          router: undefined,
          protocols: "both",
          macs: undefined,
          ownMac: undefined,
          bootFile: () => "",
        },
        interfaceName: "eth0",
        heldBecause: () => undefined,
        admit: () => true,
        onOtherServer: () => {},
        onUnsent: () => {},
        onEvent: () => {},
      })
    );
    assert.deepEqual(open(), []);
  });
});
