/**
 * `unbrick inspect`: what an image is, whether it is whole, and whether it fits a device. Exit code
 * 1 when something speaks against sending it (a finding of severity "stop"), else 0; warnings are
 * shown but do not change the exit code.
 *
 * @module
 */
import { Command } from "@cliffy/command";
import { checkImage, worstOf } from "../../lib/firmware/check.ts";
import type { Expectation } from "../../lib/firmware/expectation.ts";
import { inspectImage } from "../../lib/firmware/inspect.ts";
import { readImage } from "../../lib/firmware/read_image.ts";
import { expectationForDevice } from "../../lib/recovery/images.ts";
import type { CommandContext } from "../context.ts";
import { formatInspection } from "../inspect_view.ts";

/** Builds the command. `expectationFor` tells what a device wants; the catalogue does by default. */
export function inspectCommand(
  context: CommandContext,
  expectationFor: (id: string) => Promise<Expectation> = expectationForDevice,
) {
  return new Command()
    .description("Look into an image: what it is, for what, and whether it is whole.")
    .arguments("<image:file>")
    .option("--device <id:string:device>", "Check it against this device of the catalogue.")
    .option("--json", "Print one JSON document.")
    .example("Look into an image", "unbrick inspect openwrt-factory.bin")
    .example("Check it for a device", "unbrick inspect factory.bin --device tp-link-archer-c7-v5")
    .action(async ({ device, json }, path) => {
      const expectation = device === undefined ? undefined : await expectationFor(device);
      const { bytes, context: known } = await readImage(context.host, path);
      const inspection = inspectImage(bytes, known);
      const findings = checkImage(inspection, expectation);
      const verdict = worstOf(findings);
      context.console.stdout(
        json === true
          ? `${JSON.stringify({ file: path, verdict, findings, inspection }, undefined, 2)}\n`
          : formatInspection(path, inspection, findings, { color: context.console.color }),
      );
      if (verdict === "stop") context.setExitCode(1);
    });
}
