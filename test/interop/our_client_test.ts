/**
 * Our client against the servers that people have: both directions, with and without options.
 *
 * @module
 */
import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { getBytes, pushBytes } from "../support/our_side.ts";
import { canTest, type ProgramName } from "../support/peers.ts";
import { assertSameBytes, makeFolder, testBytes } from "../support/test_files.ts";
import { type ServerName, startPeerServer } from "../support/tftp_servers.ts";
import { until } from "../support/waiting.ts";

/** Around one block, and one that spans several of the larger blocks. */
const SIZES = [0, 1, 511, 512, 513, 20_000];

interface Wish {
  readonly blksize?: number;
  readonly windowsize?: number;
}

interface Peer {
  readonly server: ServerName;
  readonly program: ProgramName;
  readonly stores: boolean;
  /** Whether it takes part in windows (RFC 7440). */
  readonly windows: boolean;
}

const PEERS: readonly Peer[] = [
  { server: "tftpd-hpa", program: "in.tftpd", stores: true, windows: false },
  { server: "atftpd", program: "atftpd", stores: true, windows: true },
  { server: "dnsmasq", program: "dnsmasq", stores: false, windows: false },
];

const WISHES: readonly Wish[] = [
  {},
  { blksize: 1468 },
  { blksize: 8192 },
  { windowsize: 4 },
  { blksize: 1468, windowsize: 16 },
];

function describeWish(wish: Wish): string {
  const texts = Object.entries(wish).map(([name, value]) => `${name} ${value}`);
  return texts.length === 0 ? "plain" : texts.join(" and ");
}

/** Waits for a file to be whole: servers send the last ACK before they write the end. */
async function storedFile(path: string, size: number): Promise<Uint8Array> {
  return await until(`${size} bytes in ${path}`, async () => {
    const bytes = await Deno.readFile(path).catch(() => undefined);
    return bytes !== undefined && bytes.length >= size && bytes;
  });
}

for (const peer of PEERS) {
  const title = `push() and get() with the server ${peer.server}`;
  describe(title, () => {
    if (!canTest(title, { programs: [peer.program], root: true })) return;

    for (const wish of WISHES) {
      it(`reads files of every size around a block, ${describeWish(wish)}`, async () => {
        await using folder = makeFolder();
        await using server = await startPeerServer(peer.server, { root: folder.path });
        const { address, port } = server;
        await Promise.all(SIZES.map(async (size) => {
          const remote = `${size}.bin`;
          await Deno.writeFile(folder.file(remote), testBytes(size));
          let windowsize: number | undefined;
          const onEvent = (event: { event: string; windowsize?: number }) =>
            windowsize = event.event === "started" ? event.windowsize : windowsize;
          const { bytes } = await getBytes({ address, port, remote, ...wish, onEvent });
          assertSameBytes(bytes, testBytes(size), `${size} bytes`);
          assert.equal(windowsize, peer.windows ? wish.windowsize ?? 1 : 1);
        }));
      });

      if (!peer.stores) continue;
      it(`pushes files of every size around a block, ${describeWish(wish)}`, async () => {
        await using folder = makeFolder();
        await using server = await startPeerServer(peer.server, { root: folder.path });
        const { address, port } = server;
        await Promise.all(SIZES.map(async (size) => {
          const remote = `${size}.bin`;
          const end = await pushBytes({ address, port, remote, ...wish }, testBytes(size));
          assert.equal(end.outcome, "acknowledged");
          const stored = await storedFile(folder.file(remote), size);
          assertSameBytes(stored, testBytes(size), `${size} bytes`);
        }));
      });
    }
  });
}
