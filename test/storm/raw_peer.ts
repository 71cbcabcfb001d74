/**
 * A TFTP client that is written by hand, cheap enough for thousands, and as ill-mannered as wanted.
 *
 * @module
 */
import type { Random } from "../../lib/simulator/random.ts";
import { decodePacket, encodeAck, encodeData, encodeError } from "../../lib/tftp/packet.ts";
import { loopbackAddress } from "../support/loopback.ts";
import { joinBytes } from "../support/test_files.ts";
import { encodePacket, type RequestOption } from "../../lib/tftp/packet.ts";

/** What a hand-written client does. */
export interface RawJob {
  /** Where the server listens. */
  readonly server: { readonly address: string; readonly port: number };
  /** RRQ or WRQ. */
  readonly op: "RRQ" | "WRQ";
  /** Name in the request. */
  readonly name: string;
  /** Options in the request. */
  readonly options: readonly RequestOption[];
  /** What is sent with a WRQ. */
  readonly bytes?: Uint8Array;
  /** Blocks after which it stops being a client; undefined to go on to the end. */
  readonly endsAfter?: { readonly blocks: number; readonly how: "silence" | "ERROR" };
  /** Share of its packets that it sends twice. */
  readonly doubling: number;
  /** Its chance. */
  readonly random: Random;
}

/** What it saw. */
export interface RawResult {
  /** How it ended: all came, it stopped by itself, the server refused or fell silent. */
  readonly how: "whole" | "stopped" | "refused" | "silence";
  /** What it received. */
  readonly bytes: Uint8Array;
  /** Its address and port, as the server shows them. */
  readonly peer: string;
}

/** Time without a packet after which it repeats its last one, in milliseconds. */
const REPEAT_MS = 400;

/** Repetitions before it takes the server for dead. */
const REPETITIONS = 12;

/** Repetitions of a request: bootloaders go on asking, where noise drowns them out. */
const REQUESTS = 40;

/** Does a job from its request to its end. */
export async function runRawPeer(job: RawJob): Promise<RawResult> {
  // At an address of its own: a port that somebody just had is still sent what was meant for him.
  const hostname = loopbackAddress();
  const socket = Deno.listenDatagram({ transport: "udp", hostname, port: 0 });
  try {
    return await play(job, socket);
  } finally {
    socket.close();
  }
}

async function play(job: RawJob, socket: Deno.DatagramConn): Promise<RawResult> {
  const { address } = job.server;
  const own = socket.addr as Deno.NetAddr;
  const peer = `${own.hostname}:${own.port}`;
  const parts: Uint8Array[] = [];
  let to: Deno.NetAddr = { transport: "udp", hostname: address, port: job.server.port };
  let [blksize, windowsize] = [512, 1];
  let [received, unacknowledged] = [0, 0];
  let [sent, acknowledged] = [0, 0];
  let last: readonly Uint8Array[] = [
    encodePacket({ op: job.op, filename: job.name, mode: "octet", options: job.options }),
  ];

  const end = (how: RawResult["how"]): RawResult => ({ how, bytes: joinBytes(parts), peer });
  async function send(...packets: readonly Uint8Array[]): Promise<void> {
    last = packets;
    for (const bytes of packets) {
      const copies = job.random() < job.doubling ? 2 : 1;
      for (let copy = 0; copy < copies; copy++) await socket.send(bytes, to).catch(() => {});
    }
  }
  /** The blocks after the one acknowledged, as many as the window holds. */
  function nextWindow(): Uint8Array[] {
    const total = Math.floor(job.bytes!.length / blksize) + 1;
    sent = Math.min(acknowledged + windowsize, total);
    return Array.from({ length: sent - acknowledged }, (_, index) => {
      const begin = (acknowledged + index) * blksize;
      const block = (acknowledged + index + 1) & 0xffff;
      return encodeData(block, job.bytes!.subarray(begin, begin + blksize));
    });
  }

  await send(...last);
  let hasAnswer = false;
  for (let repetitions = 0; repetitions < (hasAnswer ? REPETITIONS : REQUESTS);) {
    const arrived = await receive(socket);
    if (arrived === undefined) {
      repetitions++;
      await send(...last);
      continue;
    }
    const packet = decodePacket(arrived[0]);
    hasAnswer = true;
    to = arrived[1];
    const done = job.endsAfter !== undefined && received + acknowledged >= job.endsAfter.blocks;
    if (done) {
      if (job.endsAfter.how === "ERROR") await send(encodeError(0, "enough"));
      return end("stopped");
    }
    switch (packet.op) {
      case "OACK":
        for (const { name, value } of packet.options) {
          if (name === "blksize") blksize = Number(value);
          if (name === "windowsize") windowsize = Number(value);
        }
        if (received > 0 || sent > 0) break;
        if (job.op === "RRQ") await send(encodeAck(0));
        else await send(...nextWindow());
        break;
      case "DATA":
        if (packet.block === ((received + 1) & 0xffff)) {
          repetitions = 0;
          received++;
          parts.push(packet.payload.slice());
          const isLast = packet.payload.length < blksize;
          if (++unacknowledged >= windowsize || isLast) {
            unacknowledged = 0;
            await send(encodeAck(received & 0xffff));
          }
          if (isLast) return end("whole");
        } else {
          unacknowledged = 0;
          await send(encodeAck(received & 0xffff));
        }
        break;
      case "ACK":
        // A second ACK of the same block is never answered with DATA.
        if (sent > 0 && ((packet.block - acknowledged) & 0xffff) > sent - acknowledged) break;
        if (sent > 0 && packet.block === (acknowledged & 0xffff)) break;
        repetitions = 0;
        acknowledged += (packet.block - acknowledged) & 0xffff;
        if (acknowledged * blksize > job.bytes!.length) return end("whole");
        await send(...nextWindow());
        break;
      case "ERROR":
        return end("refused");
    }
  }
  return end("silence");
}

async function receive(
  socket: Deno.DatagramConn,
): Promise<[Uint8Array, Deno.NetAddr] | undefined> {
  // One that is still waiting when the socket closes ends in an error that is none.
  if (!pending.has(socket)) {
    const reception = socket.receive();
    reception.catch(() => {});
    pending.set(socket, reception);
  }
  let timer: ReturnType<typeof setTimeout> | undefined;
  const pause = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), REPEAT_MS);
  });
  const arrived = await Promise.race([pending.get(socket)!, pause]);
  clearTimeout(timer);
  if (arrived !== undefined) pending.delete(socket);
  return arrived as [Uint8Array, Deno.NetAddr] | undefined;
}

/** Receptions that go on when the pause is over first. */
const pending = new WeakMap<Deno.DatagramConn, Promise<[Uint8Array, Deno.Addr]>>();
