/**
 * What `push` and `get` share: reading the options and running to the end.
 *
 * @module
 */
import { UnbrickError } from "../../lib/errors.ts";
import type { TransferEvent } from "../../lib/tftp/events.ts";
import {
  type ClientGoal,
  type EndEvent,
  SHORTEST_INTERVAL_MS,
} from "../../lib/recovery/client_run.ts";
import { BLKSIZE_RANGE, WINDOWSIZE_RANGE } from "../../lib/tftp/options.ts";
import type { CommandContext } from "../context.ts";
import { type EventOutput, openEventOutput } from "../output/event_output.ts";
import { checkAddress, checkInteger, checkOptional, checkPort, checkRemoteName } from "./checks.ts";

/** Options as the command line gives them. */
export interface ClientCommandOptions {
  /** UDP port of the peer. */
  readonly port: number;
  /** Address of this computer to send from. */
  readonly address?: string | undefined;
  /** Bytes per block. */
  readonly blksize?: number | undefined;
  /** Blocks per window. */
  readonly windowsize?: number | undefined;
  /** Milliseconds between two requests. */
  readonly interval?: number | undefined;
  /** Seconds to go on asking. */
  readonly wait?: number | undefined;
  /** Seconds of silence after which a transfer is given up. */
  readonly timeout: number;
  /** Show every packet. */
  readonly trace?: boolean | undefined;
  /** JSON instead of text. */
  readonly json?: boolean | undefined;
}

/** Checks the options that both commands have. */
export function clientGoal(
  context: CommandContext,
  output: EventOutput,
  options: ClientCommandOptions,
  hostname: string,
  remoteName: string,
): ClientGoal {
  return {
    hostname: checkAddress(hostname),
    port: checkPort(options.port),
    localAddress: options.address === undefined ? "0.0.0.0" : checkAddress(options.address),
    remoteName: checkRemoteName(remoteName),
    blksize: checkOptional(options.blksize, "--blksize", BLKSIZE_RANGE.min, BLKSIZE_RANGE.max),
    windowsize: checkOptional(
      options.windowsize,
      "--windowsize",
      WINDOWSIZE_RANGE.min,
      WINDOWSIZE_RANGE.max,
    ),
    intervalMs: checkOptional(options.interval, "--interval", SHORTEST_INTERVAL_MS, 60_000),
    waitMs: options.wait === undefined
      ? undefined
      : checkInteger(options.wait, "--wait", 1, 86_400) * 1000,
    giveUpMs: checkInteger(options.timeout, "--timeout", 1, 86_400) * 1000,
    onEvent: (event: TransferEvent) => output.event(event),
    ...(options.trace === true ? { onPacket: output.packet } : {}),
    signal: context.signal,
  };
}

/** Opens the output for a client command. */
export function clientOutput(
  context: CommandContext,
  options: ClientCommandOptions,
  waitingFor: string,
): EventOutput {
  return openEventOutput(context.console, context.host, {
    json: options.json === true,
    waitingFor,
  });
}

/** Shows how it ended. Throws UnbrickError for the exit code where the event has been shown. */
export function finish(context: CommandContext, output: EventOutput, end: EndEvent): boolean {
  output.event(end);
  if (end.event === "completed") return true;
  if (end.code !== "interrupted") context.setExitCode(1);
  return false;
}

/** The last part of a path that a device or a person on another system may have written. */
export function lastPart(name: string): string {
  const part = name.split(/[\\/]/).at(-1) ?? "";
  if (part === "" || part === "." || part === "..") {
    throw new UnbrickError("usage", `No file name can be taken from "${name}"`, {
      hint: "Say where the file goes with -o FILE",
    });
  }
  return part;
}
