/**
 * ASUS's rescue server (cmd_tftpServer.c in its U-Boots).
 *
 * @module
 */
import type { Millis, SocketAddress } from "../host/host.ts";
import { decodePacket, encodeAck, encodeData, type Packet, TFTP_PORT } from "../tftp/packet.ts";
import {
  type Arrived,
  type Bootloader,
  type BootloaderOutput,
  type BootloaderPhase,
  type Judge,
  LoadMemory,
} from "./bootloader.ts";

/** How an ASUS bootloader behaves. */
export interface AsusOptions {
  /** Time to write the flash, after which it tells how that went. Default 1000. */
  readonly flashMs?: Millis;
  /** Looks at the image before it is written. */
  readonly judge?: Judge;
}

/** Silence in a transfer after which the last ACK is sent again. */
const REPEAT_MS: Millis = 2000;

/** Copies of the verdict. */
const VERDICTS = 6;

/**
 * Makes an ASUS rescue server. It does not check the order of blocks: whatever is not a copy of the
 * last block is appended. It hears only the port of the first WRQ, a WRQ from there empties the
 * memory, and after the last block it writes the flash and says in packets of its own, six times, how
 * that went.
 */
export function createAsus(options: AsusOptions = {}): Bootloader {
  const { flashMs = 1000, judge = () => undefined } = options;
  const memory = new LoadMemory();
  let phase: BootloaderPhase = "off";
  let deadline: Millis | undefined;
  let peer: SocketAddress | undefined;
  let lastBlock = 0;

  function send(bytes: Uint8Array): BootloaderOutput {
    return { kind: "send", bytes, fromPort: TFTP_PORT, to: peer! };
  }

  function say(text: string): BootloaderOutput {
    return { kind: "say", text };
  }

  function startAgain(why: string): BootloaderOutput[] {
    phase = "listening";
    deadline = undefined;
    peer = undefined;
    return [say(why), say("Wait for TFTP request...")];
  }

  function handleData(packet: Packet & { op: "DATA" }, now: Millis): BootloaderOutput[] {
    const { block, payload } = packet;
    if (phase === "listening") {
      if (block !== 1) return startAgain(`First block is not block 1 (${block})`);
      phase = "transferring";
    } else if (block === lastBlock) {
      return [];
    }
    lastBlock = block;
    memory.append(payload);
    deadline = now + REPEAT_MS;
    const outputs = [send(encodeAck(block))];
    if (payload.length < 512) {
      phase = "flashing";
      deadline = now + flashMs;
      outputs.push(say(`Download of ${memory.bytes.length} bytes completed`));
    }
    return outputs;
  }

  function finish(): BootloaderOutput[] {
    const refusal = judge(memory.bytes);
    const verdict = Uint8Array.of(0, 6, 0, refusal === undefined ? 1 : 0);
    phase = refusal === undefined ? "accepted" : "gave-up";
    deadline = undefined;
    return [
      ...Array.from({ length: VERDICTS }, () => send(verdict)),
      say(refusal ?? "done. SYSTEM RESET!!!"),
    ];
  }

  return {
    get phase() {
      return phase;
    },
    get ports() {
      return phase === "listening" || phase === "transferring" ? [TFTP_PORT] : [];
    },
    get nextTimeout() {
      return deadline;
    },
    get image() {
      return phase === "accepted" ? memory.bytes : undefined;
    },
    start: () => startAgain("## Enter Rescue Mode ##"),
    handleDatagram({ bytes, from }: Arrived, now) {
      if (phase !== "listening" && phase !== "transferring") return [];
      // Only the source port is compared, once there is one.
      if (peer !== undefined && from.port !== peer.port) return [];
      const packet = decodePacket(bytes);
      switch (packet.op) {
        case "WRQ":
          peer = from;
          phase = "listening";
          deadline = undefined;
          lastBlock = 0;
          memory.clear();
          return [send(encodeAck(0))];
        case "RRQ":
          peer = from;
          return [send(encodeData(1, new Uint8Array(0)))];
        case "DATA":
          return peer === undefined ? [] : handleData(packet, now);
        case "ERROR":
          return startAgain(`TFTP error: '${packet.message}' (${packet.code})`);
        default:
          return [];
      }
    },
    handleTimeout(now) {
      if (deadline === undefined || now < deadline) return [];
      if (phase === "flashing") return finish();
      deadline = now + REPEAT_MS;
      return [say("T"), send(encodeAck(lastBlock))];
    },
  };
}
