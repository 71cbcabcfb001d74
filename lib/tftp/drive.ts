/**
 * Connects a session to the world: the only place with a timer. Datagrams are handed in, outputs
 * are performed in order.
 *
 * @module
 */
import type { FileSink, Host, Millis } from "../host/host.ts";
import { UnbrickError } from "../errors.ts";
import { TftpError, type TftpErrorCode } from "./packet.ts";
import type {
  Outcome,
  Output,
  Session,
  SessionEvent,
  TransferFailure,
  TransferProgress,
} from "./session.ts";

/** How a transfer ended. */
export interface TransferResult {
  /** What went well, or undefined. */
  readonly outcome: Outcome | undefined;
  /** What went wrong, or undefined. */
  readonly failure: TransferFailure | undefined;
  /** How far it came. */
  readonly progress: TransferProgress;
  /** From the first packet of the transfer to its last new block or its failure, in milliseconds. */
  readonly durationMs: Millis;
}

/** What a driven session needs from outside. */
export interface DriveOptions {
  /** Clock and timers. */
  readonly host: Pick<Host, "now" | "startTimer">;
  /** Sends to the peer. */
  readonly send: (bytes: Uint8Array) => void;
  /** Where received bytes go; undefined when sending. */
  readonly sink: FileSink | undefined;
  /** Called for events worth telling. */
  readonly onEvent: (event: SessionEvent) => void;
  /** Called at most every {@link PROGRESS_INTERVAL_MS} while the transfer moves. */
  readonly onProgress: (progress: TransferProgress) => void;
  /** Called once, when the transfer is complete or has failed. */
  readonly onResult: (result: TransferResult) => void;
  /** Called once, when the session needs no more datagrams (later than the result if it dallies). */
  readonly onClosed: () => void;
}

/** A running transfer. */
export interface Drive {
  /** Hands in a datagram of the peer. */
  deliver(bytes: Uint8Array): void;
  /** To be called when the session has come to want its timeout earlier than before. */
  rearm(): void;
  /** Ends it from this side; the peer is told. No effect once it has ended. */
  abort(reason: string): void;
  /** Ends it without a word to the peer, which has begun anew or is long gone. */
  abandon(reason: string): void;
  /** Whether it is complete and only answers repetitions. */
  readonly isComplete: boolean;
  /** How far it is. */
  readonly progress: TransferProgress;
}

/** Least time between two progress reports, in milliseconds. */
export const PROGRESS_INTERVAL_MS = 100;

/** Starts a session and keeps it going. All callbacks run synchronously. */
export function drive(session: Session, options: DriveOptions): Drive {
  const { host } = options;
  const startedAt = host.now();
  let cancelTimer: (() => void) | undefined;
  let timerAt = Infinity;
  let reportedAt = startedAt;
  let hasResult = false;
  let closed = false;
  /** What the peer is told when the local file cannot be written. */
  let localErrorCode: TftpErrorCode = TftpError.DISK_FULL;

  function report(outcome: Outcome | undefined, failure: TransferFailure | undefined): void {
    if (hasResult) return;
    hasResult = true;
    if (failure !== undefined) options.sink?.discard();
    const { progress } = session;
    // Waiting for a verdict or a last ACK that never came is not part of the transfer.
    const endedAt = outcome === undefined ? host.now() : progress.movedAt;
    const durationMs = endedAt - progress.startedAt;
    options.onResult({ outcome, failure, progress, durationMs });
  }

  /** @returns false when the local file failed and the rest must not be done. */
  function perform(outputs: readonly Output[]): boolean {
    for (const output of outputs) {
      // What is told can lead to its end.
      if (closed) return true;
      switch (output.kind) {
        case "send":
          options.send(output.bytes);
          break;
        case "write":
        case "commit":
          try {
            if (output.kind === "write") options.sink?.write(output.bytes);
            else options.sink?.commit();
          } catch (cause) {
            const exists = cause instanceof UnbrickError && cause.code === "file-exists";
            localErrorCode = exists ? TftpError.FILE_EXISTS : TftpError.DISK_FULL;
            report(undefined, { kind: "local", cause });
            return false;
          }
          break;
        case "event":
          options.onEvent(output.event);
          break;
        case "done":
          report(output.outcome, undefined);
          break;
        case "failed":
          report(undefined, output.failure);
          break;
      }
    }
    return true;
  }

  function handle(outputs: readonly Output[]): void {
    if (!perform(outputs)) perform(session.abort(localErrorCode, "cannot store the file"));
    const now = host.now();
    if (!hasResult && now - reportedAt >= PROGRESS_INTERVAL_MS && session.progress.blocks > 0) {
      reportedAt = now;
      options.onProgress(session.progress);
    }
    arm(now);
  }

  /**
   * Keeps a timer that fires no later than wanted. Deadlines mostly move away with every packet, so
   * a timer that is too early is left alone and looks again when it fires: two timer calls less for
   * every block.
   */
  function arm(now: Millis): void {
    const due = session.nextTimeout;
    if (due === undefined) return close();
    if (due >= timerAt) return;
    cancelTimer?.();
    timerAt = due;
    cancelTimer = host.startTimer(Math.max(0, due - now), () => {
      timerAt = Infinity;
      handle(session.handleTimeout(host.now()));
    });
  }

  function close(): void {
    cancelTimer?.();
    if (closed) return;
    closed = true;
    options.onClosed();
  }

  handle(session.start(startedAt));
  return {
    deliver(bytes) {
      if (!closed) handle(session.handleDatagram(bytes, host.now()));
    },
    rearm() {
      if (!closed) arm(host.now());
    },
    abort(reason) {
      if (closed) return;
      // A transfer that is complete and only dallies has nothing left to tell the peer.
      if (hasResult) close();
      else handle(session.abort(TftpError.NOT_DEFINED, reason));
    },
    abandon(reason) {
      if (closed) return;
      if (hasResult) return close();
      const outputs = session.abort(TftpError.NOT_DEFINED, reason);
      handle(outputs.filter((output) => output.kind !== "send"));
    },
    get isComplete() {
      return hasResult;
    },
    get progress() {
      return session.progress;
    },
  };
}
