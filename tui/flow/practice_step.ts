/**
 * The steps that only a rehearsal has: choosing a router and making an image.
 *
 * @module
 */
import type { Millis } from "../../lib/host/host.ts";
import { PRACTICE_KINDS, practicePlan } from "../../lib/simulator/practice_kinds.ts";
import { PRACTICE_INTERFACE } from "../../lib/simulator/practice_network.ts";
import {
  createPracticeRouter,
  type PracticeMood,
  type PracticeRouter,
} from "../../lib/simulator/practice_router.ts";
import { practiceImage } from "../../lib/simulator/practice_run.ts";
import type { Random } from "../../lib/simulator/random.ts";
import { formatBytes } from "../output/event_text.ts";
import { BACK } from "../ui.ts";
import { afterStep } from "./after_step.ts";
import { drawCabling } from "./cabling.ts";
import { showPlan } from "./device_step.ts";
import { endStep } from "./end_step.ts";
import type { Bench, FlowContext, FlowState, Step, StepResult } from "./flow.ts";
import { recoverStep } from "./recover_step.ts";

/** A router that somebody watches: quicker than life, slow enough to see. */
const WATCHED: Rehearsal = {
  bootMs: 1500,
  windowMs: 3000,
  flashMs: 5000,
  delayMs: 2,
  imageBytes: 700_001,
};

const MOODS: readonly { readonly label: string; readonly value: PracticeMood }[] = [
  { label: "Nothing: a friendly router", value: "friendly" },
  { label: "A bad cable: packets are lost", value: "lossy" },
  { label: "It asks for another file name than expected", value: "other-name" },
  { label: "It does not like the image", value: "refuses" },
  { label: "It restarts without a sign", value: "silent" },
];

/** How a rehearsal goes. */
export interface Rehearsal {
  /** Time from power-on to the bootloader. */
  readonly bootMs: Millis;
  /** Time that a bootloader with a window listens. */
  readonly windowMs: Millis;
  /** Time to write the flash. */
  readonly flashMs: Millis;
  /** Time of a packet. */
  readonly delayMs: Millis;
  /** Bytes of the image. */
  readonly imageBytes: number;
}

/** The steps of a rehearsal. */
export function practiceSteps(random: Random, rehearsal = WATCHED): readonly Step[] {
  return [
    (context, state) => routerStep(context, state, random, rehearsal),
    (context, state) => imageStep(context, state, random, rehearsal.imageBytes),
    tableStep,
    recoverStep,
    afterStep,
    endStep,
  ];
}

async function routerStep(
  { ui, host, log }: FlowContext,
  state: FlowState,
  random: Random,
  rehearsal: Rehearsal,
): Promise<StepResult> {
  state.bench?.close();
  ui.heading("1 of 8: your router (practice)");
  for (;;) {
    const kind = await ui.select({
      id: "practice-kind",
      message: "Which router?",
      choices: PRACTICE_KINDS.map((each) => ({ label: each.label, value: each })),
    });
    if (kind === BACK) return { go: "back" };
    const asksForName = kind.direction === "pulls" && kind.opening.kind === "none";
    const moods = MOODS.filter(({ value }) => value !== "other-name" || asksForName);
    const mood = await ui.select({
      id: "practice-mood",
      message: "What shall go wrong?",
      choices: moods,
    });
    if (mood === BACK) continue;
    const plan = practicePlan(kind, rehearsal.flashMs);
    showPlan(ui, plan);
    log.add({
      event: "device",
      title: plan.title,
      id: null,
      direction: plan.direction,
      computer: [],
      device: plan.device,
      names: [kind.filename],
    });
    const router = createPracticeRouter(host, { ...rehearsal, kind, mood, random });
    return { go: "next", state: { ...state, plan, bench: benchOf(router) } };
  }
}

function benchOf(router: PracticeRouter): Bench {
  return {
    devicePort: router.devicePort,
    ours: (host) => router.ours(host),
    interface: PRACTICE_INTERFACE,
    connect: (port) => router.connect(port),
    keys: () => [
      {
        key: "p",
        label: router.state === "off" ? "switch the router on" : "switch the router off",
        press: () => router.pressPower(),
      },
      {
        key: "r",
        label: router.isResetHeld ? "let reset go" : "hold reset",
        press: () => router.toggleReset(),
      },
    ],
    lines: () => [
      `Router: ${router.lights()}.${router.isResetHeld ? " Reset is held." : ""}`,
    ],
    probe: () => Promise.resolve(router.ping()),
    flashed: () => router.flashed(),
    close: () => router.close(),
  };
}

async function imageStep(
  { ui, log }: FlowContext,
  state: FlowState,
  random: Random,
  bytes: number,
): Promise<StepResult> {
  ui.heading("2 of 8: the image (practice)");
  const image = practiceImage(random, bytes);
  ui.show(
    `For practice an image is made on the spot: ${image.name}, ${
      formatBytes(image.bytes.length)
    }. ` +
      "With a real router you choose the file here; it is checked and its SHA-256 shown.",
  );
  log.add({
    event: "image",
    name: image.name,
    bytes: image.bytes.length,
    sha256: image.sha256,
    findings: [],
  });
  const go = await ui.confirm({ id: "practice-image", message: "Go on?", default: true });
  return go === true ? { go: "next", state: { ...state, image } } : { go: "back" };
}

const tableStep: Step = async ({ ui }, state) => {
  ui.heading("3 and 4 of 8: cable and computer (practice)");
  ui.showExactly(drawCabling("eth0", state.plan?.port ?? "", ui.size().columns));
  ui.show(
    "\nWith a real router you choose the network socket here, and get the exact commands that " +
      "give it its address, with those that undo them. For practice nothing has to be changed.",
  );
  const go = await ui.confirm({ id: "practice-table", message: "Go on?", default: true });
  return go === true ? { go: "next", state } : { go: "back" };
};
