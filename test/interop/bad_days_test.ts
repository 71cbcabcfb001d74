/**
 * What happens to a computer in the middle of a recovery, apart from the network: full and read-only
 * disks, files that change, a clock that is set, a pause, an output that nobody reads, a second copy.
 *
 * @module
 */
import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { decodePacket, encodeAck, encodeData, encodePacket } from "../../lib/tftp/packet.ts";
import { FAKETIME, makeClock } from "../support/clock.ts";
import { type BareSocket, loopbackAddress, openBareSocket } from "../support/loopback.ts";
import { canTest, programPath } from "../support/peers.ts";
import { runChecked, startProcess } from "../support/process.ts";
import { type RunningUnbrick, startUnbrick } from "../support/running_unbrick.ts";
import { assertSameBytes, joinBytes, makeFolder, testBytes } from "../support/test_files.ts";
import { unbrickArgv } from "../support/unbrick_process.ts";
import { until } from "../support/waiting.ts";

const PORT = 6969;

/** Longer than what a file is read ahead. */
const IMAGE = testBytes(200_000);

interface Served {
  readonly server: RunningUnbrick;
  readonly to: Deno.NetAddr;
}

async function serve(args: readonly string[], under: readonly string[] = []): Promise<Served> {
  const hostname = loopbackAddress();
  const place = ["--address", hostname, "--port", String(PORT)];
  const server = startUnbrick(["serve", ...args, ...place], { under });
  await server.waitForEvent("listening");
  return { server, to: { transport: "udp", hostname, port: PORT } };
}

const request = (op: "RRQ" | "WRQ", filename: string): Uint8Array =>
  encodePacket({ op, filename, mode: "octet", options: [] });

/** Reads on from a block until the server says something else, or it is the last one. */
async function readOn(
  peer: BareSocket,
  parts: Uint8Array[],
  isEnough: () => boolean = () => false,
): Promise<string> {
  while (!isEnough()) {
    const { bytes, from } = await peer.receive();
    const packet = decodePacket(bytes);
    if (packet.op !== "DATA") return packet.op;
    // A repetition of the block before it.
    if (packet.block !== parts.length + 1) continue;
    parts.push(packet.payload.slice());
    await peer.send(encodeAck(packet.block), from);
    if (packet.payload.length < 512) return "whole";
  }
  return "enough";
}

/**
 * Stores a file of so many blocks at the server, five bytes in the last one.
 *
 * @param inMiddle what happens after the first block.
 * @returns the code of the ERROR with which it ended; -1 for none.
 */
async function store(
  to: Deno.NetAddr,
  name: string,
  blocks: number,
  inMiddle: () => Promise<void> = async () => {},
): Promise<number> {
  using peer = openBareSocket(to.hostname);
  await peer.send(request("WRQ", name), to);
  for (let block = 1;;) {
    const { bytes, from } = await peer.receive();
    const packet = decodePacket(bytes);
    if (packet.op === "ERROR") return packet.code;
    // A repetition of the ACK before it.
    if (packet.op !== "ACK" || packet.block !== block - 1) continue;
    if (block > blocks) return -1;
    if (block === 2) await inMiddle();
    await peer.send(encodeData(block, testBytes(block === blocks ? 5 : 512)), from);
    block++;
  }
}

describe("a file that is being sent from a folder", () => {
  if (!canTest("files that change", { programs: [] })) return;

  const changes: readonly (readonly [string, (path: string) => Promise<void>])[] = [
    ["cut off", (path) => Deno.truncate(path, 100_000)],
    ["overwritten", (path) => Deno.writeFile(path, IMAGE.slice().fill(7))],
    ["appended to", (path) => Deno.writeFile(path, IMAGE, { append: true })],
  ];
  for (const [how, change] of changes) {
    it(`ends with an error when it is ${how}, and is never sent as a mixture`, async () => {
      await using folder = makeFolder();
      await Deno.writeFile(folder.file("a.bin"), IMAGE);
      // The clock of a file system ticks slowly; images are not of this moment.
      await Deno.utime(folder.file("a.bin"), 1000, 1000);
      const { server, to } = await serve(["--dir", folder.path]);
      await using _ = server;
      using peer = openBareSocket(to.hostname);
      const parts: Uint8Array[] = [];
      await peer.send(request("RRQ", "a.bin"), to);
      assert.equal(await readOn(peer, parts, () => parts.length >= 10), "enough");
      await change(folder.file("a.bin"));
      assert.equal(await readOn(peer, parts), "ERROR");
      const failed = await server.waitForEvent("failed");
      assert.equal(failed.code, "file-unreadable");
      assert.match(failed.message, /"[^"]*a\.bin" was changed while it was being sent/);
      const sent = joinBytes(parts);
      assertSameBytes(sent, IMAGE.subarray(0, sent.length), "what came before the error");
    });
  }

  for (
    const [how, change] of [
      ["deleted", (path: string) => Deno.remove(path)],
      ["replaced", async (path: string) => {
        await Deno.writeFile(`${path}.new`, new Uint8Array(5));
        await Deno.rename(`${path}.new`, path);
      }],
    ] as const
  ) {
    it(`is sent as it was when it is ${how}`, async () => {
      await using folder = makeFolder();
      await Deno.writeFile(folder.file("a.bin"), IMAGE);
      const { server, to } = await serve(["--dir", folder.path]);
      await using _ = server;
      using peer = openBareSocket(to.hostname);
      const parts: Uint8Array[] = [];
      await peer.send(request("RRQ", "a.bin"), to);
      await readOn(peer, parts, () => parts.length >= 10);
      await change(folder.file("a.bin"));
      assert.equal(await readOn(peer, parts), "whole");
      assertSameBytes(joinBytes(parts), IMAGE, "what arrived");
    });
  }
});

describe("an image that is being served", () => {
  if (!canTest("images that change", { programs: [] })) return;

  for (
    const [how, change] of [
      ["deleted", (path: string) => Deno.remove(path)],
      ["overwritten", (path: string) => Deno.writeFile(path, IMAGE.slice().fill(7))],
    ] as const
  ) {
    it(`is sent as it was when it is ${how}, now and to the next who asks`, async () => {
      await using folder = makeFolder();
      await Deno.writeFile(folder.file("a.bin"), IMAGE);
      const { server, to } = await serve([folder.file("a.bin"), "--force"]);
      await using _ = server;
      for (let time = 0; time < 2; time++) {
        using peer = openBareSocket(to.hostname);
        const parts: Uint8Array[] = [];
        await peer.send(request("RRQ", "a.bin"), to);
        await readOn(peer, parts, () => parts.length >= 10);
        if (time === 0) await change(folder.file("a.bin"));
        assert.equal(await readOn(peer, parts), "whole");
        assertSameBytes(joinBytes(parts), IMAGE, "what arrived");
      }
    });
  }
});

describe("a disk that takes no more", () => {
  if (!canTest("full disks", { programs: ["unshare"], root: true })) return;

  /** Lets the server see a small disk of its own at a folder. */
  const onSmallDisk = (folder: string): string[] => [
    ...[programPath("unshare"), "-m", "sh", "-c"],
    `mount -t tmpfs -o size=96k none ${folder} && exec "$@"`,
    "sh",
  ];

  for (const how of ["full", "read-only"] as const) {
    it(`ends the transfer, leaves no part of a file, and takes the next one: ${how}`, async () => {
      await using folder = makeFolder();
      const { server, to } = await serve(["--writable", folder.path], onSmallDisk(folder.path));
      await using _ = server;
      const disk = `/proc/${server.pid}/root${folder.path}`;
      if (how === "read-only") await setReadOnly(server.pid, folder.path, true);
      assert.equal(await store(to, "first.bin", 1000), how === "full" ? 3 : 0);
      const failed = await server.waitForEvent("failed");
      assert.equal(failed.code, "file-not-writable");
      assert.match(failed.message, how === "full" ? /the disk is full/ : /the disk is read-only/);
      assert.notEqual(failed.hint, "");
      assert.deepEqual(await namesIn(disk), []);
      if (how === "read-only") await setReadOnly(server.pid, folder.path, false);
      assert.equal(await store(to, "second.bin", 20), -1);
      assert.deepEqual(await namesIn(disk), ["second.bin"]);
    });
  }

  it("gives nothing a name on a disk that has become read-only while receiving", async () => {
    await using folder = makeFolder();
    const { server, to } = await serve(["--writable", folder.path], onSmallDisk(folder.path));
    await using _ = server;
    const disk = `/proc/${server.pid}/root${folder.path}`;
    const inMiddle = async (): Promise<void> => {
      // The system lets no disk become read-only that is written to: one that is covers it.
      await mount(server.pid, ["--bind", folder.path, folder.path]);
      await mount(server.pid, ["-o", "remount,bind,ro", folder.path]);
    };
    assert.equal(await store(to, "first.bin", 20, inMiddle), 3);
    const failed = await server.waitForEvent("failed");
    assert.equal(failed.code, "file-not-writable");
    assert.match(failed.message, /the disk is read-only/);
    assert.equal((await namesIn(disk)).includes("first.bin"), false);
    await runChecked(["nsenter", "-t", String(server.pid), "-m", "umount", folder.path]);
    assert.equal(await store(to, "first.bin", 20), -1);
    assert.equal((await namesIn(disk)).includes("first.bin"), true);
  });

  const mount = (pid: number, args: readonly string[]): Promise<void> =>
    runChecked(["nsenter", "-t", String(pid), "-m", "mount", ...args]);

  const setReadOnly = (pid: number, folder: string, isReadOnly: boolean): Promise<void> =>
    mount(pid, ["-o", `remount,${isReadOnly ? "ro" : "rw"}`, folder]);
});

describe("a computer whose clock is set back", () => {
  if (!canTest("a clock set back", { programs: [], files: [FAKETIME] })) return;

  it("goes on with its transfer, also with repetitions, and only its log shows it", async () => {
    await using folder = makeFolder();
    await Deno.writeFile(folder.file("a.bin"), IMAGE);
    const clock = await makeClock(folder);
    const { server, to } = await serve(["--dir", folder.path], clock.under);
    await using _ = clock.own(server);
    using peer = openBareSocket(to.hostname);
    const parts: Uint8Array[] = [];
    await peer.send(request("RRQ", "a.bin"), to);
    await readOn(peer, parts, () => parts.length >= 10);
    await clock.set("-3600");
    // Its timers must still run: what is not acknowledged comes again.
    const first = await peer.receive();
    const again = await peer.receive();
    assert.deepEqual(again.bytes, first.bytes);
    parts.push(decodedData(again.bytes));
    await peer.send(encodeAck(parts.length), again.from);
    assert.equal(await readOn(peer, parts), "whole");
    assertSameBytes(joinBytes(parts), IMAGE, "what arrived");
    const completed = await server.waitForEvent("completed");
    assert.ok(completed.seconds >= 0 && completed.seconds < 600, `${completed.seconds} s`);
    const times = server.stdout.lines.map((line) => Date.parse(JSON.parse(line).time));
    assert.ok(times.at(-1)! < times[0]! - 3_000_000, "the clock was really set back");
  });
});

function decodedData(bytes: Uint8Array): Uint8Array {
  const packet = decodePacket(bytes);
  assert.ok(packet.op === "DATA");
  return packet.payload.slice();
}

/** Suspends a process for longer than a server with `--timeout 1` waits for its peer. */
async function suspend(server: RunningUnbrick): Promise<void> {
  server.signal("SIGSTOP");
  await new Promise((resolve) => setTimeout(resolve, 2500));
  server.signal("SIGCONT");
}

describe("a process that is suspended", () => {
  if (!canTest("a suspended process", { programs: [] })) return;

  it("goes on receiving where it was", async () => {
    await using folder = makeFolder();
    const { server, to } = await serve(["--writable", folder.path, "--timeout", "1"]);
    await using _ = server;
    assert.equal(await store(to, "new.bin", 20, () => suspend(server)), -1);
    const { bytes } = await server.waitForEvent("completed");
    assert.equal(bytes, 19 * 512 + 5);
    assert.equal(server.events("failed").length, 0);
  });

  it("goes on where it was, although its patience has run out meanwhile", async () => {
    await using folder = makeFolder();
    await Deno.writeFile(folder.file("a.bin"), IMAGE);
    const { server, to } = await serve(["--dir", folder.path, "--timeout", "1"]);
    await using _ = server;
    using peer = openBareSocket(to.hostname);
    const parts: Uint8Array[] = [];
    await peer.send(request("RRQ", "a.bin"), to);
    await readOn(peer, parts, () => parts.length >= 10);
    await suspend(server);
    assert.equal(await readOn(peer, parts), "whole");
    assertSameBytes(joinBytes(parts), IMAGE, "what arrived");
    assert.equal(server.events("failed").length, 0);
  });
});

describe("two copies at once", () => {
  if (!canTest("two copies", { programs: ["ss"] })) return;

  it("do not serve on one port: the second one names the first", async () => {
    await using folder = makeFolder();
    const { server, to } = await serve(["--dir", folder.path]);
    await using _ = server;
    const place = ["--address", to.hostname, "--port", String(PORT)];
    await using second = startUnbrick(["serve", "--dir", folder.path, ...place]);
    assert.equal(await second.end(), 3);
    const [failed] = second.events("failed");
    assert.equal(failed?.code, "port-in-use");
    assert.match(failed?.message ?? "", new RegExp(`\\(process ${server.pid}\\)`));
    assert.match(failed?.hint ?? "", /^Stop /);
  });

  it("take the same new file only once, and whole", async () => {
    await using folder = makeFolder();
    const both = [
      await serve(["--writable", folder.path]),
      await serve(["--writable", folder.path]),
    ];
    await using _ = both[0]!.server;
    await using __ = both[1]!.server;
    const peers = both.map(({ to }) => openBareSocket(to.hostname));
    const tids: Deno.NetAddr[] = [];
    for (const [index, { to }] of both.entries()) {
      await peers[index]!.send(request("WRQ", "new.bin"), to);
      tids.push((await peers[index]!.receive()).from);
    }
    const answers: string[] = [];
    for (const [index, peer] of peers.entries()) {
      await peer.send(encodeData(1, testBytes(100 + index)), tids[index]!);
      const { bytes } = await peer.receiveUntil((each) => each.join() !== "0,4,0,0");
      answers.push(decodePacket(bytes).op);
      peer[Symbol.dispose]();
    }
    assert.deepEqual(answers, ["ACK", "ERROR"]);
    assert.deepEqual(await namesIn(folder.path), ["new.bin"]);
    assertSameBytes(await Deno.readFile(folder.file("new.bin")), testBytes(100), "the file");
  });
});

describe("an output that nobody reads any more", () => {
  if (!canTest("a closed output", { programs: [] })) return;

  for (const form of [[], ["--json"]]) {
    it(`ends serve as it ends other programs, without a word: ${form.join(" ")}`, async () => {
      await using folder = makeFolder();
      await Deno.writeFile(folder.file("a.bin"), IMAGE);
      const hostname = loopbackAddress();
      const place = ["--address", hostname, "--port", String(PORT)];
      const argv = unbrickArgv(["serve", "--dir", folder.path, ...place, ...form]);
      await using shell = startProcess([
        ...["bash", "-c", '"$@" | head -n 1; echo "ended with ${PIPESTATUS[0]}"', "bash", ...argv],
      ]);
      await shell.stdout.waitFor((line) => /listening|Waiting/.test(line), "a line");
      using peer = openBareSocket(hostname);
      // It notices when it has something to say.
      await until("the end", async () => {
        await peer.send(request("RRQ", "none.bin"), { transport: "udp", hostname, port: PORT });
        return shell.stdout.lines.some((line) => line.startsWith("ended"));
      });
      assert.equal(shell.stdout.lines.at(-1), "ended with 141");
      await shell.end();
      assert.deepEqual(shell.stderr.lines, []);
    });
  }
});

async function namesIn(folder: string): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name).sort();
}
