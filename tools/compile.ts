// deno-lint-ignore-file no-console -- what it says is for whoever runs it
/**
 * Compiles unbrick into one executable file for each system, in `dist/`.
 *
 * Run with `deno task compile`, for this computer; `--target NAME` and `--all` are for others.
 *
 * @module
 */
import { join } from "@std/path";
import config from "../deno.json" with { type: "json" };
import { UnbrickError } from "../lib/errors.ts";
import { programTarget } from "../lib/host/deno_program.ts";
import { type Bundle, makeBundle } from "./build/bundle.ts";
import { writeSums } from "./build/checksums.ts";
import { compileTarget } from "./build/compile_target.ts";
import { runTool } from "./build/report_failure.ts";
import { PROJECT } from "./build/run_deno.ts";
import { parseTargetOptions } from "./build/target_options.ts";
import { findTarget } from "./build/targets.ts";

const USAGE = "deno task compile [--target NAME]... [--all]";

/** Says loudly what a program with the stand-ins is not for. */
function warnOfStandIns({ packages }: Bundle): void {
  if (packages === "jsr") return;
  console.error(
    "WARNING: these programs hold the stand-ins of lib/npm_fallback instead of the packages of JSR.\n" +
      "WARNING: do not publish them; build again where jsr.io can be reached.",
  );
}

async function compile(): Promise<void> {
  const { targets, words } = parseTargetOptions(Deno.args, USAGE);
  if (words.length > 0) {
    throw new UnbrickError("usage", `"${words[0]}" is one word too many`, {
      hint: `Usage: ${USAGE}`,
    });
  }
  const bundle = await makeBundle();
  const folder = join(PROJECT, "dist");
  for (const target of targets.length > 0 ? targets : [findTarget(programTarget())]) {
    const name = `unbrick-${config.version}-${target.name}${target.suffix}`;
    await compileTarget(target, bundle.text, join(folder, name));
    const { size } = await Deno.stat(join(folder, name));
    console.log(`dist/${name}  ${(size / 1_000_000).toFixed(1)} MB`);
    await writeSums(folder);
  }
  warnOfStandIns(bundle);
}

if (import.meta.main) await runTool(compile);
