/**
 * `deno task soak [minutes] [seed]`: soaks a served process for that long (10 minutes by default), with
 * a hundred thousand datagrams of noise each minute, and prints the seed with which the same can be
 * played again.
 *
 * @module
 */
import { freshSeed, soak } from "./soak.ts";

/** Datagrams that mean nothing. */
const NOISE_PER_MINUTE = 100_000;

function say(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));
}

const minutes = Number(Deno.args[0] ?? "10");
const seed = Number(Deno.args[1] ?? freshSeed());
if (!(minutes > 0) || !Number.isInteger(seed)) {
  say("Usage: deno task soak [minutes] [seed]");
  Deno.exit(2);
}
say(`Soaking for ${minutes} min, seed ${seed}`);
const report = await soak({
  seed,
  realShare: 0.1,
  goesOn: (_, elapsedMs) => elapsedMs < minutes * 60_000,
  noisePerMinute: NOISE_PER_MINUTE,
  report: say,
});
for (const [what, count] of report.counts) say(`${String(count).padStart(8)}  ${what}`);
const [warm, atEnd] = report.memory.map((bytes) => (bytes / 1e6).toFixed(1));
say(`${report.transfers} transfers; memory in use ${warm} MB warm, ${atEnd} MB at the end`);
say(
  `${report.noise} datagrams of noise; ${report.lost} lost in front of the server, as it was busy`,
);
for (const problem of report.problems) say(`WRONG: ${problem}`);
Deno.exit(report.problems.length === 0 ? 0 : 1);
