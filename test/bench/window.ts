/**
 * Measures how often a short boot window is caught, and how early, side by side with the programs that
 * people have. A device appears at a random moment, in one of two ways: its link comes up with it, or
 * the link is always up (a switch in between) and the device is silent before. It answers ARP and
 * listens for the time of the window, then it is gone; a push that began in time may end. Needs root on
 * Linux: computers and devices are network namespaces, and many trials run at once.
 *
 * deno task bench:window [--trials=100] [--windows=0.1,0.3,0.5,1,2,3] [--models=link,silent]
 *   [--clients=tftp-hpa,atftp,curl,busybox,unbrick,static,prepared] [--lanes=40] [--seed=1]
 *
 * @module
 */
import process from "node:process";
import { parseArgs } from "node:util";
import { type Random, randomBytes, seededRandom } from "../../lib/simulator/random.ts";
import { whatIsMissing } from "../support/peers.ts";
import { type RunningProcess, startProcess } from "../support/process.ts";
import { makeFolder, type TestFolder } from "../support/test_files.ts";
import { quantile, wilson } from "./statistics.ts";
import { markdownTable } from "./table.ts";
import { preparationScript, WINDOW_CLIENTS, type WindowClient } from "./window_clients.ts";
import type { AwayModel, DeviceReport } from "./window_device.ts";
import { type Lane, layLanes } from "./window_lanes.ts";

/** One appearance of a device. */
interface Trial {
  readonly client: WindowClient;
  readonly model: AwayModel;
  readonly windowMs: number;
  /** When the device appears after the client is ready, in milliseconds. */
  readonly afterMs: number;
}

/** Its outcome. */
type Result = Trial & Pick<DeviceReport, "requestMs" | "dataMs" | "burst" | "isExact">;

const MODELS: Readonly<Record<AwayModel, string>> = {
  link: "its link comes up with the device",
  silent: "link always up, device silent before",
};

/** A client gets this time to send its first request. */
const SETTLE_MS = 500;

/** Pause before a client that gave up is started again. */
const RESTART_MS = 50;

const IMAGE_BYTES = 20_000;

function write(text: string): void {
  process.stdout.write(text);
}

/** Fisher and Yates, so that no program has a part of the run for itself. */
function shuffle<Item>(items: Item[], random: Random): Item[] {
  for (let last = items.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    [items[last], items[other]] = [items[other]!, items[last]!];
  }
  return items;
}

/** Lets one at a time: a program that starts takes a whole processor for a moment. */
function oneAtATime(): <Value>(action: () => Promise<Value>) => Promise<Value> {
  let last: Promise<unknown> = Promise.resolve();
  return (action) => {
    const next = last.then(action, action);
    last = next.catch(() => {});
    return next;
  };
}

const starting = oneAtATime();

async function startClient(lane: Lane, trial: Trial, folder: TestFolder): Promise<RunningProcess> {
  const { client } = trial;
  const start = async (): Promise<RunningProcess> => {
    const script = preparationScript(client.preparation, lane.deviceAddress, lane.deviceMac);
    const prepared = [...lane.under, "sh", "-ec", `${script}\nexec "$@"`, "sh"];
    const running = startProcess([...prepared, ...client.argv(lane.deviceAddress)], {
      cwd: folder.path,
      stopSignal: "SIGTERM",
      ...(client.stdin === undefined ? {} : { stdin: client.stdin }),
    });
    const { ready } = client;
    if (ready !== undefined) await running.stdout.waitFor((line) => line.includes(ready), ready);
    return running;
  };
  return client.ready === undefined ? await start() : await starting(start);
}

/** Runs a trial; the client is started again as often as it gives up. */
async function run(lane: Lane, trial: Trial, folder: TestFolder): Promise<Result> {
  const { model, windowMs, afterMs } = trial;
  lane.leave(model);
  let client = await startClient(lane, trial, folder);
  let isOver = false;
  const restarting = (async () => {
    while (!isOver) {
      await client.exit;
      await new Promise((resolve) => setTimeout(resolve, RESTART_MS));
      if (!isOver) client = await startClient(lane, trial, folder);
      if (isOver) client.signal("SIGTERM");
    }
  })();
  const report = await lane.appear({ model, afterMs: SETTLE_MS + afterMs, windowMs });
  isOver = true;
  await client[Symbol.asyncDispose]();
  await restarting;
  const { requestMs, dataMs, burst, isExact } = report;
  return { ...trial, requestMs, dataMs, burst, isExact };
}

function percent(share: number): string {
  return (100 * share).toFixed(0);
}

function catchTable(results: readonly Result[], clients: readonly WindowClient[]): string {
  const windows = [...new Set(results.map(({ windowMs }) => windowMs))].sort((a, b) => a - b);
  const rows = clients.map((client) => [
    client.name,
    ...windows.map((windowMs) => {
      const cell = results.filter((one) => one.client === client && one.windowMs === windowMs);
      const caught = cell.filter(({ isExact }) => isExact).length;
      const { share, low, high } = wilson(caught, cell.length);
      return `${percent(share)} (${percent(low)}-${percent(high)})`;
    }),
  ]);
  const head = ["caught, %", ...windows.map((windowMs) => `${windowMs / 1000} s`)];
  return markdownTable([head, ...rows]);
}

function medianAndP90(values: readonly (number | undefined)[]): string {
  const known = values.filter((value) => value !== undefined);
  const [median, high] = [quantile(known, 0.5), quantile(known, 0.9)];
  return median === undefined ? "" : `${median.toFixed(0)} / ${high!.toFixed(0)}`;
}

/** From the longest window, which cuts the fewest late requests off. */
function timeTable(results: readonly Result[], clients: readonly WindowClient[]): string {
  const longest = Math.max(...results.map(({ windowMs }) => windowMs));
  const rows = clients.map((client) => {
    const own = results.filter((one) => one.client === client);
    const cell = own.filter(({ windowMs }) => windowMs === longest);
    const heard = cell.filter(({ requestMs }) => requestMs !== undefined);
    const bursts = own.filter(({ burst }) => burst > 0).map(({ burst }) => burst);
    return [
      client.name,
      `${heard.length} of ${cell.length}`,
      medianAndP90(heard.map(({ requestMs }) => requestMs)),
      medianAndP90(heard.map(({ dataMs }) => dataMs)),
      bursts.length === 0 ? "" : `${quantile(bursts, 0.5)} / ${Math.max(...bursts)}`,
    ];
  });
  const head = [
    `window of ${longest / 1000} s`,
    "heard",
    "first WRQ, ms: median / 90 %",
    "first DATA, ms: median / 90 %",
    "WRQs at once: median / most",
  ];
  return markdownTable([head, ...rows]);
}

/** What the trials say against their own truth. */
function broken(results: readonly Result[]): number {
  return results.filter(({ dataMs, isExact }) => dataMs !== undefined && !isExact).length;
}

function list(text: string): string[] {
  return text.split(",").map((part) => part.trim());
}

const { values } = parseArgs({
  args: Deno.args,
  options: {
    trials: { type: "string", default: "100" },
    windows: { type: "string", default: "0.1,0.3,0.5,1,2,3" },
    models: { type: "string", default: "link,silent" },
    clients: { type: "string" },
    lanes: { type: "string", default: "40" },
    seed: { type: "string", default: "1" },
  },
});
const chosen = values.clients === undefined ? undefined : list(values.clients);
const clients = WINDOW_CLIENTS.filter(({ id }) => chosen === undefined || chosen.includes(id));
const programs = ["ip", ...clients.flatMap(({ program }) => program ?? [])] as const;
const missing = whatIsMissing({ programs, root: true });
if (missing !== undefined) {
  process.stderr.write(`The benchmark cannot run: ${missing}\n`);
  Deno.exit(3);
}

const models = list(values.models) as AwayModel[];
const windows = list(values.windows).map((text) => Number(text) * 1000);
const random = seededRandom(Number(values.seed));
const trials: Trial[] = [];
for (let round = 0; round < Number(values.trials); round++) {
  for (const client of clients) {
    for (const model of models) {
      for (const windowMs of windows) {
        trials.push({ client, model, windowMs, afterMs: random() * client.cycleMs });
      }
    }
  }
}
shuffle(trials, random);

const startedAt = performance.now();
const results: Result[] = [];
await using folder = makeFolder();
await Deno.writeFile(folder.file("fw.bin"), randomBytes(random, IMAGE_BYTES));
{
  await using laid = await layLanes(Number(values.lanes), folder.file("fw.bin"));
  const queue = trials.values();
  await Promise.all(laid.lanes.map(async (lane) => {
    for (const trial of queue) {
      results.push(await run(lane, trial, folder));
      if (results.length % 100 === 0) {
        process.stderr.write(`${results.length} of ${trials.length} trials\n`);
      }
    }
  }));
}
for (const model of models) {
  const own = results.filter((result) => result.model === model);
  write(`\n**Boot window: ${MODELS[model]}**\n\n`);
  write(`${catchTable(own, clients)}\n\n${timeTable(own, clients)}\n`);
}
const seconds = ((performance.now() - startedAt) / 1000).toFixed(0);
write(
  `\n${trials.length} trials, ${values.trials} a cell, seed ${values.seed}, ${values.lanes} at once, ` +
    `${seconds} s; transfers that began and did not end whole: ${broken(results)}\n`,
);
