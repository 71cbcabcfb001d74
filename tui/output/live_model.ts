/**
 * The live block at the bottom of the terminal, as a model and two pure functions: events change
 * the model, the model is drawn for a size.
 *
 * @module
 */
import type { TransferEvent } from "../../lib/tftp/events.ts";
import { formatBytes, formatRate, formatSeconds, formatWholeSeconds } from "./event_text.ts";

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
export function startLive(waitingFor: string, now: number): LiveModel {
  return { waitingFor, since: now, transfers: [], completed: 0 };
}

/** The model after an event. */
export function reduceLive(model: LiveModel, event: TransferEvent, now: number): LiveModel {
  switch (event.event) {
    case "waiting":
      return { ...model, waitingFor: event.message };
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
    lines.push(`${model.waitingFor} ... ${elapsed}${done} (Ctrl-C ends)`);
  }
  const shown = lines.length <= most
    ? lines
    : [...lines.slice(0, most - 1), `and ${model.transfers.length} transfers in all`];
  return shown.map((line) => line.slice(0, Math.max(1, style.columns - 1)));
}

function viewTransfer(transfer: LiveTransfer, now: number, style: LiveStyle): string[] {
  const seconds = (now - transfer.startedAt) / 1000;
  const verb = transfer.direction === "send" ? "to" : "from";
  const rate = formatRate(transfer.bytes, seconds);
  const repeated = transfer.retransmissions === 0 ? "" : `, ${transfer.retransmissions} repeated`;
  const stalled = now - transfer.movedAt >= STALL_MS
    ? `, no answer for ${formatWholeSeconds(now - transfer.movedAt)}`
    : "";
  const known = transfer.total !== null && transfer.total > 0;
  const share = known ? Math.min(1, transfer.bytes / transfer.total!) : 0;
  const done = known
    ? `${bar(share, style)} ${String(Math.floor(share * 100)).padStart(3)} % of ${
      formatBytes(transfer.total!)
    }`
    : formatBytes(transfer.bytes);
  const left = known && transfer.bytes > 0 && share < 1 && stalled === ""
    ? `, ${formatSeconds(seconds / share - seconds)} left`
    : "";
  return [
    `${transfer.name} ${verb} ${transfer.peer}`,
    `${done}${rate === "" ? "" : `  ${rate}`}${left}${repeated}${stalled}`,
  ];
}

function bar(share: number, style: LiveStyle): string {
  const width = Math.max(8, Math.min(30, style.columns - 50));
  const full = Math.floor(share * width);
  const [done, rest] = style.unicode ? ["\u2588", "\u2591"] : ["#", "."];
  return `[${done!.repeat(full)}${rest!.repeat(width - full)}]`;
}
