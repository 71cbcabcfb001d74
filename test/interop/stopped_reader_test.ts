/**
 * A reader of the output that has stopped reading, as a pager does: transfers go on, and what is read
 * afterwards is true.
 *
 * @module
 */
import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { encodePacket } from "../../lib/tftp/packet.ts";
import { loopbackAddress, openBareSocket } from "../support/loopback.ts";
import { canTest } from "../support/peers.ts";
import { type RunningProcess, startProcess } from "../support/process.ts";
import { assertSameBytes, makeFolder, testBytes } from "../support/test_files.ts";
import { runPeerClient } from "../support/tftp_clients.ts";
import { unbrickArgv } from "../support/unbrick_process.ts";
import { until } from "../support/waiting.ts";

const PORT = 6969;
const BLKSIZE = 512;
const IMAGE = testBytes(10_000_000);
const BLOCKS = Math.floor(IMAGE.length / BLKSIZE) + 1;

/** Runs a program whose output nobody reads before there is a file "go". */
const PIPELINE = `{ sh -c 'echo $$ > pid; exec "$@"' sh "$@"; echo $? > code; } | ` +
  "{ until [ -e go ]; do sleep 0.05; done; cat; }";

interface Unread extends AsyncDisposable {
  readonly shell: RunningProcess;
  /** Lets a client fetch the image. */
  fetch(): Promise<void>;
  /** Begins to read. */
  read(): Promise<void>;
  /** Does as Ctrl-C does, and waits for the exit code. */
  interrupt(): Promise<number>;
}

/** Serves with more output than is kept. */
async function serveUnread(): Promise<Unread> {
  const hostname = loopbackAddress();
  const folder = makeFolder();
  await Deno.writeFile(folder.file("a.bin"), IMAGE);
  const place = ["--address", hostname, "--port", String(PORT)];
  const argv = unbrickArgv(["serve", "--dir", folder.path, ...place, "--trace"]);
  const shell = startProcess(["bash", "-c", PIPELINE, "bash", ...argv], { cwd: folder.path });
  const kill = async (signal: Deno.Signal): Promise<void> =>
    Deno.kill(Number(await until("its start", () => readText(folder.file("pid")))), signal);
  return {
    shell,
    async fetch() {
      await untilServing(hostname);
      const { code, stderr } = await runPeerClient("curl", {
        ...{ direction: "get", remote: "a.bin", local: "got.bin", blksize: BLKSIZE },
        ...{ address: hostname, port: PORT, folder: folder.path },
      });
      assert.equal(code, 0, stderr);
      assertSameBytes(await Deno.readFile(folder.file("got.bin")), IMAGE, "what arrived");
    },
    read: () => Deno.writeTextFile(folder.file("go"), ""),
    async interrupt() {
      await kill("SIGINT");
      return Number(await until("its end", () => readText(folder.file("code"))));
    },
    async [Symbol.asyncDispose](this: Unread) {
      if (await readText(folder.file("code")) === undefined) await kill("SIGKILL");
      await this.read();
      await shell.end();
      await shell[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}

/** Its output cannot say that it listens. */
async function untilServing(hostname: string): Promise<void> {
  using peer = openBareSocket(hostname);
  const request = encodePacket({ op: "RRQ", filename: "none", mode: "octet", options: [] });
  let hasAnswered = false;
  void peer.receive().then(() => hasAnswered = true, () => {});
  await until("an answer", async () => {
    await peer.send(request, { transport: "udp", hostname, port: PORT });
    return hasAnswered;
  });
}

async function readText(path: string): Promise<string | undefined> {
  const text = await Deno.readTextFile(path).catch(() => "");
  return text.endsWith("\n") ? text : undefined;
}

describe("an output that nobody reads for a while", () => {
  if (!canTest("a stopped reader", { programs: ["bash", "curl"] })) return;

  it("does not hold up a transfer, and tells afterwards what was left out of it", async () => {
    await using unread = await serveUnread();
    const { lines, waitFor } = unread.shell.stdout;
    await unread.fetch();
    assert.deepEqual(lines, []);
    await unread.read();
    await waitFor((line) => /^Complete: "a\.bin" .* 10000000 bytes in /.test(line), "the end");

    const note = lines.findIndex((line) => /^\(\d+ lines were left out while/.test(line));
    assert.ok(note > 0, "something was left out");
    assert.match(lines[note + 1]!, /^Complete:/);
    const packets = lines.slice(0, note).filter((line) => /(sent|received) (DATA|ACK)/.test(line));
    const blocks = packets.flatMap((line) => /sent DATA <block=(\d+)/.exec(line)?.[1] ?? [])
      .map(Number);
    const news = blocks.filter((block, index) => block !== blocks[index - 1]);
    assert.ok(news.length > 100, "the first packets are there");
    assert.deepEqual(news, news.map((_, index) => index + 1), "with none missing between them");
    const leftOut = Number(/\d+/.exec(lines[note]!)![0]);
    assert.ok(packets.length + leftOut >= 2 * BLOCKS, `${packets.length} and ${leftOut} packets`);

    assert.equal(await unread.interrupt(), 130);
  });

  it("does not keep Ctrl-C from ending the program", async () => {
    await using unread = await serveUnread();
    await unread.fetch();
    assert.equal(await unread.interrupt(), 130);
    assert.deepEqual(unread.shell.stdout.lines, []);
  });
});
