/**
 * A real transfer in both directions through our own server and client over loopback, with loss,
 * duplication and delay put in on purpose: whether this program works on this computer at all.
 *
 * @module
 */
import { toUnbrickError } from "../errors.ts";
import type { DatagramSocket, FileSink, Host } from "../host/host.ts";
import { seededRandom } from "../simulator/random.ts";
import type { TransferEvent } from "../tftp/events.ts";
import { type FilePolicy, imagePolicy, type WriteGrant } from "../tftp/file_policy.ts";
import { sha256 } from "../tftp/files.ts";
import { byteStringFromText } from "../tftp/name.ts";
import { localSubnets, startServer } from "../tftp/server.ts";
import { type ClientGoal, get, push } from "./client_run.ts";
import { describeFailure } from "./failure_text.ts";

/** What came of it. */
export interface SelfTest {
  /** Whether the bytes arrived unchanged both ways. */
  readonly ok: boolean;
  /** One sentence about it, without its final period. */
  readonly text: string;
}

/** Bytes of the test file: some two hundred blocks, and a last one that is not full. */
const SIZE = 100_001;

/** Share of datagrams lost, and the same share doubled. */
const FAULTS = 0.03;

/** Longest time a datagram is held back, in milliseconds. */
const LONGEST_DELAY_MS = 2;

/** Time after which the test has failed, in milliseconds. */
const TIME_LIMIT_MS = 15_000;

const LOOPBACK = "127.0.0.1";

/** The slice of the host that the test needs. */
export type TestHost = Pick<Host, "now" | "startTimer" | "bind" | "addresses">;

/** Runs the test. Never rejects. */
export async function selfTest(host: TestHost): Promise<SelfTest> {
  const faulty = withFaults(host);
  const bytes = new Uint8Array(SIZE).map((_, index) => (index * 31 + (index >> 8) * 7) & 0xff);
  const image = { name: "self-test.bin", bytes, sha256: sha256(bytes) };
  const stored = memorySink();
  const read = memorySink();
  const stop = new AbortController();
  const cancel = host.startTimer(TIME_LIMIT_MS, () => stop.abort());
  try {
    const grant: WriteGrant = { kind: "write", name: image.name, create: () => stored };
    const images = imagePolicy([image], { aliases: [], anyName: false });
    const files: FilePolicy = { read: images.read, write: () => grant };
    const server = startServer(faulty, {
      listen: [{ hostname: LOOPBACK, port: 0 }],
      files,
      allowed: () => localSubnets(host.addresses()),
      singlePort: false,
      offerOptions: true,
      maxTransfers: 4,
      once: false,
      giveUpMs: TIME_LIMIT_MS,
      rollover: 0,
      describeFailure: (failure) => describeFailure(failure, "serve"),
      onEvent: () => {},
    });
    try {
      const goal: ClientGoal = {
        hostname: LOOPBACK,
        port: server.listening[0]!.port,
        localAddress: LOOPBACK,
        remoteName: byteStringFromText(image.name),
        blksize: undefined,
        windowsize: undefined,
        intervalMs: undefined,
        waitMs: TIME_LIMIT_MS,
        giveUpMs: TIME_LIMIT_MS,
        onEvent: () => {},
        signal: stop.signal,
      };
      const got = await get(faulty, { ...goal, sink: read });
      const sent = await push(faulty, { ...goal, image, rollover: 0 });
      return judge(got, sent, read.digest() === image.sha256 && stored.digest() === image.sha256);
    } finally {
      server.close();
    }
  } catch (thrown) {
    return { ok: false, text: `The self-test failed: ${toUnbrickError(thrown).message}` };
  } finally {
    cancel();
  }
}

function judge(got: TransferEvent, sent: TransferEvent, same: boolean): SelfTest {
  for (const end of [got, sent]) {
    if (end.event === "failed") return { ok: false, text: `The self-test failed: ${end.message}` };
  }
  return same
    ? { ok: true, text: "A transfer each way over loopback arrived whole in spite of losses" }
    : { ok: false, text: "The self-test failed: other bytes arrived than were sent" };
}

/** The same host with sockets that lose, double and hold back what they send. */
function withFaults(host: TestHost): TestHost {
  const random = seededRandom(1);
  return {
    now: () => host.now(),
    startTimer: (delayMs, callback) => host.startTimer(delayMs, callback),
    addresses: () => host.addresses(),
    bind(local, handlers, options) {
      const socket: DatagramSocket = host.bind(local, handlers, options);
      return {
        local: socket.local,
        send(bytes, to) {
          const fate = random();
          if (fate < FAULTS) return;
          const copies = fate < 2 * FAULTS ? 2 : 1;
          for (let copy = 0; copy < copies; copy++) {
            const delayMs = random() < FAULTS ? random() * LONGEST_DELAY_MS : 0;
            if (delayMs === 0) socket.send(bytes, to);
            else host.startTimer(delayMs, () => socket.send(bytes, to));
          }
        },
        close: () => socket.close(),
      };
    },
  };
}

function memorySink(): FileSink & { digest(): string } {
  const pieces: number[] = [];
  return {
    write: (bytes) => pieces.push(...bytes),
    commit: () => {},
    discard: () => {},
    digest: () => sha256(Uint8Array.from(pieces)),
  };
}
