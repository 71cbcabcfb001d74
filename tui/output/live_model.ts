/**
 * The live block at the bottom of the terminal, as a model and two pure functions: events change
 * the model, the model is drawn for a size.
 *
 * @module
 */
import type { TransferEvent } from "../../lib/tftp/events.ts";
import { formatBytes, formatRate, formatWholeSeconds } from "./event_text.ts";

/** A transfer on the screen. */
export interface LiveTransfer {
  /** Number of the transfer. */
  readonly id: number;
  /** Address and port of the peer. */
  readonly peer: string;
  /** Name of the file. */
  readonly name: string;
  /** Who sends. */
  readonly direction: "send" | "receive";
  /** Bytes done. */
  readonly bytes: number;
  /** Bytes in all, if known. */
  readonly total: number | null;
  /** Packets sent again. */
  readonly retransmissions: number;
  /** When it began, on the monotonic clock. */
  readonly startedAt: number;
  /** When it last moved. */
  readonly movedAt: number;
}

/** What the live block shows. */
export interface LiveModel {
  /** What is going on while nothing is transferred and nothing stands in the way. */
  readonly idle: string;
  /** What is going on while nothing is transferred. */
  readonly waitingFor: string;
  /** When the waiting began, on the monotonic clock. */
  readonly since: number;
  /** Transfers under way, oldest first. */
  readonly transfers: readonly LiveTransfer[];
  /** Transfers that are complete. */
  readonly completed: number;
}

/** How to draw. */
export interface LiveStyle {
  /** Cells in a line. */
  readonly columns: number;
  /** Lines of the terminal. */
  readonly rows: number;
  /** Whether block characters may be used. */
  readonly unicode: boolean;
}

/** A model in which nothing has happened. */
export function startLive(idle: string, now: number): LiveModel {
  return { idle, waitingFor: idle, since: now, transfers: [], completed: 0 };
}

/** The model after an event. */
export function reduceLive(model: LiveModel, event: TransferEvent, now: number): LiveModel {
  switch (event.event) {
    case "waiting":
      return { ...model, waitingFor: event.message };
    case "listening":
    case "request":
      return { ...model, waitingFor: model.idle };
    case "started": {
      const { transfer: id, peer, name, direction, bytes: total } = event;
      const started = { id, peer, name, direction, total, bytes: 0, retransmissions: 0 };
      const transfer: LiveTransfer = { ...started, startedAt: now, movedAt: now };
      return { ...model, transfers: [...model.transfers, transfer] };
    }
    case "progress": {
      const transfers = model.transfers.map((transfer) =>
        transfer.id !== event.transfer ? transfer : {
          ...transfer,
          bytes: event.bytes,
          total: event.total,
          retransmissions: event.retransmissions,
          movedAt: event.bytes > transfer.bytes ? now : transfer.movedAt,
        }
      );
      return { ...model, transfers };
    }
    case "retransmit": {
      const transfers = model.transfers.map((transfer) =>
        transfer.id !== event.transfer
          ? transfer
          : { ...transfer, retransmissions: transfer.retransmissions + 1 }
      );
      return { ...model, transfers };
    }
    case "completed":
    case "size-asked":
    case "failed": {
      const transfers = model.transfers.filter((transfer) => transfer.id !== event.transfer);
      const completed = model.completed + (event.event === "completed" ? 1 : 0);
      return { ...model, transfers, completed, since: now };
    }
    default:
      return model;
  }
}

/** Time without movement that is worth showing, in milliseconds. */
const STALL_MS = 3000;

/** The lines of the live block: none longer than the terminal, not more than a third of it. */
export function viewLive(model: LiveModel, now: number, style: LiveStyle): string[] {
  const most = Math.max(1, Math.floor(style.rows / 3));
  const lines: string[] = [];
  for (const transfer of model.transfers) lines.push(...viewTransfer(transfer, now, style));
  if (model.transfers.length === 0) {
    const done = model.completed === 0 ? "" : `, ${model.completed} complete`;
    const elapsed = formatWholeSeconds(now - model.since);
    const ending = `... ${elapsed}${done}`;
    const waiting = shorten(model.waitingFor, style.columns - 2 - ending.length);
    lines.push(fit([`${waiting} ${ending}`, "Ctrl-C ends"], style.columns - 1));
  }
  const shown = lines.length <= most
    ? lines
    : [...lines.slice(0, most - 1), `and ${model.transfers.length} transfers in all`];
  return shown.map((line) => line.slice(0, Math.max(1, style.columns - 1)));
}

function viewTransfer(transfer: LiveTransfer, now: number, style: LiveStyle): string[] {
  const seconds = (now - transfer.startedAt) / 1000;
  const total = transfer.total ?? 0;
  const share = total > 0 ? Math.min(1, transfer.bytes / total) : 0;
  const isStalled = now - transfer.movedAt >= STALL_MS;
  const isMoving = transfer.bytes > 0 && !isStalled;
  // The most important first: what does not fit is left out.
  const parts = [
    total > 0
      ? `${bar(share, style)}${Math.floor(share * 100)} % of ${formatBytes(total)}`
      : formatBytes(transfer.bytes),
    isStalled ? `no answer for ${formatWholeSeconds(now - transfer.movedAt)}` : "",
    isMoving ? formatRate(transfer.bytes, seconds) : "",
    isMoving && share > 0 && share < 1
      ? `${formatWholeSeconds(1000 * (seconds / share - seconds))} left`
      : "",
    transfer.retransmissions === 0 ? "" : `${transfer.retransmissions} repeated`,
  ];
  const peer = `${transfer.direction === "send" ? " to " : " from "}${transfer.peer}`;
  return [
    shorten(transfer.name, style.columns - 1 - peer.length) + peer,
    fit(parts.filter((part) => part !== ""), style.columns - 1),
  ];
}

/** Joins as many parts as fit, the first ones first. */
function fit(parts: readonly string[], width: number): string {
  let line = parts[0] ?? "";
  for (const part of parts.slice(1)) {
    if (line.length + 2 + part.length <= width) line += `, ${part}`;
  }
  return line;
}

/** Cuts the middle out of a long name: its beginning and its ending tell files apart. */
function shorten(name: string, width: number): string {
  if (name.length <= width || width < 8) return name;
  const head = Math.floor((width - 3) / 2);
  return `${name.slice(0, head)}...${name.slice(name.length - (width - 3 - head))}`;
}

/** A bar with a blank behind it; nothing in a narrow terminal. */
function bar(share: number, style: LiveStyle): string {
  const width = Math.min(30, style.columns - 56);
  if (width < 10) return "";
  const full = Math.floor(share * width);
  const [done, rest] = style.unicode ? ["\u2588", "\u2591"] : ["#", "."];
  return `[${done!.repeat(full)}${rest!.repeat(width - full)}] `;
}
