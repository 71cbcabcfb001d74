/**
 * `unbrick practice`: the guided flow against a simulated router, or all routers by themselves.
 *
 * @module
 */
import { Command } from "@cliffy/command";
import { UnbrickError } from "../../lib/errors.ts";
import {
  practiceImage,
  type PracticeResult,
  runPractice,
} from "../../lib/simulator/practice_run.ts";
import { PRACTICE_KINDS } from "../../lib/simulator/practice_kinds.ts";
import { seededRandom } from "../../lib/simulator/random.ts";
import type { InteractiveContext } from "../context.ts";
import { practiceSteps } from "../flow/practice_step.ts";
import { formatBytes, formatSeconds } from "../output/event_text.ts";
import { type GuideOptions, runGuide } from "./guide.ts";

/** Bytes of the image with which all routers are tried: some hundred blocks, the last one short. */
const AUTO_BYTES = 300_001;

/** Builds the command. */
export function practiceCommand(context: InteractiveContext, guide: GuideOptions) {
  return new Command()
    .description(
      "Rehearse a recovery on a simulated router: no hardware, no rights, nothing is changed.",
    )
    .option("--auto", "Recover every kind of router once, without questions.")
    .example("Rehearse", "unbrick practice")
    .example("Test this program on this computer", "unbrick practice --auto")
    .action(async ({ auto }) => {
      if (auto === true) return await runAll(context);
      const random = seededRandom(Math.floor(context.host.wallClock()));
      await runGuide(context, guide, practiceSteps(random), {
        practice: true,
        alternative: "unbrick practice --auto",
      });
    });
}

async function runAll(context: InteractiveContext): Promise<void> {
  const { host, console, signal } = context;
  const random = seededRandom(Math.floor(host.wallClock()));
  const image = practiceImage(random, AUTO_BYTES);
  let arrived = 0;
  for (const kind of PRACTICE_KINDS) {
    const result = await runPractice(host, kind, image, random, signal);
    if (signal.aborted) throw new UnbrickError("interrupted", "Stopped");
    console.stdout(`${describeResult(result)}\n`);
    if (result.arrived) arrived++;
  }
  console.stdout(`${arrived} of ${PRACTICE_KINDS.length} routers have exactly what was sent\n`);
  if (arrived < PRACTICE_KINDS.length) context.setExitCode(1);
}

function describeResult({ kind, arrived, bytes, elapsedMs, reason }: PracticeResult): string {
  const what = arrived
    ? `ok, ${formatBytes(bytes)} arrived byte for byte, ${formatSeconds(elapsedMs / 1000)}`
    : `FAILED: ${reason}`;
  const way = kind.opening.kind === "none" ? kind.direction : WAYS[kind.opening.kind];
  return `${kind.id.padEnd(9)} ${way.padEnd(8)} ${what}`;
}

const WAYS = { address: "netboots", console: "console" } as const;
