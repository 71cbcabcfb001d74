/**
 * The live screen of a recovery, as a model and two pure functions: events change the model, the
 * model is drawn for a size.
 *
 * @module
 */
import { reasonsForSilence } from "../../lib/recovery/silence.ts";
import type { TransferEvent } from "../../lib/tftp/events.ts";
import { formatWholeSeconds } from "../output/event_text.ts";
import { type LiveModel, reduceLive, startLive, viewLive } from "../output/live_model.ts";
import { describeProblem } from "../sentence.ts";
import { hangText, wrapText } from "../wrap_text.ts";

/** What the screen shows. */
export interface RecoveryModel {
  /** What is being done: serving, pushing or both. */
  readonly direction: "pulls" | "listens" | "either";
  /** When it began, on the monotonic clock. */
  readonly since: number;
  /** Transfers. */
  readonly live: LiveModel;
  /** Where it listens and whom it asks, in words. */
  readonly activity: string;
  /** What was asked for lately, newest last, each once. */
  readonly asked: readonly string[];
  /** The newest name that was asked for and not given. */
  readonly refusedName: string | undefined;
  /** Which devices ask for that name, in words. */
  readonly guess: string | undefined;
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
  direction: RecoveryModel["direction"],
  activity: string,
  now: number,
): RecoveryModel {
  return {
    direction,
    since: now,
    live: startLive(activity, now),
    activity,
    asked: [],
    refusedName: undefined,
    guess: undefined,
    obstacle: undefined,
    failure: undefined,
    link: undefined,
  };
}

/** The model after an event. */
export function reduceRecovery(
  model: RecoveryModel,
  event: TransferEvent,
  now: number,
): RecoveryModel {
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
  const todo = isMoving
    ? wrapText("It is being sent: leave power, cable and this window alone.", width)
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
  for (const index of [2, 0, 1]) {
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
  const lines = ["", ...wrapText(`${model.activity}: ${formatWholeSeconds(elapsed)}`, width)];
  if (model.link !== undefined) lines.push(`Link: ${model.link}`);
  if (model.obstacle !== undefined) lines.push(...hangText(model.obstacle, "! ", width));
  for (const what of model.asked) lines.push(...hangText(what, "> ", width));
  if (model.refusedName !== undefined) {
    lines.push(
      ...hangText(`Press g to give it this image as "${model.refusedName}".`, "  ", width),
    );
    if (model.guess !== undefined) lines.push(...hangText(model.guess, "  ", width));
  }
  if (model.failure !== undefined) lines.push(...hangText(model.failure, "! ", width));
  const isSilent = model.asked.length === 0 && model.failure === undefined;
  if (isSilent && elapsed >= SILENCE_MS) {
    const activity = model.direction === "listens" ? "push" : "serve";
    lines.push(...wrapText("Nothing heard yet. The usual reasons, the likeliest first:", width));
    reasonsForSilence(activity).forEach((reason, index) =>
      lines.push(...hangText(reason, `  ${index + 1}. `, width))
    );
  }
  return lines;
}
