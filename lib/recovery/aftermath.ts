/**
 * After the last block: the device flashes without a sign. Ping tells when it is back, and the
 * time-to-live of its answer whether that is a system or still the bootloader.
 *
 * @module
 */
import { assertNever } from "../errors.ts";
import type { Host, Millis, OsName } from "../host/host.ts";

/** An answer to ping. */
export interface PingAnswer {
  /** IP time-to-live of the answer; undefined when the system does not show it. */
  readonly ttl: number | undefined;
}

/** Asks an address once; undefined when nothing answers. */
export type Probe = (address: string) => Promise<PingAnswer | undefined>;

/** What a device that answers is running. */
export type Running = "system" | "bootloader" | "unknown";

/** Something at an address answers, or no longer does. */
export interface Sighting {
  /** Dotted address. */
  readonly address: string;
  /** What answers; undefined when nothing does. */
  readonly running: Running | undefined;
}

/** Time between two rounds. */
const ROUND_MS: Millis = 1000;

/** Time for one ping, the program's start included. */
const PING_TIMEOUT_MS: Millis = 4000;

/** The system's ping: one packet, about a second of patience. */
export function pingArgv(os: OsName, address: string): readonly string[] {
  switch (os) {
    case "linux":
      return ["ping", "-n", "-c", "1", "-W", "1", address];
    case "macos":
      return ["ping", "-n", "-c", "1", "-t", "1", address];
    case "windows":
      return ["ping", "-n", "1", "-w", "1000", address];
    default:
      return assertNever(os);
  }
}

/**
 * Reads the output of ping. Windows reports "unreachable" as a success, so what counts is an answer
 * with a time-to-live, which all three print as "ttl=" or "TTL=".
 */
export function parsePing(stdout: string): PingAnswer | undefined {
  const ttl = /\bttl[=:](\d{1,3})\b/i.exec(stdout)?.[1];
  return ttl === undefined ? undefined : { ttl: Number(ttl) };
}

/** The probe of the real world. */
export function pingProbe(host: Pick<Host, "os" | "run">): Probe {
  return async (address) => {
    const output = await host.run(pingArgv(host.os, address), { timeoutMs: PING_TIMEOUT_MS });
    return parsePing(output.stdout);
  };
}

/**
 * What a time-to-live tells on a direct cable: Linux starts at 64; CFE answers with 100 or 128,
 * U-Boot and lwIP with 255.
 */
export function runningAt(ttl: number | undefined): Running {
  if (ttl === undefined) return "unknown";
  return ttl > 32 && ttl <= 64 ? "system" : "bootloader";
}

/** Asks all addresses once a second until told to stop; reports the first answers and every change. */
export async function watchForReturn(
  host: Pick<Host, "startTimer">,
  probe: Probe,
  addresses: readonly string[],
  report: (sighting: Sighting) => void,
  signal: AbortSignal,
): Promise<void> {
  const seen = new Map<string, Running | undefined>();
  while (!signal.aborted) {
    await Promise.all(addresses.map(async (address) => {
      const answer = await probe(address);
      if (signal.aborted) return;
      const running = answer === undefined ? undefined : runningAt(answer.ttl);
      if (seen.has(address) && seen.get(address) === running) return;
      seen.set(address, running);
      report({ address, running });
    }));
    await new Promise<void>((resolve) => {
      const finish = (): void => {
        cancel();
        signal.removeEventListener("abort", finish);
        resolve();
      };
      const cancel = host.startTimer(ROUND_MS, finish);
      signal.addEventListener("abort", finish);
      if (signal.aborted) finish();
    });
  }
}
