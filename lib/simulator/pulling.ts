/**
 * Bootloaders that ask a TFTP server for their image. They differ in details that decide whether a
 * server works with them; a {@link PullingProfile} names these details, `pulling_profiles.ts` has the
 * known ones.
 *
 * @module
 */
import type { Millis, SocketAddress } from "../host/host.ts";
import {
  type DataPacket,
  decodePacket,
  encodeAck,
  encodeError,
  encodePacket,
  type OackPacket,
  type Packet,
  type RequestOption,
  TftpError,
} from "../tftp/packet.ts";
import {
  type Arrived,
  type Bootloader,
  type BootloaderOutput,
  type BootloaderPhase,
  LoadMemory,
} from "./bootloader.ts";

/**
 * What a bootloader does with a block that is not the next one: nothing, or acknowledge the last good
 * one again, which some count as a try in vain.
 */
export type BlockReaction = "ignore" | "ack" | "ack-and-count";

/** How a bootloader pulls. */
export interface PullingProfile {
  /** Transfer mode as it spells it. */
  readonly mode: string;
  /** Options of its request, in its order. */
  readonly options: readonly RequestOption[];
  /** Whether it first asks for the size only, and ends that transfer with ERROR 8. */
  readonly probesSize: boolean;
  /**
   * How often, and how far apart, it asks by ARP for the server before a transfer; without an answer
   * it starts again or gives up. Undefined where that is not known.
   */
  readonly resolves: { readonly requests: number; readonly everyMs: Millis } | undefined;
  /** Its UDP port for the `attempt`-th request, counted from 0. */
  readonly sourcePort: (now: Millis, attempt: number) => number;
  /** Waits after each sending of a request; after the last it restarts or gives up. */
  readonly requestWaits: (attempt: number) => readonly Millis[];
  /** Wait for DATA before it sends its ACK again. */
  readonly dataWaitMs: Millis;
  /** Waits for DATA that may pass in vain. */
  readonly dataTries: number;
  /** Whether one block that arrives makes up for all waits in vain before it. */
  readonly forgivesTries: boolean;
  /** What it does with the block that it had last. */
  readonly onRepeatedBlock: BlockReaction;
  /** What it does with any other block that is not the next one. */
  readonly onOtherBlock: BlockReaction;
  /** Whether it hears only the address and port that answered first. */
  readonly locksPeer: boolean;
  /** Whether it goes on with block 0 after 65535; otherwise it waits for 65536 in vain. */
  readonly wraps: boolean;
  /** What an OACK does to it. */
  readonly onOack: "accept" | "abort";
  /** Whether option names in an OACK must be in lower case. */
  readonly comparesCase: boolean;
  /** Codes of ERROR packets that end it for good; others make it start again. */
  readonly finalErrors: readonly number[] | "all";
  /** Pause before it starts again, in milliseconds. */
  readonly restartPauseMs: Millis;
  /** How often it starts again. */
  readonly restarts: number;
}

/** What to ask, and whom. */
export interface PullingGoal {
  /** Address and port of the TFTP server. */
  readonly server: SocketAddress;
  /** Name of the file. */
  readonly filename: string;
  /** Whether the server answers ARP now; it does unless given. */
  readonly answersArp?: () => boolean;
}

/** Makes a bootloader that pulls its image. */
export function createPullingBootloader(profile: PullingProfile, goal: PullingGoal): Bootloader {
  const { server, filename } = goal;
  const memory = new LoadMemory();
  let phase: BootloaderPhase = "off";
  let deadline: Millis | undefined;
  let isPausing = false;
  let isProbing = profile.probesSize;
  let attempt = -1;
  let restarts = 0;
  let sourcePort = 0;
  let requestsSent = 0;
  /** Requests by ARP so far while it looks for the server; undefined once it has found it. */
  let arpSent: number | undefined;
  let tries = 0;
  let peer: SocketAddress | undefined;
  let blksize = 512;
  let windowsize = 1;
  let hasOack = false;
  /** Blocks received in order, counted without end. */
  let received = 0;
  let unacknowledged = 0;

  function send(packet: Packet | Uint8Array, to: SocketAddress): BootloaderOutput {
    const bytes = packet instanceof Uint8Array ? packet : encodePacket(packet);
    return { kind: "send", bytes, fromPort: sourcePort, to };
  }

  function say(text: string): BootloaderOutput {
    return { kind: "say", text };
  }

  /** A new attempt, from another port. */
  function begin(now: Millis): BootloaderOutput[] {
    attempt++;
    sourcePort = profile.sourcePort(now, attempt);
    phase = "asking";
    isPausing = false;
    requestsSent = 0;
    tries = 0;
    peer = undefined;
    blksize = 512;
    windowsize = 1;
    hasOack = false;
    received = 0;
    unacknowledged = 0;
    memory.clear();
    arpSent = 0;
    return [
      say(`TFTP from server ${server.hostname}; filename '${filename}'`),
      ...resolve(now),
    ];
  }

  /** Asks by ARP, and for the file once that is answered. */
  function resolve(now: Millis): BootloaderOutput[] {
    const { resolves } = profile;
    if (resolves === undefined || goal.answersArp?.() !== false) {
      arpSent = undefined;
      return [ask(now)];
    }
    if (arpSent === resolves.requests) return startAgain(now, "ARP Retry count exceeded");
    arpSent = (arpSent ?? 0) + 1;
    deadline = now + resolves.everyMs;
    return [];
  }

  function ask(now: Millis): BootloaderOutput {
    deadline = now + profile.requestWaits(attempt)[requestsSent++]!;
    const options = isProbing
      ? profile.options
      : profile.options.filter(({ name }) => !(profile.probesSize && name === "tsize"));
    return send({ op: "RRQ", filename, mode: profile.mode, options }, server);
  }

  function startAgain(now: Millis, why: string): BootloaderOutput[] {
    if (restarts >= profile.restarts) return giveUp(why);
    restarts++;
    isPausing = true;
    phase = "asking";
    deadline = now + profile.restartPauseMs;
    return [say(`${why}; starting again`)];
  }

  function giveUp(why: string): BootloaderOutput[] {
    phase = "gave-up";
    deadline = undefined;
    return [say(why)];
  }

  function acknowledge(): BootloaderOutput {
    unacknowledged = 0;
    return send(encodeAck(received & 0xffff), peer!);
  }

  function handleOack(oack: OackPacket, now: Millis): BootloaderOutput[] {
    if (profile.onOack === "abort") return giveUp("TFTP: unknown packet 6");
    blksize = 512;
    windowsize = 1;
    for (const { name, value } of oack.options) {
      const key = profile.comparesCase ? name : name.toLowerCase();
      const asked = profile.options.find((option) => option.name === key)?.value;
      if (asked === undefined) continue;
      const isWrong = (key === "timeout" && value !== asked) ||
        (key === "blksize" && Number(value) > Number(asked));
      if (isWrong) {
        const refusal = encodeError(TftpError.OPTIONS_REFUSED, "option refused");
        return [send(refusal, peer!), ...giveUp(`TFTP: wrong ${key} ${value}`)];
      }
      if (key === "blksize") blksize = Number(value);
      if (key === "windowsize") windowsize = Number(value);
    }
    if (isProbing) {
      const goodbye = encodeError(TftpError.OPTIONS_REFUSED, "User aborted the transfer");
      const outputs = [send(goodbye, peer!)];
      isProbing = false;
      return [...outputs, ...begin(now)];
    }
    // Another OACK is a new beginning for U-Boot, whatever has arrived by then.
    phase = "transferring";
    hasOack = true;
    received = 0;
    memory.clear();
    deadline = now + profile.dataWaitMs;
    return [acknowledge()];
  }

  function handleData({ block, payload }: DataPacket, now: Millis): BootloaderOutput[] {
    if (isProbing) {
      // The server knows no options: go on without the size.
      isProbing = false;
      return [send(encodeError(TftpError.NOT_DEFINED, "no size"), peer!), ...begin(now)];
    }
    const next = received + 1;
    if (received === 0 && block !== 1 && !hasOack && windowsize === 1) {
      return startAgain(now, `First block is not block 1 (${block})`);
    }
    if (payload.length > blksize) return giveUp(`Block ${block} is too long`);
    const isNext = profile.wraps ? block === (next & 0xffff) : block === next;
    if (!isNext) return handleOtherBlock(block);
    phase = "transferring";
    received = next;
    unacknowledged++;
    if (profile.forgivesTries) tries = 0;
    memory.append(payload);
    if (payload.length < blksize) {
      phase = "accepted";
      deadline = undefined;
      return [acknowledge(), say(`done, ${memory.bytes.length} bytes`)];
    }
    deadline = now + profile.dataWaitMs;
    return unacknowledged >= windowsize ? [acknowledge()] : [];
  }

  function handleOtherBlock(block: number): BootloaderOutput[] {
    const isRepeated = received > 0 && block === (received & 0xffff);
    const reaction = isRepeated ? profile.onRepeatedBlock : profile.onOtherBlock;
    if (reaction === "ignore") return [];
    if (reaction === "ack-and-count" && ++tries > profile.dataTries) {
      return giveUp("Too many unexpected blocks");
    }
    return received > 0 || hasOack ? [acknowledge()] : [];
  }

  return {
    get phase() {
      return phase;
    },
    get ports() {
      const hears = (phase === "asking" && !isPausing) || phase === "transferring";
      return hears ? [sourcePort] : [];
    },
    get nextTimeout() {
      return deadline;
    },
    get image() {
      return phase === "accepted" ? memory.bytes : undefined;
    },
    start: begin,
    handleDatagram({ bytes, from, port }: Arrived, now) {
      if (port !== sourcePort || (phase !== "asking" && phase !== "transferring")) return [];
      if (from.hostname !== server.hostname) return [];
      if (profile.locksPeer && peer !== undefined && from.port !== peer.port) return [];
      const packet = decodePacket(bytes);
      switch (packet.op) {
        case "DATA":
          peer = from;
          return handleData(packet, now);
        case "OACK":
          peer = from;
          return handleOack(packet, now);
        case "ERROR": {
          const text = `TFTP error: '${packet.message}' (${packet.code})`;
          const { finalErrors } = profile;
          const isFinal = finalErrors === "all" || finalErrors.includes(packet.code);
          return isFinal ? giveUp(text) : startAgain(now, text);
        }
        default:
          return profile.onOack === "abort" ? giveUp("TFTP: unknown packet") : [];
      }
    },
    handleTimeout(now) {
      if (deadline === undefined || now < deadline) return [];
      if (isPausing) return begin(now);
      if (arpSent !== undefined) return resolve(now);
      if (phase === "asking") {
        if (requestsSent < profile.requestWaits(attempt).length) return [say("T"), ask(now)];
        return startAgain(now, "Retry count exceeded");
      }
      if (++tries > profile.dataTries) return startAgain(now, "Retry count exceeded");
      deadline = now + profile.dataWaitMs;
      return [say("T"), acknowledge()];
    },
  };
}
