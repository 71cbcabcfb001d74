/**
 * Our server and client as a library, over real sockets.
 *
 * @module
 */
import type { FileSink, Host } from "../../lib/host/host.ts";
import { createDenoHost } from "../../lib/host/deno_host.ts";
import { type EndEvent, get, push } from "../../lib/recovery/client_run.ts";
import { describeFailure } from "../../lib/recovery/failure_text.ts";
import type { TransferEvent } from "../../lib/tftp/events.ts";
import { directoryPolicy, withWritableDirectory } from "../../lib/tftp/file_policy.ts";
import { sha256 } from "../../lib/tftp/files.ts";
import { byteStringFromText } from "../../lib/tftp/name.ts";
import { startServer, type TftpServer } from "../../lib/tftp/server.ts";

/** Our server for tests. Disposing of it ends it. */
export interface OurServer extends AsyncDisposable {
  /** IPv4 address it listens on. */
  readonly address: string;
  /** UDP port it listens on, chosen by the system. */
  readonly port: number;
  /** Everything it has told so far. */
  readonly events: readonly TransferEvent[];
}

/** How our server is started. */
export interface OurServerOptions {
  /** Folder to serve and to store in. */
  readonly root: string;
  /** Answer from the listening port. */
  readonly singlePort?: boolean;
  /** Answer every request as plain RFC 1350. */
  readonly noOptions?: boolean;
  /** Block number after 65535. */
  readonly rollover?: 0 | 1;
}

/** Starts our server on loopback. */
export function startOurServer(options: OurServerOptions): OurServer {
  const host = createDenoHost();
  const events: TransferEvent[] = [];
  const files = withWritableDirectory(directoryPolicy(host, options.root), host, options.root);
  const server: TftpServer = startServer(host, {
    listen: [{ hostname: "127.0.0.1", port: 0 }],
    files,
    allowed: () => [{ address: 0x7f000000, prefixLength: 8 }],
    singlePort: options.singlePort ?? false,
    offerOptions: options.noOptions !== true,
    maxTransfers: 100,
    once: false,
    giveUpMs: 60_000,
    rollover: options.rollover ?? 0,
    describeFailure: (failure, direction) =>
      describeFailure(failure, direction === "send" ? "serve" : "receive"),
    onEvent: (event) => events.push(event),
  });
  const { hostname: address, port } = server.listening[0]!;
  return {
    address,
    port,
    events,
    async [Symbol.asyncDispose]() {
      server.close();
      await server.finished;
    },
  };
}

/** A transfer for our client to make. */
export interface OurClientJob {
  /** IPv4 address of the server. */
  readonly address: string;
  /** UDP port of the server. */
  readonly port: number;
  /** Name at the server. */
  readonly remote: string;
  /** Bytes per block to ask for. */
  readonly blksize?: number;
  /** Blocks per window to ask for. */
  readonly windowsize?: number;
  /** Takes everything worth telling. */
  readonly onEvent?: (event: TransferEvent) => void;
}

/** Settings in which a test needs to be patient with a server of others. */
const PATIENCE = { intervalMs: 200, waitMs: 20_000, giveUpMs: 60_000 } as const;

function goalOf(job: OurClientJob) {
  return {
    hostname: job.address,
    port: job.port,
    localAddress: "0.0.0.0",
    remoteName: byteStringFromText(job.remote),
    blksize: job.blksize,
    windowsize: job.windowsize,
    ...PATIENCE,
    onEvent: job.onEvent ?? (() => {}),
    signal: new AbortController().signal,
  };
}

const host: Host = createDenoHost();

/** The event of a transfer that is complete. */
export type CompletedEvent = Extract<EndEvent, { event: "completed" }>;

/** Pushes bytes. Throws unless every block was acknowledged, or all but the last. */
export async function pushBytes(job: OurClientJob, bytes: Uint8Array): Promise<CompletedEvent> {
  const image = { name: job.remote, bytes, sha256: sha256(bytes) };
  return requireSuccess(await push(host, { ...goalOf(job), image, rollover: 0 }));
}

/** Reads a file. Throws unless it came whole. */
export async function getBytes(
  job: OurClientJob,
): Promise<{ readonly bytes: Uint8Array; readonly end: CompletedEvent }> {
  const sink = memorySink();
  const end = requireSuccess(await get(host, { ...goalOf(job), sink }));
  return { bytes: sink.bytes(), end };
}

function requireSuccess(end: EndEvent): CompletedEvent {
  if (end.event === "completed") return end;
  throw new Error(`The transfer did not complete: ${JSON.stringify(end)}`);
}

/** Collects what is written; like a file, it has no content before it is committed. */
function memorySink(): FileSink & { bytes(): Uint8Array } {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let whole: Uint8Array | undefined;
  return {
    write: (bytes) => parts.push(bytes.slice()),
    commit() {
      let offset = 0;
      whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
      for (const part of parts) {
        whole.set(part, offset);
        offset += part.length;
      }
    },
    discard() {
      parts.length = 0;
    },
    bytes() {
      if (whole === undefined) throw new Error("Nothing was committed");
      return whole;
    },
  };
}
