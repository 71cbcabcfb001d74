/**
 * A served process among peers that mean no good: noise, floods, half-open transfers, names and texts
 * that try to steer the terminal. Somebody honest asks all the while.
 *
 * @module
 */
import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { type Random, seededRandom } from "../../lib/simulator/random.ts";
import type { TransferEvent } from "../../lib/tftp/events.ts";
import {
  decodePacket,
  encodeData,
  encodeError,
  encodePacket,
  type RequestOption,
} from "../../lib/tftp/packet.ts";
import { noise, sendNoise } from "../storm/noise.ts";
import { runRawPeer } from "../storm/raw_peer.ts";
import { startWatchedServer, type WatchedServer } from "../storm/watched_server.ts";
import { readEventStream } from "../support/event_stream.ts";
import { ESCAPING_NAMES, manyEscapingNames } from "../support/escaping_names.ts";
import { canTest } from "../support/peers.ts";
import { startProcess } from "../support/process.ts";
import { makeFolder, testBytes } from "../support/test_files.ts";
import { unbrickArgv } from "../support/unbrick_process.ts";
import { loopbackAddress, openBareSocket } from "../support/loopback.ts";

const IMAGE = testBytes(3000);

/** Datagrams of noise; the long run sends a hundred thousand a minute. */
const NOISE = 10_000;

/** Memory that a server under attack may take in addition, in bytes: garbage until it is collected. */
const MEMORY_SLACK = 4_000_000;

/** Asks as one should, and must get the image. */
async function askHonestly(server: WatchedServer, random: Random): Promise<void> {
  const job = { server, op: "RRQ", name: "image.bin", options: [], doubling: 0, random } as const;
  const { how, bytes } = await runRawPeer(job);
  assert.equal(how, "whole");
  assert.deepEqual(bytes, IMAGE);
}

/** Asks again and again, as the person at a router does, until it has the image. */
async function askUntilServed(server: WatchedServer, random: Random): Promise<void> {
  const job = { server, op: "RRQ", name: "image.bin", options: [], doubling: 0, random } as const;
  let result = await runRawPeer(job);
  while (result.how === "silence") result = await runRawPeer(job);
  assert.equal(result.how, "whole");
  assert.deepEqual(result.bytes, IMAGE);
}

/** Ends a server and looks whether all it told is true. */
async function endAndCheck(server: WatchedServer): Promise<void> {
  server.process.signal("SIGTERM");
  await server.process.end();
  assert.deepEqual(readEventStream(server.events()).problems, []);
  const said = server.process.stderr.lines.filter((line) => !line.startsWith("heap "));
  assert.deepEqual(said, []);
}

/** Packets that got nothing, told or only counted. */
function countUnserved(events: readonly TransferEvent[]) {
  const sum = { ignored: 0, refused: 0 };
  for (const event of events) {
    if (event.event === "ignored" && event.transfer === undefined) sum.ignored++;
    if (event.event === "request" && !event.served) sum.refused++;
    if (event.event !== "flood") continue;
    sum.ignored += event.ignored;
    sum.refused += event.refused;
  }
  return sum;
}

describe("a served process", () => {
  if (!canTest("hostile peers", { programs: [] })) return;

  it("stands noise of every length, and serves whoever asks", async () => {
    const random = seededRandom(20);
    await using folder = makeFolder();
    await Deno.writeFile(folder.file("image.bin"), IMAGE);
    await using server = await startWatchedServer(["--dir", folder.path, "--timeout", "2"]);
    await askHonestly(server, random);
    const before = await server.memoryInUse();
    // What is sent faster than it is read is lost on the way.
    const datagrams = noise(random);
    for (let count = 0; count < NOISE; count += 20) {
      await sendNoise(server, datagrams, 20);
      if (count % 200 === 0) await askHonestly(server, random);
    }
    await askHonestly(server, random);
    const after = await server.memoryInUse();
    assert.ok(after - before < MEMORY_SLACK, `memory grew from ${before} to ${after} bytes`);
    await endAndCheck(server);
  });

  it("keeps half-open transfers by the thousand within its bounds", async () => {
    const random = seededRandom(21);
    await using folder = makeFolder();
    await using written = makeFolder();
    await Deno.writeFile(folder.file("image.bin"), IMAGE);
    const most = 50;
    await using server = await startWatchedServer(
      ["--dir", folder.path, "--writable", written.path, "--max-transfers", String(most)],
    );
    const atStart = server.openFiles();
    const before = await server.memoryInUse();
    const to: Deno.NetAddr = { transport: "udp", hostname: server.address, port: server.port };
    for (let count = 0; count < 3000; count++) {
      using socket = openBareSocket(server.address);
      const isRead = count % 2 === 0;
      const blksize = { name: "blksize", value: "65464" };
      await socket.send(
        encodePacket({
          op: isRead ? "RRQ" : "WRQ",
          filename: isRead ? "image.bin" : `new-${count}.bin`,
          mode: count % 3 === 0 ? "netascii" : "octet",
          options: count % 4 < 2 ? [blksize] : [],
        }),
        to,
      );
      if (count % 100 === 99) {
        await askHonestly(server, random);
        // A socket and a file for each, and what is being closed just now.
        assert.ok(server.openFiles() <= atStart + 2 * most + 4, `${server.openFiles()} open`);
      }
    }
    const after = await server.memoryInUse();
    // Each may have a buffer for its longest datagram and for writing.
    const allowed = MEMORY_SLACK + most * 3 * 65_536;
    assert.ok(after - before < allowed, `memory grew from ${before} to ${after} bytes`);
    await endAndCheck(server);
    assert.deepEqual(
      await Array.fromAsync(Deno.readDir(written.path)),
      [],
      "nothing is left of what never came",
    );
  });

  const rrq = (filename: string, mode: string, options: readonly RequestOption[] = []) =>
    encodePacket({ op: "RRQ", filename, mode, options });

  const floods: readonly {
    readonly what: string;
    readonly packet: (count: number) => Uint8Array;
    readonly kind?: "ignored" | "refused";
  }[] = [
    { what: "noise", packet: () => Uint8Array.of(0, 9), kind: "ignored" },
    { what: "unknown names", packet: (count) => rrq(`${count}.bin`, "octet"), kind: "refused" },
    { what: "unknown modes", packet: () => rrq("image.bin", "octopus"), kind: "refused" },
    {
      what: "requests that are granted",
      packet: (count) => rrq("image.bin", "octet", [{ name: "count", value: String(count) }]),
    },
  ];
  for (const { what, packet, kind } of floods) {
    it(`is flooded without a pause, keeps its bounds and counts truly: ${what}`, async () => {
      const random = seededRandom(23);
      await using folder = makeFolder();
      await Deno.writeFile(folder.file("image.bin"), IMAGE);
      const most = 50;
      await using server = await startWatchedServer(
        ["--dir", folder.path, "--max-transfers", String(most)],
      );
      const atStart = server.openFiles();
      const to: Deno.NetAddr = { transport: "udp", hostname: server.address, port: server.port };
      const asking = askUntilServed(server, random);
      const flooder = loopbackAddress();
      let [sent, mostOpen] = [0, 0];
      // Granted ones cost the server most: go on until thousands have been.
      while (sent < 20_000 || (kind === undefined && server.process.stdout.lines.length < 6000)) {
        using socket = openBareSocket(flooder);
        for (let burst = 0; burst < 200; burst++) await socket.send(packet(sent++), to);
        mostOpen = Math.max(mostOpen, server.openFiles());
      }
      await asking;
      // A socket and a file for each, and what the runtime is closing.
      assert.ok(mostOpen <= atStart + 2 * most + 64, `${mostOpen} open, ${atStart} at the start`);
      // The last of them are read by now, or this request would not have been answered.
      await askUntilServed(server, random);
      const lost = server.lost();
      await endAndCheck(server);
      if (kind === undefined) return;
      const counted = countUnserved(server.events())[kind];
      assert.ok(counted >= sent - lost, `${counted} counted of ${sent}, ${lost} lost on the way`);
      assert.ok(counted <= sent + 100, `${counted} counted of ${sent}`);
      assert.ok(server.process.stdout.lines.length < sent / 2, "not every one has a line");
    });
  }

  it("serves on when it may not open more files", async () => {
    const random = seededRandom(22);
    await using folder = makeFolder();
    await Deno.writeFile(folder.file("image.bin"), IMAGE);
    await using server = await startWatchedServer(
      ["--dir", folder.path, "--timeout", "2"],
      ["sh", "-c", 'ulimit -n 64; exec "$@"', "sh"],
    );
    const to: Deno.NetAddr = { transport: "udp", hostname: server.address, port: server.port };
    const request = encodePacket({
      op: "RRQ",
      filename: "image.bin",
      mode: "octet",
      options: [],
    });
    for (let count = 0; count < 300; count++) {
      using socket = openBareSocket(server.address);
      await socket.send(request, to);
      if (count % 50 === 49) await askHonestly(server, random);
    }
    await server.quiet();
    await askHonestly(server, random);
    await endAndCheck(server);
  });
});

describe("names that try to leave the folder", () => {
  if (!canTest("names that leave the folder", { programs: [] })) return;

  it("get and store nothing outside of it, whatever the process is asked", async () => {
    await using base = makeFolder();
    for (const name of ["root", "root/folder", "root-secret"]) await Deno.mkdir(base.file(name));
    for (const name of ["root/image.bin", "root/folder/image.bin"]) {
      await Deno.writeFile(base.file(name), IMAGE);
    }
    for (const name of ["secret.bin", "root-secret/secret.bin"]) {
      await Deno.writeTextFile(base.file(name), "SECRET");
    }
    await Deno.symlink("../secret.bin", base.file("root/link-to-file"));
    await Deno.symlink("../root-secret", base.file("root/link-to-folder"));
    await Deno.symlink("..", base.file("root/link-to-parent"));
    // Where a file is to be made, a link that leads nowhere yet.
    await Deno.symlink("../new.bin", base.file("root/link-to-nothing"));
    const root = base.file("root");
    const namesIn = async (folder: string): Promise<string[]> =>
      (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name).sort();
    const outside = async (): Promise<readonly string[][]> => [
      await namesIn(base.path),
      await namesIn(base.file("root-secret")),
    ];
    const before = await outside();
    await using server = await startWatchedServer(["--dir", root, "--writable", root]);
    const to: Deno.NetAddr = { transport: "udp", hostname: server.address, port: server.port };
    // A refused name gets an answer, too, so that none is lost on the way.
    const ask = async (op: "RRQ" | "WRQ", name: string): Promise<void> => {
      using peer = openBareSocket(server.address);
      await peer.send(encodePacket({ op, filename: name, mode: "octet", options: [] }), to);
      const { bytes, from } = await peer.receive();
      const packet = decodePacket(bytes);
      if (op === "RRQ") assert.equal(packet.op, "ERROR", JSON.stringify(name));
      // Nothing but a plain name in the folder is granted; it is made whole here.
      if (packet.op === "ACK") {
        await peer.send(encodeData(1, IMAGE.subarray(0, 5)), from);
        await peer.receive();
      }
    };
    // A NUL ends the name on the wire.
    const onWire = (names: Iterable<string>): string[] =>
      [...names].filter((name) => !name.includes("\0"));
    const made = onWire(manyEscapingNames("secret.bin")).filter((_, index) => index % 8 === 0);
    for (const name of [...onWire(ESCAPING_NAMES), ...made]) await ask("RRQ", name);
    const links = ["link-to-nothing", "link-to-file", "link-to-folder/x", "link-to-parent/x"];
    for (const name of [...onWire(ESCAPING_NAMES), ...links]) await ask("WRQ", name);
    assert.deepEqual(await outside(), before);
    for (const name of ["secret.bin", "root-secret/secret.bin"]) {
      assert.equal(await Deno.readTextFile(base.file(name)), "SECRET");
    }
    await endAndCheck(server);
  });
});

describe("what peers say", () => {
  if (!canTest("hostile texts", { programs: [] })) return;

  /** Everything that steers terminals or disguises text, as bytes and as UTF-8. */
  const NASTY = [
    "\x1b[2J\x1b]0;owned\x07",
    "\r\n\t\b\x7f\x00".slice(0, -1),
    "\x9b31m\x85\x90",
    ..."\u009b\u0085\u2028\u202e\u2066\u200b\ufeff",
  ].map((
    text,
  ) => [...new TextEncoder().encode(text), ...[...text].map((c) => c.charCodeAt(0) & 255)])
    .map((bytes) => String.fromCharCode(...bytes.filter((byte) => byte !== 0)));

  const STEERING =
    // deno-lint-ignore no-control-regex
    /[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]/;

  for (const form of [[], ["--json"], ["--trace"], ["--json", "--trace"]]) {
    it(`reaches the terminal as harmless text: serve ${form.join(" ")}`, async () => {
      await using folder = makeFolder();
      await Deno.writeFile(folder.file("image.bin"), IMAGE);
      const address = loopbackAddress();
      const args = ["serve", folder.file("image.bin"), "--address", address, "--port", "6969"];
      await using server = startProcess(unbrickArgv([...args, "--force", ...form]), {
        env: { NO_COLOR: "1" },
      });
      await server.stdout.waitFor(
        (line) => /listening|Waiting for requests/.test(line),
        "a server",
      );
      const to: Deno.NetAddr = { transport: "udp", hostname: address, port: 6969 };
      using peer = openBareSocket(address);
      let failures = 0;
      for (const nasty of NASTY) {
        const option = { name: `o${nasty}`, value: nasty };
        for (const filename of [nasty, "image.bin"]) {
          for (const mode of [nasty, "octet"]) {
            await peer.send(encodePacket({ op: "RRQ", filename, mode, options: [option] }), to);
            const { bytes, from } = await peer.receive();
            // Only a transfer has a port of its own, where an error text ends it.
            if (from.port !== to.port) {
              await peer.send(encodeError(0, nasty), from);
              await server.stdout.waitFor((line) => /[Ff]ailed/.test(line), "the end", ++failures);
            }
            assert.ok(bytes.length > 0);
          }
        }
        await peer.send([...encodePacket({ op: "ERROR", code: 0, message: nasty })], to);
        await peer.send(new TextEncoder().encode(`\0\x09${nasty}`), to);
      }
      server.signal("SIGTERM");
      await server.end();
      const lines = [...server.stdout.lines, ...server.stderr.lines];
      assert.ok(lines.length > NASTY.length);
      for (const line of lines) assert.doesNotMatch(line, STEERING, JSON.stringify(line));
    });
  }
  for (const verb of ["get", "push"] as const) {
    it(`reaches the terminal as harmless text: ${verb}`, async () => {
      await using folder = makeFolder();
      await Deno.writeFile(folder.file("image.bin"), IMAGE);
      using device = openBareSocket();
      const { address, port } = device;
      const names = verb === "get" ? [address, "backup.bin"] : [folder.file("image.bin"), address];
      await using client = startProcess(
        unbrickArgv([
          verb,
          ...names,
          "--port",
          String(port),
          "--trace",
          "--blksize",
          "1428",
          ...(
            verb === "push" ? ["--force"] : []
          ),
        ]),
        { env: { NO_COLOR: "1" }, cwd: folder.path },
      );
      const { from } = await device.receive();
      const nasty = NASTY.join("");
      await device.send(new TextEncoder().encode(`\0\x09${nasty}`), from);
      using stranger = openBareSocket(address);
      await stranger.send(encodePacket({ op: "ERROR", code: 1, message: nasty }), from);
      await device.send(encodePacket({ op: "ERROR", code: 2, message: nasty }), from);
      assert.equal(await client.end(), 1);
      const lines = [...client.stdout.lines, ...client.stderr.lines];
      assert.ok(lines.some((line) => line.includes("\\x1b[2J")), lines.join("\n"));
      for (const line of lines) assert.doesNotMatch(line, STEERING, JSON.stringify(line));
    });
  }
});
