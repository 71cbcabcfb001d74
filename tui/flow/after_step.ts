/**
 * Seventh step: the silence after the last block, until the device answers again.
 *
 * @module
 */
import { pingProbe, type Sighting, watchForReturn } from "../../lib/recovery/aftermath.ts";
import { formatWholeSeconds } from "../output/event_text.ts";
import { BACK } from "../ui.ts";
import { wrapText } from "../wrap_text.ts";
import type { FlowContext, FlowState, Step, StepResult } from "./flow.ts";

/** Where a freshly flashed system answers, mostly. */
const FIRST_LOGIN = "192.168.1.1";

/** Time the system must go on answering before it counts as back, in milliseconds. */
const STEADY_MS = 2000;

/** Waits for the device. */
export const afterStep: Step = async (context, state): Promise<StepResult> => {
  const { ui, host, log, signal } = context;
  const { plan, end, bench } = state;
  if (plan === undefined) throw new TypeError("a step was left out");
  if (end === undefined) return { go: "skip", state };
  ui.heading("7 of 8: the router is writing");
  const addresses = [...new Set([hostOf(end.peer), ...plan.device, FIRST_LOGIN])]
    .slice(0, bench === undefined ? 3 : 1);
  const since = host.now();
  const watching = new AbortController();
  const stop = (): void => watching.abort();
  signal.addEventListener("abort", stop);
  let sighting: Sighting | undefined;
  let finish: (sighting: Sighting | undefined) => void = () => {};
  const finished = new Promise<Sighting | undefined>((resolve) => finish = resolve);
  let cancelSteady = (): void => {};
  const probe = bench?.probe ?? pingProbe(host);
  watchForReturn(host, probe, addresses, (seen) => {
    log.add({ event: "ping", address: seen.address, running: seen.running ?? null });
    cancelSteady();
    sighting = seen.running === undefined ? undefined : seen;
    if (seen.running === "system") {
      cancelSteady = host.startTimer(STEADY_MS, () => finish(seen));
    }
  }, watching.signal).catch(() => {});
  try {
    const answered = await ui.live({
      id: "after",
      view: ({ columns }) => {
        const width = Math.min(columns, 90) - 1;
        const elapsed = host.now() - since;
        return [
          ...wrapText(
            "The image has arrived. The router now checks and writes it, without a sign.",
            width,
          ),
          "DO NOT cut its power. Do not pull cables.",
          "",
          ...(bench?.lines() ?? []).flatMap((line) => wrapText(line, width)),
          ...wrapText(describeTime(elapsed, plan.flashSeconds), width),
          ...wrapText(describeSighting(sighting, addresses), width),
          "",
          ...wrapText(
            [...bench?.keys().map(({ key, label }) => `${key}: ${label}`) ?? [], "n: do not wait"]
              .join(" | "),
            width,
          ),
        ];
      },
      keys: () => [
        ...bench?.keys() ?? [],
        { key: "n", label: "do not wait", press: () => finish(sighting) },
      ],
      // There is nothing to go back to: the image is in the router.
      canGoBack: () => false,
      finished,
    });
    const seen = answered === BACK ? sighting : answered;
    showNext(context, state, seen);
    return { go: "skip", state: { ...state, ...(seen === undefined ? {} : { sighting: seen }) } };
  } finally {
    cancelSteady();
    stop();
    signal.removeEventListener("abort", stop);
  }
};

function describeTime(elapsedMs: number, flashSeconds: number): string {
  const elapsed = formatWholeSeconds(elapsedMs);
  if (elapsedMs > flashSeconds * 1000) {
    return `${elapsed} so far: longer than any known router takes. ` +
      "It is safe to switch it off and on once now.";
  }
  const usual = flashSeconds < 60
    ? "This takes some seconds."
    : `Most take 1 to 3 minutes, some up to ${Math.round(flashSeconds / 60)}.`;
  return `${elapsed} so far. ${usual}`;
}

/** "192.168.0.2" of "192.168.0.2:2439". */
function hostOf(peer: string): string {
  return peer.split(":")[0] ?? peer;
}

function describeSighting(sighting: Sighting | undefined, addresses: readonly string[]): string {
  switch (sighting?.running) {
    case undefined:
      return `No answer to ping yet (${addresses.join(", ")}); many routers never answer.`;
    case "system":
      return `${sighting?.address} answers like a running system.`;
    case "bootloader":
      return `${sighting?.address} answers, but like a bootloader: it is not done yet.`;
    case "unknown":
      return `${sighting?.address} answers.`;
  }
}

function showNext(
  { ui }: FlowContext,
  { plan, bench }: FlowState,
  seen: Sighting | undefined,
): void {
  if (seen?.running === "system") {
    ui.show(`\nThe router is back: ${seen.address} answers. Power can be cut from now on.`);
  } else {
    ui.show(
      "\nThe router has not shown itself yet. Leave it on for five minutes in all; " +
        "then switch it off and on once.",
    );
  }
  if (plan?.powerCycleByHand === true) {
    ui.show("This model does not restart by itself: switch it off and on when it is done.");
  }
  if (plan?.isRamOnly === true) {
    ui.show(
      "What runs now is in memory only: log in and install the sysupgrade image, " +
        "before the power goes.",
    );
  }
  for (const line of plan?.after ?? []) ui.show(`  - ${line}`);
  if (seen?.running === "system" && bench === undefined) {
    ui.show(`First login: http://${seen.address}/ (OpenWrt: user root, no password).`);
  }
}
