/**
 * What silence most likely means, the most likely first.
 *
 * @module
 */
import { assertNever } from "../errors.ts";
import type { Host, Millis } from "../host/host.ts";
import type { TransferEvent } from "../tftp/events.ts";

/** Silence after which it is worth saying something, in milliseconds. */
const SILENCE_MS: Millis = 20_000;

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

/** The usual reasons why no boot loader asks for an address. */
const BOOTP_REASONS = [
  "the cable is in the wrong port of the router (RouterBOARD: ether1 or the one marked BOOT)",
  "the router is not in recovery mode (button held too briefly, or released too early)",
  "a firewall on this computer drops UDP port 67",
] as const;

/** The usual reasons why a console does not open. */
const CONSOLE_REASONS = [
  "the router's few seconds have passed: switch it off and on again now",
  "the cable is in the wrong port, or the link comes up too late (put a switch in between)",
  "the boot loader has another address than the one asked",
  "its network console was never switched on (some need a serial cable once)",
] as const;

/** The usual reasons why nothing is read on a serial line. */
const SERIAL_REASONS = [
  "the router is off: switch it off and on again now",
  "the wires are not right: its TX goes to RX here, its RX to TX, ground to ground",
  "it is another port than the one named",
] as const;

/** What is being done while nothing is heard. */
export type SilentActivity = "serve" | "push" | "get" | "bootp" | "console" | "serial";

/** The likeliest reasons for silence, the likeliest first. */
export function reasonsForSilence(activity: SilentActivity): readonly string[] {
  switch (activity) {
    case "serve":
      return SERVE_REASONS;
    case "push":
    case "get":
      return PUSH_REASONS;
    case "bootp":
      return BOOTP_REASONS;
    case "console":
      return CONSOLE_REASONS;
    case "serial":
      return SERIAL_REASONS;
    default:
      return assertNever(activity);
  }
}

/** What is missing, after the time that has passed. */
const SILENT: Readonly<Record<SilentActivity, (after: string) => string>> = {
  serve: (after) => `No request for ${after}`,
  push: (after) => `No answer for ${after}, still asking`,
  get: (after) => `No answer for ${after}, still asking`,
  bootp: (after) => `No BOOTP or DHCP request for ${after}`,
  console: (after) => `No answer for ${after}, still knocking`,
  serial: (after) => `Nothing read for ${after}, still listening`,
};

/** The likeliest reasons for silence, numbered, in one line. */
function silenceReasons(activity: SilentActivity): string {
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
  activity: SilentActivity,
  onEvent: (event: TransferEvent) => void,
): SilenceWatch {
  const cancel = host.startTimer(SILENCE_MS, () =>
    onEvent({
      event: "waiting",
      reason: "for-answer",
      message: SILENT[activity](`${SILENCE_MS / 1000} s`),
      hint: `Usual reasons: ${silenceReasons(activity)}`,
    }));
  return { heard: cancel, stop: cancel };
}
