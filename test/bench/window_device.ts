/**
 * The devices of `window.ts`, one on each cable of a namespace, all in this one process so that the
 * computer is not busy with them. Each is away, appears when told, listens for its window and is gone
 * again; a transfer that has begun is let finish. As ASUS's and Ubiquiti's rescue modes do, a device
 * hears only the source port of the first WRQ, starts over with each WRQ, and appends every block that
 * is not the one before, whatever its number.
 *
 * Usage: window_device.ts IMAGE. Reads {@link DeviceOrder}s and writes {@link DeviceReport}s, one a
 * line.
 *
 * @module
 */
import process from "node:process";
import { createInterface } from "node:readline";

/** How a device is away: its end of the cable is down, or it is silent behind a switch. */
export type AwayModel = "link" | "silent";

/** What a device is told. */
export interface DeviceOrder {
  /** Number of its cable. */
  readonly lane: number;
  /** How it is away, from now on. */
  readonly model: AwayModel;
  /** When it appears, in milliseconds from now; undefined for not at all. */
  readonly afterMs?: number;
  /** How long it listens, in milliseconds. */
  readonly windowMs?: number;
}

/** What a device has seen. Times are in milliseconds from its appearance. */
export interface DeviceReport {
  /** Number of its cable. */
  readonly lane: number;
  /** When the first WRQ came. */
  readonly requestMs: number | undefined;
  /** When the first DATA came. */
  readonly dataMs: number | undefined;
  /** WRQs within {@link BURST_MS} of the first. */
  readonly burst: number;
  /** Whether it holds exactly the bytes of the image. */
  readonly isExact: boolean;
}

/** Requests that come within this time are one burst. */
const BURST_MS = 5;

/** A transfer that is silent for so long is over. */
const IDLE_MS = 3000;

const [WRQ, DATA] = [2, 3];

/** One device. */
class Device {
  readonly #lane: number;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #appearedAt: number | undefined;
  #requests: number[] = [];
  #dataAt: number | undefined;
  #heardAt = 0;
  #peerPort: number | undefined;
  #lastBlock = 0;
  #received: Uint8Array[] = [];

  constructor(lane: number) {
    this.#lane = lane;
  }

  obey({ model, afterMs, windowMs = 0 }: DeviceOrder): void {
    this.#leave(model);
    if (afterMs !== undefined) {
      this.#timer = setTimeout(() => this.#appear(model, windowMs), afterMs);
    }
  }

  #setLink(up: boolean): void {
    // The flags of an Ethernet interface (broadcast, multicast), and whether it is up.
    Deno.writeTextFileSync(`/sys/class/net/d${this.#lane}/flags`, up ? "0x1003" : "0x1002");
  }

  #setAnswersArp(answers: boolean): void {
    // 8: no answer for any local address.
    const path = `/proc/sys/net/ipv4/conf/d${this.#lane}/arp_ignore`;
    Deno.writeTextFileSync(path, answers ? "0" : "8");
  }

  #leave(model: AwayModel): void {
    clearTimeout(this.#timer);
    this.#appearedAt = undefined;
    // Down in either case: a device that was switched off remembers nobody's MAC address.
    this.#setLink(false);
    this.#setAnswersArp(model === "link");
    if (model === "silent") this.#setLink(true);
  }

  #appear(model: AwayModel, windowMs: number): void {
    this.#requests = [];
    this.#dataAt = undefined;
    this.#peerPort = undefined;
    this.#received = [];
    if (model === "link") this.#setLink(true);
    else this.#setAnswersArp(true);
    this.#appearedAt = performance.now();
    this.#timer = setTimeout(() => this.#endWindow(model), windowMs);
  }

  #endWindow(model: AwayModel): void {
    const idleMs = performance.now() - this.#heardAt;
    if (this.#requests.length > 0 && idleMs < IDLE_MS) {
      this.#timer = setTimeout(() => this.#endWindow(model), IDLE_MS - idleMs + 1);
    } else {
      this.#leave(model);
      this.#report(false);
    }
  }

  #report(isExact: boolean): void {
    const [first] = this.#requests;
    const burst = this.#requests.filter((at) => at - first! <= BURST_MS).length;
    const [requestMs, dataMs] = [first, this.#dataAt];
    const report: DeviceReport = { lane: this.#lane, requestMs, dataMs, burst, isExact };
    process.stdout.write(`${JSON.stringify(report)}\n`);
  }

  hear(bytes: Uint8Array, from: Deno.NetAddr): void {
    if (this.#appearedAt === undefined) return;
    const now = performance.now();
    const [, op, high = 0, low = 0] = bytes;
    if (op === WRQ) this.#requests.push(now - this.#appearedAt);
    this.#peerPort ??= op === WRQ ? from.port : undefined;
    if (from.port !== this.#peerPort) return;
    this.#heardAt = now;
    if (op === WRQ) {
      this.#received = [];
      this.#lastBlock = 0;
      reply(Uint8Array.of(0, 4, 0, 0), from);
    } else if (op === DATA) {
      this.#dataAt ??= now - this.#appearedAt;
      const block = high << 8 | low;
      if (block !== this.#lastBlock) this.#received.push(bytes.slice(4));
      this.#lastBlock = block;
      reply(Uint8Array.of(0, 4, high, low), from);
      if (bytes.length < 516) this.#finish();
    }
  }

  /** The verdict comes at once; the device hears nothing more. */
  #finish(): void {
    clearTimeout(this.#timer);
    this.#appearedAt = undefined;
    const received = this.#received.flatMap((part) => [...part]);
    const isExact = received.length === image.length &&
      received.every((byte, index) => byte === image[index]);
    this.#report(isExact);
  }
}

const image = Deno.readFileSync(Deno.args[0]!);
const devices = new Map<number, Device>();
// One socket hears what is sent to each device's address, and what is sent to all.
const socket = Deno.listenDatagram({ transport: "udp", hostname: "0.0.0.0", port: 69 });

function reply(bytes: Uint8Array, to: Deno.NetAddr): void {
  // The device may be gone before its answer leaves.
  socket.send(bytes, to).catch(() => {});
}

createInterface({ input: process.stdin }).on("line", (line) => {
  const order = JSON.parse(line) as DeviceOrder;
  const device = devices.get(order.lane) ?? new Device(order.lane);
  devices.set(order.lane, device);
  device.obey(order);
}).on("close", () => Deno.exit());

process.stdout.write("listening\n");
for await (const [bytes, sender] of socket) {
  const from = sender as Deno.NetAddr;
  // The third number of an address is that of the cable.
  devices.get(Number(from.hostname.split(".")[2]))?.hear(bytes, from);
}
