// deno-lint-ignore-file no-console -- what it prints is its result
/**
 * Measures what one more client costs a server in memory: clients are held in the middle of a
 * transfer, first some, then many. Run with `deno task bench:memory`.
 *
 * @module
 */
import { decodePacket, encodeAck, encodePacket } from "../../lib/tftp/packet.ts";
import { startWatchedServer, type WatchedServer } from "../storm/watched_server.ts";
import { makeFolder } from "../support/test_files.ts";
import { type PeerServer, startPeerServer } from "../support/tftp_servers.ts";
import { familyOf } from "./meter.ts";
import { markdownTable } from "./table.ts";

/** Clients at the first and at the second look: the difference has no share of what each server is. */
const [FEW, MANY] = [40, 160];

/** Blocks after which a client falls silent. */
const BLOCKS = 64;

const IMAGE_BYTES = 16 * 1024 * 1024;
const NAME = "image.bin";
const KIB = 1024;

interface Options {
  readonly blksize: number;
  readonly windowsize: number;
}

interface Server {
  readonly address: string;
  readonly port: number;
}

/** A client in the middle of its transfer; it keeps its socket until it is disposed of. */
async function hold(server: Server, { blksize, windowsize }: Options): Promise<Deno.DatagramConn> {
  const { address: hostname, port } = server;
  const socket = Deno.listenDatagram({ transport: "udp", hostname, port: 0 });
  const options = [
    ...(blksize === 512 ? [] : [{ name: "blksize", value: String(blksize) }]),
    ...(windowsize === 1 ? [] : [{ name: "windowsize", value: String(windowsize) }]),
  ];
  const request = encodePacket({ op: "RRQ", filename: NAME, mode: "octet", options });
  await socket.send(request, { transport: "udp", hostname, port });
  for (let block = 0; block < BLOCKS;) {
    const [bytes, peer] = await socket.receive();
    const packet = decodePacket(bytes);
    if (packet.op === "OACK") await socket.send(encodeAck(0), peer);
    else if (packet.op !== "DATA") throw new Error(`${packet.op} instead of DATA`);
    else if (packet.block === block + 1) {
      block++;
      if (block % windowsize === 0) await socket.send(encodeAck(block), peer);
    }
  }
  return socket;
}

/** Memory of a server's processes that they do not share, in bytes. */
async function residentBytes(pid: number): Promise<number> {
  let sum = 0;
  for (const member of familyOf(pid)) {
    const text = await Deno.readTextFile(`/proc/${member}/smaps_rollup`);
    sum += Number(/^Pss:\s+(\d+) kB$/m.exec(text)![1]) * KIB;
  }
  return sum;
}

/** What a further client takes, in KiB, by each way to measure memory. */
async function perClient(
  server: Server,
  options: Options,
  look: () => Promise<readonly number[]>,
): Promise<string> {
  await using held = new AsyncDisposableStack();
  const holdUntil = async (count: number, from: number): Promise<readonly number[]> => {
    for (let client = from; client < count; client++) {
      const socket = await hold(server, options);
      held.defer(() => socket.close());
    }
    return await look();
  };
  const before = await holdUntil(FEW, 0);
  const after = await holdUntil(MANY, FEW);
  return after.map((bytes, way) => ((bytes - before[way]!) / (MANY - FEW) / KIB).toFixed(0))
    .join(" · ");
}

async function ours(args: readonly string[], options: Options): Promise<string> {
  await using server: WatchedServer = await startWatchedServer([
    ...args,
    ...["--max-transfers", "1000", "--timeout", "600"],
  ]);
  return await perClient(server, options, async () => {
    const inUse = await server.memoryInUse();
    return [inUse, await residentBytes(server.process.pid)];
  });
}

async function rival(name: "tftpd-hpa" | "atftpd", root: string, options: Options) {
  // tftpd-hpa takes no note of a window.
  if (name === "tftpd-hpa" && options.windowsize > 1) return "";
  await using server: PeerServer = await startPeerServer(name, { root });
  return await perClient(server, options, async () => [await residentBytes(server.pid)]);
}

await using folder = makeFolder();
await Deno.writeFile(folder.file(NAME), new Uint8Array(IMAGE_BYTES).fill(7));
const rows: string[][] = [];
for (
  const options of [
    { blksize: 512, windowsize: 1 },
    { blksize: 1468, windowsize: 1 },
    { blksize: 1468, windowsize: 16 },
    { blksize: 1468, windowsize: 64 },
  ]
) {
  const { blksize, windowsize } = options;
  rows.push([
    `${blksize} bytes, ${windowsize === 1 ? "lock-step" : `window ${windowsize}`}`,
    await rival("tftpd-hpa", folder.path, options),
    await rival("atftpd", folder.path, options),
    await ours([folder.file(NAME)], options),
    await ours(["--dir", folder.path], options),
  ]);
}
console.log(markdownTable([
  ["KiB per client", "tftpd-hpa", "atftpd", "unbrick IMAGE", "unbrick --dir"],
  ...rows,
]));
