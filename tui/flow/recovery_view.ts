/**
 * The live screen of a recovery, as a model and two pure functions: events change the model, the
 * model is drawn for a size.
 *
 * @module
 */
import type { RecoveryEvent, RecoveryQuestion } from "../../lib/recovery/recovery.ts";
import { reasonsForSilence, type SilentActivity } from "../../lib/recovery/silence.ts";
import { formatWholeSeconds } from "../output/event_text.ts";
import { type LiveModel, reduceLive, startLive, viewLive } from "../output/live_model.ts";
import { describeProblem } from "../sentence.ts";
import { hangText, wrapText } from "../wrap_text.ts";
import {
  NO_OPENING,
  type OpeningModel,
  opensWith,
  reduceOpening,
  viewOpening,
} from "./opening_view.ts";

/** What the screen shows. */
export interface RecoveryModel {
  /** What is being done while nothing is heard. */
  readonly doing: SilentActivity;
  /** When it began, on the monotonic clock. */
  readonly since: number;
  /** Transfers. */
  readonly live: LiveModel;
  /** Where it listens and whom it asks, in words. */
  readonly activity: string;
  /** What happens before a router pulls. */
  readonly opening: OpeningModel;
  /** What only the person can decide, the oldest first. */
  readonly questions: readonly RecoveryQuestion[];
  /** What was asked for lately, newest last, each once. */
  readonly asked: readonly string[];
  /** The newest name that was asked for and not given. */
  readonly refusedName: string | undefined;
  /** Which devices ask for that name, in words. */
  readonly guess: string | undefined;
  /** Whether a transfer is complete. */
  readonly isSent: boolean;
  /** What stands in the way on this computer. */
  readonly obstacle: string | undefined;
  /** The last failure of a transfer. */
  readonly failure: string | undefined;
  /** State of the link, in words; undefined when there is none to watch. */
  readonly link: string | undefined;
}

/** How to draw. */
export interface RecoveryStyle {
  /** Cells in a line. */
  readonly columns: number;
  /** Lines. */
  readonly rows: number;
  /** Whether more than ASCII may be used. */
  readonly unicode: boolean;
  /** What to do with the router, one step each; shown until it answers. */
  readonly trigger: readonly string[];
  /** The question that waits for an answer; empty when none does. */
  readonly question: readonly string[];
  /** Lines about the router on the table, if there is one. */
  readonly bench: readonly string[];
  /** Keys that work, in words. */
  readonly keys: readonly string[];
}

/** Silence after which reasons are shown, in milliseconds. */
const SILENCE_MS = 20_000;

/** Requests that are shown. */
const MOST_ASKED = 3;

/** A model in which nothing has happened. */
export function startRecoveryModel(
  doing: SilentActivity,
  activity: string,
  now: number,
): RecoveryModel {
  return {
    doing,
    since: now,
    live: startLive(activity, now),
    activity,
    opening: NO_OPENING,
    questions: [],
    asked: [],
    refusedName: undefined,
    guess: undefined,
    isSent: false,
    obstacle: undefined,
    failure: undefined,
    link: undefined,
  };
}

/** The model after an event. */
export function reduceRecovery(
  model: RecoveryModel,
  event: RecoveryEvent,
  now: number,
): RecoveryModel {
  if (isOpeningEvent(event)) {
    const opening = reduceOpening(model.opening, event);
    const failure = event.event === "console-missed"
      ? `Missed: ${event.reason}. Switch the router off and on again`
      : event.event === "console-caught"
      ? undefined
      : model.failure;
    return { ...model, opening, failure };
  }
  const live = event.event === "waiting" ? model.live : reduceLive(model.live, event, now);
  switch (event.event) {
    case "request": {
      const peer = event.peer.split(":")[0];
      const verb = event.op === "RRQ" ? "asks for" : "wants to send";
      const what = `${peer} ${verb} "${event.name}"${event.served ? "" : " (not given)"}`;
      const asked = [...model.asked.filter((known) => known !== what), what].slice(-MOST_ASKED);
      const refusedName = event.op === "RRQ" && !event.served ? event.name : undefined;
      return { ...model, live, asked, refusedName };
    }
    case "waiting":
      return { ...model, obstacle: event.reason === "for-answer" ? undefined : event.message };
    case "listening":
      return { ...model, live, obstacle: undefined };
    case "started":
      return { ...model, live, failure: undefined, obstacle: undefined };
    case "completed":
      return { ...model, live, isSent: true };
    case "failed":
      return {
        ...model,
        live,
        failure: describeProblem(event),
      };
    default:
      return { ...model, live };
  }
}

/** Events before the first transfer, which have a model of their own. */
type OpeningEvent = Extract<RecoveryEvent, { readonly event: `${"bootp" | "console"}-${string}` }>;

function isOpeningEvent(event: RecoveryEvent): event is OpeningEvent {
  return event.event.startsWith("bootp-") || event.event.startsWith("console-");
}

/** The lines of the screen: none longer than it, not more than it holds. */
export function viewRecovery(
  model: RecoveryModel,
  now: number,
  style: RecoveryStyle,
): readonly string[] {
  const width = Math.min(style.columns, 90) - 1;
  const isMoving = model.live.transfers.length > 0;
  const transfer = isMoving
    ? ["", ...viewLive(model.live, now, { ...style, rows: Math.max(style.rows, 9) })]
    : [];
  const keys = ["", ...wrapText(style.keys.join(" | "), width)];
  const waiting = isMoving ? [] : describeWaiting(model, now, width);
  const opens = opensWith(model.opening);
  const todo = isMoving
    ? wrapText("It is being sent: leave power, cable and this window alone.", width)
    : style.question.length > 0
    ? style.question
    : opens !== undefined
    ? wrapText(opens, width)
    : model.isSent
    ? wrapText("It has all of the image: leave power and cable alone.", width)
    : style.trigger.flatMap((step, index) => hangText(step, `${index + 1}. `, width));
  const bench = style.bench.flatMap((line) => hangText(line, "  ", width));
  // What is left out first on a small screen stands last.
  const sections: readonly (readonly string[])[] = [
    todo,
    bench.length === 0 ? [] : ["", ...bench],
    waiting,
    transfer,
    keys,
  ];
  const room = style.rows - 1;
  const kept = [...sections];
  for (const index of style.question.length > 0 ? [2, 1] : [2, 0, 1]) {
    const excess = kept.reduce((sum, part) => sum + part.length, 0) - room;
    if (excess <= 0) break;
    kept[index] = kept[index]!.slice(
      0,
      Math.max(index === 2 ? 2 : 0, kept[index]!.length - excess),
    );
  }
  return kept.flat().slice(0, room);
}

function describeWaiting(model: RecoveryModel, now: number, width: number): readonly string[] {
  const elapsed = now - model.since;
  const activity = model.opening.isCaught ? "On its console" : model.activity;
  const lines = [""];
  if (!model.isSent) lines.push(...wrapText(`${activity}: ${formatWholeSeconds(elapsed)}`, width));
  if (model.link !== undefined) lines.push(`Link: ${model.link}`);
  lines.push(...viewOpening(model.opening, width));
  if (model.obstacle !== undefined) lines.push(...hangText(model.obstacle, "! ", width));
  for (const what of model.asked) lines.push(...hangText(what, "> ", width));
  if (model.refusedName !== undefined) {
    lines.push(
      ...hangText(`Press g to give it this image as "${model.refusedName}".`, "  ", width),
    );
    if (model.guess !== undefined) lines.push(...hangText(model.guess, "  ", width));
  }
  if (model.failure !== undefined) lines.push(...hangText(model.failure, "! ", width));
  const { heard, printed } = model.opening;
  const isSilent = model.asked.length === 0 && heard.length === 0 && printed === undefined &&
    model.failure === undefined;
  if (isSilent && elapsed >= SILENCE_MS) {
    lines.push(...wrapText("Nothing heard yet. The usual reasons, the likeliest first:", width));
    reasonsForSilence(model.doing).forEach((reason, index) =>
      lines.push(...hangText(reason, `  ${index + 1}. `, width))
    );
  }
  return lines;
}
