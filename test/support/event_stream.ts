/**
 * Whether what a server tells hangs together.
 *
 * @module
 */
import type { TransferEvent } from "../../lib/tftp/events.ts";

type Named<Name extends TransferEvent["event"]> = Extract<TransferEvent, { event: Name }>;

/** A transfer as its events tell it. */
export interface ToldTransfer {
  /** How it began. */
  readonly started: Named<"started">;
  /** How it ended. */
  readonly end: Named<"completed" | "failed" | "size-asked"> | undefined;
}

/** A stream of events, taken apart. */
export interface ToldStream {
  /** Every transfer, in the order of their beginnings. */
  readonly transfers: readonly ToldTransfer[];
  /** Requests that got a file. */
  readonly served: number;
  /** Requests that got none. */
  readonly refused: number;
  /** What does not hang together, in words; empty when all is well. */
  readonly problems: readonly string[];
}

/** Takes the events of a server apart and looks for contradictions. */
export function readEventStream(events: readonly TransferEvent[]): ToldStream {
  const transfers = new Map<number, { started: Named<"started">; end?: ToldTransfer["end"] }>();
  const progress = new Map<number, number>();
  const problems: string[] = [];
  let served = 0;
  let refused = 0;
  let failedToStart = 0;

  function underWay(event: TransferEvent & { readonly transfer: number }): boolean {
    const known = transfers.get(event.transfer);
    const isUnderWay = known !== undefined && known.end === undefined;
    if (!isUnderWay) problems.push(`not under way: ${JSON.stringify(event)}`);
    return isUnderWay;
  }
  function finish(event: Named<"completed" | "size-asked"> | Named<"failed">): void {
    if (event.transfer === undefined) {
      failedToStart++;
      return;
    }
    if (!underWay({ ...event, transfer: event.transfer })) return;
    const transfer = transfers.get(event.transfer)!;
    transfer.end = event;
    const { started } = transfer;
    if (event.peer !== started.peer || event.name !== started.name) {
      problems.push(`ended as another: ${JSON.stringify([started, event])}`);
    }
    if (event.event !== "completed") return;
    if (started.direction === "send" && event.bytes !== started.bytes) {
      problems.push(`complete, but not all of it: ${JSON.stringify([started, event])}`);
    }
    const blocks = Math.floor(event.bytes / started.blksize) + 1;
    if (event.outcome === "acknowledged" && event.blocks !== blocks) {
      problems.push(`${blocks} blocks were expected: ${JSON.stringify([started, event])}`);
    }
  }

  for (const event of events) {
    switch (event.event) {
      case "request":
        if (event.served) served++;
        else refused++;
        break;
      case "started":
        if (transfers.has(event.transfer)) problems.push(`twice: ${JSON.stringify(event)}`);
        transfers.set(event.transfer, { started: event });
        break;
      case "progress": {
        const before = progress.get(event.transfer) ?? 0;
        if (underWay(event) && event.bytes < before) {
          problems.push(`backwards from ${before}: ${JSON.stringify(event)}`);
        }
        progress.set(event.transfer, event.bytes);
        break;
      }
      case "retransmit":
        underWay(event);
        break;
      case "completed":
      case "failed":
      case "size-asked":
        finish(event);
        break;
    }
  }
  for (const { started, end } of transfers.values()) {
    if (end === undefined) problems.push(`no end: ${JSON.stringify(started)}`);
  }
  if (served !== transfers.size + failedToStart) {
    problems.push(
      `${served} requests granted, ${transfers.size} transfers, ${failedToStart} failed`,
    );
  }
  return {
    transfers: [...transfers.values()].map(({ started, end }) => ({ started, end })),
    served,
    refused,
    problems,
  };
}
