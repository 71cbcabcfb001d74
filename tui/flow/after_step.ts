/**
 * Seventh step: the silence after the last block, until the device answers again.
 *
 * @module
 */
import { pingProbe, type Sighting, watchForReturn } from "../../lib/recovery/aftermath.ts";
import type { RecoveryPlan } from "../../lib/recovery/plan.ts";
import { formatWholeSeconds } from "../output/event_text.ts";
import { BACK } from "../ui.ts";
import { describeProblem } from "../sentence.ts";
import { wrapText } from "../wrap_text.ts";
import type { FlowContext, FlowState, LateVerdict, Step, StepResult } from "./flow.ts";

/** Where a freshly flashed system answers, mostly. */
const FIRST_LOGIN = "192.168.1.1";

/** Time the system must go on answering before it counts as back, in milliseconds. */
const STEADY_MS = 2000;

/** Waits for the device. */
export const afterStep: Step = async (context, state): Promise<StepResult> => {
  const { ui, host, log, signal } = context;
  const { plan, end, bench, verdict } = state;
  if (plan === undefined) throw new TypeError("a step was left out");
  if (end === undefined) return { go: "skip", state };
  ui.heading(plan.startsAtOnce ? "7 of 8: the router starts" : "7 of 8: the router is writing");
  const addresses = [...new Set([hostOf(end.peer), ...plan.device, FIRST_LOGIN])]
    .slice(0, bench === undefined ? 3 : 1);
  const since = host.now();
  const watching = new AbortController();
  const stop = (): void => watching.abort();
  signal.addEventListener("abort", stop);
  /** Who answers now. */
  const answering = new Map<string, Sighting>();
  /** Who has been silent: what never was has not restarted, whatever it answers. */
  const wasSilent = new Set<string>();
  const best = (): Sighting | undefined => {
    const all = [...answering.values()];
    return all.find(({ running }) => running === "system") ?? all[0];
  };
  /** The same for a person who does not wait: nothing is promised that was not seen. */
  const soFar = (): Sighting | undefined => {
    const seen = best();
    return seen?.running === "system" && !wasSilent.has(seen.address)
      ? { ...seen, running: "unknown" }
      : seen;
  };
  let finish: (sighting: Sighting | undefined) => void = () => {};
  const finished = new Promise<Sighting | undefined>((resolve) => finish = resolve);
  let cancelSteady = (): void => {};
  const probe = bench?.probe ?? pingProbe(host);
  watchForReturn(host, probe, addresses, (seen) => {
    log.add({ event: "ping", address: seen.address, running: seen.running ?? null });
    if (seen.running === undefined) {
      answering.delete(seen.address);
      wasSilent.add(seen.address);
    } else {
      answering.set(seen.address, seen);
    }
    if (seen.running !== "system" || !wasSilent.has(seen.address)) return;
    cancelSteady();
    cancelSteady = host.startTimer(STEADY_MS, () => {
      if (answering.get(seen.address) === seen) finish(seen);
    });
  }, watching.signal).catch(() => {});
  try {
    const answered = await ui.live({
      id: "after",
      view: ({ columns }) => {
        const width = Math.min(columns, 90) - 1;
        const elapsed = host.now() - since;
        return [
          ...wrapText(
            plan.startsAtOnce
              ? "The image has arrived. The router now starts it, without a sign."
              : "The image has arrived. The router now checks and writes it, without a sign.",
            width,
          ),
          ...(elapsed > plan.flashSeconds * 1000
            ? []
            : ["DO NOT cut its power. Do not pull cables."]),
          "",
          ...(bench?.lines() ?? []).flatMap((line) => wrapText(line, width)),
          ...wrapText(describeTime(elapsed, plan), width),
          ...describeVerdict(verdict, width),
          ...wrapText(describeSighting(best(), addresses, wasSilent), width),
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
        { key: "n", label: "do not wait", press: () => finish(soFar()) },
      ],
      // There is nothing to go back to: the image is in the router.
      canGoBack: () => false,
      finished,
    });
    const seen = answered === BACK ? soFar() : answered;
    if (verdict?.current !== undefined) ui.show(`\n${describeProblem(verdict.current)}`);
    showNext(context, state, seen);
    return { go: "skip", state: { ...state, ...(seen === undefined ? {} : { sighting: seen }) } };
  } finally {
    cancelSteady();
    verdict?.stop();
    stop();
    signal.removeEventListener("abort", stop);
  }
};

/** What the router has said of the image, if anything. */
function describeVerdict(verdict: LateVerdict | undefined, width: number): readonly string[] {
  const said = verdict?.current;
  if (said === undefined) return [];
  return wrapText(said.good ? said.message : describeProblem(said), width);
}

function describeTime(elapsedMs: number, { flashSeconds, isRamOnly }: RecoveryPlan): string {
  const elapsed = formatWholeSeconds(elapsedMs);
  if (elapsedMs > flashSeconds * 1000) {
    return isRamOnly
      ? `${elapsed} so far: longer than most take to start from memory.`
      : `${elapsed} so far: longer than any known router takes. ` +
        "It is safe to switch it off and on once now.";
  }
  const usual = flashSeconds < 60
    ? "This takes some seconds."
    : isRamOnly
    ? "Most start within a minute."
    : `Most take 1 to 3 minutes, some up to ${Math.round(flashSeconds / 60)}.`;
  return `${elapsed} so far. ${usual}`;
}

/** "192.168.0.2" of "192.168.0.2:2439". */
function hostOf(peer: string): string {
  return peer.split(":")[0] ?? peer;
}

function describeSighting(
  sighting: Sighting | undefined,
  addresses: readonly string[],
  wasSilent: ReadonlySet<string>,
): string {
  switch (sighting?.running) {
    case undefined:
      return `No answer to ping yet (${addresses.join(", ")}); many routers never answer.`;
    case "system":
      return wasSilent.has(sighting?.address ?? "")
        ? `${sighting?.address} answers like a running system.`
        : `${sighting?.address} still answers: it has not restarted yet.`;
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
    ui.show(
      `\nThe router is back: ${seen.address} answers.` +
        (plan?.isRamOnly === true ? "" : " Once its power light is steady, power can be cut."),
    );
  } else {
    // What runs from memory only would be gone with the power.
    ui.show(
      plan?.isRamOnly === true
        ? "\nThe router has not shown itself yet. Give it two minutes; its new system may answer " +
          "at another port or address."
        : "\nThe router has not shown itself yet. Leave it on for five minutes in all; " +
          "then switch it off and on once.",
    );
  }
  if (plan?.powerCycleByHand === true) {
    ui.show("This model does not restart by itself: switch it off and on when it is done.");
  }
  if (plan?.isRamOnly === true) {
    ui.show(
      "What runs now is in memory only: log in and install the sysupgrade image, " +
        "before the power goes, and before this computer is put back as it was.",
    );
  }
  for (const line of plan?.after ?? []) ui.show(`  - ${line}`);
  if (seen?.running === "system" && bench === undefined) {
    ui.show(`First login: http://${seen.address}/ (OpenWrt: user root, no password).`);
  }
}
