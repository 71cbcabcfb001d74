/**
 * `unbrick get`: reads a file from a TFTP server or from a bootloader that has one.
 *
 * @module
 */
import { Command } from "@cliffy/command";
import { get } from "../../lib/recovery/client_run.ts";
import { GIVE_UP_MS } from "../../lib/recovery/serve.ts";
import type { CommandContext } from "../context.ts";
import { clientGoal, clientOutput, finish, lastPart } from "./client_command.ts";

/** Builds the command. */
export function getCommand(context: CommandContext) {
  return new Command()
    .description(
      "Read a file from a TFTP server: for a backup or a test.\n\n" +
        "The file appears under its name only when it is whole; an existing file is never " +
        "overwritten.",
    )
    .arguments("<host:string> <name:string>")
    .option("-o, --output <file:file>", "Store it here; under its own name by default.")
    .option("--wait <seconds:integer>", "Stop asking after this time; never by default.")
    .option("--interval <ms:integer>", "Milliseconds between two requests; 200 by default.")
    .option("--blksize <bytes:integer>", "Ask for blocks of this size; plain 512 by default.")
    .option("--windowsize <blocks:integer>", "Ask for windows of this many blocks.")
    .option("--port <port:integer>", "UDP port of the server.", { default: 69 })
    .option("--address <ipv4:string>", "Send from this address of this computer.")
    .option("--timeout <seconds:integer>", "Give a silent transfer up after this time.", {
      default: GIVE_UP_MS / 1000,
    })
    .option("--trace", "Show every packet.")
    .option("--json", "Print events as JSON, one a line.")
    .example("Ubiquiti flash backup", "unbrick get 192.168.1.20 flash_dump")
    .action(async (options, hostname: string, name: string) => {
      const output = clientOutput(context, options, `Asking ${hostname} for "${name}"`);
      try {
        const goal = clientGoal(context, output, options, hostname, name);
        const path = options.output ?? lastPart(name);
        const sink = context.host.createFile(path);
        const end = await get(context.host, { ...goal, sink });
        if (finish(context, output, end)) output.note(`Stored as "${path}"`);
        output.end();
      } catch (thrown) {
        output.fail(thrown);
        throw thrown;
      }
    });
}
