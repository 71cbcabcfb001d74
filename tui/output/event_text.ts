/**
 * Events as lines for people.
 *
 * @module
 */
import type { TransferEvent } from "../../lib/tftp/events.ts";

/** "2.4 MB", with decimal units as download pages use them. */
export function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} bytes`;
  if (bytes < 1_000_000) return `${(bytes / 1000).toFixed(1)} kB`;
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}

/** "1 min 05 s" or "6.2 s". */
export function formatSeconds(seconds: number): string {
  if (seconds < 60) return `${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)} s`;
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, "0")} s`;
}

/** Elapsed milliseconds as "7 s" or "1 min 05 s". */
export function formatWholeSeconds(ms: number): string {
  const whole = Math.floor(ms / 1000);
  return whole < 60 ? `${whole} s` : formatSeconds(whole);
}

/** Bytes per second as "1.2 MB/s"; empty when nothing can be said yet. */
export function formatRate(bytes: number, seconds: number): string {
  return seconds > 0 && bytes > 0 ? `${formatBytes(bytes / seconds)}/s` : "";
}

/** ", 3 packets repeated"; empty for none. */
export function formatRepeated(packets: number): string {
  return packets === 0 ? "" : `, ${packets} packet${packets === 1 ? "" : "s"} repeated`;
}

/** Repetitions of one packet before they are worth a line. */
const NOTABLE_ATTEMPT = 4;

/**
 * The line or lines for an event; undefined for one that is only of interest to the live view.
 */
export function describeEvent(event: TransferEvent): string | undefined {
  switch (event.event) {
    case "listening":
      return `Waiting for requests on ${event.address} port ${event.port}`;
    case "request":
      return describeRequest(event);
    case "likely": {
      const lines = event.devices.map((device) =>
        `  ${device.name} (${device.reason}): unbrick devices show ${device.id}`
      );
      return [`Devices that ask for "${event.name}":`, ...lines].join("\n");
    }
    case "waiting":
      return withHint(event.message, event.hint);
    case "started": {
      const size = event.bytes === null ? "" : ` (${formatBytes(event.bytes)})`;
      const how = `${event.blksize} bytes per block` +
        (event.windowsize > 1 ? `, ${event.windowsize} blocks per window` : "");
      return event.direction === "send"
        ? `Sending "${event.name}"${size} to ${event.peer}, ${how}`
        : `Receiving "${event.name}"${size} from ${event.peer}, ${how}`;
    }
    case "progress":
      return undefined;
    case "retransmit":
      return event.attempt === NOTABLE_ATTEMPT
        ? `No answer to block ${event.block} yet, sent ${event.attempt} times again`
        : undefined;
    case "ignored":
      // Duplicates inside a transfer are everyday; --json and --trace have them.
      return event.transfer === undefined
        ? `Ignored from ${event.peer}: ${event.reason}`
        : undefined;
    case "flood":
      return describeFlood(event);
    case "size-asked":
      return `${event.peer} asked only for the size of "${event.name}"`;
    case "verdict":
      return withHint(event.message, event.hint);
    case "completed":
      return describeCompleted(event);
    case "failed": {
      const where = event.name === undefined ? "" : ` ("${event.name}")`;
      const far = event.bytes ? ` after ${formatBytes(event.bytes)}` : "";
      if (event.code === "interrupted") return `Stopped${where}${far}: ${event.message}`;
      return withHint(`Failed${where}${far}: ${event.message}`, event.hint);
    }
  }
}

function describeFlood(event: Extract<TransferEvent, { event: "flood" }>): string | undefined {
  const { ignored, refused } = event;
  const parts = [
    ...(ignored === 0 ? [] : [`ignored ${ignored} more packet${ignored === 1 ? "" : "s"}`]),
    ...(refused === 0 ? [] : [`refused ${refused} more request${refused === 1 ? "" : "s"}`]),
  ];
  // As with those that are told: what is ignored inside transfers is everyday.
  return parts.length === 0 ? undefined : `A flood: ${parts.join(", ")} within a second`;
}

function describeRequest(event: Extract<TransferEvent, { event: "request" }>): string {
  const verb = event.op === "RRQ" ? "asks for" : "wants to send";
  const options = Object.entries(event.options).map(([name, value]) => `${name} ${value}`);
  const details = [event.mode.toLowerCase(), ...options].join(", ");
  const line = `${event.peer} ${verb} "${event.name}" (${details})`;
  return event.served ? line : `${line}: refused, ${event.reason}`;
}

function describeCompleted(event: Extract<TransferEvent, { event: "completed" }>): string {
  const rate = formatRate(event.bytes, event.seconds);
  const repeated = formatRepeated(event.retransmissions);
  const numbers = `${event.bytes} bytes in ${formatSeconds(event.seconds)}` +
    `${rate === "" ? "" : ` (${rate})`}${repeated}`;
  const hash = event.sha256 === null ? "" : `\n  SHA-256 ${event.sha256}`;
  const line = event.outcome === "acknowledged"
    ? `Complete: "${event.name}" ${event.peer}, ${numbers}`
    : `Sent, last ACK missing (it usually has arrived): "${event.name}" ${event.peer}, ${numbers}`;
  return line + hash;
}

function withHint(message: string, hint: string): string {
  return hint === "" ? message : `${message}\n  ${hint}`;
}
