/**
 * The TFTP client: pushes into a bootloader that listens, or reads a file. It survives everything
 * that happens while a router is off: no address, no link, no answer, an address that vanishes and
 * comes back.
 *
 * @module
 */
import { toUnbrickError, type UnbrickError } from "../errors.ts";
import type { DatagramSocket, FileSink, Host, SocketAddress } from "../host/host.ts";
import { ClientSession } from "./client_session.ts";
import { type Drive, drive, type TransferResult } from "./drive.ts";
import type { PacketTap, TransferEvent } from "./events.ts";
import { openFloodGate } from "./flood_gate.ts";
import { answerToStranger } from "./packet.ts";
import type { PathWatch } from "../net/peer_path.ts";
import type { RequestPace } from "./request_pace.ts";
import { readVerdict, type Verdict } from "./verdict.ts";

/** What a client run needs. */
export interface ClientRunOptions {
  /** The session: what to ask for and what to do then. */
  readonly session: ClientSession;
  /** Dotted IPv4 address and port of the peer's TFTP server. */
  readonly peer: SocketAddress;
  /** Address of this computer to send from; "0.0.0.0" lets the system choose. */
  readonly localAddress: string;
  /** Decides when requests leave, and where to, from what is known of the way to the peer. */
  readonly aim?: { readonly watch: PathWatch; readonly pace: RequestPace };
  /** Where received bytes go; undefined when sending. */
  readonly sink: FileSink | undefined;
  /** Direction and name, for the events. */
  readonly shown: { readonly direction: "send" | "receive"; readonly name: string };
  /** Called for everything worth telling, but not for the result. */
  readonly onEvent: (event: TransferEvent) => void;
  /** Called for every packet, if wanted. */
  readonly onPacket?: PacketTap;
  /**
   * Wanted when the device may judge the image long after its last ACK. The socket then stays open,
   * after a run that went well, until the verdict comes or `signal` ends it.
   */
  readonly onVerdict?: (verdict: Verdict) => void;
  /** Ends the run early. */
  readonly signal: AbortSignal;
}

/** Pause before a socket that could not be opened is tried again, in milliseconds. */
const REBIND_MS = 200;

/** Sends that must go well after a failed one before the way counts as open again. */
const SENDS_TO_RECOVER = 3;

/** Lets the system choose the address to send from. */
const ANY = "0.0.0.0";

/** Everybody on the cable (RFC 919). */
const BROADCAST = "255.255.255.255";

/** The slice of the host that a client needs. */
export type ClientHost = Pick<Host, "now" | "startTimer" | "bind">;

/**
 * Runs a client session to its end. Never rejects: failures are in the result.
 *
 * All requests leave from one source port: an ASUS or Ubiquiti bootloader hears only the port of the
 * first one. The answer may come from any port of the peer (RFC 1350 §4) and is then locked.
 */
export function runClient(host: ClientHost, options: ClientRunOptions): Promise<TransferResult> {
  const { session, peer, shown, onEvent, signal, aim } = options;
  const tap = options.onPacket ?? (() => {});
  const gate = openFloodGate(host, onEvent);
  return new Promise((resolve) => {
    let socket: DatagramSocket | undefined;
    let sourcePort = 0;
    let cancelRebind: (() => void) | undefined;
    let answeringPort: number | undefined;
    let result: TransferResult | undefined;
    let ended = false;
    /** What stands in the way of sending, told once; undefined while sending works. */
    let obstacle: UnbrickError["code"] | undefined;
    let sendsSinceObstacle = 0;

    function tellObstacle(error: UnbrickError): void {
      sendsSinceObstacle = 0;
      if (obstacle === error.code) return;
      obstacle = error.code;
      const { code, message, hint = "" } = error;
      onEvent({ event: "waiting", reason: code, message, hint });
    }

    function tellAsking(): void {
      onEvent({
        event: "waiting",
        reason: "for-answer",
        message: `Asking ${peer.hostname} port ${peer.port}`,
        hint: "",
      });
    }

    /** A broadcast leaves by the interface whose address it comes from, so that address is named. */
    function hostnameToBind(): string {
      if (options.localAddress !== ANY) return options.localAddress;
      return aim?.watch.path?.localAddress ?? ANY;
    }

    function open(): void {
      try {
        socket = host.bind({ hostname: hostnameToBind(), port: sourcePort }, {
          datagram: receive,
          sendFailed: (error) => tellObstacle(error),
          receiveFailed(error) {
            socket = undefined;
            tellObstacle(error);
            reopen();
          },
          // The system gives a port free a moment after its socket was closed. To open it anew on the
          // address that has just come must not wait for that, nor may it become another port.
        }, { reuseAddress: aim !== undefined });
        sourcePort = socket.local.port;
      } catch (thrown) {
        const error = toUnbrickError(thrown);
        // Somebody took the port while it was closed: a new one is better than none.
        if (error.code === "port-in-use" && sourcePort !== 0) sourcePort = 0;
        else tellObstacle(error);
        reopen();
      }
    }

    function reopen(): void {
      if (!ended) cancelRebind = host.startTimer(REBIND_MS, open);
    }

    function send(bytes: Uint8Array): void {
      if (socket === undefined) return;
      if (!session.isAsking) {
        return sendTo(bytes, { hostname: peer.hostname, port: answeringPort ?? peer.port });
      }
      // Requests go to the well-known port, also one that follows an answer from another port.
      if (aim === undefined) return sendTo(bytes, peer);
      const { way, nextAt } = aim.pace.take(aim.watch.path, host.now());
      session.moveRequest(nextAt);
      if (way === "peer") sendTo(bytes, peer);
      else if (way === "broadcast") sendTo(bytes, { hostname: BROADCAST, port: peer.port });
    }

    /** Something else is known of the way to the peer. */
    function followPath({ watch, pace }: NonNullable<typeof aim>): void {
      if (ended || !session.isAsking) return;
      if (socket !== undefined && socket.local.hostname !== hostnameToBind()) {
        socket.close();
        socket = undefined;
        open();
      }
      const at = pace.notice(watch.path, host.now());
      if (at === undefined) return;
      session.moveRequest(at);
      running.rearm();
    }

    function sendTo(bytes: Uint8Array, to: SocketAddress): void {
      if (socket === undefined) return;
      tap("sent", bytes, to);
      socket.send(bytes, to);
      if (obstacle !== undefined && ++sendsSinceObstacle > SENDS_TO_RECOVER) {
        obstacle = undefined;
        tellAsking();
      }
    }

    function receive(bytes: Uint8Array, from: SocketAddress): void {
      tap("received", bytes, from);
      if (ended) return receiveVerdict(bytes, from);
      const isPeer = from.hostname === peer.hostname &&
        (answeringPort === undefined || from.port === answeringPort);
      if (!isPeer) {
        // Never while waiting, when nothing but requests may leave.
        const answer = answeringPort === undefined ? undefined : answerToStranger(bytes);
        if (answer !== undefined) {
          tap("sent", answer, from);
          socket?.send(answer, from);
        }
        gate.tell("ignored", from, () => ({
          event: "ignored",
          peer: `${from.hostname}:${from.port}`,
          reason: "not the peer of this transfer",
        }));
        return;
      }
      const wasAsking = !session.hasAnswer;
      // The port is taken before the session acts, so that its first packet goes to the new port;
      // it is given back when the datagram was no answer.
      answeringPort = from.port;
      running.deliver(bytes);
      if (!session.hasAnswer) answeringPort = undefined;
      else if (wasAsking) tellStarted();
    }

    function receiveVerdict(bytes: Uint8Array, from: SocketAddress): void {
      const verdict = from.hostname === peer.hostname ? readVerdict(bytes) : undefined;
      if (verdict === undefined) return;
      socket?.close();
      options.onVerdict?.(verdict);
    }

    /** After the run: open for a verdict, if one may come. */
    function leaveSocket(): void {
      const close = (): void => socket?.close();
      const mayBeJudged = options.onVerdict !== undefined && result?.failure === undefined;
      if (mayBeJudged && !signal.aborted) signal.addEventListener("abort", close, { once: true });
      else close();
    }

    function tellStarted(): void {
      onEvent({
        event: "started",
        transfer: 1,
        peer: `${peer.hostname}:${answeringPort}`,
        direction: shown.direction,
        name: shown.name,
        bytes: session.progress.totalBytes ?? null,
        blksize: session.options.blksize,
        windowsize: session.options.windowsize,
      });
    }

    function stop(): void {
      running.abort("Cancelled");
    }

    open();
    if (obstacle === undefined) tellAsking();
    const running: Drive = drive(session, {
      host,
      send,
      sink: options.sink,
      onEvent(event) {
        if (event.kind === "retransmit") {
          const { block, attempt } = event;
          return onEvent({ event: "retransmit", transfer: 1, block, attempt });
        }
        const { reason } = event;
        const { hostname } = peer;
        gate.tell("inTransfers", peer, () => ({
          event: "ignored",
          peer: hostname,
          reason,
          transfer: 1,
        }));
      },
      onProgress: ({ bytes, totalBytes, retransmissions }) =>
        onEvent({
          event: "progress",
          transfer: 1,
          bytes,
          total: totalBytes ?? null,
          retransmissions,
        }),
      onResult: (value) => result = value,
      onClosed() {
        ended = true;
        gate.flush();
        cancelRebind?.();
        signal.removeEventListener("abort", stop);
        leaveSocket();
        resolve(result!);
      },
    });
    if (aim !== undefined) aim.watch.listen(() => followPath(aim));
    if (signal.aborted) stop();
    else signal.addEventListener("abort", stop, { once: true });
  });
}
