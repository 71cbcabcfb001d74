// Bootloaders that want something before they pull: an address, or commands.
import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { type BootpMessage, decodeMessage, encodeMessage } from "../../../lib/bootp/message.ts";
import { byteOption, OptionCode } from "../../../lib/bootp/options.ts";
import { parseIpv4 } from "../../../lib/net/ipv4.ts";
import type { BootloaderOutput } from "../../../lib/simulator/bootloader.ts";
import { createNetbootingBootloader, ROUTERBOOT } from "../../../lib/simulator/netbooting.ts";
import type { PullingGoal } from "../../../lib/simulator/pulling.ts";
import { createPullingBootloader } from "../../../lib/simulator/pulling.ts";
import { REDBOOT, ROUTERBOOT_TFTP } from "../../../lib/simulator/pulling_profiles.ts";
import { createRedbootConsole } from "../../../lib/simulator/redboot_console.ts";
import { encodeData } from "../../../lib/tftp/packet.ts";

const SERVER = { hostname: "192.168.1.10", port: 67 };

function netbooting() {
  const goals: PullingGoal[] = [];
  const bootloader = createNetbootingBootloader(ROUTERBOOT, (goal) => {
    goals.push(goal);
    return createPullingBootloader(ROUTERBOOT_TFTP, goal);
  });
  return { bootloader, goals };
}

function answerTo(outputs: readonly BootloaderOutput[], change: Partial<BootpMessage>): Uint8Array {
  const [output] = outputs;
  assert.equal(output?.kind, "send");
  const asked = decodeMessage(output.bytes);
  assert.equal(asked.op, "BOOTREQUEST");
  return encodeMessage({
    ...asked as BootpMessage,
    ...{ op: "BOOTREPLY", yiaddr: parseIpv4("192.168.1.111")! },
    ...{ siaddr: parseIpv4("192.168.1.10")!, file: "rb.elf", options: [] },
    ...change,
  });
}

describe("createNetbootingBootloader()", () => {
  it("asks every second, and starts what it has when nobody answers", () => {
    const { bootloader } = netbooting();
    bootloader.start(0);
    for (let second = 1; second < ROUTERBOOT.tries; second++) {
      assert.equal(bootloader.handleTimeout(1000 * second).length, 1, `after ${second} s`);
    }
    bootloader.handleTimeout(1000 * ROUTERBOOT.tries);
    assert.equal(bootloader.phase, "gave-up");
    assert.deepEqual(bootloader.ports, []);
  });

  it("takes a plain answer, and pulls the file that it names", () => {
    const { bootloader, goals } = netbooting();
    const bytes = answerTo(bootloader.start(0), {});
    bootloader.handleDatagram({ bytes, port: 68, from: SERVER }, 100);
    assert.deepEqual(goals, [{
      server: { hostname: "192.168.1.10", port: 69 },
      filename: "rb.elf",
    }]);
    assert.equal(bootloader.phase, "asking");
  });

  it("does not hear DHCP, answers without a file, and answers to others", () => {
    const changes: readonly Partial<BootpMessage>[] = [
      { options: [byteOption(OptionCode.MESSAGE_TYPE, 2)] },
      { file: "" },
      { yiaddr: 0 },
      { xid: 1 },
      { op: "BOOTREQUEST" },
    ];
    for (const change of changes) {
      const { bootloader, goals } = netbooting();
      const bytes = answerTo(bootloader.start(0), change);
      assert.deepEqual(bootloader.handleDatagram({ bytes, port: 68, from: SERVER }, 100), []);
      assert.deepEqual(goals, [], JSON.stringify(change));
    }
  });
});

function redboot() {
  const bootloader = createRedbootConsole(
    { windowMs: 2000, flashMs: 1000 },
    (goal) => createPullingBootloader(REDBOOT, goal),
  );
  const { networkConsole } = bootloader;
  assert.ok(networkConsole !== undefined);
  bootloader.start(0);
  const text = (outputs: readonly BootloaderOutput[]): string =>
    outputs.map((output) => output.kind === "print" ? output.text : "").join("");
  return {
    bootloader,
    networkConsole,
    connect: () => text(networkConsole.connected(10)),
    type: (line: string, now = 20) =>
      text(networkConsole.typed(new TextEncoder().encode(line), now)),
    wait: (now: number) => text(bootloader.handleTimeout(now)),
  };
}

describe("createRedbootConsole()", () => {
  it("boots on unless it is stopped in its window", () => {
    const missed = redboot();
    assert.match(missed.connect(), /enter \^C to abort/);
    assert.equal(missed.type("version\r"), "");
    missed.wait(2000);
    assert.equal(missed.bootloader.phase, "gave-up");
    assert.equal(missed.networkConsole.isOpen, false);
    const caught = redboot();
    caught.connect();
    assert.match(caught.type("\x03"), /RedBoot> $/);
    caught.wait(2000);
    assert.equal(caught.bootloader.phase, "listening");
  });

  it("is open to one connection for each power-on", () => {
    const { networkConsole, connect } = redboot();
    assert.equal(networkConsole.isOpen, true);
    connect();
    networkConsole.disconnected();
    assert.equal(networkConsole.isOpen, false);
  });

  it("loads, asks before it formats, writes for a while, and starts what it wrote", () => {
    const { bootloader, connect, type, wait } = redboot();
    connect();
    type("\x03");
    assert.match(
      type("ip_address -l 192.168.1.254/24 -h 192.168.1.10\r"),
      /server: 192\.168\.1\.10/,
    );
    type("load -r -b %{FREEMEMLO} -m tftp kernel\r");
    assert.deepEqual([bootloader.phase, bootloader.ports], ["asking", [7700]]);
    const bytes = encodeData(1, Uint8Array.of(1, 2, 3));
    const from = { hostname: "192.168.1.10", port: 5000 };
    bootloader.handleDatagram({ bytes, port: 7700, from }, 30);
    assert.match(type("fis init\r", 40), /continue \(y\/n\)\? $/);
    assert.doesNotMatch(type("y\r", 50), /RedBoot>/);
    assert.equal(bootloader.phase, "flashing");
    assert.match(wait(1050), /RedBoot> $/);
    type("fis create -e 0x80041000 -r 0x80041000 linux\r", 1100);
    assert.match(wait(2100), /RedBoot> $/);
    type("reset\r", 2200);
    assert.equal(bootloader.phase, "accepted");
    assert.deepEqual(bootloader.image, Uint8Array.of(1, 2, 3));
  });

  it("says what it does not know, has nothing to write before it loaded, and formats for a y only", () => {
    const { connect, type } = redboot();
    connect();
    type("\x03");
    assert.match(type("format c:\r"), /Illegal command/);
    assert.match(type("fis create x\r"), /\*\* Error/);
    type("fis init\r");
    assert.match(type("n\r"), /RedBoot> $/);
  });

  it("is lost to its debugger after a dollar sign", () => {
    const { connect, type } = redboot();
    connect();
    type("\x03");
    type("load $x\r");
    assert.equal(type("version\r\x03"), "");
  });
});
