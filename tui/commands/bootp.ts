/**
 * `unbrick bootp`: for a boot loader that asks for an address first.
 *
 * @module
 */
import { Command } from "@cliffy/command";
import { UnbrickError } from "../../lib/errors.ts";
import type { AddressPool } from "../../lib/bootp/leases.ts";
import { findEntry, loadCatalogue } from "../../lib/device/catalogue.ts";
import { isUnicastMac, parseMac } from "../../lib/net/mac.ts";
import { parseIpv4 } from "../../lib/net/ipv4.ts";
import { type BootpGoal, startBootp } from "../../lib/recovery/bootp.ts";
import type { FileChoice } from "../../lib/recovery/bootp_plan.ts";
import { loadImages } from "../../lib/recovery/images.ts";
import { GIVE_UP_MS, MAX_TRANSFERS } from "../../lib/recovery/serve.ts";
import { TFTP_PORT } from "../../lib/tftp/packet.ts";
import type { InteractiveContext } from "../context.ts";
import { lineReader } from "../line_reader.ts";
import { describeBootpEvent } from "../output/bootp_text.ts";
import { openEventOutput } from "../output/event_output.ts";
import { checkAddress, checkInteger, checkRollover } from "./checks.ts";
import { describeImage } from "./image_options.ts";

/** Builds the command. */
export function bootpCommand(context: InteractiveContext) {
  return new Command()
    .description(
      "Give a router an address by BOOTP or DHCP, then the image by TFTP.\n\n" +
        "For boot loaders that boot from the network, such as MikroTik's. Ends when the first image " +
        "was fetched. Refuses an interface with a default route or with another DHCP server, so that " +
        "no living network is disturbed.",
    )
    .arguments("<images...:file>")
    .option("--interface <name:string:interface>", "Answer on this interface (always needed).")
    .option("--range <first-last:string>", "Give addresses of this range, or one.")
    .option("--bootp-only", "Answer plain BOOTP only (RouterBOOT newer than 6.46.6).")
    .option("--dhcp-only", "Answer DHCP only.")
    .option("--mac <mac:string>", "Answer this device only.", { collect: true })
    .option("--file <choice:string>", "Boot file of a class of clients: iPXE=boot.ipxe.", {
      collect: true,
    })
    .option("--as <name:string>", "Serve the image under this name, too.", { collect: true })
    .option("--any-name", "Serve the image under whatever name is asked.")
    .option("--router <ipv4:string>", "Tell clients of a router; none by default.")
    .option("--keep", "Go on after the image was fetched.")
    .option("--force", "Answer on an unsuitable interface, after typing its name.")
    .option(
      "--device <id:string:device>",
      "Check the image against this device, and use its file names.",
    )
    .option("--force-image", "Send an image although something speaks against it.")
    .option("--no-options", "Answer every TFTP request as plain 512-byte TFTP.")
    .option("--timeout <seconds:integer>", "Give a silent transfer up after this time.", {
      default: GIVE_UP_MS / 1000,
    })
    .option("--rollover <block:integer>", "Block number after 65535: 0 or 1.", { default: 0 })
    .option("--trace", "Show every packet.")
    .option("--json", "Print events as JSON, one a line.")
    .example("A RouterBOARD", "unbrick bootp initramfs.elf --interface eth0 --bootp-only")
    .example(
      "iPXE with a script",
      "unbrick bootp kernel.elf boot.ipxe --interface eth0 --file iPXE=boot.ipxe",
    )
    .action((options, ...paths: string[]) => runBootp(context, options, paths));
}

/** Options as the command line gives them. */
interface BootpOptions {
  readonly interface?: string | undefined;
  readonly range?: string | undefined;
  readonly bootpOnly?: boolean | undefined;
  readonly dhcpOnly?: boolean | undefined;
  readonly mac?: readonly string[] | undefined;
  readonly file?: readonly string[] | undefined;
  readonly as?: readonly string[] | undefined;
  readonly anyName?: boolean | undefined;
  readonly router?: string | undefined;
  readonly keep?: boolean | undefined;
  readonly force?: boolean | undefined;
  readonly device?: string | undefined;
  readonly forceImage?: boolean | undefined;
  readonly options: boolean;
  readonly timeout: number;
  readonly rollover: number;
  readonly trace?: boolean | undefined;
  readonly json?: boolean | undefined;
}

async function runBootp(
  context: InteractiveContext,
  options: BootpOptions,
  paths: readonly string[],
): Promise<void> {
  const { host, console } = context;
  const output = openEventOutput(console, host, {
    json: options.json === true,
    waitingFor: "Waiting for the router to ask for an address",
  });
  try {
    const settings = checkSettings(options, paths);
    const images = await loadImages(host, paths, {
      device: options.device,
      force: options.forceImage === true,
      forceOption: "--force-image",
      cut: false,
    });
    if (options.force === true) {
      await requireTypedName(context, settings.wish.interfaceName);
    }
    const names = options.device === undefined || images.length !== 1
      ? settings.aliases
      : [...settings.aliases, ...await namesAskedBy(options.device)];
    const also = names.map((name) => `, also as "${name}"`).join("");
    for (const image of images) output.note(`Serving ${describeImage(image, also)}`);
    const run = await startBootp(host, {
      ...settings,
      aliases: names,
      images: images.map(({ image }) => image),
      onEvent: output.event,
      onBootp: (event) => output.report(event, describeBootpEvent(event)),
      ...(options.trace === true ? { onBootpPacket: output.trace } : {}),
      tftp: {
        ...settings.tftp,
        ...(options.trace === true ? { onPacket: output.packet } : {}),
      },
      signal: context.signal,
    });
    output.note("Switch the router on now");
    const { completed } = await run.finished;
    if (completed) output.note(AFTER_BOOTP);
    else if (!context.signal.aborted) context.setExitCode(1);
    output.end();
  } catch (thrown) {
    output.fail(thrown);
    throw thrown;
  }
}

const AFTER_BOOTP =
  "The router runs the image now. Most such images live in memory only: install\n" +
  "  from the running system (OpenWrt: sysupgrade), or it is gone at the next start";

/** Names that a device of the catalogue asks for, whatever name it was given. */
async function namesAskedBy(id: string): Promise<readonly string[]> {
  const entry = findEntry(await loadCatalogue(), id);
  if (entry === undefined || entry.recovery.way !== "bootp-then-pulls") return [];
  return entry.recovery.files.flatMap(({ names }) => names.map(({ text }) => text));
}

/** Everything that can be checked without a network. */
function checkSettings(
  options: BootpOptions,
  paths: readonly string[],
): Omit<BootpGoal, "images" | "onEvent" | "onBootp" | "signal"> {
  if (options.bootpOnly === true && options.dhcpOnly === true) {
    throw new UnbrickError("usage", "--bootp-only and --dhcp-only exclude each other", {
      hint: "Leave both out to answer both",
    });
  }
  if (options.interface === undefined) {
    throw new UnbrickError("usage", "No interface was named", {
      hint: "Name the one the router is plugged into: --interface eth0 (see unbrick interfaces)",
    });
  }
  const aliases = options.as ?? [];
  const anyName = options.anyName === true;
  if (paths.length > 1 && (aliases.length > 0 || anyName)) {
    throw new UnbrickError("usage", "--as and --any-name need exactly one image", {
      hint: "Give one image, or rename the files to the names that will be asked",
    });
  }
  return {
    wish: {
      interfaceName: options.interface,
      range: options.range === undefined ? undefined : checkRange(options.range),
      router: options.router === undefined ? undefined : parseIpv4(checkAddress(options.router))!,
      protocols: options.bootpOnly === true ? "bootp" : options.dhcpOnly === true ? "dhcp" : "both",
      macs: options.mac?.map(checkMac),
      choices: (options.file ?? []).map(checkChoice),
    },
    aliases,
    anyName,
    keep: options.keep === true,
    force: options.force === true,
    tftp: {
      port: TFTP_PORT,
      singlePort: false,
      offerOptions: options.options,
      maxTransfers: MAX_TRANSFERS,
      giveUpMs: checkInteger(options.timeout, "--timeout", 1, 86_400) * 1000,
      rollover: checkRollover(options.rollover),
    },
  };
}

/** "192.168.1.100-192.168.1.150", "192.168.1.100-150", or a single address. */
export function checkRange(text: string): AddressPool {
  const [from = "", to = from, ...more] = text.split(/[-,]/).map((part) => part.trim());
  const first = parseIpv4(from);
  const last = parseIpv4(/^\d+$/.test(to) ? from.replace(/\d+$/, to) : to);
  if (first !== undefined && last !== undefined && more.length === 0 && first <= last) {
    return { first, last };
  }
  throw new UnbrickError("usage", `"${text}" is not a range of addresses`, {
    hint: "Give the first and the last address: 192.168.1.100-192.168.1.150",
  });
}

function checkMac(text: string): string {
  const mac = parseMac(text);
  if (mac !== undefined && isUnicastMac(mac)) return mac;
  throw new UnbrickError("usage", `"${text}" is not the MAC address of a device`, {
    hint: "Give it as it is printed on the device: 4c:5e:0c:01:02:03",
  });
}

function checkChoice(text: string): FileChoice {
  const equals = text.indexOf("=");
  const className = text.slice(0, Math.max(0, equals));
  const name = text.slice(equals + 1);
  if (className !== "" && name !== "") return { className, name };
  throw new UnbrickError("usage", `"${text}" does not name a class and its file`, {
    hint: "Give both: --file iPXE=boot.ipxe",
  });
}

/** What `--force` does can break a network for everybody in it: a key pressed by habit must not do. */
async function requireTypedName(context: InteractiveContext, name: string): Promise<void> {
  context.console.stderr(
    `--force: a second DHCP server can cut everybody on "${name}" off the network.\n` +
      "Type the name of the interface to go on: ",
  );
  const typed = await lineReader(context.input, context.signal).next();
  if (typed === name) return;
  // Nobody ended the line of the question.
  if (typed === undefined) context.console.stderr("\n");
  throw new UnbrickError("interrupted", "The name was not typed, nothing was started");
}
