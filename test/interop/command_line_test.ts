/**
 * `unbrick serve`, `push` and `get` as real processes on loopback: what they do and tell, how they
 * end, and what they leave behind.
 *
 * @module
 */
import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { sha256 } from "../../lib/tftp/files.ts";
import { freePort, loopbackAddress, openBareSocket } from "../support/loopback.ts";
import { canGoOn, canSignal, canTest } from "../support/peers.ts";
import { startProcess } from "../support/process.ts";
import { startUnbrick } from "../support/running_unbrick.ts";
import { assertSameBytes, makeFolder, testBytes } from "../support/test_files.ts";
import { runPeerClient } from "../support/tftp_clients.ts";
import { runUnbrick, unbrickArgv } from "../support/unbrick_process.ts";

const IMAGE = testBytes(100_000);

/** Where a server of this test listens. */
function ownPlace(): { address: string; port: number; flags: string[] } {
  const address = loopbackAddress();
  const port = freePort(address);
  return { address, port, flags: ["--address", address, "--port", String(port)] };
}

async function namesIn(path: string): Promise<string[]> {
  const names: string[] = [];
  for await (const entry of Deno.readDir(path)) names.push(entry.name);
  return names.sort();
}

describe("unbrick serve", () => {
  const title = "unbrick serve asked by curl";
  describe(title, () => {
    if (!canTest(title, { programs: ["curl"] })) return;

    it("tells each step as an event and with --once ends by itself with 0", async () => {
      await using folder = makeFolder();
      await Deno.writeFile(folder.file("fw.bin"), IMAGE);
      const { address, port, flags } = ownPlace();
      await using server = startUnbrick(["serve", folder.file("fw.bin"), "--once", ...flags]);
      const listening = await server.waitForEvent("listening");
      assert.deepEqual([listening.address, listening.port], [address, port]);
      const job = { address, port, folder: folder.path, direction: "get" as const };
      const wrong = await runPeerClient("curl", { ...job, remote: "other.bin", local: "copy" });
      assert.notEqual(wrong.code, 0);
      const { code } = await runPeerClient("curl", {
        ...job,
        remote: "fw.bin",
        local: "copy",
        blksize: 1468,
      });
      assert.equal(code, 0);
      assert.equal(await server.end(), 0);
      assertSameBytes(await Deno.readFile(folder.file("copy")), IMAGE, "what curl got");
      const requests = server.events("request");
      assert.deepEqual(requests.map(({ name, served }) => ({ name, served })), [
        { name: "other.bin", served: false },
        { name: "fw.bin", served: true },
      ]);
      const [started] = server.events("started");
      assert.equal(started?.blksize, 1468);
      const [completed] = server.events("completed");
      assert.equal(completed?.bytes, IMAGE.length);
      assert.equal(completed?.sha256, sha256(IMAGE));
      assert.equal(server.stderr.lines.join("\n"), "");
    });

    it("gives the only image to whatever name is asked with --any-name", async () => {
      await using folder = makeFolder();
      await Deno.writeFile(folder.file("fw.bin"), IMAGE);
      const { address, port, flags } = ownPlace();
      await using server = startUnbrick(["serve", folder.file("fw.bin"), "--any-name", ...flags]);
      await server.waitForEvent("listening");
      const { code } = await runPeerClient("curl", {
        address,
        port,
        direction: "get",
        folder: folder.path,
        remote: "vmlinux.img.lzma",
        local: "copy",
      });
      assert.equal(code, 0);
      assertSameBytes(await Deno.readFile(folder.file("copy")), IMAGE, "what curl got");
      assert.equal((await server.waitForEvent("request")).name, "vmlinux.img.lzma");
    });
  });

  it("ends with 130 on Ctrl-C", async () => {
    if (!canSignal("ends with 130 on Ctrl-C")) return;
    await using folder = makeFolder();
    await Deno.writeFile(folder.file("fw.bin"), IMAGE);
    await using server = startUnbrick(["serve", folder.file("fw.bin"), ...ownPlace().flags]);
    await server.waitForEvent("listening");
    server.signal("SIGINT");
    assert.equal(await server.end(), 130);
  });

  it("leaves nothing of a file that was being received on Ctrl-C, and tells the peer", async () => {
    if (
      !canSignal("leaves nothing of a file that was being received on Ctrl-C, and tells the peer")
    ) return;
    await using folder = makeFolder();
    const { address, port, flags } = ownPlace();
    await using server = startUnbrick(["serve", "--writable", folder.path, ...flags]);
    await server.waitForEvent("listening");
    using peer = openBareSocket();
    const request = new TextEncoder().encode("\0\x02half.bin\0octet\0");
    await peer.send(request, { transport: "udp", hostname: address, port });
    const { from } = await peer.receive();
    await peer.send([0, 3, 0, 1, ...testBytes(512)], from);
    await peer.receiveUntil((bytes) => bytes.join() === "0,4,0,1");
    server.signal("SIGINT");
    await peer.receiveUntil((bytes) => bytes[1] === 5);
    assert.equal(await server.end(), 130);
    assert.deepEqual(await namesIn(folder.path), []);
  });

  it("ends with 3 and names the program that holds the port", async () => {
    if (!canGoOn("unbrick serve on a port that is taken", { programs: ["ss"] })) return;
    await using folder = makeFolder();
    await Deno.writeFile(folder.file("fw.bin"), IMAGE);
    using holder = openBareSocket();
    const { code, stderr, stdout } = await runUnbrick([
      "serve",
      folder.file("fw.bin"),
      "--address",
      holder.address,
      "--port",
      String(holder.port),
      "--json",
    ]);
    assert.equal(code, 3);
    assert.ok(stderr.includes(`UDP port ${holder.port} on ${holder.address}`), stderr);
    assert.ok(stderr.includes(`(process ${Deno.pid})`), stderr);
    assert.equal(JSON.parse(stdout).code, "port-in-use");
  });

  it("ends with 3 when the address is not one of this computer", async () => {
    await using folder = makeFolder();
    await Deno.writeFile(folder.file("fw.bin"), IMAGE);
    const { code, stderr } = await runUnbrick([
      "serve",
      folder.file("fw.bin"),
      "--address",
      "198.51.100.66",
      "--port",
      "6969",
    ]);
    assert.equal(code, 3);
    assert.match(
      stderr,
      /^error: Cannot open UDP port 6969 on 198\.51\.100\.66: .*address\nhint: /,
    );
  });

  it("ends with 3 and says what to do when port 69 needs more rights", async () => {
    const needs = { programs: ["setpriv", "unshare"], root: true } as const;
    if (!canGoOn("unbrick serve without the right to port 69", needs)) return;
    await using folder = makeFolder();
    await Deno.writeFile(folder.file("fw.bin"), IMAGE);
    // In a network namespace of its own, as some containers give the port to everybody.
    await using server = startProcess([
      ...["unshare", "--net", "setpriv", "--bounding-set=-net_bind_service"],
      ...unbrickArgv(["serve", folder.file("fw.bin")]),
    ]);
    assert.equal(await server.end(), 3);
    assert.match(server.stderr.lines[0]!, /^error: Cannot open UDP port 69 .*not permitted$/);
    assert.match(server.stderr.lines[1]!, /^hint: .*sudo/);
  });

  it("ends soon after nobody reads its output any more", async () => {
    await using folder = makeFolder();
    await Deno.writeFile(folder.file("fw.bin"), IMAGE);
    const { address, port, flags } = ownPlace();
    const [program, ...args] = unbrickArgv(["serve", folder.file("fw.bin"), "--json", ...flags]);
    const child = new Deno.Command(program, {
      args,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const reader = child.stdout.getReader();
    await reader.read();
    await reader.cancel();
    using peer = openBareSocket();
    const request = new TextEncoder().encode("\0\x01absent\0octet\0");
    await peer.send(request, { transport: "udp", hostname: address, port });
    const [{ code }, stderr] = await Promise.all([child.status, new Response(child.stderr).text()]);
    assert.equal(code, 141);
    assert.equal(stderr, "");
  });
});

describe("unbrick push and serve --writable", () => {
  for (
    const [how, extra, agreed] of [
      ["plain", [], [512, 1]],
      ["with blocks and windows", ["--blksize", "1468", "--windowsize", "8"], [1468, 8]],
    ] as const
  ) {
    it(`bring an image over byte by byte, ${how}`, async () => {
      await using folder = makeFolder();
      await using target = makeFolder();
      await Deno.writeFile(folder.file("fw.bin"), IMAGE);
      const { address, port, flags } = ownPlace();
      await using server = startUnbrick(["serve", "--writable", target.path, ...flags]);
      await server.waitForEvent("listening");
      await using push = startUnbrick([
        "push",
        folder.file("fw.bin"),
        address,
        "--port",
        String(port),
        ...extra,
      ]);
      assert.equal(await push.end(), 0);
      assertSameBytes(await Deno.readFile(target.file("fw.bin")), IMAGE, "what was stored");
      const [started] = push.events("started");
      assert.deepEqual([started?.blksize, started?.windowsize], agreed);
      const [completed] = push.events("completed");
      assert.equal(completed?.outcome, "acknowledged");
      assert.equal(completed?.sha256, sha256(IMAGE));
    });
  }
});

describe("unbrick push", () => {
  it("goes on asking a closed port from one source port, with requests only, until --wait", async () => {
    await using folder = makeFolder();
    await Deno.writeFile(folder.file("fw.bin"), IMAGE);
    const { address, port } = ownPlace();
    await using push = startUnbrick([
      "push",
      folder.file("fw.bin"),
      address,
      "--port",
      String(port),
      "--interval",
      "50",
      "--wait",
      "1",
      "--trace",
    ]);
    assert.equal(await push.end(), 1);
    const packets = push.stderr.lines.filter((line) => / sent /.test(line));
    assert.ok(packets.length > 3);
    assert.deepEqual(packets.filter((line) => !line.includes("sent WRQ <file=fw.bin")), []);
    assert.equal(push.events("failed")[0]?.code, "timeout");
  });

  it("ends with 130 on Ctrl-C while nothing answers, having sent only requests from one port", async () => {
    if (
      !canSignal(
        "ends with 130 on Ctrl-C while nothing answers, having sent only requests from one port",
      )
    ) return;
    await using folder = makeFolder();
    await Deno.writeFile(folder.file("fw.bin"), IMAGE);
    using silent = openBareSocket();
    await using push = startUnbrick([
      "push",
      folder.file("fw.bin"),
      silent.address,
      "--port",
      String(silent.port),
      "--interval",
      "20",
    ]);
    const ports = new Set<number>();
    const packets = new Set<string>();
    for (let count = 0; count < 5; count++) {
      const { bytes, from } = await silent.receive();
      ports.add(from.port);
      packets.add(new TextDecoder().decode(bytes));
    }
    push.signal("SIGINT");
    assert.equal(await push.end(), 130);
    assert.equal(ports.size, 1);
    assert.deepEqual([...packets], ["\0\x02fw.bin\0octet\0"]);
  });

  it("explains the verdict that comes in place of the last ACK and ends with 1", async () => {
    await using folder = makeFolder();
    await Deno.writeFile(folder.file("fw.bin"), testBytes(100));
    using device = openBareSocket();
    await using push = startUnbrick([
      "push",
      folder.file("fw.bin"),
      device.address,
      "--port",
      String(device.port),
    ]);
    const { from } = await device.receive();
    await device.send([0, 4, 0, 0], from);
    // Requests that were already on their way may come before the data.
    let received = await device.receive();
    while (received.bytes[1] !== 3) received = await device.receive();
    assertSameBytes(received.bytes.subarray(4), testBytes(100), "DATA 1");
    const verdict = new TextEncoder().encode("\0\x05\0\x02Firmware check failed\0");
    await device.send(verdict, from);
    assert.equal(await push.end(), 1);
    const [failed] = push.events("failed");
    assert.equal(failed?.code, "image-refused");
    assert.match(failed?.message ?? "", /Firmware check failed/);
  });

  for (
    const [what, code, message, make] of [
      ["does not exist", 1, /does not exist/, () => {}],
      ["is empty", 1, /is empty/, (path: string) => Deno.writeFileSync(path, new Uint8Array())],
      ["is a folder", 1, /is a folder/, (path: string) => Deno.mkdirSync(path)],
    ] as const
  ) {
    it(`says so and ends with ${code} when the image ${what}`, async () => {
      await using folder = makeFolder();
      const path = folder.file("fw.bin");
      make(path);
      for (const command of [["push", path, "127.0.0.1"], ["serve", path]]) {
        const { code: actual, stderr } = await runUnbrick(command);
        assert.equal(actual, code);
        assert.match(stderr.split("\n")[0]!, /^error: .*fw\.bin/);
        assert.match(stderr, message);
        assert.match(stderr, /\nhint: /);
        assert.doesNotMatch(stderr, /\bat .*\.ts/);
      }
    });
  }

  it("says so and ends with 1 when the image may not be read", async () => {
    const needs = { programs: ["setpriv"], root: true } as const;
    if (!canGoOn("unbrick push of a file that may not be read", needs)) return;
    await using folder = makeFolder();
    await Deno.writeFile(folder.file("fw.bin"), IMAGE, { mode: 0o000 });
    await using push = startProcess([
      "setpriv",
      "--bounding-set=-dac_override,-dac_read_search",
      ...unbrickArgv(["push", folder.file("fw.bin"), "127.0.0.1"]),
    ]);
    assert.equal(await push.end(), 1);
    assert.match(push.stderr.lines[0]!, /^error: Cannot read ".*fw\.bin": not permitted$/);
  });
});

describe("unbrick get", () => {
  it("reads a file from unbrick serve and never overwrites one", async () => {
    await using folder = makeFolder();
    await using target = makeFolder();
    await Deno.writeFile(folder.file("fw.bin"), IMAGE);
    const { address, port, flags } = ownPlace();
    await using server = startUnbrick(["serve", folder.file("fw.bin"), ...flags]);
    await server.waitForEvent("listening");
    const command = ["get", address, "fw.bin", "--port", String(port)];
    await using first = startUnbrick(command, { cwd: target.path });
    assert.equal(await first.end(), 0);
    assertSameBytes(await Deno.readFile(target.file("fw.bin")), IMAGE, "what was stored");
    assert.equal(first.events("completed")[0]?.sha256, sha256(IMAGE));
    await Deno.writeFile(target.file("fw.bin"), testBytes(7));
    await using second = startUnbrick(command, { cwd: target.path });
    assert.equal(await second.end(), 1);
    assert.match(second.stderr.lines.join("\n"), /^error: .*already there/);
    assertSameBytes(await Deno.readFile(target.file("fw.bin")), testBytes(7), "the old file");
    assert.deepEqual(await namesIn(target.path), ["fw.bin"]);
  });

  it("leaves nothing behind on Ctrl-C in the middle, and tells the peer", async () => {
    if (!canSignal("leaves nothing behind on Ctrl-C in the middle, and tells the peer")) return;
    await using folder = makeFolder();
    using peer = openBareSocket();
    const command = ["get", peer.address, "dump", "--port", String(peer.port), "--trace"];
    await using get = startUnbrick(command, { cwd: folder.path });
    const { from } = await peer.receive();
    await peer.send([0, 3, 0, 1, ...testBytes(512)], from);
    await get.stderr.waitFor((line) => line.includes("sent ACK <block=1>"), "ACK 1");
    get.signal("SIGINT");
    assert.equal(await get.end(), 130);
    let received = await peer.receive();
    while (received.bytes[1] !== 5) received = await peer.receive();
    assert.deepEqual(await namesIn(folder.path), []);
  });

  it("reports what the other side says when it refuses, and leaves nothing behind", async () => {
    await using folder = makeFolder();
    using peer = openBareSocket();
    const command = ["get", peer.address, "dump", "--port", String(peer.port)];
    await using get = startUnbrick(command, { cwd: folder.path });
    const { from } = await peer.receive();
    await peer.send(new TextEncoder().encode("\0\x05\0\x01File not found\0"), from);
    assert.equal(await get.end(), 1);
    assert.match(get.events("failed")[0]?.message ?? "", /File not found/);
    assert.deepEqual(await namesIn(folder.path), []);
  });
});
