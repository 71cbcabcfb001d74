/**
 * First step: which router it is, and what will happen.
 *
 * @module
 */
import { createDeviceSearch } from "../../lib/device/search.ts";
import type { Catalogue, Device, Family } from "../../lib/device/types.ts";
import { formatIpv4, parseIpv4 } from "../../lib/net/ipv4.ts";
import {
  describePlan,
  namesOfPlan,
  planForAnswers,
  planForEntry,
  planForNetboot,
  planForUnknown,
  type Planned,
  type RecoveryPlan,
} from "../../lib/recovery/plan.ts";
import { sentence } from "../sentence.ts";
import { BACK, type Back, type Ui } from "../ui.ts";
import type { FlowContext, FlowState, Step, StepResult } from "./flow.ts";

/** Routers that are offered for some words; a longer list is read by nobody. */
const MOST_FOUND = 15;

type Chosen = Back | "again" | "leave" | RecoveryPlan;

/** Asks for the router. */
export const deviceStep: Step = async (context, state): Promise<StepResult> => {
  const { ui } = context;
  ui.heading("1 of 8: your router");
  for (;;) {
    const chosen = await chooseOnce(ui, context.catalogue);
    if (chosen === "again") continue;
    if (chosen === BACK) return { go: "back" };
    if (chosen === "leave") return { go: "leave", exitCode: 0 };
    tell(context, chosen);
    return { go: "next", state: withPlan(state, chosen) };
  }
};

/** The catalogue is read after the first answer: the first question is there all the sooner. */
async function chooseOnce(ui: Ui, catalogue: () => Promise<Catalogue>): Promise<Chosen> {
  const way = await ui.select({
    id: "device",
    message: "Which router is it?",
    choices: [
      { label: "Find it by maker and model", value: "search" },
      { label: "It is not in the list", value: "unlisted" },
      { label: "I do not know which one it is", value: "unknown" },
    ],
  });
  switch (way) {
    case BACK:
      return BACK;
    case "search":
      return await search(ui, await catalogue());
    case "unlisted":
      return await unlisted(ui);
    default:
      return await confirmPlan(ui, planForUnknown(await catalogue()));
  }
}

/** Asks for words until one entry is chosen. Going back leads to the question before. */
async function search(ui: Ui, catalogue: Catalogue): Promise<Chosen> {
  const index = createDeviceSearch(catalogue);
  for (;;) {
    const words = await ui.input({
      id: "device-search",
      message: "Maker and model, as on its label",
      check: (text) =>
        index.find(text).length === 0
          ? "No router fits that. Try fewer words, or the address or file name it asks for"
          : text === ""
          ? "Type a part of the name, for example: archer c7"
          : undefined,
    });
    if (words === BACK) return "again";
    const entry = await chooseFound(ui, index.find(words).map((hit) => hit.entry));
    if (entry === BACK || entry === "again") continue;
    const planned = planForEntry(catalogue, entry);
    return planned.kind === "plan"
      ? await confirmPlan(ui, planned.plan)
      : await tellElsewhere(ui, planned);
  }
}

async function chooseFound(
  ui: Ui,
  found: readonly (Device | Family)[],
): Promise<Device | Family | "again" | Back> {
  const more = found.length - MOST_FOUND;
  if (more > 0) ui.show(`The ${MOST_FOUND} best of ${found.length}. Another word narrows it down.`);
  return await ui.select<Device | Family | "again">({
    id: "device-found",
    message: "Which of these is it?",
    choices: [
      ...found.slice(0, MOST_FOUND).map((entry) => ({ label: labelOf(entry), value: entry })),
      { label: "None of these: search again", value: "again" },
    ],
  });
}

function labelOf(entry: Device | Family): string {
  const aliases = entry.aliases.filter((alias) => !entry.model.includes(alias));
  const others = aliases.length === 0 ? "" : ` (${aliases.join(", ")})`;
  const scope = entry.kind === "family" ? ": other models" : "";
  return `${entry.vendor} ${entry.model}${scope}${others}`;
}

async function tellElsewhere(
  ui: Ui,
  planned: Extract<Planned, { kind: "elsewhere" }>,
): Promise<Chosen> {
  ui.show(`\n${planned.recipe.title}\nThis guide cannot recover it. ${sentence(planned.why)}`);
  ui.show("\nWhat does:");
  ui.showExactly(planned.instead.map((line) => `  ${line}`));
  for (const note of planned.recipe.notes) ui.item("Mind", sentence(note));
  const next = await ui.select({
    id: "device-elsewhere",
    message: "And now?",
    choices: [
      { label: "Choose another router", value: "again" as const },
      { label: "Leave", value: "leave" as const },
    ],
  });
  return next === BACK ? "again" : next;
}

/** The three things that matter. Going back leads to the question before. */
async function unlisted(ui: Ui): Promise<Chosen> {
  for (;;) {
    const direction = await ui.select({
      id: "unlisted-direction",
      message: "Who asks whom?",
      choices: [
        { label: "The router asks this computer (most)", value: "pulls" as const },
        { label: "The router listens for this computer", value: "listens" as const },
        { label: "It boots from the network (BOOTP, DHCP, PXE)", value: "netboots" as const },
      ],
    });
    if (direction === BACK) return "again";
    if (direction === "netboots") {
      const chosen = await confirmPlan(ui, planForNetboot());
      if (chosen === "again") continue;
      return chosen;
    }
    const plan = await unlistedAddress(ui, direction);
    if (plan !== BACK) return plan;
  }
}

async function unlistedAddress(ui: Ui, direction: "pulls" | "listens"): Promise<Chosen> {
  for (;;) {
    const address = await ui.input({
      id: "unlisted-address",
      message: direction === "pulls"
        ? "Which address does it ask?"
        : "At which address does it listen?",
      default: direction === "pulls" ? "192.168.1.254" : "192.168.1.1",
      check: (text) => parseIpv4(text) === undefined ? "Write it like 192.168.1.254" : undefined,
    });
    if (address === BACK) return BACK;
    const name = await ui.input({
      id: "unlisted-name",
      message: direction === "pulls"
        ? "For which file? (Enter: not known)"
        : "Under which name? (Enter: any)",
      default: "",
      check: (text) => text.length > 127 ? "That is longer than any router takes" : undefined,
    });
    if (name === BACK) continue;
    const chosen = await confirmPlan(ui, planForAnswers({ direction, address, name }));
    if (chosen !== "again") return chosen;
  }
}

async function confirmPlan(ui: Ui, plan: RecoveryPlan): Promise<Chosen> {
  showPlan(ui, plan);
  const answer = await ui.select({
    id: "device-confirm",
    message: "Is that it?",
    choices: [
      { label: "Yes, go on", value: true },
      { label: "No, choose again", value: false },
    ],
  });
  return answer === true ? plan : "again";
}

/** Shows what will happen, in five lines, and what can go wrong. */
export function showPlan(ui: Ui, plan: RecoveryPlan): void {
  ui.show(`\n${plan.title}. What will happen:`);
  for (const { label, text } of describePlan(plan)) {
    ui.item(label, text);
  }
  for (const trap of plan.traps) ui.item("Mind", sentence(trap));
}

/** What the log says of devices that need something before they pull. */
const WAYS = { address: "netboots", console: "console", none: undefined } as const;

/** Keeps the device in the log. */
function tell({ log }: FlowContext, plan: RecoveryPlan): void {
  log.add({
    event: "device",
    title: plan.title,
    id: plan.entry?.id ?? null,
    direction: WAYS[plan.opening.kind] ?? plan.direction,
    computer: plan.computer.map(({ address }) => formatIpv4(address)),
    device: plan.device,
    names: namesOfPlan(plan),
  });
}

function withPlan(state: FlowState, plan: RecoveryPlan): FlowState {
  return { ...state, plan, ...(plan.entry === undefined ? {} : { entry: plan.entry }) };
}
