/**
 * Measures server and client side by side with the TFTP programs that people have, in one run. Every
 * program takes its turn in each round, so that a change of the computer's pace hits all alike; a
 * cell is the median of its rounds. Prints tables in Markdown: speed in MB/s (10^6 bytes), and what
 * it cost.
 *
 * deno task bench:transfer [--rounds N] [--all] [--list] [WORDS...]
 *
 * Each of WORDS (such as "server", "window 16", "10 ms") must occur in the name of a row to measure.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { whatIsMissing } from "../support/peers.ts";
import { makeFolder, type TestFolder } from "../support/test_files.ts";
import {
  BARE,
  clientContestants,
  type Contestant,
  fileName,
  OURS,
  type Sample,
  serverContestants,
} from "./contestants.ts";
import { fairness } from "./meter.ts";
import { openSite, type Site } from "./site.ts";
import { markdownTable, median } from "./table.ts";
import { ALL_ROWS, describeRow, lineOf, lineSpeed, type Row, USUAL_ROWS } from "./transfer_rows.ts";

const MEGABYTE = 1_000_000;
const GIBIBYTE = 2 ** 30;

/** A table, and who takes part in it at a site. */
interface Contest {
  readonly title: string;
  readonly enters: (row: Row) => boolean;
  readonly contestants: (
    site: Site,
    folder: TestFolder,
    sizes: readonly number[],
    stack: AsyncDisposableStack,
  ) => Promise<Contestant[]>;
}

const CONTESTS: readonly Contest[] = [
  { title: "Server", enters: () => true, contestants: serverContestants },
  ...[["Client reading", "get"] as const, ["Client pushing", "put"] as const].map((
    [title, direction],
  ): Contest => ({
    title,
    enters: (row) => row.clients === 1,
    contestants: (site, folder, _, stack) => clientContestants(direction, site, folder, stack),
  })),
];

/** All that was measured of a row, by the name of the contestant. */
type Samples = ReadonlyMap<string, readonly Sample[]>;

async function measureLine(
  { title, contestants }: Contest,
  rows: readonly Row[],
  rounds: number,
  folder: TestFolder,
): Promise<Map<Row, Samples>> {
  await using stack = new AsyncDisposableStack();
  const site = stack.use(await openSite(rows[0]!));
  const sizes = [...new Set(rows.map((row) => row.bytes))];
  const all = await contestants(site, folder, sizes, stack);
  const results = new Map<Row, Samples>();
  for (const row of rows) {
    const entrants = all.filter(({ entersRow }) => entersRow(row));
    const samples = new Map<string, Sample[]>(entrants.map(({ name }) => [name, []]));
    for (let round = 0; round < rounds; round++) {
      for (const { name, measure } of entrants) samples.get(name)!.push(await measure(row));
    }
    results.set(row, samples);
    write(`${title}: ${describeRow(row)} measured\n`, Deno.stderr);
  }
  return results;
}

/** MB/s of all clients of a row together. */
function speedOf(row: Row, samples: readonly Sample[]): number {
  return row.clients * row.bytes / MEGABYTE / median(samples.map(({ seconds }) => seconds));
}

function speedTable(results: ReadonlyMap<Row, Samples>, names: readonly string[]): string {
  const lines = [...results].map(([row, samples]) => {
    const speed = (name: string): number => speedOf(row, samples.get(name) ?? []);
    const rivals = [...samples.keys()].filter((name) => name !== OURS && name !== BARE);
    const cells = names.map((name) => {
      const list = samples.get(name);
      if (list === undefined) return "";
      const shown = speed(name).toPrecision(3);
      return list.every(({ complete }) => complete) ? shown : `< ${shown}`;
    });
    const best = Math.max(...rivals.map(speed));
    return [
      describeRow(row),
      ...cells,
      `${(speed(OURS) / best).toFixed(2)} x`,
      samples.has(BARE) ? `${(speed(OURS) / speed(BARE)).toFixed(2)} x` : "",
      `${(speed(OURS) / lineSpeed(row)).toFixed(2)} x`,
    ];
  });
  return markdownTable([
    ["MB/s", ...names, "to the best rival", "to bare Deno", "to the line"],
    ...lines,
  ]);
}

function costTable(results: ReadonlyMap<Row, Samples>, names: readonly string[]): string {
  const lines = [...results].map(([row, samples]) => [
    describeRow(row),
    ...names.map((name) => {
      const list = samples.get(name);
      if (list === undefined) return "";
      const gibibytes = row.clients * row.bytes / GIBIBYTE;
      const cpu = median(list.map(({ use }) => use.cpuSeconds)) / gibibytes;
      const peak = Math.max(...list.map(({ use }) => use.peakBytes)) / MEGABYTE;
      const fair = median(list.map(({ each }) => fairness(each.map((seconds) => 1 / seconds))));
      return [cpu.toFixed(1), peak.toFixed(0), ...(row.clients > 1 ? [fair.toFixed(2)] : [])]
        .join(" · ");
    }),
  ]);
  return markdownTable([["CPU s/GiB · peak MB · fairness", ...names], ...lines]);
}

async function measureContest(
  contest: Contest,
  rows: readonly Row[],
  rounds: number,
  folder: TestFolder,
): Promise<void> {
  const results = new Map<Row, Samples>();
  for (const onLine of Map.groupBy(rows, lineOf).values()) {
    for (const [row, samples] of await measureLine(contest, onLine, rounds, folder)) {
      results.set(row, samples);
    }
  }
  const seen = new Set([...results.values()].flatMap((samples) => [...samples.keys()]));
  const names = [...[...seen].filter((name) => name !== OURS && name !== BARE), BARE, OURS];
  const tables = [speedTable(results, names), costTable(results, names)];
  write(`\n### ${contest.title}\n\n${tables.join("\n\n")}\n`, Deno.stdout);
}

async function makeFiles(folder: TestFolder, sizes: ReadonlySet<number>): Promise<void> {
  for (const size of sizes) {
    const bytes = new Uint8Array(size);
    for (let offset = 0; offset < size; offset += 65536) {
      crypto.getRandomValues(bytes.subarray(offset, Math.min(offset + 65536, size)));
    }
    await Deno.writeFile(folder.file(fileName(size)), bytes);
  }
}

function write(text: string, sink: { writeSync(bytes: Uint8Array): number }): void {
  sink.writeSync(new TextEncoder().encode(text));
}

const { values, positionals } = parseArgs({
  args: Deno.args,
  allowPositionals: true,
  options: {
    rounds: { type: "string", default: "3" },
    all: { type: "boolean", default: false },
    list: { type: "boolean", default: false },
  },
});
const wanted = CONTESTS.map((contest) => {
  const rows = (values.all ? ALL_ROWS : USUAL_ROWS).filter((row) => {
    const name = `${contest.title}: ${describeRow(row)}`.toLowerCase();
    return contest.enters(row) && positionals.every((word) => name.includes(word.toLowerCase()));
  });
  return { contest, rows };
});
if (values.list) {
  for (const { contest, rows } of wanted) {
    for (const row of rows) write(`${contest.title}: ${describeRow(row)}\n`, Deno.stdout);
  }
  Deno.exit(0);
}
const missing = whatIsMissing({
  programs: [
    ...["in.tftpd", "atftpd", "dnsmasq", "tftp", "atftp", "curl", "busybox"] as const,
    ...["ip", "python3"] as const,
  ],
  root: true,
});
if (missing !== undefined) {
  write(`The benchmark cannot run: ${missing}\n`, Deno.stderr);
  Deno.exit(3);
}
await using folder = makeFolder();
await makeFiles(
  folder,
  new Set([1, ...wanted.flatMap(({ rows }) => rows.map((row) => row.bytes))]),
);
for (const { contest, rows } of wanted) {
  if (rows.length > 0) await measureContest(contest, rows, Number(values.rounds), folder);
}
