/**
 * The recovery of a device whose console is told to pull: knock, catch, type the script of the
 * catalogue with the TFTP server listening, and a person who says yes to each line that writes flash.
 *
 * @module
 */
import { consoleKind, type LoaderName } from "../console/loaders.ts";
import { runScript } from "../console/run_script.ts";
import { toUnbrickError, UnbrickError } from "../errors.ts";
import type { Host } from "../host/host.ts";
import { formatIpv4 } from "../net/ipv4.ts";
import { catchOverTcp } from "./catch_console.ts";
import type { EndEvent } from "./client_run.ts";
import { deviceScript, scriptImages } from "./device_script.ts";
import type { Opening } from "./plan.ts";
import type { RecoverGoal, Recovery } from "./recovery.ts";
import { serveForConsole } from "./serve_console.ts";

/** The part of the host that it needs. */
export type ConsoleRecoveryHost = Pick<
  Host,
  "now" | "startTimer" | "bind" | "connect" | "addresses" | "run" | "os"
>;

const LOADER: LoaderName = "redboot";

/** Starts. Rejects with UnbrickError when a port cannot be opened. */
export async function startConsoleRecovery(
  host: ConsoleRecoveryHost,
  goal: RecoverGoal,
  opening: Extract<Opening, { kind: "console" }>,
): Promise<Recovery> {
  const { plan } = goal;
  const [device] = plan.device;
  const [computer] = plan.computer;
  if (device === undefined || computer === undefined) throw new TypeError("an address is missing");
  const own = formatIpv4(computer.address);
  const { script, port } = opening;
  const stopping = new AbortController();
  const { signal } = stopping;
  let completed: EndEvent | undefined;
  // RedBoot asks once and does not repeat it: the server must be there first.
  const server = await serveForConsole(host, {
    images: scriptImages(script, [goal.image, ...goal.further ?? []]),
    address: own,
    port: goal.listenPort,
    onEvent(event) {
      if (event.event === "completed") completed = event;
      goal.onEvent(event);
    },
  });
  signal.addEventListener("abort", () => server.close());

  const run = async (): Promise<EndEvent> => {
    const link = await catchOverTcp(host, { hostname: device, port }, {
      kind: consoleKind(LOADER, true),
      onEvent: goal.onEvent,
      signal,
    });
    const close = (): void => link.close();
    signal.addEventListener("abort", close);
    try {
      await runScript({
        loader: LOADER,
        link,
        mayWrite: (line) => ask(goal, line, link.ended),
        onCommand: (line, writesFlash) =>
          goal.onEvent({ event: "console-command", line, writesFlash }),
      }, deviceScript(script, device, own));
      if (completed !== undefined) return completed;
      throw new UnbrickError("peer-error", "The device has loaded nothing");
    } finally {
      link.close();
    }
  };
  return {
    giveUnder: () => {},
    stop: () => stopping.abort(),
    finished: run().catch((thrown): EndEvent | Promise<EndEvent> => {
      // Whoever stopped it waits for nothing more.
      if (signal.aborted) return new Promise(() => {});
      const { code, message, hint = "" } = toUnbrickError(thrown);
      return { event: "failed", code, message, hint };
    }),
  };
}

/** Asks the person about a line. Rejects with UnbrickError when the device goes away meanwhile. */
function ask(
  goal: RecoverGoal,
  line: string,
  ended: Promise<UnbrickError | undefined>,
): Promise<boolean> {
  return new Promise((resolve, reject) => {
    ended.then((error) =>
      reject(
        error ?? new UnbrickError("peer-error", "The device ended the connection", {
          hint: "Switch it off and on again to get its console back",
        }),
      )
    );
    goal.onQuestion?.({ kind: "flash-line", line, answer: resolve });
  });
}
