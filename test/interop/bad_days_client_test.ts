/**
 * What happens to a computer in the middle of `push` and `get`, apart from the network: a full disk,
 * files that change, a clock that is set, a pause, an output that nobody reads, a second copy.
 *
 * @module
 */
import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { decodePacket, encodeAck, encodeData } from "../../lib/tftp/packet.ts";
import { FAKETIME, makeClock } from "../support/clock.ts";
import { type BareSocket, openBareSocket } from "../support/loopback.ts";
import { canTest, programPath } from "../support/peers.ts";
import { startProcess } from "../support/process.ts";
import { type RunningUnbrick, startUnbrick } from "../support/running_unbrick.ts";
import {
  assertSameBytes,
  joinBytes,
  makeFolder,
  testBytes,
  type TestFolder,
} from "../support/test_files.ts";
import { unbrickArgv } from "../support/unbrick_process.ts";

type Verb = "push" | "get";

const VERBS: readonly Verb[] = ["push", "get"];

const IMAGE = testBytes(100_000);

/** Blocks after which something happens. */
const MIDDLE = 50;

/** A router played by hand, in blocks of 512 bytes: it takes what is pushed and gives what is read. */
class HandRouter implements Disposable {
  readonly #socket: BareSocket = openBareSocket();
  readonly #verb: Verb;
  readonly #parts: Uint8Array[] = [];
  #sent = 0;

  constructor(verb: Verb) {
    this.#verb = verb;
  }

  /** What `unbrick` is told, to talk to it; the file of the computer is `path`. */
  args(path: string): string[] {
    const { address, port } = this.#socket;
    const place = ["--port", String(port)];
    return this.#verb === "push"
      ? ["push", path, address, "--force", ...place]
      : ["get", address, "flash_dump", "-o", path, ...place];
  }

  /** What was pushed so far. */
  get received(): Uint8Array {
    return joinBytes(this.#parts);
  }

  /** Goes on until so many blocks have moved, all have, or the other side has ended it. */
  async goOn(most = Infinity): Promise<"enough" | "whole" | "ERROR"> {
    while (true) {
      const { bytes, from } = await this.#socket.receive();
      const packet = decodePacket(bytes);
      switch (packet.op) {
        case "ERROR":
          return "ERROR";
        case "WRQ":
          if (this.#parts.length === 0) await this.#socket.send(encodeAck(0), from);
          break;
        case "DATA":
          if (packet.block === this.#parts.length + 1) this.#parts.push(packet.payload.slice());
          await this.#socket.send(encodeAck(this.#parts.length), from);
          if (packet.payload.length < 512) return "whole";
          if (this.#parts.length >= most) return "enough";
          break;
        case "RRQ":
          if (this.#sent === 0) await this.#sendBlock(1, from);
          break;
        case "ACK":
          if (packet.block > IMAGE.length / 512) return "whole";
          await this.#sendBlock(packet.block + 1, from);
          if (this.#sent >= most) return "enough";
          break;
      }
    }
  }

  /** Answers nothing any more, until the other side ends it. */
  async waitForError(): Promise<void> {
    while (decodePacket((await this.#socket.receive()).bytes).op !== "ERROR");
  }

  async #sendBlock(block: number, to: Deno.NetAddr): Promise<void> {
    this.#sent = block;
    const payload = IMAGE.subarray((block - 1) * 512, block * 512);
    await this.#socket.send(encodeData(block, payload), to);
  }

  [Symbol.dispose](): void {
    this.#socket[Symbol.dispose]();
  }
}

/** A file to push, or where a file that is read goes. */
async function prepare(verb: Verb, folder: TestFolder): Promise<string> {
  const path = folder.file("fw.bin");
  if (verb === "push") await Deno.writeFile(path, IMAGE);
  return path;
}

/** Goes on to the end, which must be a good one, with every byte. */
async function endWell(
  verb: Verb,
  router: HandRouter,
  client: RunningUnbrick,
  path: string,
): Promise<void> {
  assert.equal(await router.goOn(), "whole");
  assert.equal(await client.end(), 0, client.stderr.lines.join("\n"));
  const arrived = verb === "push" ? router.received : await Deno.readFile(path);
  assertSameBytes(arrived, IMAGE, "what arrived");
  const completed = client.events("completed")[0];
  assert.ok(completed !== undefined && completed.seconds >= 0 && completed.seconds < 600);
}

const filesIn = async (path: string): Promise<string[]> =>
  (await Array.fromAsync(Deno.readDir(path))).map(({ name }) => name).sort();

for (const verb of VERBS) {
  describe(`unbrick ${verb} on a bad day`, () => {
    if (!canTest(`bad days of ${verb}`, { programs: [] })) return;

    it("goes on after it was suspended for longer than its patience", async () => {
      await using folder = makeFolder();
      const path = await prepare(verb, folder);
      using router = new HandRouter(verb);
      await using client = startUnbrick([...router.args(path), "--timeout", "1"]);
      assert.equal(await router.goOn(MIDDLE), "enough");
      client.signal("SIGSTOP");
      await new Promise((resolve) => setTimeout(resolve, 2500));
      client.signal("SIGCONT");
      await endWell(verb, router, client, path);
    });

    it("ends without a word when its output is closed, and tells the router", async () => {
      await using folder = makeFolder();
      const path = await prepare(verb, folder);
      using router = new HandRouter(verb);
      const argv = unbrickArgv([...router.args(path), "--json"]);
      await using shell = startProcess([
        ...["bash", "-c", '"$@" | head -n 1; echo "ended with ${PIPESTATUS[0]}"', "bash", ...argv],
      ]);
      await router.goOn(1);
      // It repeats its packets, tells that, and notices that nobody reads it.
      await router.waitForError();
      await shell.end();
      assert.deepEqual(shell.stdout.lines.slice(1), ["ended with 141"]);
      assert.deepEqual(shell.stderr.lines, []);
      assert.deepEqual(await filesIn(folder.path), verb === "push" ? ["fw.bin"] : []);
    });
  });

  describe(`unbrick ${verb} when the clock is set back an hour`, () => {
    if (!canTest("a clock set back", { programs: [], files: [FAKETIME] })) return;

    it("goes on, also with repetitions", async () => {
      await using folder = makeFolder();
      const path = await prepare(verb, folder);
      const clock = await makeClock(folder);
      using router = new HandRouter(verb);
      await using client = clock.own(startUnbrick(router.args(path), { under: clock.under }));
      assert.equal(await router.goOn(MIDDLE), "enough");
      await clock.set("-3600");
      // Its timers must still run: what gets no answer comes again.
      await client.waitForEvent("retransmit");
      await endWell(verb, router, client, path);
      const times = client.stdout.lines.map((line) => Date.parse(JSON.parse(line).time));
      assert.ok(times.at(-1)! < times[0]! - 3_000_000, "the clock was really set back");
    });
  });
}

describe("unbrick push", () => {
  if (!canTest("an image that goes away", { programs: [] })) return;

  for (
    const [how, change] of [
      ["deleted", (path: string) => Deno.remove(path)],
      ["overwritten", (path: string) => Deno.writeFile(path, IMAGE.slice().fill(7))],
      ["cut off", (path: string) => Deno.truncate(path, 10)],
    ] as const
  ) {
    it(`sends the image as it was when it is ${how} meanwhile`, async () => {
      await using folder = makeFolder();
      const path = await prepare("push", folder);
      using router = new HandRouter("push");
      await using client = startUnbrick(router.args(path));
      assert.equal(await router.goOn(MIDDLE), "enough");
      await change(path);
      await endWell("push", router, client, path);
    });
  }
});

describe("two copies of unbrick get", () => {
  if (!canTest("two copies of get", { programs: [] })) return;

  it("store a file once, and whole; the other one says that it is there", async () => {
    await using folder = makeFolder();
    const path = folder.file("fw.bin");
    using router = new HandRouter("get");
    using other = new HandRouter("get");
    await using client = startUnbrick(router.args(path));
    await using second = startUnbrick(other.args(path));
    assert.equal(await router.goOn(MIDDLE), "enough");
    assert.equal(await other.goOn(MIDDLE), "enough");
    await endWell("get", router, client, path);
    assert.equal(await other.goOn(), "ERROR");
    assert.equal(await second.end(), 1);
    const [failed] = second.events("failed");
    assert.equal(failed?.code, "file-exists");
    assert.notEqual(failed?.hint, "");
    assert.deepEqual(await filesIn(folder.path), ["fw.bin"]);
    assertSameBytes(await Deno.readFile(path), IMAGE, "the file");
  });
});

describe("unbrick get onto a disk that takes no more", () => {
  if (!canTest("full disks", { programs: ["unshare"], root: true })) return;

  /** Starts it with a disk of its own at the folder, whose files it lists at the end. */
  function startOnDisk(folder: TestFolder, router: HandRouter, mode: string): RunningUnbrick {
    const script = `mount -t tmpfs -o size=64k,${mode} none ${folder.path} && "$@"; code=$?; ` +
      `ls -A ${folder.path} | sed 's/^/left: /' >&2; exit $code`;
    const under = [programPath("unshare"), "-m", "sh", "-c", script, "sh"];
    return startUnbrick(router.args(folder.file("fw.bin")), { under });
  }

  async function endsWith(client: RunningUnbrick, message: RegExp): Promise<void> {
    assert.equal(await client.end(), 1);
    const failed = client.events("failed").at(-1);
    assert.equal(failed?.code, "file-not-writable");
    assert.match(failed?.message ?? "", message);
    assert.notEqual(failed?.hint, "");
    assert.deepEqual(client.stderr.lines.filter((line) => line.startsWith("left: ")), []);
  }

  it("says that it is full, tells the other side and leaves no part of a file", async () => {
    await using folder = makeFolder();
    using router = new HandRouter("get");
    await using client = startOnDisk(folder, router, "rw");
    assert.equal(await router.goOn(), "ERROR");
    await endsWith(client, /the disk is full/);
  });

  it("says that it is read-only before it asks", async () => {
    await using folder = makeFolder();
    using router = new HandRouter("get");
    await using client = startOnDisk(folder, router, "ro");
    await endsWith(client, /the disk is read-only/);
  });
});
