import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import type { BootpEvent } from "../../../lib/bootp/events.ts";
import { CHECK_MS } from "../../../lib/bootp/guard.ts";
import {
  type BootpMessage,
  decodeMessage,
  dhcpTypeNumber,
  encodeMessage,
} from "../../../lib/bootp/message.ts";
import { byteOption, numberOption, OptionCode } from "../../../lib/bootp/options.ts";
import { UnbrickError } from "../../../lib/errors.ts";
import { type BootpGoal, type BootpRun, startBootp } from "../../../lib/recovery/bootp.ts";
import type { TransferEvent } from "../../../lib/tftp/events.ts";
import { encodeAck, encodeError, encodePacket } from "../../../lib/tftp/packet.ts";
import { readAnnotatedBytes } from "../../support/annotated_bytes.ts";
import { type NetbootWorld, netbootWorld } from "../../support/netboot_world.ts";

const BOOTP = readAnnotatedBytes("bootp/routerboot_bootp.txt");
const NOBODY = { hostname: "0.0.0.0", port: 68 };
const CLIENT = { hostname: "192.168.1.150", port: 2000 };

function image(name: string): { name: string; bytes: Uint8Array; sha256: string } {
  return { name, bytes: Uint8Array.of(1, 2, 3), sha256: "" };
}

function goalFor(events: (BootpEvent | TransferEvent)[], change: Partial<BootpGoal>): BootpGoal {
  return {
    wish: {
      interfaceName: "eth0",
      range: undefined,
      router: undefined,
      protocols: "both",
      macs: undefined,
      choices: [],
    },
    images: [image("rb.elf")],
    aliases: [],
    anyName: false,
    keep: false,
    force: false,
    tftp: {
      port: 69,
      singlePort: false,
      offerOptions: true,
      maxTransfers: 100,
      giveUpMs: 60_000,
      rollover: 0,
    },
    onEvent: (event) => events.push(event),
    onBootp: (event) => events.push(event),
    signal: new AbortController().signal,
    ...change,
  };
}

/** Starts and waits for the verdict on the network. */
async function start(change: Partial<BootpGoal> = {}, world: NetbootWorld = netbootWorld()) {
  const events: (BootpEvent | TransferEvent)[] = [];
  const starting = startBootp(world.host, goalFor(events, change));
  // Whoever starts looks at the failure, but only after time has passed.
  starting.catch(() => {});
  await world.advance(CHECK_MS);
  const run: BootpRun = await starting;
  return {
    ...world,
    events,
    run,
    names: () => events.map(({ event }) => event),
    /** A RouterBOARD asks; returns how many answers it got. */
    ask(): number {
      const before = answersIn(world);
      world.deliver(67, BOOTP, NOBODY, "0.0.0.0");
      return answersIn(world) - before;
    },
    /** A client fetches a file that fits into one block. */
    fetch(name: string): void {
      const request = encodePacket({ op: "RRQ", filename: name, mode: "octet", options: [] });
      world.deliver(69, request, CLIENT);
      world.deliver(0, encodeAck(1), CLIENT);
    },
  };
}

function answersIn(world: Pick<NetbootWorld, "sent">): number {
  return world.sent.filter(({ to }) => to.port === 68).length;
}

/** A DHCP server of others answers the question asked last. */
function answerAsOther(world: NetbootWorld): void {
  const question = world.sent.findLast(({ to }) => to.port === 67)!;
  const offer = encodeMessage({
    ...decodeMessage(question.bytes) as BootpMessage,
    op: "BOOTREPLY",
    options: [
      byteOption(OptionCode.MESSAGE_TYPE, dhcpTypeNumber("OFFER")),
      numberOption(OptionCode.SERVER_IDENTIFIER, 0xc0a80101),
    ],
  });
  world.deliver(68, offer, { hostname: "192.168.1.1", port: 67 }, "0.0.0.0");
}

function isUnsuitable(text: RegExp): (error: unknown) => boolean {
  return (error) =>
    error instanceof UnbrickError && error.code === "interface-unsuitable" &&
    text.test(error.message);
}

describe("startBootp()", () => {
  it("lets a RouterBOARD boot, then answers nobody any more and ends", async () => {
    const { ask, fetch, run, advance, events, names, open } = await start();
    assert.equal(ask(), 1);
    fetch("rb.elf");
    assert.equal(names().at(-1), "bootp-stopped");
    assert.equal(ask(), 0);
    const told = events.length;
    await advance(25_000);
    assert.deepEqual(await run.finished, { completed: true });
    assert.deepEqual(open(), []);
    assert.equal(events.length, told);
  });

  it("ends also when the client first asked for the size alone, as UEFI does", async () => {
    const world = await start();
    const { fetch, run, advance, deliver, names } = world;
    const options = [{ name: "tsize", value: "0" }];
    const request = encodePacket({ op: "RRQ", filename: "rb.elf", mode: "octet", options });
    deliver(69, request, { ...CLIENT, port: 1999 });
    deliver(0, encodeError(8, "User aborted the transfer"), { ...CLIENT, port: 1999 });
    fetch("rb.elf");
    assert.ok(names().includes("bootp-stopped"));
    await advance(3000);
    assert.deepEqual(await run.finished, { completed: true });
  });

  it("lets another client finish before it ends", async () => {
    const { fetch, run, advance, deliver, open } = await start();
    const other = { hostname: "192.168.1.151", port: 2000 };
    const request = encodePacket({ op: "RRQ", filename: "rb.elf", mode: "octet", options: [] });
    deliver(69, request, other);
    fetch("rb.elf");
    await advance(3500);
    assert.notDeepEqual(open(), []);
    deliver(0, encodeAck(1), other);
    await advance(3000);
    assert.deepEqual(await run.finished, { completed: true });
  });

  it("goes on with keep", async () => {
    const { ask, fetch, run, advance } = await start({ keep: true });
    ask();
    fetch("rb.elf");
    await advance(25_000);
    assert.equal(ask(), 1);
    run.close();
    assert.deepEqual(await run.finished, { completed: false });
  });

  it("does not end with a file that only leads to the image", async () => {
    const images = [image("kernel"), image("boot.ipxe")];
    const { ask, fetch, run, advance } = await start({ images });
    fetch("boot.ipxe");
    await advance(10_000);
    assert.equal(ask(), 1);
    fetch("kernel");
    await advance(10_000);
    assert.deepEqual(await run.finished, { completed: true });
  });

  it("refuses an interface with a default route before any socket is open", async () => {
    const world = netbootWorld();
    world.set({ defaultRoute: true });
    await assert.rejects(start({}, world), isUnsuitable(/default route/));
    assert.deepEqual(world.open(), []);
    assert.equal(world.sent.length, 0);
  });

  it("refuses a network in which another DHCP server answers, and leaves nothing open", async () => {
    const world = netbootWorld();
    const starting = startBootp(world.host, goalFor([], {}));
    const refused = assert.rejects(starting, isUnsuitable(/another DHCP server.*192\.168\.1\.1/));
    await world.advance(3500);
    assert.ok(!world.open().some((socket) => socket.endsWith(":67")));
    answerAsOther(world);
    await refused;
    assert.deepEqual(world.open(), []);
    assert.equal(answersIn(world), 0);
  });

  it("answers all the same with force, without asking first", async () => {
    const world = netbootWorld();
    world.set({ defaultRoute: true });
    const { ask, run, sent } = await start({ force: true }, world);
    assert.equal(sent.length, 0);
    assert.equal(ask(), 1);
    run.close();
  });

  it("answers nobody once another server shows itself, until the link has been down", async () => {
    const world = netbootWorld();
    const { ask, advance, run, events } = await start({}, world);
    await advance(10_000);
    answerAsOther(world);
    assert.equal(ask(), 0);
    assert.ok(events.some((event) => event.event === "bootp-held"));
    await advance(25_000);
    assert.equal(ask(), 0);
    world.set({ carrier: false });
    await advance(1000);
    world.set({ carrier: true });
    await advance(1000 + CHECK_MS);
    assert.equal(ask(), 1);
    run.close();
  });

  it("notices that the cable was plugged into another network", async () => {
    const world = netbootWorld();
    const { ask, advance, run } = await start({}, world);
    assert.equal(ask(), 1);
    world.set({ carrier: false });
    await advance(1000);
    assert.equal(ask(), 0);
    world.set({ carrier: true });
    await advance(1000);
    assert.equal(ask(), 0);
    answerAsOther(world);
    await advance(25_000);
    assert.equal(ask(), 0);
    run.close();
  });

  it("waits for a link, and then looks before it answers", async () => {
    const world = netbootWorld();
    world.set({ carrier: false });
    const { ask, advance, run, sent } = await start({}, world);
    assert.equal(sent.length, 0);
    assert.equal(ask(), 0);
    world.set({ carrier: true });
    await advance(1000);
    assert.equal(ask(), 0);
    await advance(CHECK_MS);
    assert.equal(ask(), 1);
    run.close();
  });

  it("answers nobody when the interface gets a default route", async () => {
    const world = netbootWorld();
    const { ask, advance, run } = await start({}, world);
    world.set({ defaultRoute: true });
    await advance(2500);
    assert.equal(ask(), 0);
    run.close();
  });

  it("says that the interface went away and that it is back, and looks before it answers", async () => {
    const world = netbootWorld();
    const { ask, advance, run, events, lose, missing, open } = await start({}, world);
    assert.equal(ask(), 1);
    const told = events.length;
    world.set({ exists: false });
    missing.add("192.168.1.2");
    await advance(3000);
    for (const port of [67, 68]) lose(port);
    assert.equal(ask(), 0);
    // It comes back as an adapter does: without its address at first.
    world.set({ exists: true, address: false });
    await advance(3000);
    world.set({ address: true });
    missing.clear();
    await advance(3000);
    assert.equal(ask(), 0);
    await advance(CHECK_MS);
    assert.equal(ask(), 1);
    const lines = events.slice(told).flatMap((event) =>
      event.event === "bootp-held" || event.event === "bootp-back" ? [event.reason] : []
    );
    assert.match(lines.join("\n"), /^.* is gone .*\n.* is back, but no longer has .*\n.* again$/);
    assert.equal(open().filter((socket) => /:6[78]$/.test(socket)).length, 4);
    run.close();
  });

  it("tells of the interface with force, too, and never of a check that it does not make", async () => {
    const world = netbootWorld();
    const { ask, advance, run, names, sent } = await start({ force: true }, world);
    world.set({ carrier: false, defaultRoute: true });
    await advance(3000);
    assert.equal(ask(), 0);
    world.set({ carrier: true });
    await advance(3000);
    assert.equal(ask(), 1);
    const about = names().filter((name) => /held|back|clear|checking/.test(name));
    assert.deepEqual(about, ["bootp-held", "bootp-back"]);
    assert.ok(sent.every(({ to }) => to.port !== 67));
    run.close();
  });

  it("tells of an answer that could not leave", async () => {
    const world = netbootWorld();
    const { ask, advance, run, events } = await start({}, world);
    for (const way of ["255.255.255.255", "192.168.1.255"]) world.unreachable.add(way);
    ask();
    await advance(1);
    const last = events.at(-1);
    assert.ok(last?.event === "waiting" && last.reason === "network-unreachable");
    run.close();
  });

  it("asks before each answer whether a client is admitted", async () => {
    let isAdmitted = false;
    const { ask, run, names } = await start({ admit: () => isAdmitted });
    assert.equal(ask(), 0);
    assert.ok(names().includes("bootp-client"));
    isAdmitted = true;
    assert.equal(ask(), 1);
    run.close();
  });

  it("says what silence means, once, and only when nobody asked", async () => {
    const silent = await start();
    await silent.advance(25_000);
    const hints = silent.events.filter(({ event }) => event === "waiting");
    assert.equal(hints.length, 1);
    silent.run.close();
    for (const asks of ["for an address", "for the image"]) {
      const heard = await start({ keep: true });
      if (asks === "for the image") heard.fetch("rb.elf");
      else heard.ask();
      await heard.advance(25_000);
      assert.ok(!heard.names().includes("waiting"), asks);
      heard.run.close();
    }
  });

  it("ends at once when stopped, also while the network is looked at", async () => {
    const world = netbootWorld();
    const stop = new AbortController();
    const starting = startBootp(world.host, goalFor([], { signal: stop.signal }));
    const ended = assert.rejects(
      starting,
      (error) => error instanceof UnbrickError && error.code === "interrupted",
    );
    await world.advance(1000);
    stop.abort();
    await ended;
    assert.deepEqual(world.open(), []);
  });

  it("opens nothing when it was stopped before it knew the interfaces", async () => {
    const world = netbootWorld();
    const stop = new AbortController();
    const starting = startBootp(world.host, goalFor([], { signal: stop.signal }));
    stop.abort();
    await assert.rejects(
      starting,
      (error) => error instanceof UnbrickError && error.code === "interrupted",
    );
    await world.advance(20_000);
    assert.deepEqual([world.open(), world.sent], [[], []]);
  });

  it("refuses a boot file that is not served", async () => {
    const wish = { ...goalFor([], {}).wish, choices: [{ className: "iPXE", name: "boot.ipxe" }] };
    await assert.rejects(start({ wish }), /No file called "boot\.ipxe"/);
    const { run } = await start({ wish, anyName: true });
    run.close();
  });

  it("says which port is taken", async () => {
    for (const port of [67, 68]) {
      const world = netbootWorld();
      world.taken.add(port);
      await assert.rejects(start({}, world), new RegExp(`UDP port ${port}`));
      assert.deepEqual(world.open(), []);
    }
  });
});
