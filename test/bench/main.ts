/**
 * Measures server and client side by side with the TFTP programs that people have, in one run on
 * loopback. Every program takes its turn in each round, so that a change of the computer's pace
 * hits all alike; a cell is the median of its rounds, in MB/s (10^6 bytes). Start-up is not part of
 * it: of other clients the time is subtracted that they take for a file of one byte; ours, which also
 * looks into the image before it sends, says itself how long it took from the first answer on.
 *
 * deno task bench [rounds]
 *
 * @module
 */
import type { TransferEvent } from "../../lib/tftp/events.ts";
import { whatIsMissing } from "../support/peers.ts";
import { type FinishedProcess, runProgram, startProcess } from "../support/process.ts";
import { assertSameFile, makeFolder, type TestFolder } from "../support/test_files.ts";
import { type ClientName, runPeerClient } from "../support/tftp_clients.ts";
import { loopbackAddress } from "../support/loopback.ts";
import { type ServerName, startPeerServer } from "../support/tftp_servers.ts";
import { unbrickArgv } from "../support/unbrick_process.ts";
import { markdownTable, median } from "./table.ts";

const MEGABYTE = 1_000_000;

/** What a row measures. */
interface Row {
  readonly blksize: number;
  readonly windowsize: number;
  /** Clients at once. */
  readonly clients: number;
  /** Bytes of the file that each client transfers. */
  readonly bytes: number;
}

/** A program that takes part in a table, under the name of its column. */
interface Contestant {
  readonly name: string;
  readonly entersRow: (row: Row) => boolean;
  /** Seconds for the row. */
  readonly measure: (row: Row) => Promise<number>;
}

const OURS = "unbrick";

const ROWS: readonly Row[] = [
  { blksize: 512, windowsize: 1, clients: 1, bytes: 8 * 1024 * 1024 },
  { blksize: 1468, windowsize: 1, clients: 1, bytes: 16 * 1024 * 1024 },
  { blksize: 1428, windowsize: 16, clients: 1, bytes: 64 * 1024 * 1024 },
  { blksize: 1428, windowsize: 64, clients: 1, bytes: 64 * 1024 * 1024 },
  { blksize: 512, windowsize: 1, clients: 32, bytes: 512 * 1024 },
  { blksize: 1428, windowsize: 16, clients: 32, bytes: 4 * 1024 * 1024 },
];

function describeRow(row: Row): string {
  const window = row.windowsize === 1 ? "lock-step" : `window ${row.windowsize}`;
  const clients = row.clients === 1 ? "1 client" : `${row.clients} clients`;
  return `${row.blksize} bytes, ${window}, ${clients}`;
}

function fileName(bytes: number): string {
  return `f${bytes}`;
}

/** Fails loudly: a number of a transfer that went wrong is no number. */
function mustSucceed(result: FinishedProcess, what: string): void {
  if (result.code !== 0) {
    throw new Error(`${what}: code ${result.code} ${result.stdout}${result.stderr}`);
  }
}

async function seconds(action: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await action();
  return (performance.now() - start) / 1000;
}

/** Clients with which servers are measured: each speaks the row's options. */
function clientFor(row: Row): ClientName {
  return row.windowsize > 1 ? "atftp" : "curl";
}

async function runClients(row: Row, address: string, port: number, folder: TestFolder) {
  const name = fileName(row.bytes);
  const client = clientFor(row);
  await Promise.all(Array.from({ length: row.clients }, async (_, index) => {
    const local = `got-${index}`;
    const result = await runPeerClient(client, {
      direction: "get",
      address,
      port,
      remote: name,
      local,
      folder: folder.path,
      ...(row.blksize === 512 ? {} : { blksize: row.blksize }),
      ...(row.windowsize === 1 ? {} : { windowsize: row.windowsize }),
    });
    mustSucceed(result, `${client} from ${address}`);
  }));
}

/** Seconds for all clients of a row to read from a server. */
async function timeClients(row: Row, address: string, port: number, folder: TestFolder) {
  const time = await seconds(() => runClients(row, address, port, folder));
  for (let index = 0; index < row.clients; index++) {
    await assertSameFile(folder.file(`got-${index}`), folder.file(fileName(row.bytes)));
    await Deno.remove(folder.file(`got-${index}`));
  }
  return time;
}

/** Servers: the same client reads from each of them. */
async function serverContestants(folder: TestFolder, stack: AsyncDisposableStack) {
  const contestants: Contestant[] = [];
  const windowless = (row: Row): boolean => row.windowsize === 1;
  const entries: readonly [ServerName, (row: Row) => boolean][] = [
    // Neither grants windowsize: with one they would only repeat their lock-step row.
    ["tftpd-hpa", windowless],
    ["dnsmasq", windowless],
    ["atftpd", () => true],
  ];
  for (const [name, entersRow] of entries) {
    const server = stack.use(await startPeerServer(name, { root: folder.path }));
    contestants.push({
      name,
      entersRow,
      measure: (row) => timeClients(row, server.address, server.port, folder),
    });
  }
  const address = loopbackAddress();
  const port = 69;
  const files = [...new Set(ROWS.map((row) => row.bytes))].map((size) =>
    folder.file(fileName(size))
  );
  const process = stack.use(
    startProcess(unbrickArgv(["serve", ...files, "--address", address, "--port", String(port)])),
  );
  await process.stdout.waitFor((line) => line.startsWith("Waiting for requests"), "listening");
  contestants.push({
    name: OURS,
    entersRow: () => true,
    measure: (row) => timeClients(row, address, port, folder),
  });
  return contestants;
}

/** Clients: each reads from, or writes to, the same server. */
async function clientContestants(
  direction: "get" | "put",
  folder: TestFolder,
  stack: AsyncDisposableStack,
) {
  const plain = stack.use(await startPeerServer("tftpd-hpa", { root: folder.path }));
  const windows = stack.use(await startPeerServer("atftpd", { root: folder.path }));
  const serverFor = (row: Row) => row.windowsize > 1 ? windows : plain;
  const target = direction === "get" ? "local-copy" : "stored-copy";

  async function timed(row: Row, run: (row: Row) => Promise<FinishedProcess>): Promise<number> {
    const once = async (size: number): Promise<number> => {
      await Deno.remove(folder.file(target)).catch(() => {});
      return await seconds(async () => mustSucceed(await run({ ...row, bytes: size }), direction));
    };
    const startUp = await once(1);
    const whole = await once(row.bytes);
    await assertSameFile(folder.file(target), folder.file(fileName(row.bytes)));
    return Math.max(whole - startUp, 0.001);
  }
  const single = (row: Row): boolean => row.clients === 1;
  const peers: readonly [ClientName, (row: Row) => boolean][] = [
    ["tftp-hpa", (row) => single(row) && row.blksize === 512],
    ["atftp", single],
    ["curl", (row) => single(row) && row.windowsize === 1],
    ["busybox", (row) => single(row) && row.windowsize === 1],
  ];
  const contestants: Contestant[] = peers.map(([name, entersRow]) => ({
    name,
    entersRow,
    measure: (row) =>
      timed(row, ({ bytes, blksize, windowsize }) =>
        runPeerClient(name, {
          direction,
          address: serverFor(row).address,
          port: serverFor(row).port,
          remote: direction === "get" ? fileName(bytes) : target,
          local: direction === "get" ? target : fileName(bytes),
          folder: folder.path,
          ...(blksize === 512 ? {} : { blksize }),
          ...(windowsize === 1 ? {} : { windowsize }),
        })),
  }));
  contestants.push({
    name: OURS,
    entersRow: single,
    async measure({ bytes, blksize, windowsize, clients }) {
      const { address, port } = serverFor({ bytes, blksize, windowsize, clients });
      const options = [
        ...["--json", "--port", String(port)],
        ...(blksize === 512 ? [] : ["--blksize", String(blksize)]),
        ...(windowsize === 1 ? [] : ["--windowsize", String(windowsize)]),
      ];
      const file = folder.file(fileName(bytes));
      await Deno.remove(folder.file(target)).catch(() => {});
      const result = await runProgram(unbrickArgv(
        direction === "get"
          ? ["get", address, fileName(bytes), "-o", folder.file(target), ...options]
          : ["push", file, address, "--remote", target, ...options],
      ));
      mustSucceed(result, direction);
      await assertSameFile(folder.file(target), file);
      const last = JSON.parse(result.stdout.trimEnd().split("\n").at(-1)!) as TransferEvent;
      if (last.event !== "completed") throw new Error(`No end: ${result.stdout}`);
      return last.seconds;
    },
  });
  return contestants;
}

async function measureTable(
  title: string,
  contestants: readonly Contestant[],
  rounds: number,
): Promise<void> {
  const rows = ROWS.filter((row) => contestants.some(({ entersRow }) => entersRow(row)));
  const names = contestants.map(({ name }) => name);
  const lines: string[][] = [["MB/s", ...names, "to the best rival"]];
  for (const row of rows) {
    const entrants = contestants.filter(({ entersRow }) => entersRow(row));
    const times = new Map<string, number[]>(entrants.map(({ name }) => [name, []]));
    for (let round = 0; round < rounds; round++) {
      for (const { name, measure } of entrants) times.get(name)!.push(await measure(row));
    }
    const speeds = new Map(
      [...times].map(([name, list]) => [name, row.clients * row.bytes / MEGABYTE / median(list)]),
    );
    const best = Math.max(
      ...[...speeds].filter(([name]) => name !== OURS).map(([, speed]) => speed),
    );
    const cells = names.map((name) => speeds.get(name)?.toFixed(1) ?? "");
    const ratio = `${((speeds.get(OURS) ?? 0) / best).toFixed(2)} x`;
    lines.push([describeRow(row), ...cells, ratio]);
    write(`${title}: ${describeRow(row)} measured\n`, Deno.stderr);
  }
  write(`\n### ${title}\n\n${markdownTable(lines)}\n`, Deno.stdout);
}

function write(text: string, sink: { writeSync(bytes: Uint8Array): number }): void {
  sink.writeSync(new TextEncoder().encode(text));
}

const rounds = Number(Deno.args[0] ?? 5);
const missing = whatIsMissing({
  programs: ["in.tftpd", "atftpd", "dnsmasq", "tftp", "atftp", "curl", "busybox"],
  root: true,
});
if (missing !== undefined) {
  write(`The benchmark cannot run: ${missing}\n`, Deno.stderr);
  Deno.exit(3);
}
await using folder = makeFolder();
for (const size of new Set([1, ...ROWS.map((row) => row.bytes)])) {
  const bytes = new Uint8Array(size);
  for (let offset = 0; offset < size; offset += 65536) {
    crypto.getRandomValues(bytes.subarray(offset, Math.min(offset + 65536, size)));
  }
  await Deno.writeFile(folder.file(fileName(size)), bytes);
}
for (
  const [title, contest] of [
    ["Server", serverContestants],
    ["Client reading", clientContestants.bind(undefined, "get")],
    ["Client pushing", clientContestants.bind(undefined, "put")],
  ] as const
) {
  await using stack = new AsyncDisposableStack();
  await measureTable(title, await contest(folder, stack), rounds);
}
