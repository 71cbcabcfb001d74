import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { createAsus } from "../../../lib/simulator/asus.ts";
import type { Bootloader, BootloaderOutput } from "../../../lib/simulator/bootloader.ts";
import { createCfe } from "../../../lib/simulator/cfe.ts";
import { SimulatedNetwork } from "../../../lib/simulator/network.ts";
import { powerOn } from "../../../lib/simulator/power_on.ts";
import { createPullingBootloader, type PullingProfile } from "../../../lib/simulator/pulling.ts";
import {
  CFE_CLIENT,
  EDK2,
  REDBOOT,
  TP_LINK,
  UBOOT,
  UBOOT_LWIP,
  UBOOT_NETRETRY,
} from "../../../lib/simulator/pulling_profiles.ts";
import { createTftpsrv } from "../../../lib/simulator/tftpsrv.ts";
import { createUbiquiti } from "../../../lib/simulator/ubiquiti.ts";
import { describePacket } from "../../../lib/tftp/describe.ts";
import { encodePacket } from "../../../lib/tftp/packet.ts";
import { ack, data, error, oack } from "../tftp/transcript.ts";

const PC = "192.168.1.2";

/** Packets that leave, as lines with the port they leave from; console lines are left out. */
function sent(outputs: readonly BootloaderOutput[]): string[] {
  return outputs.flatMap((output) =>
    output.kind === "send"
      ? [`${output.fromPort}: ${describePacket("sent", output.bytes).slice("sent ".length)}`]
      : []
  );
}

interface Stage {
  /** Hands in a datagram from the PC's port 2000, or another, to the port that is heard. */
  receives(now: number, bytes: Uint8Array, fromPort?: number): string[];
  /** Lets time pass. */
  passes(now: number): string[];
}

function stage(bootloader: Bootloader): Stage {
  return {
    receives: (now, bytes, fromPort = 2000) =>
      sent(bootloader.handleDatagram({
        bytes,
        port: bootloader.ports[0] ?? 69,
        from: { hostname: PC, port: fromPort },
      }, now)),
    passes: (now) => sent(bootloader.handleTimeout(now)),
  };
}

const WRQ = encodePacket({ op: "WRQ", filename: "x", mode: "octet", options: [] });

function rrq(filename: string): Uint8Array {
  return encodePacket({ op: "RRQ", filename, mode: "octet", options: [] });
}

describe("createCfe", () => {
  it("closes at the end of its window, not before", () => {
    const cfe = createCfe({ windowMs: 3000 });
    cfe.start(0);
    stage(cfe).passes(2999);
    assert.deepEqual([cfe.phase, cfe.ports], ["listening", [69]]);
    stage(cfe).passes(3000);
    assert.deepEqual([cfe.phase, cfe.ports], ["gave-up", []]);
  });

  it("is closed by a first datagram that is no request", () => {
    const cfe = createCfe();
    cfe.start(0);
    assert.deepEqual(stage(cfe).receives(10, ack(0)), [
      "69: ERROR <code=4, msg=protocol error>",
    ]);
    assert.equal(cfe.phase, "gave-up");
  });

  it("loses a try and acknowledges again for each further WRQ, and ends when none is left", () => {
    const cfe = createCfe({ tries: 3 });
    const { receives } = stage(cfe);
    cfe.start(0);
    assert.deepEqual(receives(10, WRQ), ["69: ACK <block=0>"]);
    assert.deepEqual(receives(10, WRQ), ["69: ACK <block=0>"]);
    assert.deepEqual(receives(10, WRQ), ["69: ACK <block=0>"]);
    assert.deepEqual(receives(10, WRQ), ["69: ERROR <code=3, msg=transfer cancelled>"]);
    assert.equal(cfe.phase, "gave-up");
  });

  it("hears only who asked first, and has its tries again after each block", () => {
    const cfe = createCfe({ tries: 2 });
    const { receives, passes } = stage(cfe);
    cfe.start(0);
    receives(10, WRQ);
    assert.deepEqual(receives(20, data(1, 512), 2001), []);
    assert.deepEqual(passes(1010), ["69: ACK <block=0>"]);
    assert.deepEqual(receives(1100, data(1, 512)), ["69: ACK <block=1>"]);
    assert.deepEqual(receives(1110, data(1, 512)), ["69: ACK <block=1>"]);
    assert.deepEqual(receives(1120, data(2, 5)), ["69: ACK <block=2>"]);
    assert.equal(cfe.image?.length, 517);
  });
});

describe("createAsus", () => {
  it("appends whatever is not a copy of the last block", () => {
    const asus = createAsus();
    const { receives } = stage(asus);
    asus.start(0);
    receives(0, WRQ);
    assert.deepEqual(receives(1, data(1, 512)), ["69: ACK <block=1>"]);
    assert.deepEqual(receives(2, data(1, 512)), []);
    assert.deepEqual(receives(3, data(2, 512)), ["69: ACK <block=2>"]);
    assert.deepEqual(receives(4, data(1, 512)), ["69: ACK <block=1>"]);
    receives(5, data(3, 1));
    stage(asus).passes(2000);
    assert.equal(asus.image?.length, 4 * 512 - 511);
  });

  it("hears one source port only, and a WRQ from there begins anew", () => {
    const asus = createAsus();
    const { receives } = stage(asus);
    asus.start(0);
    assert.deepEqual(receives(0, WRQ), ["69: ACK <block=0>"]);
    assert.deepEqual(receives(1, WRQ, 2001), []);
    receives(2, data(1, 512));
    assert.deepEqual(receives(3, WRQ), ["69: ACK <block=0>"]);
    receives(4, data(1, 7));
    stage(asus).passes(2000);
    assert.equal(asus.image?.length, 7);
  });

  it("starts again, deaf to nobody, when the first block is not block 1", () => {
    const asus = createAsus();
    const { receives } = stage(asus);
    asus.start(0);
    receives(0, WRQ);
    assert.deepEqual(receives(1, data(2, 512)), []);
    assert.deepEqual(receives(2, WRQ, 2001), ["69: ACK <block=0>"]);
  });

  it("answers a read with an empty block, and repeats its ACK every two seconds", () => {
    const asus = createAsus();
    const { receives, passes } = stage(asus);
    asus.start(0);
    assert.deepEqual(receives(0, rrq("ASUSSPACELINK\x01\x01\xa8\xc0")), [
      "69: DATA <block=1, 0 bytes>",
    ]);
    receives(1, WRQ);
    assert.deepEqual(passes(60_000), []);
    receives(60_000, data(1, 512));
    assert.deepEqual(passes(61_999), []);
    assert.deepEqual(passes(62_000), ["69: ACK <block=1>"]);
  });

  it("tells its verdict six times, after the flash is written", () => {
    for (const judge of [() => undefined, () => "bad"]) {
      const asus = createAsus({ flashMs: 500, judge });
      asus.start(0);
      stage(asus).receives(0, WRQ);
      stage(asus).receives(1, data(1, 5));
      assert.equal(asus.phase, "flashing");
      const verdicts = asus.handleTimeout(501).flatMap((output) =>
        output.kind === "send" ? [[...output.bytes]] : []
      );
      const flag = judge() === undefined ? 1 : 0;
      assert.deepEqual(verdicts, Array.from({ length: 6 }, () => [0, 6, 0, flag]));
    }
  });
});

describe("createUbiquiti", () => {
  it("begins anew at every WRQ, stores by number, and is silent about copies until a second passed", () => {
    const ubiquiti = createUbiquiti();
    const { receives, passes } = stage(ubiquiti);
    ubiquiti.start(0);
    receives(0, WRQ);
    receives(1, data(1, 512));
    assert.deepEqual(receives(2, WRQ), ["69: ACK <block=0>"]);
    assert.deepEqual(receives(3, data(2, 512)), ["69: ACK <block=2>"]);
    assert.deepEqual(receives(4, data(2, 512)), []);
    assert.deepEqual(passes(1003), ["69: ACK <block=2>"]);
    assert.deepEqual(receives(1004, data(1, 512)), ["69: ACK <block=1>"]);
    assert.deepEqual(receives(1005, data(3, 9)), ["69: ACK <block=3>"]);
    const expected = [data(1, 512), data(2, 512), data(3, 9)].flatMap((bytes) => [
      ...bytes.subarray(4),
    ]);
    assert.deepEqual([...ubiquiti.image!], expected);
  });

  it("judges in place of the last ACK and waits again", () => {
    const ubiquiti = createUbiquiti({ judge: () => "Firmware check failed" });
    const { receives } = stage(ubiquiti);
    ubiquiti.start(0);
    receives(0, WRQ);
    assert.deepEqual(receives(1, data(1, 5)), ["69: ERROR <code=2, msg=Firmware check failed>"]);
    assert.equal(ubiquiti.phase, "listening");
    assert.deepEqual(receives(2, WRQ, 2001), ["69: ACK <block=0>"]);
  });

  it("refuses what its memory cannot hold", () => {
    const ubiquiti = createUbiquiti({ memoryBytes: 600 });
    const { receives } = stage(ubiquiti);
    ubiquiti.start(0);
    receives(0, WRQ);
    receives(1, data(1, 512));
    assert.deepEqual(receives(2, data(2, 512)), ["69: ERROR <code=3, msg=File too large>"]);
  });

  it("reads out partitions by name and is silent about other names", () => {
    const ubiquiti = createUbiquiti({ partitions: { cfg: new Uint8Array(600) } });
    const { receives, passes } = stage(ubiquiti);
    ubiquiti.start(0);
    assert.deepEqual(receives(0, rrq("toString")), []);
    assert.deepEqual(receives(1, rrq("cfg")), ["69: DATA <block=1, 512 bytes>"]);
    assert.deepEqual(passes(1001), ["69: DATA <block=1, 512 bytes>"]);
    assert.deepEqual(receives(1002, ack(1)), ["69: DATA <block=2, 88 bytes>"]);
    receives(1003, ack(2));
    assert.equal(ubiquiti.phase, "listening");
  });
});

describe("createTftpsrv", () => {
  it("answers from a new port, deaf to further requests, and silent about copies", () => {
    const server = createTftpsrv();
    const { receives, passes } = stage(server);
    server.start(0);
    assert.deepEqual(receives(100, WRQ), ["1124: ACK <block=0>"]);
    assert.deepEqual(server.ports, [1124]);
    assert.deepEqual(receives(101, WRQ), []);
    assert.deepEqual(receives(102, data(1, 512)), ["1124: ACK <block=1>"]);
    assert.deepEqual(receives(103, data(1, 512)), []);
    assert.deepEqual(passes(7602), ["1124: ACK <block=1>"]);
    receives(7603, data(2, 3));
    assert.equal(server.image?.length, 515);
  });
});

describe("createPullingBootloader", () => {
  const start = (profile: PullingProfile, now = 0): [Bootloader, Stage, string[]] => {
    const goal = { server: { hostname: PC, port: 69 }, filename: "a.bin" };
    const bootloader = createPullingBootloader(profile, goal);
    return [bootloader, stage(bootloader), sent(bootloader.start(now))];
  };
  const UBOOT_RRQ = "RRQ <file=a.bin, mode=octet, timeout=5, blksize=1468>";

  it("as U-Boot asks every five seconds from the same port, then starts again from another", () => {
    const [, { passes }, first] = start(UBOOT_NETRETRY, 500);
    assert.deepEqual(first, [`1524: ${UBOOT_RRQ}`]);
    let now = 500;
    for (let repetition = 0; repetition < 10; repetition++) {
      assert.deepEqual(passes(now += 5000), [`1524: ${UBOOT_RRQ}`]);
    }
    assert.deepEqual(passes(now += 5000), []);
    now += 10_000;
    assert.deepEqual(passes(now), [`${1024 + now % 3072}: ${UBOOT_RRQ}`]);
  });

  it("as U-Boot refuses an OACK with another timeout or more blksize than asked", () => {
    for (const answer of [{ timeout: "4" }, { blksize: "1469" }]) {
      const [bootloader, { receives }] = start(UBOOT);
      assert.deepEqual(receives(1, oack(answer)), ["1024: ERROR <code=8, msg=option refused>"]);
      assert.equal(bootloader.phase, "gave-up");
    }
  });

  it("as U-Boot begins anew when the OACK comes again", () => {
    const [bootloader, { receives }] = start(UBOOT);
    const answer = oack({ timeout: "5", blksize: "8" });
    assert.deepEqual(receives(1, answer), ["1024: ACK <block=0>"]);
    assert.deepEqual(receives(2, data(1, 8)), ["1024: ACK <block=1>"]);
    assert.deepEqual(receives(3, answer), ["1024: ACK <block=0>"]);
    assert.deepEqual(receives(4, data(2, 8)), []);
    receives(5, data(1, 3));
    assert.equal(bootloader.image?.length, 3);
  });

  it("as U-Boot is silent about copies, repeats its ACK after five seconds, and does not dally", () => {
    const [bootloader, { receives, passes }] = start(UBOOT);
    assert.deepEqual(receives(1, data(1, 512)), ["1024: ACK <block=1>"]);
    assert.deepEqual(receives(2, data(1, 512)), []);
    assert.deepEqual(receives(3, data(2, 512), 3000), []);
    assert.deepEqual(passes(5001), ["1024: ACK <block=1>"]);
    assert.deepEqual(receives(5002, data(2, 0)), ["1024: ACK <block=2>"]);
    assert.deepEqual([bootloader.phase, bootloader.ports], ["accepted", []]);
  });

  it("as U-Boot with netretry stops for good at ERROR 1 and 2, and starts again at any other", () => {
    for (const [code, phase] of [[1, "gave-up"], [2, "gave-up"], [0, "asking"], [3, "asking"]]) {
      const [bootloader, { receives }] = start(UBOOT_NETRETRY);
      receives(1, error(Number(code)));
      assert.equal(bootloader.phase, phase);
    }
  });

  it("as U-Boot without netretry returns to its prompt at any ERROR", () => {
    for (const code of [0, 1, 2, 3]) {
      const [bootloader, { receives }] = start(UBOOT);
      receives(1, error(code));
      assert.equal(bootloader.phase, "gave-up");
    }
  });

  it("as U-Boot asks four times by ARP, five seconds apart, before it gives up", () => {
    const server = { hostname: PC, port: 69 };
    const answersArp = (): boolean => false;
    const bootloader = createPullingBootloader(UBOOT, { server, filename: "a", answersArp });
    assert.deepEqual(sent(bootloader.start(0)), []);
    for (const at of [5000, 10_000, 15_000]) {
      assert.deepEqual(sent(bootloader.handleTimeout(at)), []);
      assert.equal(bootloader.phase, "asking");
    }
    assert.deepEqual(sent(bootloader.handleTimeout(20_000)), []);
    assert.equal(bootloader.phase, "gave-up");
  });

  it("as U-Boot starts again when the first block is not block 1", () => {
    const [bootloader, { receives }] = start(UBOOT_NETRETRY);
    assert.deepEqual(receives(1, data(2, 512)), []);
    assert.deepEqual([bootloader.phase, bootloader.ports], ["asking", []]);
  });

  it("over lwIP does not understand an OACK in upper case", () => {
    const [bootloader, { receives }] = start(UBOOT_LWIP);
    receives(1, oack({ BLKSIZE: "1468" }));
    receives(2, data(1, 1468));
    assert.equal(bootloader.phase, "gave-up");
  });

  it("as RedBoot asks once in upper case, is ended by an OACK, and hears anybody", () => {
    const [silent, quiet, first] = start(REDBOOT);
    assert.deepEqual(first, ["7700: RRQ <file=a.bin, mode=OCTET>"]);
    assert.deepEqual(quiet.passes(5000), []);
    assert.equal(silent.phase, "gave-up");
    const [ended, once] = start(REDBOOT);
    once.receives(1, oack({}));
    assert.equal(ended.phase, "gave-up");
    const [, { receives }] = start(REDBOOT);
    assert.deepEqual(receives(1, data(1, 512)), ["7700: ACK <block=1>"]);
    assert.deepEqual(receives(2, data(1, 512)), ["7700: ACK <block=1>"]);
    assert.deepEqual(receives(3, data(7, 512)), ["7700: ACK <block=1>"]);
    assert.deepEqual(receives(4, data(2, 512), 3000), ["7700: ACK <block=2>"]);
  });

  it("as CFE loses a try for each block that is not the next", () => {
    const [bootloader, { receives }] = start(CFE_CLIENT);
    receives(1, data(1, 512));
    for (let copy = 0; copy < 8; copy++) {
      assert.deepEqual(receives(2, data(1, 512)), ["1026: ACK <block=1>"]);
    }
    receives(3, data(1, 512));
    assert.equal(bootloader.phase, "gave-up");
  });

  it("as TP-Link waits five seconds once, then asks every second, each time from another port", () => {
    const [, { passes }, first] = start(TP_LINK);
    assert.deepEqual(first, ["1024: RRQ <file=a.bin, mode=octet, timeout=5>"]);
    const ports: string[] = [];
    for (let now = 0; now <= 9000; now += 250) {
      ports.push(...passes(now).map((line) => `${now} ${line.split(":")[0]}`));
    }
    assert.deepEqual(ports.map((line) => line.split(" ")[0]), ["5250", "6500", "7750", "9000"]);
    assert.equal(new Set(ports.map((line) => line.split(" ")[1])).size, 4);
  });

  it("as EDK2 asks for the size first, ends that with ERROR 8, then takes windows of four", () => {
    const [bootloader, { receives }, first] = start(EDK2);
    assert.deepEqual(first, [
      "1200: RRQ <file=a.bin, mode=octet, tsize=0, blksize=1468, windowsize=4>",
    ]);
    assert.deepEqual(receives(1, oack({ tsize: "40", blksize: "8", windowsize: "4" })), [
      "1200: ERROR <code=8, msg=User aborted the transfer>",
      "1201: RRQ <file=a.bin, mode=octet, blksize=1468, windowsize=4>",
    ]);
    assert.deepEqual(receives(2, oack({ blksize: "8", windowsize: "4" })), ["1201: ACK <block=0>"]);
    for (const block of [1, 2, 3]) assert.deepEqual(receives(3, data(block, 8)), []);
    assert.deepEqual(receives(4, data(4, 8)), ["1201: ACK <block=4>"]);
    assert.deepEqual(receives(5, data(6, 8)), ["1201: ACK <block=4>"]);
    assert.deepEqual(receives(6, data(5, 2)), ["1201: ACK <block=5>"]);
    assert.equal(bootloader.image?.length, 34);
  });
});

describe("powerOn", () => {
  it("opens and closes the ports that the bootloader hears, mapped as told", () => {
    const network = new SimulatedNetwork();
    const { host } = network.plug("192.168.1.1");
    const phases: string[] = [];
    const device = powerOn(host, createCfe({ windowMs: 3000 }), {
      address: "0.0.0.0",
      mapPort: (port) => port + 6900,
      onChange: ({ phase }) => void phases.push(phase),
    });
    assert.equal(device.realPort(69), 6969);
    network.timeline.runUntil(3000);
    assert.equal(device.realPort(69), undefined);
    assert.deepEqual(phases, ["listening", "gave-up"]);
  });

  it("leaves neither port nor timer when the power is taken away", () => {
    const network = new SimulatedNetwork();
    const { host } = network.plug("192.168.1.1");
    const device = powerOn(host, createCfe(), { address: "0.0.0.0" });
    device.powerOff();
    assert.equal(network.timeline.nextAt, undefined);
    const again = powerOn(host, createCfe(), { address: "0.0.0.0" });
    assert.equal(again.realPort(69), 69);
  });
});
