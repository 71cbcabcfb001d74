/**
 * What silence most likely means, the most likely first.
 *
 * @module
 */
import type { Host, Millis } from "../host/host.ts";
import type { TransferEvent } from "../tftp/events.ts";

/** Silence after which it is worth saying something, in milliseconds. */
export const SILENCE_MS: Millis = 20_000;

/** The usual reasons why no request arrives at a server. */
const SERVE_REASONS = [
  "a firewall on this computer drops the request",
  "this computer does not have the address that the router asks",
  "the router is not in recovery mode (button held too briefly, or released too early)",
  "the cable is in the wrong port of the router",
] as const;

/** The usual reasons why nothing answers a client. */
const PUSH_REASONS = [
  "the router's few seconds have passed: switch it off and on again now",
  "the cable is in the wrong port, or the link comes up too late (put a switch in between)",
  "this computer has no address in the router's network",
  "the bootloader has another address than the one asked",
] as const;

/** The four likeliest reasons for silence, the likeliest first. */
export function reasonsForSilence(activity: "serve" | "push" | "get"): readonly string[] {
  return activity === "serve" ? SERVE_REASONS : PUSH_REASONS;
}

/** The four likeliest reasons for silence, numbered, in one line. */
export function silenceReasons(activity: "serve" | "push" | "get"): string {
  return reasonsForSilence(activity).map((reason, index) => `(${index + 1}) ${reason}`).join("; ");
}

/** Watches for silence. */
export interface SilenceWatch {
  /** Something was heard: never mind. */
  heard(): void;
  /** Ends the watch. */
  stop(): void;
}

/** Tells once, after {@link SILENCE_MS} without `heard`, what silence probably means. */
export function watchSilence(
  host: Pick<Host, "startTimer">,
  activity: "serve" | "push" | "get",
  onEvent: (event: TransferEvent) => void,
): SilenceWatch {
  const cancel = host.startTimer(SILENCE_MS, () =>
    onEvent({
      event: "waiting",
      reason: "for-answer",
      message: activity === "serve"
        ? `No request for ${SILENCE_MS / 1000} s`
        : `No answer for ${SILENCE_MS / 1000} s, still asking`,
      hint: `Usual reasons: ${silenceReasons(activity)}`,
    }));
  return { heard: cancel, stop: cancel };
}
