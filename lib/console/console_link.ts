/**
 * A {@link ConsoleSession} over a connection or a serial port: owns the timer and hands out promises.
 *
 * @module
 */
import { UnbrickError } from "../errors.ts";
import type { Host, Millis, StreamHandlers, StreamSocket } from "../host/host.ts";
import {
  type ConsoleAnswer,
  type ConsoleKind,
  type ConsoleOutput,
  ConsoleSession,
} from "./console_session.ts";

/** A console at work. */
export interface ConsoleLink {
  /**
   * Settles when commands can be typed. Rejects with UnbrickError when the connection ended before.
   */
  readonly ready: Promise<void>;
  /**
   * Types a command and waits for the prompt. Rejects with UnbrickError
   * `timeout` when no prompt comes, and when the connection ends.
   */
  command(line: string): Promise<ConsoleAnswer>;
  /** Types a command after which no prompt is to come; settles when the device must have it. */
  start(line: string): Promise<void>;
  /** Types Ctrl-C. */
  interrupt(): void;
  /** Settles when the connection has ended, with the reason if it was not the other side's wish. */
  readonly ended: Promise<UnbrickError | undefined>;
  /** Ends it. */
  close(): void;
}

/** Opens the way to the device, given who listens. */
export type OpenStream = (handlers: StreamHandlers) => StreamSocket;

/** What is passed on while a console works. */
export interface ConsoleCallbacks {
  /** Text of the device. */
  readonly onText: (text: string) => void;
}

/** Time for a line to reach the device and to be taken, in milliseconds. */
const STARTED_MS: Millis = 500;

/** Runs a console over a stream. The session begins when the stream stands. */
export function openConsoleLink(
  host: Pick<Host, "now" | "startTimer">,
  kind: ConsoleKind,
  open: OpenStream,
  callbacks: ConsoleCallbacks,
): ConsoleLink {
  const session = new ConsoleSession(kind);
  let cancelTimer = (): void => {};
  let waiting: Waiting | undefined;
  let isEnded = false;
  let settleReady = (): void => {};
  let failReady: Waiting["fail"] = () => {};
  let settleEnded: (error: UnbrickError | undefined) => void = () => {};
  const ready = new Promise<void>((resolve, reject) => {
    settleReady = resolve;
    failReady = reject;
  });
  // Whoever does not wait for it learns of the end in another way.
  ready.catch(() => {});
  const ended = new Promise<UnbrickError | undefined>((resolve) => settleEnded = resolve);

  const socket = open({
    opened: () => perform(session.start(host.now())),
    data: (bytes) => perform(session.handleBytes(bytes, host.now())),
    closed: (error) => end(error),
  });

  function perform(outputs: readonly ConsoleOutput[]): void {
    for (const output of outputs) {
      switch (output.kind) {
        case "send":
          socket.send(output.bytes);
          break;
        case "text":
          callbacks.onText(output.text);
          break;
        case "ready":
          settleReady();
          break;
        case "finished":
          waiting?.settle(output.answer);
          waiting = undefined;
          break;
        case "stalled":
          waiting?.fail(
            new UnbrickError("timeout", `No prompt came after "${output.command}"`, {
              hint: "Look at what the device printed, and switch it off and on to begin again",
            }),
          );
          waiting = undefined;
          break;
      }
    }
    cancelTimer();
    const at = session.nextTimeout;
    if (at === undefined || isEnded) return;
    cancelTimer = host.startTimer(
      at - host.now(),
      () => perform(session.handleTimeout(host.now())),
    );
  }

  function end(error: UnbrickError | undefined): void {
    if (isEnded) return;
    isEnded = true;
    cancelTimer();
    session.end();
    const reason = error ?? new UnbrickError("peer-error", "The device ended the connection", {
      hint: "Switch it off and on again to get its console back",
    });
    failReady(reason);
    waiting?.fail(reason);
    waiting = undefined;
    settleEnded(error);
  }

  return {
    ready,
    ended,
    command(line) {
      if (isEnded) {
        return Promise.reject(new UnbrickError("peer-error", "The connection has ended"));
      }
      return new Promise<ConsoleAnswer>((resolve, reject) => {
        waiting = { settle: resolve, fail: reject };
        perform(session.command(line, host.now()));
      });
    },
    start(line) {
      perform(session.command(line, host.now(), false));
      return new Promise((resolve) => void host.startTimer(STARTED_MS, resolve));
    },
    interrupt: () => perform(session.interrupt()),
    close() {
      socket.close();
      end(undefined);
    },
  };
}

interface Waiting {
  readonly settle: (answer: ConsoleAnswer) => void;
  readonly fail: (error: UnbrickError) => void;
}
