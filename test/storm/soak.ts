/**
 * A soak: one served process, and peers without end. At the end nothing may be left over, every byte
 * must be right, and what the server told must be what the peers saw.
 *
 * @module
 */
import { type Random, randomBytes, seededRandom } from "../../lib/simulator/random.ts";
import { sha256 } from "../../lib/tftp/files.ts";
import { readEventStream } from "../support/event_stream.ts";
import { startFaultyRelay } from "../support/faulty_relay.ts";
import { makeFolder } from "../support/test_files.ts";
import {
  ourPeer,
  rawPeer,
  realClients,
  realPeer,
  type SoakJob,
  type SoakOutcome,
  type SoakPeer,
} from "./soak_peers.ts";
import { noise, sendNoise } from "./noise.ts";
import { startWatchedServer } from "./watched_server.ts";

/** How long and how hard. */
export interface SoakOptions {
  /** Start of all chance. */
  readonly seed: number;
  /** Whether to go on after so many transfers and milliseconds. */
  readonly goesOn: (transfers: number, elapsedMs: number) => boolean;
  /** Share of the transfers that are made by real programs. */
  readonly realShare: number;
  /** Datagrams of noise that are sent meanwhile, per minute. */
  readonly noisePerMinute: number;
  /** Called now and then with how far it is. */
  readonly report: (text: string) => void;
}

/** What came of it. */
export interface SoakReport {
  /** Transfers, by peer and how they ended. */
  readonly counts: ReadonlyMap<string, number>;
  /** Transfers in all. */
  readonly transfers: number;
  /** What is wrong, in words; empty when all is well. */
  readonly problems: readonly string[];
  /** Datagrams of noise that were sent. */
  readonly noise: number;
  /** Datagrams that the system threw away as the server did not read them fast enough. */
  readonly lost: number;
  /** Memory of the server in use after warming up and at the end, in bytes, garbage collected. */
  readonly memory: readonly [number, number];
}

/** Sizes around one block, around the read-ahead of files, and some more. */
const SIZES = [0, 1, 511, 512, 513, 1024, 2000, 5000, 20_000, 65_536, 70_001];

/** Peers at the same time. */
const WORKERS = 16;

/** Datagrams of noise that are sent without a pause. */
const NOISE_BURST = 20;

/** Transfers after which memory is measured for the first time: code and caches are there. */
const WARM = 300;

/** Growth that is put down to the runtime, in bytes, and what may stay of each transfer: nothing. */
const MEMORY_SLACK = 3_000_000;
const MEMORY_PER_TRANSFER = 200;

/** Soaks. Throws only when the server cannot be started or dies. */
export async function soak(options: SoakOptions): Promise<SoakReport> {
  const { seed, realShare } = options;
  const random = seededRandom(seed);
  await using read = makeFolder();
  await using written = makeFolder();
  await using local = makeFolder();
  const sources = SIZES.map((size) => ({ name: `${size}.bin`, bytes: randomBytes(random, size) }));
  for (const { name, bytes } of sources) await Deno.writeFile(read.file(name), bytes);
  await using server = await startWatchedServer(
    // Room for all that dally: one that makes room for another cannot repeat a lost last ACK.
    ["--dir", read.path, "--writable", written.path, "--timeout", "2", "--max-transfers", "1000"],
  );
  using relay = startFaultyRelay({ target: server, loss: 0.02, duplication: 0.02, seed });
  const reals = realClients().map(realPeer);
  const outcomes: SoakOutcome[] = [];
  const puts = new Map<string, Uint8Array>();
  let begun = 0;
  let noiseSent = 0;

  function nextJob(): readonly [SoakJob, SoakPeer] {
    const id = ++begun;
    const own = seededRandom(Math.floor(random() * 2 ** 31));
    const peer = own() < realShare && reals.length > 0
      ? reals[Math.floor(own() * reals.length)]!
      : own() < 0.1
      ? ourPeer
      : rawPeer;
    const direction = own() < 0.3 ? "put" : "get";
    const { name, bytes } = sources[Math.floor(own() * sources.length)]!;
    const job: SoakJob = {
      id,
      // Real programs wait for five seconds after a loss, longer than this server is patient.
      server: own() < 0.1 && (peer === rawPeer || peer === ourPeer) ? relay : server,
      direction,
      name: direction === "get" ? name : `put-${id}.bin`,
      bytes,
      folder: local.path,
      random: own,
    };
    if (direction === "put") puts.set(job.name, bytes);
    return [job, peer];
  }

  const startedAt = performance.now();
  const goesOn = (): boolean => options.goesOn(begun, performance.now() - startedAt);
  async function work(until: () => boolean): Promise<void> {
    while (!until()) {
      const [job, peer] = nextJob();
      outcomes.push(await peer(job));
      if (outcomes.length % 1000 === 0) options.report(`${outcomes.length} transfers`);
    }
  }
  const together = (until: () => boolean): Promise<unknown> =>
    Promise.all(Array.from({ length: WORKERS }, () => work(until)));

  /**
   * Evenly, in small bursts: the receive buffer of a socket holds a hundred of these datagrams, and what
   * comes on top of them is lost, the requests of honest peers, too.
   */
  async function makeNoise(): Promise<void> {
    const own = noise(seededRandom(seed + 1));
    const begunAt = performance.now();
    while (options.noisePerMinute > 0 && goesOn()) {
      const due = (performance.now() - begunAt) / 60_000 * options.noisePerMinute;
      while (noiseSent < due) {
        await sendNoise(server, own, NOISE_BURST);
        noiseSent += NOISE_BURST;
      }
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  await together(() => begun >= WARM);
  await server.quiet();
  const warm = await server.memoryInUse();
  await Promise.all([together(() => !goesOn()), makeNoise()]);
  await server.quiet();
  const atEnd = await server.memoryInUse();

  const lost = server.lost();
  const problems: string[] = [];
  const allowed = MEMORY_SLACK + MEMORY_PER_TRANSFER * (begun - WARM);
  if (atEnd - warm > allowed) problems.push(`memory grew from ${warm} to ${atEnd} bytes`);
  server.process.signal("SIGTERM");
  await server.process.end();
  const said = server.process.stderr.lines.filter((line) => !line.startsWith("heap "));
  if (said.length > 0) problems.push(`standard error: ${said.join("\n")}`);
  const stored = await storedFiles(written.path);
  problems.push(...checkBytes(outcomes, puts, stored));
  problems.push(...checkTold(server.events(), outcomes, stored));
  return {
    counts: countOutcomes(outcomes),
    transfers: outcomes.length,
    problems,
    noise: noiseSent,
    lost,
    memory: [warm, atEnd],
  };
}

/** SHA-256 of every file in a folder. */
async function storedFiles(folder: string): Promise<ReadonlyMap<string, string>> {
  const stored = new Map<string, string>();
  for await (const { name } of Deno.readDir(folder)) {
    stored.set(name, sha256(await Deno.readFile(`${folder}/${name}`)));
  }
  return stored;
}

function checkBytes(
  outcomes: readonly SoakOutcome[],
  puts: ReadonlyMap<string, Uint8Array>,
  stored: ReadonlyMap<string, string>,
): string[] {
  const problems: string[] = [];
  for (const { job, kind, how, details, isWrong } of outcomes) {
    const where = `${job.server.address}:${job.server.port}`;
    const what = `job ${job.id} (${kind} ${job.direction} ${job.name} at ${where}: ${details})`;
    if (isWrong === true) problems.push(`${what}: wrong bytes`);
    if (how === "failed") problems.push(`${what}: failed, though nobody ended it`);
    if (how === "whole" && job.direction === "put" && !stored.has(job.name)) {
      problems.push(`${what}: the peer was told that it is stored, but it is not`);
    }
  }
  for (const [name, hash] of stored) {
    const sent = puts.get(name);
    if (sent === undefined) problems.push(`"${name}" was left behind`);
    else if (sha256(sent) !== hash) problems.push(`"${name}" has wrong bytes`);
  }
  return problems;
}

/** Compares what the server told with what the peers saw. */
function checkTold(
  events: Parameters<typeof readEventStream>[0],
  outcomes: readonly SoakOutcome[],
  stored: ReadonlyMap<string, string>,
): string[] {
  const { transfers, problems } = readEventStream(events);
  const found = [...problems];
  const completed = transfers.filter(({ end }) => end?.event === "completed");
  const hashes = new Map<string, string | null>();
  const sends = new Map<string, number>();
  for (const { started, end } of completed) {
    if (started.direction === "send") sends.set(started.name, (sends.get(started.name) ?? 0) + 1);
    else if (end?.event === "completed") hashes.set(started.name, end.sha256);
  }
  for (const [name, hash] of stored) {
    if (hashes.get(name) !== hash) found.push(`"${name}": told with another hash`);
  }
  if (hashes.size !== stored.size) {
    found.push(`${hashes.size} files were told to be stored, ${stored.size} are`);
  }
  const gets = outcomes.filter(({ job }) => job.direction === "get");
  for (const name of new Set(gets.map(({ job }) => job.name))) {
    const of = gets.filter(({ job }) => job.name === name);
    const whole = of.filter(({ how }) => how === "whole").length;
    const told = sends.get(name) ?? 0;
    // One that ended by itself may have done so when it had all.
    if (told < whole || told > of.length) {
      found.push(`"${name}": ${told} told to be complete, ${whole} to ${of.length} are`);
    }
  }
  return found;
}

function countOutcomes(outcomes: readonly SoakOutcome[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { kind, how, job } of outcomes) {
    const key = `${kind} ${job.direction} ${how}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return new Map([...counts].sort());
}

/** A seed that is not the same each time. */
export function freshSeed(random: Random = Math.random): number {
  return Math.floor(random() * 2 ** 31);
}
