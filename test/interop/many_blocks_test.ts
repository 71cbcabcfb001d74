/**
 * Files of more than 65535 blocks, where the block number of 16 bits begins again, with the programs
 * that people have. The first is an exact multiple of the block size, so that its empty last block
 * is the first one after the rollover.
 *
 * @module
 */
import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { getBytes, pushBytes, startOurServer } from "../support/our_side.ts";
import { canTest, type ProgramName } from "../support/peers.ts";
import { assertSameBytes, makeFolder, testBytes } from "../support/test_files.ts";
import { type ClientName, runPeerClient } from "../support/tftp_clients.ts";
import { type ServerName, startPeerServer } from "../support/tftp_servers.ts";
import { until } from "../support/waiting.ts";

const LAST_IS_EMPTY = 65535 * 512;
const ONE_BLOCK_MORE = 65536 * 512;

interface ClientCase {
  readonly client: ClientName;
  readonly program: ProgramName;
  readonly direction: "get" | "put";
  readonly size: number;
  readonly windowsize?: number;
}

const CLIENT_CASES: readonly ClientCase[] = [
  { client: "tftp-hpa", program: "tftp", direction: "get", size: LAST_IS_EMPTY },
  { client: "tftp-hpa", program: "tftp", direction: "put", size: ONE_BLOCK_MORE },
  { client: "atftp", program: "atftp", direction: "get", size: ONE_BLOCK_MORE, windowsize: 16 },
  { client: "atftp", program: "atftp", direction: "put", size: LAST_IS_EMPTY, windowsize: 16 },
];

for (const { client, program, direction, size, windowsize } of CLIENT_CASES) {
  const how = windowsize === undefined ? "in lock-step" : `with windowsize ${windowsize}`;
  const title = `startServer() and ${client} ${direction} of ${size} bytes in blocks of 512 ${how}`;
  describe(title, () => {
    if (!canTest(title, { programs: [program] })) return;

    it("passes block 65535 and compares equal", async () => {
      await using folder = makeFolder();
      await using server = startOurServer({ root: folder.path });
      const bytes = testBytes(size);
      await Deno.writeFile(folder.file("image"), bytes);
      const { code, stderr } = await runPeerClient(client, {
        ...server,
        folder: folder.path,
        direction,
        local: direction === "get" ? "copy" : "image",
        remote: direction === "get" ? "image" : "copy",
        ...(windowsize === undefined ? {} : { windowsize }),
      });
      assert.equal(code, 0, stderr);
      assertSameBytes(await Deno.readFile(folder.file("copy")), bytes, "the copy");
    });
  });
}

interface ServerCase {
  readonly server: ServerName;
  readonly program: ProgramName;
  readonly direction: "get" | "push";
  readonly size: number;
  readonly windowsize?: number;
}

const SERVER_CASES: readonly ServerCase[] = [
  { server: "tftpd-hpa", program: "in.tftpd", direction: "push", size: LAST_IS_EMPTY },
  { server: "dnsmasq", program: "dnsmasq", direction: "get", size: ONE_BLOCK_MORE },
  { server: "atftpd", program: "atftpd", direction: "get", size: LAST_IS_EMPTY, windowsize: 16 },
  { server: "atftpd", program: "atftpd", direction: "push", size: ONE_BLOCK_MORE, windowsize: 16 },
];

for (const { server: name, program, direction, size, windowsize } of SERVER_CASES) {
  const how = windowsize === undefined ? "in lock-step" : `with windowsize ${windowsize}`;
  const title = `${direction}() and ${name} with ${size} bytes in blocks of 512 ${how}`;
  describe(title, () => {
    if (!canTest(title, { programs: [program], root: true })) return;

    it("passes block 65535 and compares equal", async () => {
      await using folder = makeFolder();
      await using server = await startPeerServer(name, { root: folder.path });
      const bytes = testBytes(size);
      const job = {
        ...server,
        remote: "image",
        ...(windowsize === undefined ? {} : { windowsize }),
      };
      if (direction === "get") {
        await Deno.writeFile(folder.file("image"), bytes);
        assertSameBytes((await getBytes(job)).bytes, bytes, "what our client got");
      } else {
        await pushBytes(job, bytes);
        const stored = folder.file("image");
        await until("the whole file", async () => (await Deno.stat(stored)).size >= size);
        assertSameBytes(await Deno.readFile(stored), bytes, "what the server stored");
      }
    });
  });
}
