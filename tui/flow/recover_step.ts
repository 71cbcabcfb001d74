/**
 * Fifth and sixth step: everything is switched on before the person touches the router; then the
 * transfer.
 *
 * @module
 */
import { guessFromRequest } from "../../lib/device/guess.ts";
import type { Catalogue } from "../../lib/device/types.ts";
import { toUnbrickError } from "../../lib/errors.ts";
import { listInterfaces } from "../../lib/net/list_interfaces.ts";
import type { EndEvent } from "../../lib/recovery/client_run.ts";
import type { RecoveryPlan } from "../../lib/recovery/plan.ts";
import { loadMacVendors } from "../../lib/device/mac_vendors.ts";
import { startRecovery } from "../../lib/recovery/recover.ts";
import type { Recovery, RecoveryQuestion } from "../../lib/recovery/recovery.ts";
import type { SilentActivity } from "../../lib/recovery/silence.ts";
import { watchPeerPath } from "../../lib/net/watch_peer_path.ts";
import type { TransferEvent } from "../../lib/tftp/events.ts";
import { byteStringFromText } from "../../lib/tftp/name.ts";
import { TFTP_PORT } from "../../lib/tftp/packet.ts";
import { describeEvent } from "../output/event_text.ts";
import { describeProblem } from "../sentence.ts";
import { BACK, type LiveKey } from "../ui.ts";
import type { FlowContext, FlowState, LateVerdict, Step, StepResult } from "./flow.ts";
import { describeQuestion, questionKeys } from "./question_text.ts";
import { reduceRecovery, startRecoveryModel, viewRecovery } from "./recovery_view.ts";

/** Questions that wait for an answer. */
const MOST_QUESTIONS = 20;

/** Time between two looks at the link, in milliseconds. */
const LINK_MS = 2000;

/** Recovers. */
export const recoverStep: Step = async (context, state): Promise<StepResult> => {
  const { ui } = context;
  ui.heading("5 and 6 of 8: switch the router on");
  /** Clients that are the person's router, also when it is tried again. */
  const admitted = new Set<string>();
  let wroteFlash = state.wroteFlash === true;
  for (;;) {
    const verdict: LateVerdict = { current: undefined, stop: () => {} };
    const end = await recoverOnce(context, state, verdict, admitted, () => wroteFlash = true);
    if (end === BACK) return { go: "back" };
    if (end.event === "completed") return { go: "next", state: { ...state, end, verdict } };
    ui.show(`\n${describeProblem(end)}`);
    const answer = await ui.select({
      id: "failed",
      message: "And now?",
      choices: [
        { label: "Try again", value: "again" },
        { label: "Go back and change something", value: "back" },
        { label: "Give up for now", value: "leave" },
      ],
    });
    if (answer === BACK || answer === "back") return { go: "back" };
    if (answer === "leave") {
      context.log.add({ event: "end", result: "given up" });
      return { go: "next", state: { ...state, wroteFlash } };
    }
  }
};

async function recoverOnce(
  context: FlowContext,
  state: FlowState,
  verdict: LateVerdict,
  admitted: Set<string>,
  willWrite: () => void,
): Promise<EndEvent | typeof BACK> {
  const { ui, log } = context;
  const { plan, image, bench, target } = state;
  const host = bench?.ours(context.host) ?? context.host;
  if (plan === undefined || image === undefined) throw new TypeError("a step was left out");
  const catalogue = bench === undefined ? await context.catalogue() : undefined;
  const makerOf = await loadMacVendors();
  let model = startRecoveryModel(doingOf(plan), activityOf(plan), host.now());
  let recovery: Recovery;
  try {
    recovery = await startRecovery(host, {
      plan,
      image,
      further: state.further ?? [],
      interfaceName: bench?.interface.name ?? target?.name,
      ...(bench === undefined ? {} : { listInterfaces: () => Promise.resolve([bench.interface]) }),
      listenPort: context.listenPort,
      devicePort: bench?.devicePort ?? TFTP_PORT,
      // The practice router is no neighbour: nothing has to be found.
      ...(bench === undefined
        ? { watchPath: (hostname) => watchPeerPath(host, hostname, "0.0.0.0") }
        : {}),
      onEvent(event) {
        log.add(event);
        if (event.event === "listening") bench?.connect(event.port);
        if (event.event === "verdict") verdict.current = event;
        const isNews = event.event === "request" && !event.served &&
          event.name !== model.refusedName;
        model = reduceRecovery(model, event, host.now());
        if (isNews && catalogue !== undefined) {
          model = { ...model, guess: describeGuess(catalogue, event) };
        }
      },
      onQuestion(question) {
        if (question.kind === "client" && admitted.has(nameOf(question))) {
          return question.answer(true);
        }
        // Nobody has so many routers on a cable: that is something gone mad.
        if (model.questions.length >= MOST_QUESTIONS) return;
        model = { ...model, questions: [...model.questions, question] };
      },
    });
  } catch (thrown) {
    const { code, message, hint = "" } = toUnbrickError(thrown);
    return { event: "failed", code, message, hint };
  }
  const stopLink = bench === undefined
    ? watchLink(context, state, (link) => model = { ...model, link })
    : () => {};

  const isMoving = (): boolean => model.live.transfers.length > 0;
  const isWriting = (): boolean =>
    model.opening.typed?.writesFlash === true && model.questions.length === 0;
  function settle(question: RecoveryQuestion, yes: boolean): void {
    if (yes && question.kind === "client") admitted.add(nameOf(question));
    if (yes && question.kind === "flash-line") willWrite();
    model = {
      ...model,
      questions: model.questions.filter((other) =>
        other !== question && !(yes && isSameClient(question, other))
      ),
    };
    log.add({ event: "answer", about: nameOf(question), yes });
    question.answer(yes);
  }
  function keys(): readonly LiveKey[] {
    const { refusedName } = model;
    const give: LiveKey = {
      key: "g",
      label: "give it this image",
      press() {
        recovery.giveUnder(refusedName ?? "");
        model = { ...model, refusedName: undefined };
      },
    };
    const [question] = model.questions;
    return [
      ...(question === undefined ? [] : questionKeys(question, (yes) => settle(question, yes))),
      ...(refusedName === undefined ? [] : [give]),
      ...bench?.keys() ?? [],
    ];
  }
  /** Whether the router may still say something, which the next step listens for. */
  let staysOpen = false;
  try {
    const end = await ui.live({
      id: "recover",
      view: (size) =>
        viewRecovery(model, host.now(), {
          ...size,
          unicode: ui.unicode,
          trigger: plan.trigger,
          question: model.questions.slice(0, 1).flatMap((question) =>
            describeQuestion(question, model.questions.length - 1, makerOf, widthOf(size.columns))
          ),
          bench: bench?.lines() ?? [],
          keys: [
            ...keys().map(({ key, label }) => `${key}: ${label}`),
            isMoving() || isWriting() ? "Ctrl-C: stop" : "Esc: back",
          ],
        }),
      keys,
      // A slip of the finger must not end a transfer, nor the writing of the flash.
      canGoBack: () => !isMoving() && !isWriting(),
      finished: recovery.finished,
    });
    // The last block may be repeated; a server that stays would let the device loop.
    if (end !== BACK && end.event === "completed") {
      ui.show(describeEvent(end) ?? "");
      await settleDown(context);
      staysOpen = plan.givesVerdict;
    }
    return end;
  } finally {
    stopLink();
    if (staysOpen) verdict.stop = () => recovery.stop();
    else recovery.stop();
  }
}

/** Which devices ask like that; undefined when none is known. */
function describeGuess(
  catalogue: Catalogue,
  request: Extract<TransferEvent, { event: "request" }>,
): string | undefined {
  const address = request.peer.split(":")[0];
  const guesses = guessFromRequest(catalogue, {
    filename: byteStringFromText(request.name),
    options: request.options,
    ...(address === undefined ? {} : { address }),
  });
  if (guesses.length === 0) return undefined;
  const names = guesses.slice(0, MOST_GUESSES)
    .map(({ entry }) => `${entry.vendor} ${entry.model}`).join(", ");
  const more = guesses.length - MOST_GUESSES;
  return `Known to ask so: ${names}${more > 0 ? ` and ${more} more` : ""}.`;
}

/** Most devices that are named for a request. */
const MOST_GUESSES = 3;

/** Time for a peer that did not hear the end of the transfer, in milliseconds. */
const SETTLE_MS = 1000;

function settleDown({ host }: FlowContext): Promise<void> {
  return new Promise((resolve) => void host.startTimer(SETTLE_MS, resolve));
}

/** What a question is about, in the log and when it comes again. */
function nameOf(question: RecoveryQuestion): string {
  return question.kind === "client"
    ? `${question.client.mac} ${question.client.protocol}`
    : question.line;
}

/** Whether two questions are about one client: a yes to one protocol makes the other needless. */
function isSameClient(one: RecoveryQuestion, other: RecoveryQuestion): boolean {
  return one.kind === "client" && other.kind === "client" && one.client.mac === other.client.mac;
}

/** Cells in a line of text. */
function widthOf(columns: number): number {
  return Math.min(columns, 90) - 1;
}

function doingOf({ direction, opening }: RecoveryPlan): SilentActivity {
  switch (opening.kind) {
    case "address":
      return "bootp";
    case "console":
      return "console";
    case "none":
      return direction === "listens" ? "push" : "serve";
  }
}

function activityOf(plan: RecoveryPlan): string {
  switch (plan.opening.kind) {
    case "address":
      return "Waiting for the router to ask for an address";
    case "console":
      return `Knocking at ${plan.device.join(" and ")}, ten times a second`;
    case "none":
      break;
  }
  switch (plan.direction) {
    case "pulls":
      return "Waiting for the router to ask";
    case "listens":
      return `Asking ${plan.device.join(" and ")} five times a second`;
    case "either":
      return `Waiting for requests, and asking ${plan.device.join(" and ")}`;
  }
}

/** Looks at the link now and then; the returned function ends it. */
function watchLink(
  { host }: FlowContext,
  { target }: FlowState,
  report: (link: string) => void,
): () => void {
  let ended = false;
  let cancel = (): void => {};
  async function look(): Promise<void> {
    const interfaces = await listInterfaces(host).catch(() => []);
    if (ended) return;
    const now = interfaces.find(({ name }) => name === target?.name);
    const addresses = now?.addresses.map(({ address }) => address).join(" ") ?? "";
    report(
      now === undefined
        ? "the network socket is gone"
        : `${now.link === "up" ? "up" : "down"}, ${addresses === "" ? "no address" : addresses}`,
    );
    cancel = host.startTimer(LINK_MS, () => void look());
  }
  void look();
  return () => {
    ended = true;
    cancel();
  };
}
