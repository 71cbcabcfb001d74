/**
 * TCP connections over `Deno.connect`, and serial ports over device files.
 *
 * @module
 */
import type { SocketAddress, StreamHandlers, StreamSocket } from "./host.ts";
import { fileError, streamError } from "./os_errors.ts";

/** Bytes of one read. */
const READ_SIZE = 4096;

/** Pause before an idle serial port is read again, in milliseconds. */
const IDLE_MS = 10;

/** What TCP connections and device files have in common. */
interface Channel {
  read(into: Uint8Array): Promise<number | null>;
  write(bytes: Uint8Array): Promise<number>;
  close(): void;
}

/** Connects by TCP. See `Host.connect`. */
export function connectStream(to: SocketAddress, handlers: StreamHandlers): StreamSocket {
  const attempt = new AbortController();
  const open = async (): Promise<Channel> => {
    const { hostname, port } = to;
    const connection = await Deno.connect({ hostname, port, signal: attempt.signal });
    connection.setNoDelay(true);
    return connection;
  };
  return runStream(open, handlers, {
    describe: (thrown) => streamError(thrown, to),
    abort: () => attempt.abort(),
    endsWithoutBytes: true,
  });
}

/** Opens a serial port. See `Host.openSerialPort`. */
export function openSerialPort(path: string, handlers: StreamHandlers): StreamSocket {
  return runStream(() => Deno.open(path, { read: true, write: true }), handlers, {
    describe: (thrown) => fileError(thrown, "use", path),
    abort: () => {},
    endsWithoutBytes: false,
  });
}

interface StreamKind {
  /** Words for what the system threw. */
  readonly describe: (thrown: unknown) => ReturnType<typeof streamError>;
  /** Ends an attempt to open. */
  readonly abort: () => void;
  /** Whether a read without bytes is the end, or just nothing yet. */
  readonly endsWithoutBytes: boolean;
}

function runStream(
  open: () => Promise<Channel>,
  handlers: StreamHandlers,
  kind: StreamKind,
): StreamSocket {
  let channel: Channel | undefined;
  let isClosed = false;
  let sending: Promise<void> = Promise.resolve();

  /** What was sent before still leaves. */
  function close(): void {
    if (isClosed) return;
    isClosed = true;
    kind.abort();
    sending.finally(() => channel?.close());
  }
  function fail(thrown: unknown): void {
    if (isClosed) return;
    close();
    handlers.closed(kind.describe(thrown));
  }

  async function receive(from: Channel): Promise<void> {
    const buffer = new Uint8Array(READ_SIZE);
    while (!isClosed) {
      const count = await from.read(buffer);
      if (isClosed) return;
      if (count !== null && count > 0) {
        report(() => handlers.data(buffer.subarray(0, count)));
      } else if (kind.endsWithoutBytes) {
        close();
        return report(() => handlers.closed(undefined));
      } else {
        await new Promise((resolve) => setTimeout(resolve, IDLE_MS));
      }
    }
  }

  (async () => {
    const opened = await open();
    if (isClosed) return opened.close();
    channel = opened;
    report(() => handlers.opened());
    await receive(opened);
  })().catch(fail);

  return {
    send(bytes) {
      const to = channel;
      if (to === undefined || isClosed) return;
      const copy = bytes.slice();
      sending = sending.then(async () => {
        for (let done = 0; done < copy.length;) {
          done += await to.write(copy.subarray(done));
        }
      }).catch(fail);
    },
    close,
  };
}

/** A fault of this program is none of the connection: let it end the program with its message. */
function report(action: () => void): void {
  try {
    action();
  } catch (error) {
    Promise.reject(error);
  }
}
