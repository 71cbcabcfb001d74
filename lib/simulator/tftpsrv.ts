/**
 * U-Boot's `tftpsrv` command: waits for one file.
 *
 * @module
 */
import type { Millis, SocketAddress } from "../host/host.ts";
import { decodePacket, encodeAck, TFTP_PORT } from "../tftp/packet.ts";
import {
  type Bootloader,
  type BootloaderOutput,
  type BootloaderPhase,
  LoadMemory,
} from "./bootloader.ts";

/** Silence after which the last ACK is sent again; measured, its source says 5000. */
const REPEAT_MS: Millis = 7500;

/** Silences before it returns to the prompt. */
const TRIES = 10;

/** How long it listens. */
const LISTEN_MS: Millis = 55_000;

/**
 * Makes a `tftpsrv`. It answers the first WRQ from a new port and is deaf to further ones. A copy of
 * the last block is ignored without an ACK.
 */
export function createTftpsrv(): Bootloader {
  const memory = new LoadMemory();
  let phase: BootloaderPhase = "off";
  let deadline: Millis | undefined;
  let ownPort = TFTP_PORT;
  let peer: SocketAddress | undefined;
  let received = 0;
  let tries = 0;

  function acknowledge(now: Millis): BootloaderOutput {
    deadline = now + REPEAT_MS;
    return { kind: "send", bytes: encodeAck(received & 0xffff), fromPort: ownPort, to: peer! };
  }

  function giveUp(): BootloaderOutput[] {
    phase = "gave-up";
    deadline = undefined;
    return [{ kind: "say", text: "Retry count exceeded" }];
  }

  return {
    get phase() {
      return phase;
    },
    get ports() {
      return phase === "listening" || phase === "transferring" ? [ownPort] : [];
    },
    get nextTimeout() {
      return deadline;
    },
    get image() {
      return phase === "accepted" ? memory.bytes : undefined;
    },
    start(now) {
      phase = "listening";
      deadline = now + LISTEN_MS;
      return [{ kind: "say", text: "Listening for TFTP transfer" }];
    },
    handleDatagram({ bytes, from, port }, now) {
      const packet = decodePacket(bytes);
      if (phase === "listening" && packet.op === "WRQ") {
        phase = "transferring";
        ownPort = 1024 + Math.floor(now) % 3072;
        peer = from;
        return [acknowledge(now)];
      }
      if (phase !== "transferring" || port !== ownPort || from.port !== peer!.port) return [];
      if (packet.op === "ERROR") return giveUp();
      if (packet.op !== "DATA" || packet.block !== ((received + 1) & 0xffff)) return [];
      received++;
      tries = 0;
      memory.append(packet.payload);
      const outputs = [acknowledge(now)];
      if (packet.payload.length < 512) {
        phase = "accepted";
        deadline = undefined;
        outputs.push({ kind: "say", text: `done, ${memory.bytes.length} bytes` });
      }
      return outputs;
    },
    handleTimeout(now) {
      if (deadline === undefined || now < deadline) return [];
      if (phase === "listening" || ++tries > TRIES) return giveUp();
      return [{ kind: "say", text: "T" }, acknowledge(now)];
    },
  };
}
