// deno-lint-ignore-file no-console -- what it says is for whoever runs it
/**
 * Puts everything for a USB stick into a folder: unbrick for every system, what starts it, and what
 * to read first. Files of others in that folder are left alone.
 *
 * Run with `deno task stick FOLDER`; `--target NAME` narrows it to some systems.
 *
 * @module
 */
import { resolve } from "@std/path";
import config from "../deno.json" with { type: "json" };
import { UnbrickError } from "../lib/errors.ts";
import { makeBundle } from "./build/bundle.ts";
import { runTool } from "./build/report_failure.ts";
import { collectStick } from "./build/stick_files.ts";
import { writeStick } from "./build/write_stick.ts";
import { parseTargetOptions } from "./build/target_options.ts";
import { TARGETS } from "./build/targets.ts";

const USAGE = "deno task stick FOLDER [--target NAME]...";

async function makeStick(): Promise<void> {
  const { targets, words: [folder, ...more] } = parseTargetOptions(Deno.args, USAGE);
  if (folder === undefined || more.length > 0) {
    throw new UnbrickError("usage", "The stick wants one folder", {
      hint: `Usage: ${USAGE} (with quotes around a folder with blanks in its name)`,
    });
  }
  const bundle = await makeBundle();
  const files = await collectStick(config.version, bundle, targets.length > 0 ? targets : TARGETS);
  // A task runs in the folder of the project; the person was elsewhere.
  const path = resolve(Deno.env.get("INIT_CWD") ?? ".", folder);
  const total = await writeStick(path, files, console.log);
  console.log(
    `${path} is ready: ${(total / 1_000_000).toFixed(0)} MB. Begin with START-HERE.txt; ` +
      "eject the stick before you pull it out.",
  );
  if (bundle.packages !== "jsr") {
    console.error(
      "WARNING: this stick holds the stand-ins of lib/npm_fallback instead of the packages of JSR.",
    );
  }
}

if (import.meta.main) await runTool(makeStick);
