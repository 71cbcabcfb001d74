/**
 * The recovery of a device that asks for an address first: BOOTP and DHCP with the TFTP server, and a
 * person who says which client is the router.
 *
 * @module
 */
import type { BootpClient } from "../bootp/client_class.ts";
import { toUnbrickError, UnbrickError } from "../errors.ts";
import type { TransferEvent } from "../tftp/events.ts";
import { displayByteString } from "../tftp/name.ts";
import { type BootpHost, startBootp } from "./bootp.ts";
import type { EndEvent } from "./client_run.ts";
import type { Opening } from "./plan.ts";
import type { RecoverGoal, Recovery } from "./recovery.ts";
import { GIVE_UP_MS, MAX_TRANSFERS } from "./serve.ts";

/** Requests by the doubtful protocol after which a device probably never speaks the other one. */
const DOUBTFUL_REQUESTS = 3;

/**
 * Starts. What goes wrong at the start, such as another DHCP server, settles {@link
 * Recovery.finished}, because looking for one takes seconds.
 */
export function startNetbootRecovery(
  host: BootpHost,
  goal: RecoverGoal,
  opening: Extract<Opening, { kind: "address" }>,
): Recovery {
  const stopping = new AbortController();
  let completed: EndEvent | undefined;
  const run = async (): Promise<EndEvent> => {
    const { interfaceName, listInterfaces } = goal;
    if (interfaceName === undefined) throw new TypeError("netbooting needs an interface");
    const [own] = goal.plan.computer;
    const { finished } = await startBootp(host, {
      wish: {
        interfaceName,
        ...(own === undefined ? {} : { address: own.address }),
        range: undefined,
        router: undefined,
        protocols: "both",
        macs: undefined,
        choices: [],
      },
      images: [goal.image],
      aliases: goal.plan.names.map(displayByteString),
      anyName: false,
      keep: false,
      // On a made-up interface there is nobody who could be disturbed, and nothing to look at.
      force: listInterfaces !== undefined,
      ...(listInterfaces === undefined ? {} : { listInterfaces }),
      tftp: {
        port: goal.listenPort,
        singlePort: false,
        offerOptions: true,
        maxTransfers: MAX_TRANSFERS,
        giveUpMs: GIVE_UP_MS,
        rollover: 0,
      },
      admit: admission(goal, opening.protocol),
      onEvent(event: TransferEvent) {
        if (event.event === "completed" && event.name === goal.image.name) completed = event;
        goal.onEvent(event);
      },
      onBootp: goal.onEvent,
      signal: stopping.signal,
    });
    await finished;
    if (completed !== undefined) return completed;
    throw new UnbrickError("interrupted", "Stopped");
  };
  return {
    giveUnder: () => {},
    stop: () => stopping.abort(),
    finished: run().catch((thrown): EndEvent | Promise<EndEvent> => {
      // Whoever stopped it waits for nothing more.
      if (stopping.signal.aborted) return new Promise(() => {});
      const { code, message, hint = "" } = toUnbrickError(thrown);
      return { event: "failed", code, message, hint };
    }),
  };
}

/** Asks the person once about every client, and until the answer comes it gets none. */
function admission(
  goal: RecoverGoal,
  protocol: "bootp" | "dhcp" | undefined,
): (client: BootpClient) => boolean {
  const decided = new Map<string, boolean>();
  const doubtful = new Map<string, number>();
  return (client) => {
    const key = `${client.mac} ${client.protocol}`;
    const known = decided.get(key);
    if (known !== undefined) return known;
    const isDoubtful = protocol !== undefined && client.protocol.toLowerCase() !== protocol;
    if (isDoubtful) {
      const count = (doubtful.get(client.mac) ?? 0) + 1;
      doubtful.set(client.mac, count);
      if (count < DOUBTFUL_REQUESTS) return false;
    }
    decided.set(key, false);
    const answer = (yes: boolean): void => void decided.set(key, yes);
    goal.onQuestion?.({ kind: "client", client, isDoubtful, answer });
    return decided.get(key) === true;
  };
}
