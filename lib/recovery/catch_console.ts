/**
 * Catching the console of a boot loader: over TCP by knocking until it opens, or on a serial port.
 *
 * @module
 */
import { type ConsoleLink, openConsoleLink } from "../console/console_link.ts";
import type { ConsoleKind } from "../console/console_session.ts";
import type { ConsoleEvent } from "../console/events.ts";
import { knock } from "../console/knock.ts";
import { setUpSerialPort } from "../console/serial_port.ts";
import { UnbrickError } from "../errors.ts";
import type { Host, Millis, SocketAddress } from "../host/host.ts";

/** A console to catch. */
export interface ConsoleGoal {
  /** How it behaves. */
  readonly kind: ConsoleKind;
  /** Called for everything worth telling. */
  readonly onEvent: (event: ConsoleEvent) => void;
  /** Ends it early. */
  readonly signal: AbortSignal;
}

/** Time from a connection to a prompt: no boot loader counts down for longer. */
const CATCH_MS: Millis = 15_000;

/**
 * Knocks until the console opens and stops the boot loader. When the window is missed, it begins
 * anew, for as long as it takes. Rejects with UnbrickError `interrupted` only.
 */
export async function catchOverTcp(
  host: Pick<Host, "connect" | "now" | "startTimer">,
  to: SocketAddress,
  goal: ConsoleGoal,
): Promise<ConsoleLink> {
  const { hostname: address, port } = to;
  while (!goal.signal.aborted) {
    goal.onEvent({ event: "console-knocking", address, port });
    let cancel = (): void => {};
    const link = openConsoleLink(host, goal.kind, (handlers) =>
      knock(host, to, {
        ...handlers,
        opened() {
          goal.onEvent({ event: "console-connected", address, port });
          cancel = host.startTimer(CATCH_MS, () => link.close());
          handlers.opened();
        },
      }), callbacksOf(goal));
    try {
      await readyOrStopped(link, goal.signal);
      goal.onEvent({ event: "console-caught" });
      return link;
    } catch (error) {
      if (goal.signal.aborted) break;
      goal.onEvent({ event: "console-missed", reason: describe(error) });
    } finally {
      cancel();
    }
  }
  throw stopped();
}

/**
 * Opens a serial port and stops the boot loader, whenever it starts. Rejects with UnbrickError when
 * the port cannot be used, and `interrupted`.
 */
export async function catchOverSerial(
  host: Pick<Host, "os" | "run" | "openSerialPort" | "now" | "startTimer">,
  serial: { readonly path: string; readonly baud: number },
  goal: ConsoleGoal,
): Promise<ConsoleLink> {
  const { path, baud } = serial;
  await setUpSerialPort(host, path, baud);
  const link = openConsoleLink(host, goal.kind, (handlers) =>
    host.openSerialPort(path, {
      ...handlers,
      opened() {
        goal.onEvent({ event: "console-opened", port: path, baud });
        handlers.opened();
      },
    }), callbacksOf(goal));
  await readyOrStopped(link, goal.signal);
  goal.onEvent({ event: "console-caught" });
  return link;
}

function callbacksOf(goal: ConsoleGoal): { readonly onText: (text: string) => void } {
  return { onText: (text) => goal.onEvent({ event: "console-text", text }) };
}

async function readyOrStopped(link: ConsoleLink, signal: AbortSignal): Promise<void> {
  const stop = (): void => link.close();
  if (signal.aborted) stop();
  signal.addEventListener("abort", stop, { once: true });
  try {
    await link.ready;
  } catch (error) {
    throw signal.aborted ? stopped() : error;
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

function stopped(): UnbrickError {
  return new UnbrickError("interrupted", "Stopped");
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
