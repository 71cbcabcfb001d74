/**
 * The programs that take part in the benchmark of transfers: servers read from by the same client,
 * clients that read from, or write to, the same server.
 *
 * @module
 */
import type { TransferEvent } from "../../lib/tftp/events.ts";
import { startProcess } from "../support/process.ts";
import { assertSameFile, type TestFolder } from "../support/test_files.ts";
import { clientCommand, type ClientName } from "../support/tftp_clients.ts";
import { type ServerName, startPeerServer, untilListening } from "../support/tftp_servers.ts";
import { unbrickArgv } from "../support/unbrick_process.ts";
import { meterClient, meterServer, type Use } from "./meter.ts";
import { onSide, type Site } from "./site.ts";
import type { Row } from "./transfer_rows.ts";

/** One measurement of a row. */
export interface Sample {
  /** Seconds until the last client was done. */
  readonly seconds: number;
  /** Whether all were; otherwise the seconds are those after which they were stopped. */
  readonly complete: boolean;
  /** Seconds of each client. */
  readonly each: readonly number[];
  /** What the measured side used. */
  readonly use: Use;
}

/** A program that takes part in a table, under the name of its column. */
export interface Contestant {
  readonly name: string;
  readonly entersRow: (row: Row) => boolean;
  readonly measure: (row: Row) => Promise<Sample>;
}

/** Name of our column. */
export const OURS = "unbrick";

/** Name of the column that shows the least that Deno needs; see `bare_deno.ts`. No rival. */
export const BARE = "bare Deno";

const BARE_SCRIPT = "test/bench/bare_deno.ts";

/** It waits for ever for what is lost. */
const entersBare = (row: Row): boolean => row.loss === 0;

/** Time after which a run is stopped: on loopback never, on lines with loss by patient programs. */
const STOP_MS = { loopback: 300_000, line: 10_000 };

/** Name of the file with this many bytes. */
export function fileName(bytes: number): string {
  return `f${bytes}`;
}

interface Run {
  readonly seconds: number;
  readonly complete: boolean;
  readonly output: readonly string[];
}

/** Aborted by Ctrl-C: what runs is ended, so that all that was set up is taken down again. */
const interruption = new AbortController();
for (const name of ["SIGINT", "SIGTERM"] as const) {
  Deno.addSignalListener(name, () => interruption.abort(new Error("Interrupted")));
}

/** Runs a program to its end, or stops it. Throws when it fails: its time would be no number. */
async function run(argv: readonly string[], row: Row, cwd: string, started: (pid: number) => void) {
  const begin = performance.now();
  await using process = startProcess(argv, { cwd });
  started(process.pid);
  const patience = row.roundTripMs === 0 && row.loss === 0 ? STOP_MS.loopback : STOP_MS.line;
  let complete = true;
  const stop = (): void => {
    complete = false;
    process.signal("SIGKILL");
  };
  const timer = setTimeout(stop, patience);
  interruption.signal.addEventListener("abort", stop);
  const code = await process.exit;
  clearTimeout(timer);
  interruption.signal.removeEventListener("abort", stop);
  interruption.signal.throwIfAborted();
  const result: Run = {
    seconds: (performance.now() - begin) / 1000,
    complete,
    output: process.stdout.lines,
  };
  if (complete && code !== 0) {
    const said = [...process.stdout.lines, ...process.stderr.lines].join("\n");
    // Giving up counts as not getting there, where it can be the program's own fault.
    if (row.loss > 0 || row.clients > 1) {
      return { ...result, complete: false, seconds: patience / 1000 };
    }
    throw new Error(`${argv.join(" ")}: code ${code} ${said}`);
  }
  return result;
}

/** Clients with which servers are measured: each speaks the row's options. */
function clientFor(row: Row): ClientName {
  return row.windowsize > 1 ? "atftp" : "curl";
}

function optionsOf({ blksize, windowsize }: Row): { blksize?: number; windowsize?: number } {
  return {
    ...(blksize === 512 ? {} : { blksize }),
    ...(windowsize === 1 ? {} : { windowsize }),
  };
}

/** Lets all clients of a row read from a server at once. */
async function readAll(
  row: Row,
  server: { address: string; port: number; pid: number },
  site: Site,
  folder: TestFolder,
): Promise<Sample> {
  const name = fileName(row.bytes);
  const locals = Array.from({ length: row.clients }, (_, index) => `got-${index}`);
  const endMeter = meterServer(server.pid);
  const begin = performance.now();
  const runs = await Promise.all(locals.map((local) => {
    const job = { direction: "get" as const, remote: name, local, folder: folder.path };
    const argv = clientCommand(clientFor(row), { ...job, ...server, ...optionsOf(row) });
    return run(onSide(site.clientSide, argv), row, folder.path, () => {});
  }));
  const seconds = (performance.now() - begin) / 1000;
  const use = endMeter();
  const complete = runs.every((one) => one.complete);
  for (const local of locals) {
    if (complete) await assertSameFile(folder.file(local), folder.file(name));
    await Deno.remove(folder.file(local)).catch(() => {});
  }
  return { seconds, complete, each: runs.map((one) => one.seconds), use };
}

/** Servers: the same client reads from each of them. */
export async function serverContestants(
  site: Site,
  folder: TestFolder,
  sizes: readonly number[],
  stack: AsyncDisposableStack,
): Promise<Contestant[]> {
  const windowless = (row: Row): boolean => row.windowsize === 1;
  const entries: readonly [ServerName, (row: Row) => boolean][] = [
    // Neither grants windowsize: with one they would only repeat their lock-step row.
    ["tftpd-hpa", windowless],
    ["dnsmasq", windowless],
    ["atftpd", () => true],
  ];
  const contestants: Contestant[] = [];
  for (const [name, entersRow] of entries) {
    const server = stack.use(await startServer(name, site, folder));
    const measure = (row: Row) => readAll(row, server, site, folder);
    contestants.push({ name, entersRow, measure });
  }
  const port = 69;
  const files = sizes.map((size) => folder.file(fileName(size)));
  const inDeno = [
    {
      name: BARE,
      entersRow: entersBare,
      argvFor: (address: string) =>
        unbrickArgv(["serve", address, String(port), ...files], BARE_SCRIPT),
    },
    {
      name: OURS,
      entersRow: () => true,
      argvFor(address: string) {
        const options = ["--address", address, "--port", String(port), "--max-transfers", "200"];
        return unbrickArgv(["serve", ...files, ...options]);
      },
    },
  ];
  for (const { name, entersRow, argvFor } of inDeno) {
    const address = site.newAddress();
    const process = stack.use(startProcess(onSide(site.serverSide, argvFor(address))));
    await untilListening(process, address, port);
    const measure = (row: Row) => readAll(row, { address, port, pid: process.pid }, site, folder);
    contestants.push({ name, entersRow, measure });
  }
  return contestants;
}

function startServer(name: ServerName, site: Site, folder: TestFolder) {
  return startPeerServer(name, {
    root: folder.path,
    address: site.newAddress(),
    ...(site.serverSide === undefined ? {} : { namespace: site.serverSide }),
  });
}

/**
 * Clients: each reads from, or writes to, the same server. On loopback start-up is not part of it: of
 * other clients the time is subtracted that they take for a file of one byte; ours, which also looks
 * into the image before it sends, says itself how long it took from the first answer on.
 */
export async function clientContestants(
  direction: "get" | "put",
  site: Site,
  folder: TestFolder,
  stack: AsyncDisposableStack,
): Promise<Contestant[]> {
  const plain = stack.use(await startServer("tftpd-hpa", site, folder));
  const windows = stack.use(await startServer("atftpd", site, folder));
  const serverFor = (row: Row) => row.windowsize > 1 ? windows : plain;
  const target = direction === "get" ? "local-copy" : "stored-copy";

  async function measured(row: Row, argv: readonly string[]): Promise<[Sample, Run]> {
    await Deno.remove(folder.file(target)).catch(() => {});
    const meter = meterClient();
    const command = onSide(site.clientSide, argv);
    const result = await run(command, row, folder.path, (pid) => meter.started(pid));
    const use = meter.end();
    if (result.complete) {
      await assertSameFile(folder.file(target), folder.file(fileName(row.bytes)));
    }
    return [{ ...result, each: [result.seconds], use }, result];
  }

  const single = (row: Row): boolean => row.clients === 1;
  const peers: readonly [ClientName, (row: Row) => boolean][] = [
    ["tftp-hpa", (row) => single(row) && row.windowsize === 1 && row.blksize === 512],
    ["atftp", single],
    ["curl", (row) => single(row) && row.windowsize === 1],
    ["busybox", (row) => single(row) && row.windowsize === 1],
  ];
  const contestants = peers.map(([name, entersRow]): Contestant => {
    const argvFor = (row: Row): string[] => {
      const { address, port } = serverFor(row);
      const file = fileName(row.bytes);
      return clientCommand(name, {
        ...{ direction, address, port, folder: folder.path },
        remote: direction === "get" ? file : target,
        local: direction === "get" ? target : file,
        ...optionsOf(row),
      });
    };
    return {
      name,
      entersRow,
      async measure(row) {
        const [sample] = await measured(row, argvFor(row));
        if (row.roundTripMs > 0 || row.loss > 0) return sample;
        const tiny = { ...row, bytes: 1 };
        const [{ seconds: startUp }] = await measured(tiny, argvFor(tiny));
        return { ...sample, seconds: Math.max(sample.seconds - startUp, 0.001) };
      },
    };
  });
  contestants.push({
    name: BARE,
    entersRow: (row) => single(row) && entersBare(row),
    async measure(row) {
      const { address, port } = serverFor(row);
      const file = fileName(row.bytes);
      const [remote, local] = direction === "get" ? [file, target] : [target, file];
      const argv = unbrickArgv([
        ...[direction, address, String(port), remote, folder.file(local)],
        ...[String(row.blksize), String(row.windowsize)],
      ], BARE_SCRIPT);
      const [sample, { output }] = await measured(row, argv);
      return { ...sample, seconds: Number(output.at(-1)) };
    },
  }, {
    name: OURS,
    entersRow: single,
    async measure(row) {
      const { address, port } = serverFor(row);
      const file = folder.file(fileName(row.bytes));
      const options = [
        ...["--json", "--port", String(port)],
        ...Object.entries(optionsOf(row)).flatMap(([name, value]) => [`--${name}`, String(value)]),
      ];
      const argv = unbrickArgv(
        direction === "get"
          ? ["get", address, fileName(row.bytes), "-o", folder.file(target), ...options]
          : ["push", file, address, "--remote", target, ...options],
      );
      const [sample, { output, complete }] = await measured(row, argv);
      if (!complete) return sample;
      const last = JSON.parse(output.at(-1)!) as TransferEvent;
      if (last.event !== "completed") throw new Error(`No end: ${output.join("\n")}`);
      return { ...sample, seconds: last.seconds };
    },
  });
  return contestants;
}
