/**
 * Compiles one line for a system into a file, with a cache of Deno in which no runtime is kept.
 * Arguments: name of the target, output, folder for that cache.
 *
 * @module
 */
import { compileTarget } from "../../tools/build/compile_target.ts";
import { runTool } from "../../tools/build/report_failure.ts";
import { findTarget } from "../../tools/build/targets.ts";

const [target = "", output = "", cache = ""] = Deno.args;
Deno.env.set("DENO_DIR", cache);
await runTool(() => compileTarget(findTarget(target), "console.log('unbrick');\n", output));
