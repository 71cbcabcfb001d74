/**
 * The programs that people have, over a network that loses 5 % of all packets each way and doubles
 * as many. All pairs at once, as most of the time goes into waiting.
 *
 * @module
 */
import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { startFaultyRelay } from "../support/faulty_relay.ts";
import { getBytes, pushBytes, startOurServer } from "../support/our_side.ts";
import { canTest, type ProgramName } from "../support/peers.ts";
import { assertSameBytes, makeFolder, testBytes } from "../support/test_files.ts";
import { type ClientName, runPeerClient } from "../support/tftp_clients.ts";
import { type ServerName, startPeerServer } from "../support/tftp_servers.ts";
import { until } from "../support/waiting.ts";

const IMAGE = testBytes(25_000);
const FAULTS = { loss: 0.05, duplication: 0.05 };

interface ClientCase {
  readonly client: ClientName;
  readonly program: ProgramName;
  readonly wish?: { readonly blksize?: number; readonly windowsize?: number };
  /** Bytes to put, when the client waits long for each DATA that is lost. */
  readonly bytesToPut?: number;
  /** Whether it puts at all under loss. */
  readonly puts?: false;
}

const CLIENTS: readonly ClientCase[] = [
  { client: "tftp-hpa", program: "tftp", bytesToPut: 8_000 },
  { client: "atftp", program: "atftp" },
  // After a few doubled ACKs, atftp puts a block after the last one and waits for its ACK.
  { client: "atftp", program: "atftp", wish: { windowsize: 4 }, puts: false },
  // When the last ACK is lost, curl sends its last DATA again after 72 seconds.
  { client: "curl", program: "curl", puts: false },
  { client: "busybox", program: "busybox" },
];

const CLIENT_CASES = CLIENTS.flatMap((client) =>
  (client.puts === false ? ["get"] as const : ["get", "put"] as const)
    .map((direction) => ({ ...client, direction }))
);

describe("startServer() over a network that loses and doubles packets", () => {
  const possible = CLIENT_CASES.filter(({ client, program, direction }) =>
    canTest(`${client} ${direction} over a faulty network`, { programs: [program] })
  );
  if (possible.length === 0) return;

  it("brings every byte over with each client, both ways", async () => {
    await Promise.all(possible.map(async ({ client, direction, wish, bytesToPut }, index) => {
      await using folder = makeFolder();
      const image = direction === "put" ? IMAGE.subarray(0, bytesToPut) : IMAGE;
      await Deno.writeFile(folder.file("image"), image);
      await using server = startOurServer({ root: folder.path });
      using relay = startFaultyRelay({ target: server, ...FAULTS, seed: index + 1 });
      const { code, stdout, stderr } = await runPeerClient(client, {
        address: relay.address,
        port: relay.port,
        direction,
        folder: folder.path,
        local: direction === "get" ? "copy" : "image",
        remote: direction === "get" ? "image" : "copy",
        ...wish,
      });
      assert.equal(code, 0, `${client} ${direction}: ${stdout}${stderr}`);
      const copy = await Deno.readFile(folder.file("copy"));
      assertSameBytes(copy, image, `${client} ${direction}`);
      assert.ok(relay.lost + relay.doubled > 0, `${client} ${direction}: there were faults`);
    }));
  });
});

interface ServerCase {
  readonly server: ServerName;
  readonly program: ProgramName;
  readonly direction: "get" | "push";
  readonly wish?: { readonly blksize?: number; readonly windowsize?: number };
}

const SERVERS: readonly ServerCase[] = [
  { server: "tftpd-hpa", program: "in.tftpd", direction: "push" },
  { server: "tftpd-hpa", program: "in.tftpd", direction: "get" },
  { server: "atftpd", program: "atftpd", direction: "push" },
  { server: "atftpd", program: "atftpd", direction: "push", wish: { windowsize: 4 } },
  { server: "atftpd", program: "atftpd", direction: "get" },
  { server: "atftpd", program: "atftpd", direction: "get", wish: { windowsize: 4 } },
  { server: "dnsmasq", program: "dnsmasq", direction: "get" },
];

describe("push() and get() over a network that loses and doubles packets", () => {
  const possible = SERVERS.filter(({ server, program, direction }) =>
    canTest(`${direction} with ${server} over a faulty network`, {
      programs: [program],
      root: true,
    })
  );
  if (possible.length === 0) return;

  it("bring every byte over with each server", async () => {
    await Promise.all(possible.map(async ({ server: name, direction, wish }, index) => {
      await using folder = makeFolder();
      await using server = await startPeerServer(name, { root: folder.path });
      using relay = startFaultyRelay({ target: server, ...FAULTS, seed: index + 1 });
      const job = { address: relay.address, port: relay.port, remote: "image", ...wish };
      const path = folder.file("image");
      if (direction === "get") {
        await Deno.writeFile(path, IMAGE);
        assertSameBytes((await getBytes(job)).bytes, IMAGE, `from ${name}`);
      } else {
        await pushBytes(job, IMAGE);
        await until("the whole file", async () => (await Deno.stat(path)).size >= IMAGE.length);
        assertSameBytes(await Deno.readFile(path), IMAGE, `in ${name}`);
      }
      assert.ok(relay.lost + relay.doubled > 0, `${name}: there were faults`);
    }));
  });
});
