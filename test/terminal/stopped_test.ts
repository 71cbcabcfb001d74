// A terminal that is stopped by Ctrl-S holds up nothing but what is shown.
import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { loopbackAddress } from "../support/loopback.ts";
import { canTest } from "../support/peers.ts";
import { assertSameBytes, makeFolder, testBytes } from "../support/test_files.ts";
import { runPeerClient } from "../support/tftp_clients.ts";
import { startInTmux, type Tmux } from "../support/tmux.ts";

const PORT = 6969;
const IMAGE = testBytes(5_000_000);

const INTERRUPTED = { code: 130, echoes: true, editsLines: true, showsCursor: true };

/** Stops a terminal in which the image is served, has it fetched, and goes on. */
async function whileStopped(goOn: (terminal: Tmux) => Promise<void>): Promise<void> {
  const hostname = loopbackAddress();
  await using folder = makeFolder();
  await Deno.writeFile(folder.file("a.bin"), IMAGE);
  const place = ["--address", hostname, "--port", String(PORT)];
  const argv = ["serve", folder.file("a.bin"), ...place];
  await using terminal = await startInTmux(argv, { columns: 80, rows: 24 });
  await terminal.shows(/^Serving .*[^]*Waiting for the router to ask \.\.\./m);
  await terminal.press("C-s");
  const { code, stderr } = await runPeerClient("curl", {
    ...{ direction: "get", remote: "a.bin", local: "got.bin", blksize: 1468 },
    ...{ address: hostname, port: PORT, folder: folder.path },
  });
  assert.equal(code, 0, stderr);
  assertSameBytes(await Deno.readFile(folder.file("got.bin")), IMAGE, "what arrived");
  assert.doesNotMatch(await terminal.screen(), /Complete/);
  await goOn(terminal);
}

describe("a terminal stopped by Ctrl-S", () => {
  if (!canTest("a stopped terminal", { programs: ["tmux", "curl"] })) return;

  it("does not hold up a transfer, and shows it when it goes on", async () => {
    await whileStopped(async (terminal) => {
      await terminal.press("C-q");
      await terminal.shows(/^Complete: "a\.bin"[^]*5000000 bytes/m);
      const screen = await terminal.shows(/^Waiting for the router to ask \.\.\. .*1 complete/m);
      assert.equal(screen.match(/Waiting for the router/g)?.length, 1);
      assert.doesNotMatch(screen, / % of /);
      await terminal.press("C-c");
      assert.deepEqual(await terminal.left(), INTERRUPTED);
    });
  });

  it("does not keep Ctrl-C from ending the program, and is left as a shell wants it", async () => {
    await whileStopped(async (terminal) => {
      await terminal.press("C-c");
      assert.deepEqual(await terminal.left(), INTERRUPTED);
    });
  });

  it("does not keep SIGTERM from ending the program", async () => {
    await whileStopped(async (terminal) => {
      await terminal.kill("TERM");
      await terminal.isGone();
    });
  });
});
