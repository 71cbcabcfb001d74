// How long the catalogue takes to load, and a search to answer: one frame is 16 ms. Run with
// `deno run -A test/bench/device_search.ts`. Loading is measured in processes of their own, because
// it happens once in each.
import { loadCatalogue } from "../../lib/device/catalogue.ts";
import { guessFromRequest } from "../../lib/device/guess.ts";
import { loadMacVendors } from "../../lib/device/mac_vendors.ts";
import { createDeviceSearch } from "../../lib/device/search.ts";
import { universalPlan } from "../../lib/device/universal_plan.ts";

const LOADS = 15;
const ROUNDS = 200;

/** What a person types, letter by letter in the flow: every prefix is a search. */
const QUERIES = [
  "archer c7",
  "wr841 v11",
  "mikrotic hap ac",
  "ubiquity nanostation",
  "192.168.0.66",
  "ArcherC7v5_tp_recovery.bin",
  "ArcherC7v5_tp_recovry.bin",
  "nothing like this at all",
];

function prefixesOf(query: string): readonly string[] {
  return Array.from({ length: query.length }, (_, index) => query.slice(0, index + 1));
}

function measure(run: () => void): number {
  const start = performance.now();
  run();
  return performance.now() - start;
}

function row(what: string, times: readonly number[]): void {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number) =>
    sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
  const cells = [sorted[0], at(0.5), at(0.99), sorted.at(-1)].map((ms) =>
    (ms ?? NaN).toFixed(2).padStart(9)
  );
  // deno-lint-ignore no-console
  console.log(what.padEnd(34) + cells.join(""));
}

/** Time to import and decode the catalogue in a fresh process, without the process's own start. */
async function loadOnce(): Promise<number> {
  const module = new URL("../../lib/device/catalogue.ts", import.meta.url).href;
  const code = `import { loadCatalogue } from ${JSON.stringify(module)};
    const start = performance.now();
    await loadCatalogue();
    console.log(performance.now() - start);`;
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "-A",
      "--no-lock",
      "--no-check",
      `data:text/typescript,${encodeURIComponent(code)}`,
    ],
  }).output();
  return Number(new TextDecoder().decode(stdout));
}

const loads: number[] = [];
for (let load = 0; load < LOADS; load++) loads.push(await loadOnce());
const catalogue = await loadCatalogue();
const vendorOfMac = await loadMacVendors();
const entries = catalogue.devices.length + catalogue.families.length;
const search = createDeviceSearch(catalogue);
const queries = QUERIES.flatMap(prefixesOf);

// deno-lint-ignore no-console
console.log(`${entries} entries; milliseconds`.padEnd(34) + "      min   median      p99      max");
row("load the catalogue (new process)", loads);
row(
  "build the index",
  Array.from({ length: 20 }, () => measure(() => createDeviceSearch(catalogue))),
);
row("first search of a process", [measure(() => createDeviceSearch(catalogue).find("archer c7"))]);
row(
  "search, every letter typed",
  Array.from({ length: ROUNDS }, () => queries.map((query) => measure(() => search.find(query))))
    .flat(),
);
row(
  "guess from a request",
  Array.from({ length: ROUNDS }, () =>
    measure(() =>
      guessFromRequest(catalogue, {
        filename: "ArcherC7v9_tp_recovery.bin",
        askedAddress: "192.168.0.66",
        mac: "50:c7:bf:00:00:01",
      }, vendorOfMac)
    )),
);
row(
  "plan for an unknown device",
  Array.from({ length: ROUNDS }, () => measure(() => universalPlan(catalogue, 5))),
);
