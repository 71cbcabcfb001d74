/**
 * `unbrick serve`: for a bootloader that pulls.
 *
 * @module
 */
import { Command } from "@cliffy/command";
import { UnbrickError } from "../../lib/errors.ts";
import type { TransferEvent } from "../../lib/tftp/events.ts";
import {
  directoryPolicy,
  type FilePolicy,
  type Image,
  imagePolicy,
  type ImagePolicyOptions,
  withWritableDirectory,
} from "../../lib/tftp/file_policy.ts";
import { rolloverWarning } from "../../lib/recovery/client_run.ts";
import { likelyDevicesTeller } from "../../lib/recovery/likely_devices.ts";
import { loadImages } from "../../lib/recovery/images.ts";
import { GIVE_UP_MS, MAX_TRANSFERS, serve, type ServeGoal } from "../../lib/recovery/serve.ts";
import type { CommandContext } from "../context.ts";
import { describeImage, imageChecks, type ImageOptions } from "./image_options.ts";
import { openEventOutput } from "../output/event_output.ts";
import { checkAddress, checkInteger, checkPort, checkRollover, checkSubnet } from "./checks.ts";

/** Builds the command. */
export function serveCommand(context: CommandContext) {
  return new Command()
    .description(
      "Serve images to a router that asks for them by TFTP.\n\n" +
        "Only the given images can be read, nothing can be written. The server answers the " +
        "networks of this computer's interfaces and shows every name that is asked for.",
    )
    .arguments("[images...:file]")
    .option("--as <name:string>", "Serve the image under this name, too.", { collect: true })
    .option("--any-name", "Serve the image under whatever name is asked.")
    .option("--dir <folder:file>", "Serve the files of a folder instead of images.")
    .option("--writable <folder:file>", "Let devices store new files in this folder.")
    .option("--address <ipv4:string>", "Listen on this address only.", { collect: true })
    .option(
      "--interface <name:string:interface>",
      "Listen on the addresses of this interface only.",
    )
    .option("--port <port:integer>", "Listen on this UDP port.", { default: 69 })
    .option("--allow <network:string>", "Answer this network, such as 192.168.1.0/24.", {
      collect: true,
    })
    .option("--once", "End a few seconds after the first complete transfer.")
    .option("--single-port", "Answer from the listening port.")
    .option("--no-options", "Answer every request as plain 512-byte TFTP.")
    .option("--max-transfers <count:integer>", "Transfers at a time.", { default: MAX_TRANSFERS })
    .option("--timeout <seconds:integer>", "Give a silent transfer up after this time.", {
      default: GIVE_UP_MS / 1000,
    })
    .option("--rollover <block:integer>", "Block number after 65535: 0 or 1.", { default: 0 })
    .option("--device <id:string:device>", "Check the image against this device of the catalogue.")
    .option("--cut", "Send only the part of the image that the device wants.")
    .option("--force", "Send the image although something speaks against it.")
    .option("--trace", "Show every packet.")
    .option("--json", "Print events as JSON, one a line.")
    .example(
      "A router that asks 192.168.0.66",
      "unbrick serve fw.bin --as ArcherC7v5_tp_recovery.bin",
    )
    .example("Under any name", "unbrick serve fw.bin --any-name --once")
    .action((options, ...paths: string[]) => runServe(context, options, paths));
}

/** Options as the command line gives them. */
interface ServeOptions extends ImageOptions {
  readonly as?: readonly string[] | undefined;
  readonly anyName?: boolean | undefined;
  readonly dir?: string | undefined;
  readonly writable?: string | undefined;
  readonly address?: readonly string[] | undefined;
  readonly interface?: string | undefined;
  readonly port: number;
  readonly allow?: readonly string[] | undefined;
  readonly once?: boolean | undefined;
  readonly singlePort?: boolean | undefined;
  readonly options: boolean;
  readonly maxTransfers: number;
  readonly timeout: number;
  readonly rollover: number;
  readonly trace?: boolean | undefined;
  readonly json?: boolean | undefined;
}

async function runServe(
  context: CommandContext,
  options: ServeOptions,
  paths: readonly string[],
): Promise<void> {
  const { host, console } = context;
  const output = openEventOutput(console, host, {
    json: options.json === true,
    waitingFor: "Waiting for the router to ask",
  });
  try {
    const settings = checkSettings(options);
    const names = checkNames(options, paths);
    for (const folder of [options.dir, options.writable]) {
      if (folder !== undefined) requireFolder(context, folder);
    }
    const images = await loadImages(host, paths, imageChecks(options));
    let failed = false;
    const tellLikely = likelyDevicesTeller(host, (likely) => output.event(likely));
    const onEvent = (event: TransferEvent): void => {
      if (event.event === "failed") failed = true;
      output.event(event);
      tellLikely(event);
      const note = noteAfter(event, images.length > 0);
      if (note !== undefined) output.note(note);
    };
    const server = await serve(host, {
      ...settings,
      files: choosePolicy(context, options, images.map(({ image }) => image), names),
      onEvent,
      ...(options.trace === true ? { onPacket: output.packet } : {}),
    });
    for (const image of images) output.note(`Serving ${describeImage(image, shownNames(names))}`);
    if (context.signal.aborted) server.close();
    context.signal.addEventListener("abort", () => server.close(), { once: true });
    const { completed } = await server.finished;
    if (failed && !completed) context.setExitCode(1);
    output.end();
  } catch (thrown) {
    output.fail(thrown);
    throw thrown;
  }
}

function checkSettings(options: ServeOptions): Omit<ServeGoal, "files" | "onEvent" | "onPacket"> {
  return {
    listen: {
      addresses: (options.address ?? []).map(checkAddress),
      interfaceName: options.interface,
    },
    port: checkPort(options.port),
    allowed: options.allow?.map(checkSubnet),
    singlePort: options.singlePort === true,
    offerOptions: options.options,
    maxTransfers: checkInteger(options.maxTransfers, "--max-transfers", 1, 1000),
    once: options.once === true,
    giveUpMs: checkInteger(options.timeout, "--timeout", 1, 86400) * 1000,
    rollover: checkRollover(options.rollover),
  };
}

/** Checks that what is to be served fits together, and tells under which names. */
function checkNames(options: ServeOptions, paths: readonly string[]): ImagePolicyOptions {
  if (paths.length === 0 && options.dir === undefined && options.writable === undefined) {
    throw new UnbrickError("usage", "No image was given", {
      hint: "Name the image to serve: unbrick serve openwrt.bin",
    });
  }
  if (paths.length > 0 && options.dir !== undefined) {
    throw new UnbrickError("usage", "Images and --dir do not go together", {
      hint: "Give either the images or the folder",
    });
  }
  const names = { aliases: options.as ?? [], anyName: options.anyName === true };
  if (paths.length !== 1 && (names.aliases.length > 0 || names.anyName)) {
    throw new UnbrickError("usage", "--as and --any-name need exactly one image", {
      hint: "Give one image, or rename the files to the names that will be asked",
    });
  }
  return names;
}

function choosePolicy(
  context: CommandContext,
  options: ServeOptions,
  images: readonly Image[],
  names: ImagePolicyOptions,
): FilePolicy {
  const { host } = context;
  const policy = options.dir === undefined
    ? imagePolicy(images, names)
    : directoryPolicy(host, options.dir);
  return options.writable === undefined
    ? policy
    : withWritableDirectory(policy, host, options.writable);
}

/** What a person should know at this moment, beyond the event itself. */
function noteAfter(event: TransferEvent, isImage: boolean): string | undefined {
  if (event.event === "started" && event.direction === "send" && event.bytes !== null) {
    const warning = rolloverWarning(event.bytes, event.blksize);
    return warning === undefined ? undefined : `Warning: ${warning}`;
  }
  return event.event === "completed" && isImage ? AFTER_TRANSFER : undefined;
}

const AFTER_TRANSFER = "The router may now write its flash for minutes without a sign: " +
  "do not cut the power";

function shownNames(names: ImagePolicyOptions): string {
  return names.anyName
    ? ", under any name"
    : names.aliases.map((alias) => `, also as "${alias}"`).join("");
}

function requireFolder(context: CommandContext, path: string): void {
  const kind = context.host.stat(path)?.kind;
  if (kind === "directory") return;
  const what = kind === undefined ? "does not exist" : "is not a folder";
  throw new UnbrickError(kind === undefined ? "file-not-found" : "usage", `"${path}" ${what}`, {
    hint: "Give the path of a folder",
  });
}
