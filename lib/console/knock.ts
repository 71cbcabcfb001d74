/**
 * Knocks on a TCP port until somebody opens: a router has its console open for a few seconds after
 * power-on and not before.
 *
 * Attempts overlap, because one that got no answer hangs for a second before the system repeats it,
 * and a connection request sent into a dead cable is lost. The first that stands ends all others; a
 * RedBoot takes one only and refuses the rest.
 *
 * @module
 */
import type { UnbrickError } from "../errors.ts";
import type { Host, Millis, SocketAddress, StreamHandlers, StreamSocket } from "../host/host.ts";

/** Time between two attempts. */
export const KNOCK_MS: Millis = 100;

/** Time after which an attempt without any answer is given up. */
const GIVE_UP_MS: Millis = 1000;

/** Knocks until a connection stands; from then on it is like any other. */
export function knock(
  host: Pick<Host, "connect" | "startTimer">,
  to: SocketAddress,
  handlers: StreamHandlers,
): StreamSocket {
  const attempts = new Map<StreamSocket, () => void>();
  let standing: StreamSocket | undefined;
  let cancelNext = (): void => {};
  let isClosed = false;

  function stopAttempts(): void {
    cancelNext();
    for (const [attempt, cancel] of attempts) {
      cancel();
      if (attempt !== standing) attempt.close();
    }
    attempts.clear();
  }

  function attempt(): void {
    if (isClosed || standing !== undefined) return;
    cancelNext = host.startTimer(KNOCK_MS, attempt);
    const socket: StreamSocket = host.connect(to, {
      opened() {
        if (isClosed || standing !== undefined) return socket.close();
        standing = socket;
        stopAttempts();
        handlers.opened();
      },
      data(bytes) {
        if (socket === standing) handlers.data(bytes);
      },
      closed(error: UnbrickError | undefined) {
        attempts.get(socket)?.();
        attempts.delete(socket);
        if (socket === standing) handlers.closed(error);
      },
    });
    attempts.set(
      socket,
      host.startTimer(GIVE_UP_MS, () => {
        attempts.delete(socket);
        socket.close();
      }),
    );
  }

  attempt();
  return {
    send: (bytes) => standing?.send(bytes),
    close() {
      if (isClosed) return;
      isClosed = true;
      stopAttempts();
      standing?.close();
    },
  };
}
