/**
 * CFE's boot_wait (Broadcom): a TFTP server that listens for a few seconds at power-on.
 *
 * @module
 */
import type { Millis, SocketAddress } from "../host/host.ts";
import { decodePacket, encodeAck, encodeError, TFTP_PORT, TftpError } from "../tftp/packet.ts";
import {
  type Arrived,
  type Bootloader,
  type BootloaderOutput,
  type BootloaderPhase,
  type Judge,
  LoadMemory,
} from "./bootloader.ts";

/** How a CFE behaves. */
export interface CfeOptions {
  /** How long it listens. Default 3000. */
  readonly windowMs?: Millis;
  /** Receives of one second each that may go wrong for one block, 3 to 8. Default 5. */
  readonly tries?: number;
  /** Looks at the image. It says nothing to the sender: the refusal is on the console only. */
  readonly judge?: Judge;
}

/** Time of one receive. */
const RECEIVE_MS: Millis = 1000;

/**
 * Makes a CFE. The first datagram ends its wait: anything but a request closes the server. From then
 * on every datagram that is not the next block, further WRQs included, costs one try and gets the
 * last ACK again.
 */
export function createCfe(options: CfeOptions = {}): Bootloader {
  const { windowMs = 3000, tries = 5, judge = () => undefined } = options;
  const memory = new LoadMemory();
  let phase: BootloaderPhase = "off";
  let deadline: Millis | undefined;
  let peer: SocketAddress | undefined;
  let received = 0;
  let triesLeft = tries;

  function send(bytes: Uint8Array, to: SocketAddress): BootloaderOutput {
    return { kind: "send", bytes, fromPort: TFTP_PORT, to };
  }

  function close(why: string): BootloaderOutput[] {
    phase = "gave-up";
    deadline = undefined;
    return [{ kind: "say", text: why }];
  }

  /** A receive that brought nothing useful. */
  function loseTry(now: Millis): BootloaderOutput[] {
    if (--triesLeft <= 0) {
      const cancelled = encodeError(TftpError.DISK_FULL, "transfer cancelled");
      return [send(cancelled, peer!), ...close("TFTP: time-out")];
    }
    deadline = now + RECEIVE_MS;
    return [send(encodeAck(received & 0xffff), peer!)];
  }

  function handleFirst({ bytes, from }: Arrived, now: Millis): BootloaderOutput[] {
    const { op } = decodePacket(bytes);
    if (op !== "WRQ") {
      const error = encodeError(TftpError.ILLEGAL_OPERATION, "protocol error");
      return [send(error, from), ...close("TFTP: protocol error")];
    }
    peer = from;
    phase = "transferring";
    deadline = now + RECEIVE_MS;
    return [{ kind: "say", text: "Reading :: TFTP Server." }, send(encodeAck(0), from)];
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
    start(now) {
      phase = "listening";
      deadline = now + windowMs;
      return [{ kind: "say", text: "CFE boot wait: TFTP server" }];
    },
    handleDatagram(arrived, now) {
      if (phase === "listening") return handleFirst(arrived, now);
      const { bytes, from } = arrived;
      // The listening socket is connected to the first sender: nobody else is heard.
      if (phase !== "transferring" || from.port !== peer!.port) return [];
      if (from.hostname !== peer!.hostname) return [];
      const packet = decodePacket(bytes);
      if (packet.op === "ERROR") return close(`TFTP error ${packet.code}`);
      if (packet.op !== "DATA" || packet.block !== ((received + 1) & 0xffff)) return loseTry(now);
      received++;
      triesLeft = tries;
      memory.append(packet.payload);
      deadline = now + RECEIVE_MS;
      const outputs = [send(encodeAck(packet.block), from)];
      if (packet.payload.length === 512) return outputs;
      const refusal = judge(memory.bytes);
      if (refusal !== undefined) return [...outputs, ...close(refusal)];
      phase = "accepted";
      deadline = undefined;
      return [...outputs, { kind: "say", text: `done. ${memory.bytes.length} bytes written` }];
    },
    handleTimeout(now) {
      if (deadline === undefined || now < deadline) return [];
      return phase === "listening" ? close("Could not load :: Timeout occurred") : loseTry(now);
    },
  };
}
