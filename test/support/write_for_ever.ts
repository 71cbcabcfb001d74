// deno-lint-ignore-file no-console -- whoever started it waits for the line
/**
 * Writes half of the file that is named, tells so, and never comes to an end by itself.
 *
 * @module
 */
import { runTool } from "../../tools/build/report_failure.ts";
import { writeWhole } from "../../tools/build/whole_file.ts";

const [path = ""] = Deno.args;
await runTool(() =>
  writeWhole(path, async (part) => {
    await Deno.writeTextFile(part, "half");
    console.log("half");
    await new Promise((resolve) => setTimeout(resolve, 2 ** 31 - 1));
  })
);
