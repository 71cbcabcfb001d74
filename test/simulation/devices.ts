/**
 * Simulated bootloaders against the real server and the real client.
 */
import { type EndEvent, push, type PushGoal } from "../../lib/recovery/client_run.ts";
import type { Bootloader } from "../../lib/simulator/bootloader.ts";
import type { CableFaults } from "../../lib/simulator/cable.ts";
import { type NetworkOptions, SimulatedNetwork } from "../../lib/simulator/network.ts";
import { powerOn } from "../../lib/simulator/power_on.ts";
import { createPullingBootloader, type PullingProfile } from "../../lib/simulator/pulling.ts";
import type { TransferEvent } from "../../lib/tftp/events.ts";
import type { TftpServerOptions } from "../../lib/tftp/server.ts";
import { makeImage, memoryFiles, PC, ROUTER, sameBytes, serveOn, settle } from "./two_computers.ts";

/** Under what conditions a device is tried. */
export interface DeviceConditions {
  /** Bytes of the image. */
  readonly size: number;
  /** Faults of the cable. */
  readonly cable?: Partial<CableFaults>;
  /** Start of all chance. */
  readonly seed?: number;
  /** Called for every datagram on the cable. */
  readonly onSent?: NonNullable<NetworkOptions["onSent"]>;
}

/** What came of it. */
export interface DeviceOutcome {
  /** The bootloader at the end. */
  readonly bootloader: Bootloader;
  /** Whether it took exactly the bytes of the image. */
  readonly isExact: boolean;
  /** How the push ended, for devices that listen. */
  readonly end: EndEvent | undefined;
  /** Events of the server or client. */
  readonly events: readonly TransferEvent[];
  /** Lines on the device's console. */
  readonly console: readonly string[];
  /** Virtual time from power-on to the end, in milliseconds. */
  readonly durationMs: number;
}

function networkFor(conditions: DeviceConditions): SimulatedNetwork {
  const { cable, seed = 1, onSent } = conditions;
  return new SimulatedNetwork({
    seed,
    ...(cable === undefined ? {} : { cable }),
    ...(onSent === undefined ? {} : { onSent }),
  });
}

function isAtEnd({ phase }: Bootloader): boolean {
  return phase === "accepted" || phase === "gave-up";
}

function outcomeOf(
  bootloader: Bootloader,
  image: Uint8Array,
  rest: Omit<DeviceOutcome, "bootloader" | "isExact">,
): DeviceOutcome {
  const isExact = bootloader.image !== undefined && sameBytes(bootloader.image, image);
  return { bootloader, isExact, ...rest };
}

/** A device asks the real server until it has its image or gives up. */
export function pull(
  profile: PullingProfile,
  conditions: DeviceConditions,
  server: Partial<TftpServerOptions> = {},
): DeviceOutcome {
  const image = makeImage(conditions.size, conditions.seed);
  const network = networkFor(conditions);
  const events: TransferEvent[] = [];
  const console: string[] = [];
  serveOn(network.plug(PC), {
    files: memoryFiles(image),
    onEvent: (event) => events.push(event),
    ...server,
  });
  const bootloader = createPullingBootloader(profile, {
    server: { hostname: PC, port: 69 },
    filename: "recovery.bin",
  });
  powerOn(network.plug(ROUTER).host, bootloader, {
    address: "0.0.0.0",
    onSay: (text) => console.push(text),
  });
  network.timeline.runWhile(() => !isAtEnd(bootloader));
  const durationMs = network.now;
  network.timeline.runWhile(() => true);
  return outcomeOf(bootloader, image, { end: undefined, events, console, durationMs });
}

/** The real client asks before the device is switched on, then pushes. */
export async function pushInto(
  bootloader: Bootloader,
  conditions: DeviceConditions,
  goal: Partial<PushGoal> = {},
): Promise<DeviceOutcome> {
  const image = makeImage(conditions.size, conditions.seed);
  const network = networkFor(conditions);
  const events: TransferEvent[] = [];
  const console: string[] = [];
  const running = push(network.plug(PC).host, {
    hostname: ROUTER,
    port: 69,
    localAddress: "0.0.0.0",
    remoteName: "image.bin",
    blksize: undefined,
    windowsize: undefined,
    intervalMs: 200,
    waitMs: 60_000,
    giveUpMs: 60_000,
    onEvent: (event) => events.push(event),
    signal: new AbortController().signal,
    image: { name: "image.bin", bytes: image, sha256: "" },
    rollover: 0,
    ...goal,
  });
  network.timeline.runUntil(1234);
  powerOn(network.plug(ROUTER).host, bootloader, {
    address: "0.0.0.0",
    onSay: (text) => console.push(text),
  });
  const switchedOnAt = network.now;
  const end = await settle(network, running);
  network.timeline.runWhile(() => !isAtEnd(bootloader) && network.now < 200_000);
  const durationMs = network.now - switchedOnAt;
  return outcomeOf(bootloader, image, { end, events, console, durationMs });
}
