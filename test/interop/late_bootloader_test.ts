/**
 * A router that is switched on after unbrick was started: the link, the address, the neighbour entry
 * and the bootloader come one after the other, and some of them go away again.
 *
 * @module
 */
import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { fromFileUrl } from "@std/path";
import type { AppendDeviceReport } from "../support/append_device.ts";
import {
  type Cable,
  DEVICE_ADDRESS,
  HOST_ADDRESS,
  layCable,
} from "../support/network_namespace.ts";
import { canGoOn, canTest, programPath } from "../support/peers.ts";
import { type RunningProcess, runProgram, startProcess } from "../support/process.ts";
import { type RunningUnbrick, startUnbrick } from "../support/running_unbrick.ts";
import { assertSameBytes, makeFolder, testBytes, type TestFolder } from "../support/test_files.ts";
import { startPeerServer } from "../support/tftp_servers.ts";
import { until } from "../support/waiting.ts";

const IMAGE = testBytes(200_000);

/** Smaller, as the programs of others wait a second for each lost packet. */
const IMAGE_UNDER_LOSS = testBytes(30_000);
const DEVICE_PROGRAM = fromFileUrl(new URL("../support/append_device.ts", import.meta.url));

/** How {@link startPush} differs from the usual. */
interface PushChanges {
  readonly flags?: readonly string[];
  readonly intervalMs?: number;
  readonly image?: Uint8Array;
}

/** Starts `unbrick push` at the computer's end of the cable, asking 50 times a second. */
async function startPush(
  cable: Cable,
  folder: TestFolder,
  changes: PushChanges = {},
): Promise<RunningUnbrick> {
  const { flags = [], intervalMs = 20, image = IMAGE } = changes;
  await Deno.writeFile(folder.file("fw.bin"), image);
  const timing = ["--interval", String(intervalMs), "--trace"];
  const command = ["push", folder.file("fw.bin"), DEVICE_ADDRESS, ...timing, ...flags];
  return startUnbrick(command, { under: cable.under("host") });
}

/** A cable with a link and both addresses, whose device answers no ARP. */
async function layCableToSilentDevice(): Promise<Cable> {
  const cable = await layCable();
  for (const end of ["host", "device"] as const) {
    await cable.setLink(end, true);
    await cable.setAddress(end, true);
  }
  await cable.setAnswersArp("device", false);
  return cable;
}

/**
 * Starts a device that appends blindly, at the other end of the cable. On "0.0.0.0" it also hears what
 * is sent to everybody, as bootloaders do.
 */
async function startAppendDevice(
  cable: Cable,
  file: string,
  address = DEVICE_ADDRESS,
): Promise<RunningProcess> {
  const device = startProcess([
    ...cable.under("device"),
    ...[Deno.execPath(), "run", "-q", "-A", "--unstable-net", "--no-config", DEVICE_PROGRAM],
    ...[address, file],
  ]);
  await device.stdout.waitFor((line) => line === "listening", "the device");
  return device;
}

function requestsSent(push: RunningUnbrick): number {
  return push.stderr.lines.filter((line) => line.includes(" sent WRQ ")).length;
}

/** Waits until that many more requests have left. */
async function moreRequests(push: RunningUnbrick, count: number): Promise<void> {
  const wanted = requestsSent(push) + count;
  await push.stderr.waitFor((line) => line.includes(" sent WRQ "), "a request", wanted);
}

/** What kept push waiting, in order. */
function reasons(push: RunningUnbrick): string[] {
  return push.events("waiting").map((event) => event.reason);
}

async function finishPush(push: RunningUnbrick, device: RunningProcess, file: string) {
  assert.equal(await push.end(), 0, push.stderr.lines.slice(-5).join("\n"));
  assert.equal(await device.end(), 0);
  assertSameBytes(await Deno.readFile(file), IMAGE, "what the device received");
  const report = JSON.parse(device.stdout.lines.at(-1)!) as AppendDeviceReport;
  assert.equal(report.firstBlocks, 1);
  assert.equal(report.others, 0);
  return report;
}

describe("unbrick push started before everything else", () => {
  const title = "unbrick push started before everything else";
  if (!canTest(title, { programs: ["ip"], root: true })) return;

  it("waits for link, address and bootloader, each obstacle told once, and sends every byte", async () => {
    await using folder = makeFolder();
    await using cable = await layCable();
    await using push = await startPush(cable, folder);
    await push.waitForEvent("waiting", (event) => event.reason === "network-unreachable");
    await moreRequests(push, 5);
    await cable.setLink("host", true);
    await moreRequests(push, 5);
    await cable.setAddress("host", true);
    await moreRequests(push, 5);
    assert.deepEqual(reasons(push), ["for-answer", "network-unreachable", "for-answer"]);
    await cable.setLink("device", true);
    await cable.setAddress("device", true);
    await moreRequests(push, 5);
    await using device = await startAppendDevice(cable, folder.file("flash"));
    await finishPush(push, device, folder.file("flash"));
    assert.deepEqual(reasons(push), ["for-answer", "network-unreachable", "for-answer"]);
  });

  it("goes on when its own address vanishes and comes back", async () => {
    await using folder = makeFolder();
    await using cable = await layCable();
    await cable.setLink("host", true);
    await cable.setLink("device", true);
    await cable.setAddress("device", true);
    await using push = await startPush(cable, folder, { flags: ["--address", HOST_ADDRESS] });
    await push.waitForEvent("waiting", (event) => event.reason === "address-not-assigned");
    await cable.setAddress("host", true);
    await moreRequests(push, 5);
    const before = ["address-not-assigned", "for-answer"];
    assert.deepEqual(reasons(push), before);
    await cable.setAddress("host", false);
    await until("news of the lost address", () => reasons(push).length > before.length);
    await moreRequests(push, 10);
    await cable.setAddress("host", true);
    await until("news of the regained address", () => reasons(push).at(-1) === "for-answer");
    await using device = await startAppendDevice(cable, folder.file("flash"));
    await finishPush(push, device, folder.file("flash"));
    assert.equal(reasons(push).length, before.length + 2, reasons(push).join(", "));
  });

  it("lets one request wait for ARP and broadcasts the others, then sends every byte", async () => {
    await using folder = makeFolder();
    await using cable = await layCableToSilentDevice();
    // It hears nothing but what is sent to its own address.
    await using device = await startAppendDevice(cable, folder.file("flash"));
    await using push = await startPush(cable, folder);
    await moreRequests(push, 40);
    const toDevice = push.stderr.lines.filter((line) =>
      line.includes(" sent WRQ ") && line.includes(DEVICE_ADDRESS)
    );
    // One for each time that the kernel gives up, which is after three seconds.
    assert.ok(toDevice.length <= requestsSent(push) / 5, `${toDevice.length} to the device`);
    await cable.setAnswersArp("device", true);
    await finishPush(push, device, folder.file("flash"));
    const firstBlocks = push.stderr.lines.filter((line) => line.includes("sent DATA <block=1,"));
    assert.equal(firstBlocks.length, 1);
  });

  it("broadcasts nothing into a network that a default route leads through", async () => {
    await using folder = makeFolder();
    await using cable = await layCableToSilentDevice();
    await cable.setDefaultRoute("host");
    await using push = await startPush(cable, folder);
    await moreRequests(push, 3);
    const elsewhere = push.stderr.lines.filter((line) =>
      line.includes(" sent WRQ ") && !line.includes(DEVICE_ADDRESS)
    );
    assert.deepEqual(elsewhere, []);
  });

  it("reaches a device that answers no ARP and asks for our address itself", async () => {
    await using folder = makeFolder();
    await using cable = await layCableToSilentDevice();
    await using push = await startPush(cable, folder);
    await moreRequests(push, 3);
    await using device = await startAppendDevice(cable, folder.file("flash"), "0.0.0.0");
    const { requestsBeforeData } = await finishPush(push, device, folder.file("flash"));
    assert.ok(requestsBeforeData >= 1);
  });

  it("pushes into tftpd-hpa that starts last", async () => {
    if (!canGoOn(`${title}, into tftpd-hpa`, { programs: ["in.tftpd"], root: true })) return;
    await using folder = makeFolder();
    await using flash = makeFolder();
    await using cable = await layCable();
    await cable.setLink("host", true);
    await cable.setAddress("host", true);
    // Rarely enough that it gets one request: it makes the file anew for each.
    await using push = await startPush(cable, folder, { intervalMs: 500 });
    await moreRequests(push, 2);
    await cable.setLink("device", true);
    await cable.setAddress("device", true);
    await using _server = await startPeerServer("tftpd-hpa", {
      root: flash.path,
      address: DEVICE_ADDRESS,
      namespace: cable.namespace.device,
    });
    assert.equal(await push.end(), 0);
    // What lies on its disk is no measure: each queued request is a transfer of its own to tftpd-hpa,
    // and all of them open, empty and write the same file.
    const firstBlocks = push.stderr.lines.filter((line) => line.includes("sent DATA <block=1,"));
    assert.equal(firstBlocks.length, 1);
    assert.equal(push.events("completed")[0]?.bytes, IMAGE.length);
  });
});

describe("unbrick serve started before everything else", () => {
  const title = "unbrick serve started before everything else";
  if (!canTest(title, { programs: ["ip", "busybox"], root: true })) return;

  /** Lets the device ask until it gets an answer, as bootloaders do. */
  function pull(cable: Cable, folder: TestFolder): RunningProcess {
    return startProcess([
      ...cable.under("device"),
      ...[programPath("busybox"), "tftp", "-g", "-r", "fw.bin", "-l", "copy"],
      ...[HOST_ADDRESS, "69"],
    ], { cwd: folder.path });
  }

  it("serves once link and address are there, and again after the address was away", async () => {
    await using folder = makeFolder();
    await using device = makeFolder();
    await Deno.writeFile(folder.file("fw.bin"), IMAGE);
    await using cable = await layCable();
    await using server = startUnbrick(["serve", folder.file("fw.bin")], {
      under: cable.under("host"),
    });
    await server.waitForEvent("listening");
    await cable.setLink("host", true);
    await cable.setLink("device", true);
    await cable.setAddress("device", true);
    for (const time of ["first", "second"]) {
      await cable.setAddress("host", true);
      await using client = pull(cable, device);
      assert.equal(await client.end(), 0, client.stderr.lines.join("\n"));
      assertSameBytes(await Deno.readFile(device.file("copy")), IMAGE, `the ${time} time`);
      await cable.setAddress("host", false);
      await Deno.remove(device.file("copy"));
    }
  });
});

describe("unbrick under loss in the kernel", () => {
  const title = "unbrick under loss in the kernel";
  const needs = { programs: ["ip", "iptables", "in.tftpd"], root: true } as const;
  if (!canTest(title, needs)) return;

  it("pushes and reads back an image with 5 % of all packets lost each way", async () => {
    await using folder = makeFolder();
    await using flash = makeFolder();
    await using cable = await layCable();
    for (const end of ["host", "device"] as const) {
      await cable.setLink(end, true);
      await cable.setAddress(end, true);
      const loss = await runProgram([
        ...[...cable.under(end), programPath("iptables"), "-A", "INPUT", "-p", "udp"],
        ...["-m", "statistic", "--mode", "random", "--probability", "0.05", "-j", "DROP"],
      ]);
      assert.equal(loss.code, 0, loss.stderr);
    }
    await using _server = await startPeerServer("tftpd-hpa", {
      root: flash.path,
      address: DEVICE_ADDRESS,
      namespace: cable.namespace.device,
    });
    await using push = await startPush(cable, folder, { image: IMAGE_UNDER_LOSS });
    assert.equal(await push.end(), 0);
    const command = ["get", DEVICE_ADDRESS, "fw.bin", "--output", folder.file("copy")];
    await using get = startUnbrick(command, { under: cable.under("host") });
    assert.equal(await get.end(), 0);
    assertSameBytes(await Deno.readFile(folder.file("copy")), IMAGE_UNDER_LOSS, "what came back");
  });
});
