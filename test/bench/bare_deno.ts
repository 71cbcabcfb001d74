// deno-lint-ignore-file no-console -- what it prints is its result
/**
 * The shortest TFTP server and client that Deno's sockets allow: no timers, no checks, no events, the
 * file in memory. It loses a transfer with the first packet that gets lost, and shows what a block
 * costs in Deno at the very least: what `lib/tftp` needs beyond that is our own doing.
 *
 * deno run -A --unstable-net bare_deno.ts serve ADDRESS PORT FILE...
 * deno run -A --unstable-net bare_deno.ts get|put ADDRESS PORT REMOTE LOCAL BLKSIZE WINDOWSIZE
 *
 * @module
 */
import { basename } from "@std/path";

const OACK = 6;

function openSocket(hostname: string, port: number): Deno.DatagramConn {
  return Deno.listenDatagram({ transport: "udp", hostname, port });
}

/** A request or an OACK: an opcode and texts that end in zeros. */
function encodeTexts(opcode: number, texts: readonly string[]): Uint8Array {
  return new Uint8Array([0, opcode, ...new TextEncoder().encode(`${texts.join("\0")}\0`)]);
}

/** Sends the blocks of a file; each answer is taken for the ACK of all that was sent. */
async function sendBlocks(
  socket: Deno.DatagramConn,
  peer: Deno.Addr,
  file: Uint8Array,
  blksize: number,
  windowsize: number,
): Promise<void> {
  const total = Math.floor(file.length / blksize) + 1;
  const buffer = new Uint8Array(1024);
  const packet = new Uint8Array(4 + blksize);
  packet[1] = 3;
  let sent = 0;
  while (sent < total) {
    for (const end = Math.min(sent + windowsize, total); sent < end; sent++) {
      const payload = file.subarray(sent * blksize, (sent + 1) * blksize);
      packet[2] = (sent + 1) >> 8;
      packet[3] = sent + 1;
      packet.set(payload, 4);
      await socket.send(packet.subarray(0, 4 + payload.length), peer);
    }
    await socket.receive(buffer);
  }
}

async function serve(hostname: string, port: number, paths: readonly string[]): Promise<void> {
  const files = new Map(paths.map((path) => [basename(path), Deno.readFileSync(path)]));
  const listener = openSocket(hostname, port);
  while (true) {
    const [request, peer] = await listener.receive();
    const [name = "", , ...options] = new TextDecoder().decode(request.subarray(2)).split("\0");
    const valueOf = (option: string, otherwise: number): number => {
      const at = options.indexOf(option);
      return at < 0 ? otherwise : Number(options[at + 1]);
    };
    const [blksize, windowsize] = [valueOf("blksize", 512), valueOf("windowsize", 1)];
    const agreed = [
      ...(options.includes("blksize") ? ["blksize", String(blksize)] : []),
      ...(options.includes("windowsize") ? ["windowsize", String(windowsize)] : []),
    ];
    void (async () => {
      const socket = openSocket(hostname, 0);
      if (agreed.length > 0) {
        await socket.send(encodeTexts(OACK, agreed), peer);
        await socket.receive();
      }
      await sendBlocks(socket, peer, files.get(name)!, blksize, windowsize);
      socket.close();
    })();
  }
}

async function transfer(
  direction: string,
  server: Deno.NetAddr,
  [remote, local, blksize, windowsize]: readonly [string, string, number, number],
): Promise<number> {
  const socket = openSocket("0.0.0.0", 0);
  const options = [
    ...(blksize === 512 ? [] : ["blksize", String(blksize)]),
    ...(windowsize === 1 ? [] : ["windowsize", String(windowsize)]),
  ];
  const request = [remote, "octet", ...options];
  if (direction === "put") {
    const file = await Deno.readFile(local);
    await socket.send(encodeTexts(2, request), server);
    const [, peer] = await socket.receive();
    const begin = performance.now();
    await sendBlocks(socket, peer, file, blksize, windowsize);
    return (performance.now() - begin) / 1000;
  }
  using file = await Deno.open(local, { write: true, create: true, truncate: true });
  await socket.send(encodeTexts(1, request), server);
  const buffer = new Uint8Array(blksize + 4);
  const ack = new Uint8Array([0, 4, 0, 0]);
  let begin: number | undefined;
  for (let inWindow = 0;;) {
    const [packet, peer] = await socket.receive(buffer);
    begin ??= performance.now();
    if (packet[1] === OACK) {
      ack[2] = ack[3] = 0;
      await socket.send(ack, peer);
      continue;
    }
    file.writeSync(packet.subarray(4));
    const isLast = packet.length < blksize + 4;
    if (++inWindow < windowsize && !isLast) continue;
    inWindow = 0;
    ack[2] = packet[2]!;
    ack[3] = packet[3]!;
    await socket.send(ack, peer);
    if (isLast) return (performance.now() - begin) / 1000;
  }
}

const [verb = "", hostname = "", port = "", ...rest] = Deno.args;
if (verb === "serve") await serve(hostname, Number(port), rest);
const [remote = "", local = "", blksize = "", windowsize = ""] = rest;
const server: Deno.NetAddr = { transport: "udp", hostname, port: Number(port) };
console.log(
  await transfer(verb, server, [remote, local, Number(blksize), Number(windowsize)]),
);
Deno.exit();
