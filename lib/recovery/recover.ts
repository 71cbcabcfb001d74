/**
 * The transfer itself, whichever way: serving, pushing, or both at once when nobody knows which;
 * after an address was given, or commands were typed, where a device needs that first.
 *
 * @module
 */
import { UnbrickError } from "../errors.ts";
import type { Host } from "../host/host.ts";
import { formatIpv4 } from "../net/ipv4.ts";
import type { TransferEvent } from "../tftp/events.ts";
import { byteStringFromText } from "../tftp/name.ts";
import { askedNames } from "./asked_names.ts";
import type { BootpHost } from "./bootp.ts";
import { type EndEvent, push } from "./client_run.ts";
import { type ConsoleRecoveryHost, startConsoleRecovery } from "./console_recovery.ts";
import { startNetbootRecovery } from "./netboot_recovery.ts";
import type { RecoveryPlan } from "./plan.ts";
import type { RecoverGoal, Recovery } from "./recovery.ts";
import { GIVE_UP_MS, MAX_TRANSFERS, serve } from "./serve.ts";

/** Numbers of pushes, beyond those of a server. */
const PUSH_IDS = 1_000_000;

/** The slice of the host that a recovery needs. */
export type RecoverHost = BootpHost & ConsoleRecoveryHost;

/**
 * Starts. Rejects with UnbrickError when a port cannot be opened.
 *
 * A server goes on after a failed transfer, because devices ask again; a push that failed is over.
 */
export async function startRecovery(host: RecoverHost, goal: RecoverGoal): Promise<Recovery> {
  const { opening } = goal.plan;
  switch (opening.kind) {
    case "address":
      return startNetbootRecovery(host, goal, opening);
    case "console":
      return await startConsoleRecovery(host, goal, opening);
    case "none":
      return await startTransfer(host, goal);
  }
}

async function startTransfer(host: RecoverHost, goal: RecoverGoal): Promise<Recovery> {
  const { plan, image, onEvent, watchPath } = goal;
  const stopping = new AbortController();
  const names = askedNames(image, plan.names);
  let settle: (end: EndEvent) => void = () => {};
  const finished = new Promise<EndEvent>((resolve) => settle = resolve);

  if (plan.direction !== "listens") {
    const server = await serve(host, {
      files: names.policy,
      listen: { addresses: listenAddressesFor(host, plan), interfaceName: undefined },
      port: goal.listenPort,
      allowed: undefined,
      singlePort: false,
      offerOptions: true,
      maxTransfers: MAX_TRANSFERS,
      once: true,
      giveUpMs: GIVE_UP_MS,
      rollover: 0,
      onEvent(event) {
        onEvent(event);
        if (event.event === "completed") settle(event);
      },
    });
    stopping.signal.addEventListener("abort", () => server.close());
  }
  if (plan.direction !== "pulls") {
    const ends = plan.device.map(async (hostname, index) => {
      // Several clients at once would all call their transfer the first.
      const tell = (event: TransferEvent): void => onEvent(renumbered(event, PUSH_IDS + index));
      const end = await push(host, {
        hostname,
        port: goal.devicePort,
        localAddress: "0.0.0.0",
        remoteName: plan.names[0] ?? byteStringFromText(image.name),
        blksize: undefined,
        windowsize: undefined,
        intervalMs: undefined,
        waitMs: undefined,
        giveUpMs: GIVE_UP_MS,
        image,
        rollover: 0,
        awaitsVerdict: plan.givesVerdict,
        // A broadcast would reach the device at whichever address: it must come from its own push.
        ...(watchPath === undefined || plan.device.length > 1
          ? {}
          : { watchPath: () => watchPath(hostname) }),
        onEvent: tell,
        signal: stopping.signal,
      });
      if (stopping.signal.aborted) return;
      tell(end);
      settle(end);
    });
    Promise.all(ends).catch(() => {});
  }
  if (plan.direction === "listens" && plan.device.length === 0) {
    throw new UnbrickError("usage", "The address of the device is not known");
  }
  return {
    giveUnder: (shownName) => names.allow(shownName),
    stop: () => stopping.abort(),
    finished,
  };
}

function renumbered(event: TransferEvent, id: number): TransferEvent {
  return "transfer" in event && event.transfer !== undefined ? { ...event, transfer: id } : event;
}

/**
 * The planned addresses if this computer has them all, else every address: an address may come
 * later, and a wildcard socket does not need it yet.
 */
function listenAddressesFor(
  host: Pick<Host, "addresses">,
  plan: RecoveryPlan,
): readonly string[] {
  const wanted = plan.computer.map(({ address }) => formatIpv4(address));
  const present = new Set(host.addresses().map(({ address }) => address));
  return wanted.every((address) => present.has(address)) ? wanted : [];
}
