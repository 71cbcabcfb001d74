/**
 * The peers of a soak: programs that people have, our own client, and hand-written ones; some go on
 * to the end, some give up, some are killed.
 *
 * @module
 */
import { createDenoHost } from "../../lib/host/deno_host.ts";
import { get, push } from "../../lib/recovery/client_run.ts";
import type { Random } from "../../lib/simulator/random.ts";
import { sha256 } from "../../lib/tftp/files.ts";
import { byteStringFromText } from "../../lib/tftp/name.ts";
import type { RequestOption } from "../../lib/tftp/packet.ts";
import { findProgram, type ProgramName } from "../support/peers.ts";
import { joinBytes } from "../support/test_files.ts";
import { startProcess } from "../support/process.ts";
import { clientCommand, type ClientJob, type ClientName } from "../support/tftp_clients.ts";
import { runRawPeer } from "./raw_peer.ts";

/** One transfer of a soak. */
export interface SoakJob {
  /** Number of the job. */
  readonly id: number;
  /** Where requests go: the server, or a relay before it. */
  readonly server: { readonly address: string; readonly port: number };
  /** Direction, seen from the peer. */
  readonly direction: "get" | "put";
  /** Name at the server. For a put, nobody else uses it. */
  readonly name: string;
  /** What is in that file, or is put under that name. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Folder for files of real programs. */
  readonly folder: string;
  /** Its chance. */
  readonly random: Random;
}

/** What came of it for the peer. */
export interface SoakOutcome {
  /** The job. */
  readonly job: SoakJob;
  /** Which peer it was. */
  readonly kind: string;
  /**
   * Whether the peer is sure that it has or has given all; "ended" when it ended the transfer by
   * itself, "failed" when it could not go on.
   */
  readonly how: "whole" | "ended" | "failed";
  /** How it was asked for and what happened, for the report. */
  readonly details: string;
  /** Whether a get that came whole brought other bytes than are in the file. */
  readonly isWrong?: boolean;
}

/** A kind of peer. */
export type SoakPeer = (job: SoakJob) => Promise<SoakOutcome>;

const pick = <T>(random: Random, values: readonly T[]): T =>
  values[Math.floor(random() * values.length)]!;

/** The ends of what options can be, and what is usual. */
const BLKSIZES = ["8", "512", "1428", "1468", "8192", "65464", "99999", "7", "x", "-1", ""];
const WINDOWSIZES = ["1", "4", "16", "64", "65535", "0", "70000", "1e3"];
const TIMEOUTS = ["1", "5", "255", "0", "256", "9999999999999999"];

function someOptions(
  random: Random,
  size: number,
  direction: SoakJob["direction"],
): RequestOption[] {
  const options: RequestOption[] = [];
  const maybe = (name: string, values: readonly string[]): void => {
    if (random() < 0.4) options.push({ name, value: pick(random, values) });
  };
  // Eight bytes at a time take long for a large file.
  maybe("blksize", size > 20_000 ? BLKSIZES.slice(1) : BLKSIZES);
  maybe("WindowSize", WINDOWSIZES);
  // An upload that does not come to the size it announced is refused.
  maybe("tsize", ["0", String(size), ...(direction === "get" ? ["99999999999999"] : [])]);
  maybe("timeout", TIMEOUTS);
  maybe("unheard-of", ["1"]);
  return options;
}

/** Not kept, as a soak of ten minutes has a hundred thousand of them. */
const hasBytes = ({ bytes }: SoakJob, got: Uint8Array): boolean => sha256(got) === sha256(bytes);

const host = createDenoHost();

/** A client written by hand. */
export const rawPeer: SoakPeer = async (job) => {
  const { random, bytes } = job;
  const leaves = random() < 0.25;
  const options = someOptions(random, bytes.length, job.direction);
  const { how, bytes: got, peer } = await runRawPeer({
    server: job.server,
    op: job.direction === "get" ? "RRQ" : "WRQ",
    name: job.name,
    options,
    bytes,
    ...(leaves
      ? {
        endsAfter: {
          blocks: Math.floor(random() * 6),
          how: random() < 0.5 ? "silence" as const : "ERROR" as const,
        },
      }
      : {}),
    doubling: random() < 0.2 ? 0.2 : 0,
    random,
  });
  return {
    job,
    kind: "raw",
    details: `${how}, ${peer}, ${JSON.stringify(options)}`,
    how: how === "whole" ? "whole" : how === "stopped" ? "ended" : "failed",
    isWrong: how === "whole" && job.direction === "get" && !hasBytes(job, got),
  };
};

/** Our own client; sometimes it is cancelled midway. */
export const ourPeer: SoakPeer = async (job) => {
  const { random, bytes } = job;
  const cancelling = new AbortController();
  const isCancelled = random() < 0.25;
  const cancel = (): void => isCancelled ? cancelling.abort() : undefined;
  const goal = {
    hostname: job.server.address,
    port: job.server.port,
    localAddress: "0.0.0.0",
    remoteName: byteStringFromText(job.name),
    blksize: pick(random, [undefined, 1428, 8192]),
    windowsize: pick(random, [undefined, 4, 64]),
    intervalMs: 200,
    waitMs: 20_000,
    giveUpMs: 20_000,
    onEvent: ({ event }: { readonly event: string }) => {
      if (event === "progress" || (event === "started" && random() < 0.5)) cancel();
    },
    signal: cancelling.signal,
  };
  const parts: Uint8Array[] = [];
  const end = job.direction === "put"
    ? await push(host, { ...goal, image: { name: job.name, bytes, sha256: "" }, rollover: 0 })
    : await get(host, {
      ...goal,
      sink: {
        write: (part) => parts.push(part.slice()),
        commit: () => {},
        discard: () => {},
      },
    });
  const isWhole = end.event === "completed" && end.outcome === "acknowledged";
  return {
    job,
    kind: "our client",
    details: JSON.stringify(end),
    how: isWhole ? "whole" : cancelling.signal.aborted ? "ended" : "failed",
    isWrong: isWhole && job.direction === "get" && !hasBytes(job, joinBytes(parts)),
  };
};

const CLIENTS: readonly (readonly [ClientName, ProgramName])[] = [
  ["tftp-hpa", "tftp"],
  ["atftp", "atftp"],
  ["curl", "curl"],
  ["busybox", "busybox"],
];

/** Names of the real clients that this computer has. */
export function realClients(): ClientName[] {
  return CLIENTS.filter(([, program]) => findProgram(program) !== undefined).map(([name]) => name);
}

/** A real program; sometimes it is killed midway. */
export function realPeer(client: ClientName): SoakPeer {
  return async (job) => {
    const { random, bytes, folder } = job;
    const local = `${client}-${job.id}`;
    const path = `${folder}/${local}`;
    if (job.direction === "put") await Deno.writeFile(path, bytes);
    const isCurlOnEmpty = client === "curl" && bytes.length === 0;
    const wished: Pick<ClientJob, "blksize" | "windowsize"> = {
      ...(random() < 0.5 && !isCurlOnEmpty ? { blksize: pick(random, [512, 1428, 8192]) } : {}),
      ...(client === "atftp" && random() < 0.5 ? { windowsize: pick(random, [4, 16]) } : {}),
    };
    await using process = startProcess(
      clientCommand(client, {
        direction: job.direction,
        ...job.server,
        remote: job.name,
        local,
        folder,
        ...wished,
      }),
      { cwd: folder },
    );
    const isKilled = random() < 0.3;
    const fate = isKilled ? setTimeout(() => process.signal("SIGKILL"), random() * 30) : undefined;
    const code = await process.end();
    clearTimeout(fate);
    const text = [...process.stdout.lines, ...process.stderr.lines].join("\n");
    // tftp-hpa ends with 0 whatever happened, and says what did.
    const isWhole = code === 0 && !/error|timed out|abort/i.test(text);
    const isWrong = isWhole && job.direction === "get" &&
      !hasBytes(job, await Deno.readFile(path));
    await Deno.remove(path).catch(() => {});
    return {
      job,
      kind: client,
      details: `code ${code}, ${JSON.stringify(wished)}, ${text}`,
      how: isWhole ? "whole" : isKilled ? "ended" : "failed",
      isWrong,
    };
  };
}
