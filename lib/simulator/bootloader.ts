/**
 * What a simulated bootloader is: a state machine without I/O. Packets and time go in, packets and
 * words come out. Power, buttons and lamps are not its business.
 *
 * @module
 */
import type { Millis, SocketAddress } from "../host/host.ts";

/** What a bootloader is doing. */
export type BootloaderPhase =
  /** Not started. */
  | "off"
  /** Asks for a file. */
  | "asking"
  /** Waits for somebody to send one. */
  | "listening"
  /** A file is on its way. */
  | "transferring"
  /** Has all of the file, writes it to flash. */
  | "flashing"
  /** Took the image: the end. */
  | "accepted"
  /** Refused the image, or gave up: starts what is in flash. */
  | "gave-up";

/** What a bootloader does, in this order. */
export type BootloaderOutput =
  /** Send a datagram. */
  | {
    readonly kind: "send";
    readonly bytes: Uint8Array;
    readonly fromPort: number;
    readonly to: SocketAddress;
  }
  /** Print a line on the serial console. */
  | { readonly kind: "say"; readonly text: string }
  /** Print text on the console that somebody has open over the network. */
  | { readonly kind: "print"; readonly text: string };

/** A console on the network: one at a time, and once for each power-on. */
export interface BootloaderConsole {
  /** Whether it takes a connection now. */
  readonly isOpen: boolean;
  /** Somebody has connected. */
  connected(now: Millis): readonly BootloaderOutput[];
  /** Bytes were typed. */
  typed(bytes: Uint8Array, now: Millis): readonly BootloaderOutput[];
  /** The connection has ended. */
  disconnected(): void;
}

/** A datagram that reaches the bootloader. */
export interface Arrived {
  /** The bytes, valid during the call. */
  readonly bytes: Uint8Array;
  /** UDP port it came to, one of {@link Bootloader.ports}. */
  readonly port: number;
  /** Who sent it. */
  readonly from: SocketAddress;
}

/** A simulated bootloader. Nothing it receives makes it throw. */
export interface Bootloader {
  /** What it is doing. */
  readonly phase: BootloaderPhase;
  /** UDP ports that it hears now. May change with any call. */
  readonly ports: readonly number[];
  /** When `handleTimeout` is wanted; undefined when it waits for packets only. */
  readonly nextTimeout: Millis | undefined;
  /** The image that it took, once the phase is "accepted". */
  readonly image: Uint8Array | undefined;
  /** Its console on the network, if it has one. */
  readonly networkConsole?: BootloaderConsole;
  /** Begins: the boot window opens. Called once, first. */
  start(now: Millis): readonly BootloaderOutput[];
  /** A datagram to one of its ports. */
  handleDatagram(arrived: Arrived, now: Millis): readonly BootloaderOutput[];
  /** The time of `nextTimeout` has come; called too early it does nothing. */
  handleTimeout(now: Millis): readonly BootloaderOutput[];
}

/** Looks at a received image. @returns why it is refused, or undefined. */
export type Judge = (image: Uint8Array) => string | undefined;

/** Memory that an image is loaded into. */
export class LoadMemory {
  #bytes = new Uint8Array(1 << 16);
  #length = 0;

  /** Bytes up to the highest that was written. */
  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  /** Writes at an offset; what lies between is zero. */
  put(offset: number, piece: Uint8Array): void {
    const end = offset + piece.length;
    if (end > this.#bytes.length) {
      const larger = new Uint8Array(2 * end);
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    this.#bytes.set(piece, offset);
    this.#length = Math.max(this.#length, end);
  }

  /** Writes after everything else. */
  append(piece: Uint8Array): void {
    this.put(this.#length, piece);
  }

  /** Forgets everything. */
  clear(): void {
    this.#length = 0;
    this.#bytes.fill(0);
  }
}
