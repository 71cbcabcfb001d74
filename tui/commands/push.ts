/**
 * `unbrick push`: into a bootloader that listens.
 *
 * @module
 */
import { Command } from "@cliffy/command";
import { push, rolloverWarning } from "../../lib/recovery/client_run.ts";
import { watchPeerPath } from "../../lib/net/watch_peer_path.ts";
import { loadImages } from "../../lib/recovery/images.ts";
import { GIVE_UP_MS } from "../../lib/recovery/serve.ts";
import type { CommandContext } from "../context.ts";
import { checkRollover } from "./checks.ts";
import { describeImage, imageChecks } from "./image_options.ts";
import { clientGoal, clientOutput, finish } from "./client_command.ts";

/** Builds the command. */
export function pushCommand(context: CommandContext) {
  return new Command()
    .description(
      "Push an image into a router whose bootloader listens by TFTP.\n\n" +
        "Start it first, then switch the router on: it asks several times a second, for as long " +
        "as you let it, and begins the moment the bootloader answers.",
    )
    .arguments("<image:file> <host:string>")
    .option("--remote <name:string>", "Name of the file in the request; the image's by default.")
    .option("--wait <seconds:integer>", "Stop asking after this time; never by default.")
    .option(
      "--interval <ms:integer>",
      "Milliseconds between two requests; 200 by default, 80 when the MAC address is known.",
    )
    .option("--blksize <bytes:integer>", "Ask for blocks of this size; plain 512 by default.")
    .option("--windowsize <blocks:integer>", "Ask for windows of this many blocks.")
    .option("--port <port:integer>", "UDP port of the bootloader.", { default: 69 })
    .option("--address <ipv4:string>", "Send from this address of this computer.")
    .option("--timeout <seconds:integer>", "Give a silent transfer up after this time.", {
      default: GIVE_UP_MS / 1000,
    })
    .option("--rollover <block:integer>", "Block number after 65535: 0 or 1.", { default: 0 })
    .option("--device <id:string:device>", "Check the image against this device of the catalogue.")
    .option("--cut", "Send only the part of the image that the device wants.")
    .option("--force", "Send the image although something speaks against it.")
    .option("--trace", "Show every packet.")
    .option("--json", "Print events as JSON, one a line.")
    .example("At 192.168.1.1", "unbrick push openwrt.trx 192.168.1.1")
    .action(async (options, path: string, hostname: string) => {
      const output = clientOutput(context, options, `Asking ${hostname}`);
      try {
        const checked = (await loadImages(context.host, [path], imageChecks(options)))[0]!;
        const { image } = checked;
        const goal = clientGoal(context, output, options, hostname, options.remote ?? image.name);
        const rollover = checkRollover(options.rollover);
        output.note(`Pushing ${describeImage(checked, "")}`);
        const warning = rolloverWarning(image.bytes.length, goal.blksize ?? 512);
        if (warning !== undefined) output.note(`Warning: ${warning}`);
        output.note("Switch the router on now");
        const { host } = context;
        const watchPath = () => watchPeerPath(host, goal.hostname, goal.localAddress);
        const end = await push(host, { ...goal, image, rollover, watchPath });
        if (finish(context, output, end)) output.note(AFTER_PUSH);
        output.end();
      } catch (thrown) {
        output.fail(thrown);
        throw thrown;
      }
    });
}

const AFTER_PUSH = "The router now checks and writes the image, for minutes and without a sign:\n" +
  "  do not cut the power. If nothing happens after 5 minutes, switch it off and on once";
