/**
 * The real server and the real client on a simulated cable, in virtual time.
 */
import type { FileSink } from "../../lib/host/host.ts";
import type { CableFaults } from "../../lib/simulator/cable.ts";
import {
  type NetworkOptions,
  type SimulatedComputer,
  SimulatedNetwork,
} from "../../lib/simulator/network.ts";
import { randomBytes, seededRandom } from "../../lib/simulator/random.ts";
import type { Rollover } from "../../lib/tftp/block.ts";
import { runClient } from "../../lib/tftp/client.ts";
import { ClientSession } from "../../lib/tftp/client_session.ts";
import type { TransferResult } from "../../lib/tftp/drive.ts";
import type { TransferEvent } from "../../lib/tftp/events.ts";
import type { FilePolicy } from "../../lib/tftp/file_policy.ts";
import { memorySource } from "../../lib/tftp/files.ts";
import type { WantedOptions } from "../../lib/tftp/options.ts";
import { startServer, type TftpServer, type TftpServerOptions } from "../../lib/tftp/server.ts";

/** Address of the computer with the person in front of it. */
export const PC = "192.168.1.2";

/** Address of the router. */
export const ROUTER = "192.168.1.1";

/** A file that is kept in memory. */
export interface MemoryFile extends FileSink {
  /** What was written, all of it. */
  readonly bytes: () => Uint8Array;
  /** How it ended. */
  readonly state: () => "open" | "committed" | "discarded";
}

/** Starts a file in memory. */
export function memoryFile(): MemoryFile {
  let buffer = new Uint8Array(1024);
  let length = 0;
  let state: "open" | "committed" | "discarded" = "open";
  return {
    write(piece) {
      if (length + piece.length > buffer.length) {
        const larger = new Uint8Array(2 * (length + piece.length));
        larger.set(buffer.subarray(0, length));
        buffer = larger;
      }
      buffer.set(piece, length);
      length += piece.length;
    },
    commit: () => void (state = "committed"),
    discard() {
      if (state === "open") state = "discarded";
    },
    bytes: () => buffer.subarray(0, length),
    state: () => state,
  };
}

/** Whether two arrays hold the same bytes. */
export function sameBytes(one: Uint8Array, other: Uint8Array): boolean {
  if (one.length !== other.length) return false;
  for (let index = 0; index < one.length; index++) if (one[index] !== other[index]) return false;
  return true;
}

/** Bytes to send, different for every seed. */
export function makeImage(length: number, seed = 1): Uint8Array<ArrayBuffer> {
  return randomBytes(seededRandom(seed), length);
}

/** Gives an image for every name, and keeps what is written. */
export function memoryFiles(image: Uint8Array): FilePolicy & { readonly written: MemoryFile[] } {
  const written: MemoryFile[] = [];
  return {
    written,
    read: (name) => ({
      kind: "read",
      source: memorySource(image),
      name,
      sha256: undefined,
      close: () => {},
    }),
    write: (name) => ({
      kind: "write",
      name,
      create() {
        const file = memoryFile();
        written.push(file);
        return file;
      },
    }),
  };
}

/** Starts the real server on a simulated computer. */
export function serveOn(
  computer: SimulatedComputer,
  options: Partial<TftpServerOptions> & Pick<TftpServerOptions, "files">,
): TftpServer {
  return startServer(computer.host, {
    listen: [{ hostname: "0.0.0.0", port: 69 }],
    allowed: () => [{ address: 0, prefixLength: 0 }],
    singlePort: false,
    offerOptions: true,
    maxTransfers: 100,
    once: false,
    giveUpMs: 60_000,
    rollover: 0,
    describeFailure: (failure) => ({
      code: "unexpected",
      message: JSON.stringify(failure),
      hint: "",
    }),
    onEvent: () => {},
    ...options,
  });
}

/** What to transfer, and under what conditions. */
export interface Conditions {
  /** RRQ: server to client. WRQ: client to server. */
  readonly op: "RRQ" | "WRQ";
  /** Bytes. */
  readonly size: number;
  /** Options that the client asks for. */
  readonly wanted?: WantedOptions;
  /** Faults of the cable. */
  readonly cable?: Partial<CableFaults>;
  /** Start of all chance. */
  readonly seed?: number;
  /** Block number after 65535. */
  readonly rollover?: Rollover;
  /** Whether the server answers from port 69. */
  readonly singlePort?: boolean;
  /** Called for every datagram on the cable. */
  readonly onSent?: NonNullable<NetworkOptions["onSent"]>;
}

/** What came of it. */
export interface Transferred {
  /** How it ended for the client. */
  readonly result: TransferResult;
  /** Whether the bytes that arrived are the bytes that were sent, under their final name. */
  readonly isExact: boolean;
  /** Events of the server. */
  readonly events: readonly TransferEvent[];
  /** Datagrams on the cable. */
  readonly datagrams: number;
}

/** Transfers one file between the real server and the real client. */
export async function transfer(conditions: Conditions): Promise<Transferred> {
  const { op, size, seed = 1, rollover = 0 } = conditions;
  const image = makeImage(size, seed);
  const files = memoryFiles(image);
  const events: TransferEvent[] = [];
  let datagrams = 0;
  const network = new SimulatedNetwork({
    seed,
    ...(conditions.cable === undefined ? {} : { cable: conditions.cable }),
    onSent(bytes, from, to, now) {
      datagrams++;
      return conditions.onSent?.(bytes, from, to, now);
    },
  });
  const server = serveOn(network.plug(PC), {
    files,
    rollover,
    singlePort: conditions.singlePort ?? false,
    onEvent: (event) => events.push(event),
  });
  const sink = op === "RRQ" ? memoryFile() : undefined;
  const session = new ClientSession({
    direction: op === "RRQ"
      ? { op, patience: { giveUpMs: 60_000, openingAttempts: Infinity, dallyMs: 2000 } }
      : {
        op,
        source: memorySource(image),
        patience: { giveUpMs: 60_000, lastAckMs: 30_000, openingAttempts: Infinity, verdictMs: 0 },
        rollover,
      },
    filename: "image.bin",
    mode: "octet",
    wanted: conditions.wanted ?? {},
    intervalMs: 200,
    waitMs: 60_000,
    retransmission: { initialMs: 500, floorMs: 40, ceilingMs: 4000 },
  });
  const running = runClient(network.plug(ROUTER).host, {
    session,
    peer: { hostname: PC, port: 69 },
    localAddress: "0.0.0.0",
    sink,
    shown: { direction: op === "RRQ" ? "receive" : "send", name: "image.bin" },
    onEvent: () => {},
    signal: new AbortController().signal,
  });
  network.timeline.runWhile(() => true);
  const result = await running;
  server.close();
  const arrived = op === "RRQ"
    ? [sink!]
    : files.written.filter((file) => file.state() === "committed");
  const isExact = arrived.length === 1 && arrived[0]!.state() === "committed" &&
    sameBytes(arrived[0]!.bytes(), image);
  return { result, isExact, events, datagrams };
}

/** Lets virtual time pass until a promise of the program under test settles. */
export async function settle<T>(network: SimulatedNetwork, promise: Promise<T>): Promise<T> {
  let isSettled = false;
  const mark = (): void => void (isSettled = true);
  promise.then(mark, mark);
  for (let idleRounds = 0; idleRounds < 100; idleRounds++) {
    await Promise.resolve();
    if (isSettled) break;
    if (network.timeline.nextAt !== undefined) idleRounds = 0;
    let events = 0;
    network.timeline.runWhile(() => events++ < 100);
  }
  return promise;
}
