/**
 * Ubiquiti's urescue: the TFTP server of its U-Boot.
 *
 * @module
 */
import type { Millis, SocketAddress } from "../host/host.ts";
import { memorySource } from "../tftp/files.ts";
import { PLAIN_OPTIONS } from "../tftp/options.ts";
import {
  decodePacket,
  encodeAck,
  encodeError,
  type Packet,
  TFTP_PORT,
  TftpError,
} from "../tftp/packet.ts";
import { SendSession } from "../tftp/send_session.ts";
import type { Output } from "../tftp/session.ts";
import {
  type Arrived,
  type Bootloader,
  type BootloaderOutput,
  type BootloaderPhase,
  type Judge,
  LoadMemory,
} from "./bootloader.ts";

/** How a Ubiquiti bootloader behaves. */
export interface UbiquitiOptions {
  /** Looks at the image; what it says becomes the verdict in place of the last ACK. */
  readonly judge?: Judge;
  /** Most bytes it has memory for. Default 16 MiB. */
  readonly memoryBytes?: number;
  /** Partitions by name, given to whoever reads them. Other names get no answer. */
  readonly partitions?: Readonly<Record<string, Uint8Array>>;
}

/** Silence after which the last ACK is sent again. */
const REPEAT_MS: Millis = 1000;

/**
 * Makes a Ubiquiti rescue server. Everything comes from port 69. Name, mode and options of a WRQ are
 * not looked at; every WRQ begins anew; only the first source port is heard in a transfer. Blocks are
 * stored by their number, a copy of the last one gets no ACK. In place of the last ACK an ERROR may
 * judge the image; then it waits again.
 */
export function createUbiquiti(options: UbiquitiOptions = {}): Bootloader {
  const { judge = () => undefined, memoryBytes = 16 * 1024 * 1024, partitions = {} } = options;
  const memory = new LoadMemory();
  let phase: BootloaderPhase = "off";
  let deadline: Millis | undefined;
  let peer: SocketAddress | undefined;
  let lastBlock = 0;
  let wraps = 0;
  let backup: SendSession | undefined;

  function send(bytes: Uint8Array): BootloaderOutput {
    return { kind: "send", bytes, fromPort: TFTP_PORT, to: peer! };
  }

  function listen(why: string): BootloaderOutput[] {
    phase = "listening";
    deadline = undefined;
    return [{ kind: "say", text: why }];
  }

  function refuse(code: 2 | 3, text: string): BootloaderOutput[] {
    return [send(encodeError(code, text)), ...listen(text)];
  }

  function handleData(packet: Packet & { op: "DATA" }, now: Millis): BootloaderOutput[] {
    const { block, payload } = packet;
    if (block === lastBlock) return [];
    if (block === 0 && lastBlock === 65535) wraps++;
    lastBlock = block;
    const offset = (wraps * 0x10000 + block - 1) * 512;
    if (offset < 0) return [];
    if (offset + payload.length > memoryBytes) {
      return refuse(TftpError.DISK_FULL, "File too large");
    }
    memory.put(offset, payload);
    if (payload.length < 512) {
      const refusal = judge(memory.bytes);
      if (refusal !== undefined) return refuse(TftpError.ACCESS_VIOLATION, refusal);
      phase = "accepted";
      deadline = undefined;
      return [send(encodeAck(block)), { kind: "say", text: "Firmware check passed, flashing" }];
    }
    deadline = now + REPEAT_MS;
    return [send(encodeAck(block))];
  }

  /** What a backup in progress wants to do. */
  function perform(outputs: readonly Output[]): BootloaderOutput[] {
    deadline = backup?.nextTimeout;
    if (deadline === undefined) {
      backup = undefined;
      phase = "listening";
    }
    return outputs.flatMap((output) => output.kind === "send" ? [send(output.bytes)] : []);
  }

  function startBackup(partition: Uint8Array, now: Millis): BootloaderOutput[] {
    backup = new SendSession({
      source: memorySource(partition),
      options: PLAIN_OPTIONS,
      oack: undefined,
      rollover: 0,
      peerHeard: false,
      retransmission: { initialMs: REPEAT_MS, floorMs: REPEAT_MS, ceilingMs: REPEAT_MS },
      patience: { giveUpMs: 20_000, lastAckMs: 5000, openingAttempts: 10, verdictMs: 0 },
    });
    phase = "transferring";
    return perform(backup.start(now));
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
    start: () => listen("Starting TFTP server... Waiting for a connection"),
    handleDatagram({ bytes, from }: Arrived, now) {
      if (phase === "transferring" && from.port !== peer!.port) return [];
      if (phase !== "listening" && phase !== "transferring") return [];
      const packet = decodePacket(bytes);
      if (packet.op === "WRQ") {
        peer = from;
        backup = undefined;
        phase = "transferring";
        lastBlock = 0;
        wraps = 0;
        memory.clear();
        deadline = now + REPEAT_MS;
        return [send(encodeAck(0))];
      }
      if (packet.op === "RRQ") {
        const partition = Object.hasOwn(partitions, packet.filename)
          ? partitions[packet.filename]
          : undefined;
        if (partition === undefined) return [];
        peer = from;
        return startBackup(partition, now);
      }
      if (phase !== "transferring") return [];
      if (backup !== undefined) return perform(backup.handleDatagram(bytes, now));
      if (packet.op === "DATA") return handleData(packet, now);
      return packet.op === "ERROR" ? listen(`TFTP error ${packet.code}`) : [];
    },
    handleTimeout(now) {
      if (deadline === undefined || now < deadline) return [];
      if (backup !== undefined) return perform(backup.handleTimeout(now));
      deadline = now + REPEAT_MS;
      return [send(encodeAck(lastBlock))];
    },
  };
}
