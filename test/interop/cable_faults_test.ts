/**
 * The network goes away in the middle of a transfer, and comes back.
 *
 * @module
 */
import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { fromFileUrl } from "@std/path";
import {
  type Cable,
  DEVICE_ADDRESS,
  DEVICE_INTERFACE,
  HOST_ADDRESS,
  HOST_INTERFACE,
  layCable,
} from "../support/network_namespace.ts";
import { canTest, programPath } from "../support/peers.ts";
import { runChecked, type RunningProcess, startProcess } from "../support/process.ts";
import { type RunningUnbrick, startUnbrick } from "../support/running_unbrick.ts";
import { assertSameFile, makeFolder, testBytes, type TestFolder } from "../support/test_files.ts";
import { clientCommand } from "../support/tftp_clients.ts";

/** Takes a second or two in blocks of 512 bytes, and not too long on a busy computer. */
const IMAGE = testBytes(5_000_000);

/** Bytes that have arrived when the network goes away. */
const MIDDLE = 1_000_000;

const NEEDS = { programs: ["ip", "busybox"], root: true } as const;

/** Ways in which `unbrick serve` is told where to listen. */
const PLACES: readonly (readonly string[])[] = [[], ["--address", HOST_ADDRESS]];

async function setUp(cable: Cable): Promise<void> {
  for (const end of ["host", "device"] as const) {
    await cable.setAddress(end, true);
    await cable.setLink(end, true);
  }
}

async function startServer(cable: Cable, folder: TestFolder, place: readonly string[]) {
  await Deno.writeFile(folder.file("fw.bin"), IMAGE);
  const server = startUnbrick(["serve", folder.file("fw.bin"), "--force", ...place], {
    under: cable.under("host"),
  });
  await server.waitForEvent("listening");
  return server;
}

/** Starts to read the image at the device's end; BusyBox goes on asking for thirteen seconds. */
function startReading(cable: Cable, folder: TestFolder, local: string): RunningProcess {
  const job = { direction: "get", address: HOST_ADDRESS, port: 69, remote: "fw.bin" } as const;
  const client = clientCommand("busybox", { ...job, local, folder: folder.path });
  return startProcess([...cable.under("device"), ...client], { cwd: folder.path });
}

const untilMiddle = (server: RunningUnbrick, transfer: number): Promise<unknown> =>
  server.waitForEvent("progress", (event) => event.transfer === transfer && event.bytes > MIDDLE);

/** Takes the link away three times, a second each time from one to the next. */
async function flap(cable: Cable): Promise<void> {
  for (let time = 0; time < 3; time++) {
    await cable.setLink("host", false);
    await new Promise((resolve) => setTimeout(resolve, 300));
    await cable.setLink("host", true);
    await new Promise((resolve) => setTimeout(resolve, 700));
  }
}

/**
 * Deletes both ends of the cable and lays another one with the same names and addresses; in between
 * happens what is waited for.
 */
async function layAnew(cable: Cable, between: () => Promise<unknown>): Promise<void> {
  const { host, device } = cable.namespace;
  await runChecked([programPath("ip"), "-n", host, "link", "delete", HOST_INTERFACE]);
  await between();
  await runChecked([
    ...[programPath("ip"), "link", "add", HOST_INTERFACE, "netns", host, "type", "veth"],
    ...["peer", "name", DEVICE_INTERFACE, "netns", device],
  ]);
  await setUp(cable);
}

describe("unbrick serve in the middle of a transfer", () => {
  if (!canTest("a network that goes away", NEEDS)) return;

  for (const place of PLACES) {
    it(`says that its address was taken away, and goes on when it is back ${place}`, async () => {
      await using folder = makeFolder();
      await using cable = await layCable();
      await setUp(cable);
      await using server = await startServer(cable, folder, place);
      await using client = startReading(cable, folder, "fw-read.bin");
      await untilMiddle(server, 1);
      await cable.setAddress("host", false);
      const waiting = await server.waitForEvent("waiting");
      assert.match(waiting.reason, /^(address-not-assigned|network-unreachable)$/);
      assert.notEqual(waiting.hint, "");
      await cable.setAddress("host", true);
      assert.equal(await client.end(), 0, client.stderr.lines.join("\n"));
      await assertSameFile(folder.file("fw-read.bin"), folder.file("fw.bin"));
      await server.waitForEvent("completed");
      assert.equal(server.events("failed").length, 0);
    });
  }

  for (const place of PLACES) {
    it(`serves again when its interface was deleted and made anew ${place}`, async () => {
      await using folder = makeFolder();
      await using cable = await layCable();
      await setUp(cable);
      await using server = await startServer(cable, folder, place);
      await using client = startReading(cable, folder, "fw-read.bin");
      await untilMiddle(server, 1);
      await layAnew(cable, () => server.waitForEvent("waiting"));
      // BusyBox may have given up, when it had no way to send.
      await client.end();
      await using later = startReading(cable, folder, "later.bin");
      assert.equal(await later.end(), 0, later.stderr.lines.join("\n"));
      await assertSameFile(folder.file("later.bin"), folder.file("fw.bin"));
    });
  }

  it("carries every byte over a link that goes down every second", async () => {
    await using folder = makeFolder();
    await using cable = await layCable();
    await setUp(cable);
    await using server = await startServer(cable, folder, []);
    await using client = startReading(cable, folder, "fw-read.bin");
    await untilMiddle(server, 1);
    // The other end only sees the link go: BusyBox would give up without an interface.
    await flap(cable);
    assert.equal(await client.end(), 0, client.stderr.lines.join("\n"));
    await assertSameFile(folder.file("fw-read.bin"), folder.file("fw.bin"));
    const completed = await server.waitForEvent("completed");
    assert.ok(completed.retransmissions > 0, "the link was really down");
  });
});

const DEVICE_PROGRAM = fromFileUrl(new URL("../support/append_device.ts", import.meta.url));

/** The other side of a client at the device's end, and the client's arguments. */
interface Transfer {
  readonly device: RunningProcess;
  readonly args: readonly string[];
  /** Where the bytes arrive. */
  readonly arrival: string;
}

async function startDevice(verb: "push" | "get", cable: Cable, folder: TestFolder) {
  await Deno.writeFile(folder.file("fw.bin"), IMAGE);
  const arrival = folder.file("arrived.bin");
  const transfer: Transfer = verb === "push"
    ? {
      device: startProcess([
        ...cable.under("device"),
        ...[Deno.execPath(), "run", "-q", "-A", "--unstable-net", "--no-config", DEVICE_PROGRAM],
        ...[DEVICE_ADDRESS, arrival],
      ]),
      args: ["push", folder.file("fw.bin"), DEVICE_ADDRESS, "--force"],
      arrival,
    }
    : {
      device: startUnbrick(["serve", folder.file("fw.bin"), "--force", "--once"], {
        under: cable.under("device"),
      }),
      args: ["get", DEVICE_ADDRESS, "fw.bin", "-o", arrival],
      arrival,
    };
  await transfer.device.stdout.waitFor((line) => line.includes("listening"), "the device");
  return transfer;
}

/** Waits until a client says that something on this computer stands in its way. */
const untilHindered = (client: RunningUnbrick): Promise<unknown> =>
  client.waitForEvent("waiting", ({ reason }) => reason !== "for-answer");

const CLIENT_FAULTS: readonly (readonly [
  string,
  (cable: Cable, client: RunningUnbrick) => Promise<void>,
])[] = [
  ["over a link that goes down every second", flap],
  ["when its address is taken away and put back", async (cable, client) => {
    await cable.setAddress("host", false);
    await untilHindered(client);
    await cable.setAddress("host", true);
  }],
  [
    "when its interface is deleted and made anew",
    (cable, client) => layAnew(cable, () => untilHindered(client)),
  ],
];

for (const verb of ["push", "get"] as const) {
  describe(`unbrick ${verb} in the middle of a transfer`, () => {
    if (!canTest(`a network that goes away from ${verb}`, NEEDS)) return;

    for (const [when, fault] of CLIENT_FAULTS) {
      it(`carries every byte ${when}`, async () => {
        await using folder = makeFolder();
        await using cable = await layCable();
        await setUp(cable);
        const { device, args, arrival } = await startDevice(verb, cable, folder);
        await using _ = device;
        await using client = startUnbrick(args, { under: cable.under("host") });
        await client.waitForEvent("progress");
        await fault(cable, client);
        assert.equal(await client.end(), 0, client.stdout.lines.slice(-5).join("\n"));
        assert.equal(await device.end(), 0);
        await assertSameFile(arrival, folder.file("fw.bin"));
        assert.equal(client.events("failed").length, 0);
      });
    }
  });
}
