/**
 * Pushing an image into a bootloader that listens, and reading a file from a TFTP server.
 *
 * @module
 */
import type { FileSink, Millis } from "../host/host.ts";
import type { Rollover } from "../tftp/block.ts";
import { ClientSession } from "../tftp/client_session.ts";
import { type ClientHost, runClient } from "../tftp/client.ts";
import type { TransferResult } from "../tftp/drive.ts";
import type { FailureDetails, PacketTap, TransferEvent } from "../tftp/events.ts";
import type { Image } from "../tftp/file_policy.ts";
import { hashingSink, memorySource } from "../tftp/files.ts";
import { type ByteString, displayByteString } from "../tftp/name.ts";
import type { PathWatch } from "../net/peer_path.ts";
import { INTERVAL_MS, RequestPace } from "../tftp/request_pace.ts";
import type { RetransmissionPolicy } from "../tftp/retransmission.ts";
import type { Verdict } from "../tftp/verdict.ts";
import { describeFailure } from "./failure_text.ts";
import { watchSilence } from "./silence.ts";

/** What pushing and reading have in common. */
export interface ClientGoal {
  /** Dotted IPv4 address of the peer. */
  readonly hostname: string;
  /** UDP port of the peer's TFTP server. */
  readonly port: number;
  /** Address of this computer to send from; "0.0.0.0" lets the system choose. */
  readonly localAddress: string;
  /** Name of the file at the peer. */
  readonly remoteName: ByteString;
  /** Bytes per block to ask for; undefined for plain 512. */
  readonly blksize: number | undefined;
  /** Blocks per window to ask for; undefined for lock-step. */
  readonly windowsize: number | undefined;
  /** Time between two requests, in milliseconds; undefined for what suits the way to the peer. */
  readonly intervalMs: Millis | undefined;
  /** How long to go on asking, in milliseconds; undefined for ever. */
  readonly waitMs: Millis | undefined;
  /** Silence after which a transfer is given up, in milliseconds. */
  readonly giveUpMs: Millis;
  /** Called for everything worth telling. */
  readonly onEvent: (event: TransferEvent) => void;
  /** Called for every packet, if wanted. */
  readonly onPacket?: PacketTap;
  /** Ends it early. */
  readonly signal: AbortSignal;
}

/** What to push. */
export interface PushGoal extends ClientGoal {
  /** The image. */
  readonly image: Image;
  /** Block number after 65535. */
  readonly rollover: Rollover;
  /**
   * Whether the device tells, minutes after the transfer, how writing its flash went. Then it is
   * listened to until `signal` ends it, and what it says comes as the event "verdict".
   */
  readonly awaitsVerdict?: boolean;
  /** Watches the way to the peer, so that requests leave when they can arrive; see `RequestPace`. */
  readonly watchPath?: () => Promise<PathWatch | undefined>;
}

/** What to read. */
export interface GetGoal extends ClientGoal {
  /** Where the bytes go. */
  readonly sink: FileSink;
}

/** Shortest time between two requests. */
export const SHORTEST_INTERVAL_MS: Millis = 20;

/**
 * Towards a bootloader: patient, because some count every repetition as an error of theirs (CFE has
 * three to eight), yet quick enough that a lost frame costs a quarter of a second.
 */
const BOOTLOADER_RETRANSMISSION: RetransmissionPolicy = {
  initialMs: 500,
  floorMs: 250,
  ceilingMs: 2000,
};

/** Towards a server, or a peer that negotiated options, so is no bootloader of that kind. */
const SERVER_RETRANSMISSION: RetransmissionPolicy = {
  initialMs: 500,
  floorMs: 40,
  ceilingMs: 4000,
};

/** Silence after the last block: some bootloaders check or write the whole image before the ACK. */
const LAST_ACK_MS: Millis = 30_000;

/** Time for a bootloader to judge the image after its last ACK (ASUS does). */
const VERDICT_MS: Millis = 1500;

/** Dallying after an RRQ, in milliseconds (RFC 1350 §6). */
const DALLY_MS: Millis = 2000;

/** Largest image that fits into 65535 blocks of 512 bytes. */
const PLAIN_LIMIT = 65535 * 512;

/**
 * A warning about an image that needs more blocks than a 16-bit number counts; undefined when there
 * is nothing to say. Whether the other side goes on counting is not known beforehand.
 */
export function rolloverWarning(bytes: number, blksize: number): string | undefined {
  if (bytes < PLAIN_LIMIT / 512 * blksize) return undefined;
  return `${bytes} bytes need more than 65535 blocks of ${blksize}: ` +
    "old bootloaders stop there (RedBoot never ends)";
}

/** Pushes an image. Settles with how it ended; never rejects. */
export async function push(host: ClientHost, goal: PushGoal): Promise<EndEvent> {
  const { image } = goal;
  const isPlain = goal.blksize === undefined && goal.windowsize === undefined;
  const source = memorySource(image.bytes);
  const session = new ClientSession({
    direction: {
      op: "WRQ",
      source,
      rollover: goal.rollover,
      patience: {
        giveUpMs: goal.giveUpMs,
        lastAckMs: Math.min(LAST_ACK_MS, goal.giveUpMs),
        openingAttempts: Infinity,
        verdictMs: isPlain ? VERDICT_MS : 0,
      },
    },
    filename: goal.remoteName,
    mode: "octet",
    wanted: isPlain ? {} : { ...wishes(goal), tsize: image.bytes.length },
    intervalMs: goal.intervalMs ?? INTERVAL_MS,
    waitMs: goal.waitMs,
    retransmission: isPlain ? BOOTLOADER_RETRANSMISSION : SERVER_RETRANSMISSION,
  });
  const tellVerdict = (verdict: Verdict): void =>
    goal.onEvent(verdictEvent(verdict, goal.hostname, image.name));
  const onVerdict = goal.awaitsVerdict === true ? tellVerdict : undefined;
  const watch = await goal.watchPath?.();
  const result = await run(host, goal, session, "push", undefined, { onVerdict, watch });
  return endEvent(result, goal, "push", image.name, image.sha256);
}

/** Reads a file into a sink. Settles with how it ended; never rejects. */
export async function get(host: ClientHost, goal: GetGoal): Promise<EndEvent> {
  const isPlain = goal.blksize === undefined && goal.windowsize === undefined;
  const sink = hashingSink(goal.sink);
  const session = new ClientSession({
    direction: {
      op: "RRQ",
      patience: { giveUpMs: goal.giveUpMs, openingAttempts: Infinity, dallyMs: DALLY_MS },
    },
    filename: goal.remoteName,
    mode: "octet",
    wanted: isPlain ? {} : { ...wishes(goal), tsize: 0 },
    intervalMs: goal.intervalMs ?? INTERVAL_MS,
    waitMs: goal.waitMs,
    // A second ACK harms nobody: what counts repetitions as errors is a CFE that receives.
    retransmission: SERVER_RETRANSMISSION,
  });
  const result = await run(host, goal, session, "get", sink);
  const name = displayByteString(goal.remoteName);
  return endEvent(result, goal, "get", name, result.failure === undefined ? sink.digest() : null);
}

/** The event with which a client run ends. */
export type EndEvent = Extract<TransferEvent, { event: "completed" | "failed" }>;

function wishes(goal: ClientGoal): { blksize?: number; windowsize?: number } {
  return {
    ...(goal.blksize === undefined ? {} : { blksize: goal.blksize }),
    ...(goal.windowsize === undefined ? {} : { windowsize: goal.windowsize }),
  };
}

/** What only a push has. */
interface PushExtras {
  readonly onVerdict?: ((verdict: Verdict) => void) | undefined;
  readonly watch?: PathWatch | undefined;
}

async function run(
  host: ClientHost,
  goal: ClientGoal,
  session: ClientSession,
  activity: "push" | "get",
  sink: FileSink | undefined,
  { onVerdict, watch }: PushExtras = {},
): Promise<TransferResult> {
  const silence = watchSilence(host, activity, goal.onEvent);
  try {
    return await runClient(host, {
      session,
      peer: { hostname: goal.hostname, port: goal.port },
      localAddress: goal.localAddress,
      ...(watch === undefined ? {} : { aim: { watch, pace: new RequestPace(goal.intervalMs) } }),
      sink,
      shown: {
        direction: activity === "push" ? "send" : "receive",
        name: displayByteString(goal.remoteName),
      },
      onEvent(event) {
        if (event.event === "started") {
          silence.heard();
          watch?.stop();
        }
        goal.onEvent(event);
      },
      ...(goal.onPacket === undefined ? {} : { onPacket: goal.onPacket }),
      ...(onVerdict === undefined ? {} : { onVerdict }),
      signal: goal.signal,
    });
  } finally {
    silence.stop();
    watch?.stop();
  }
}

function verdictEvent(verdict: Verdict, peer: string, name: string): TransferEvent {
  const { message, hint } = verdict.good
    ? { message: "The device has written the image, and says that it is good", hint: "" }
    : describeFailure({ kind: "peer-error", ...verdict.error, verdict: true }, "push");
  return { event: "verdict", transfer: 1, peer, name, good: verdict.good, message, hint };
}

function endEvent(
  result: TransferResult,
  goal: ClientGoal,
  activity: "push" | "get",
  name: string,
  hash: string | null,
): EndEvent {
  const { failure, outcome, progress } = result;
  const peer = goal.hostname;
  if (failure !== undefined || outcome === undefined || outcome === "size-only") {
    const details: FailureDetails = describeFailure(
      failure ?? { kind: "protocol", reason: "it ended before its end" },
      activity,
    );
    return { event: "failed", ...details, transfer: 1, peer, name, bytes: progress.bytes };
  }
  return {
    event: "completed",
    transfer: 1,
    peer,
    name,
    outcome,
    bytes: outcome === "last-ack-missing" ? progress.totalBytes ?? progress.bytes : progress.bytes,
    seconds: Math.round(result.durationMs) / 1000,
    blocks: progress.blocks,
    retransmissions: progress.retransmissions,
    sha256: hash,
  };
}
