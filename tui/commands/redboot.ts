/**
 * `unbrick redboot`: catches RedBoot's console on TCP port 9000.
 *
 * @module
 */
import { Command } from "@cliffy/command";
import { consoleKind } from "../../lib/console/loaders.ts";
import {
  consoleScript,
  isElf,
  parseScript,
  type ScriptLine,
  typableName,
} from "../../lib/console/scripts.ts";
import { REDBOOT_PORT } from "../../lib/device/revive_entry.ts";
import type { Device, Family, RedbootConsole, RedbootScript } from "../../lib/device/types.ts";
import { UnbrickError } from "../../lib/errors.ts";
import { formatIpv4, type Ipv4Subnet, parseIpv4, parseSubnet } from "../../lib/net/ipv4.ts";
import { catchOverTcp } from "../../lib/recovery/catch_console.ts";
import { deviceScript, scriptImages } from "../../lib/recovery/device_script.ts";
import { expectationOf } from "../../lib/recovery/expected_image.ts";
import { loadImages } from "../../lib/recovery/images.ts";
import { serveForConsole } from "../../lib/recovery/serve_console.ts";
import { type SilenceWatch, watchSilence } from "../../lib/recovery/silence.ts";
import type { Image } from "../../lib/tftp/file_policy.ts";
import { TFTP_PORT } from "../../lib/tftp/packet.ts";
import type { TftpServer } from "../../lib/tftp/server.ts";
import type { InteractiveContext } from "../context.ts";
import { lineReader } from "../line_reader.ts";
import { openConsoleOutput } from "../output/console_output.ts";
import { checkAddress, checkPort } from "./checks.ts";
import { requireFlashLines } from "./console.ts";
import { runInteractive, typeScript } from "./console_run.ts";
import { checkMemoryAddress, ownAddressFor } from "./console_setup.ts";
import { DEFAULT_OWN_FOLDER, findOrThrow, readCatalogue } from "./devices.ts";
import { describeImage } from "./image_options.ts";

/** Builds the command. */
export function redbootCommand(
  context: InteractiveContext,
  ownFolder: string = DEFAULT_OWN_FOLDER,
) {
  return new Command()
    .description(
      "Catch RedBoot's console in the two seconds after power-on, and use it.\n\n" +
        "With --device, the lines that the catalogue has for it are typed, and its files served; " +
        "its address may be left out then. " +
        "With an image alone, it is served by TFTP and started from memory. Without, or with " +
        "--interactive, commands are typed by you. A line that writes flash is sent only after " +
        "you have typed a word for it.",
    )
    .arguments("[host:file] [images...:file]")
    .option("--device <id:string:device>", "Take what is known about a device (unbrick devices).")
    .option("--script <file:file>", "Type the lines of this file instead.")
    .option("--interactive", "Go on by hand after the script.")
    .option("--ip <network:string>", "Address for the device, such as 192.168.1.254/24.")
    .option("--server <ipv4:string>", "This computer's address for the device.")
    .option("--load <address:string>", "Where in memory the image goes.")
    .option("--flash <address:string>", "Where the kernel runs, for flash: 0x80041000.")
    .option("--write", "Write flash instead, each line after a question.")
    .option("--force-image", "Send an image although something speaks against it.")
    .option("--prompt <text:string>", "End of the device's prompt, if it is an unusual one.")
    .option("--port <port:integer>", `TCP port of the console. Default ${REDBOOT_PORT}.`)
    .option("--json", "Print events as JSON, one a line.")
    .example("By hand", "unbrick redboot 192.168.1.254")
    .example("Start an image from memory", "unbrick redboot 192.168.1.254 vmlinux.elf")
    .example(
      "As the catalogue says",
      "unbrick redboot vmlinux.lzma root.squashfs --device fon-la-fonera-fon2100-2200",
    )
    .action((options, ...words: (string | undefined)[]) =>
      runRedboot(context, ownFolder, options, words.filter((word) => word !== undefined))
    );
}

/** Options as the command line gives them. */
interface RedbootOptions {
  readonly device?: string | undefined;
  readonly script?: string | undefined;
  readonly interactive?: boolean | undefined;
  readonly ip?: string | undefined;
  readonly server?: string | undefined;
  readonly load?: string | undefined;
  readonly flash?: string | undefined;
  readonly write?: boolean | undefined;
  readonly forceImage?: boolean | undefined;
  readonly prompt?: string | undefined;
  readonly port?: number | undefined;
  readonly json?: boolean | undefined;
}

async function runRedboot(
  context: InteractiveContext,
  ownFolder: string,
  options: RedbootOptions,
  words: readonly string[],
): Promise<void> {
  const { host, console, signal } = context;
  const output = openConsoleOutput(console, host, options.json === true);
  let server: TftpServer | undefined;
  let silence: SilenceWatch | undefined;
  try {
    const known = await findDevice(context, ownFolder, options.device);
    const { hostname, paths } = splitWords(words, known?.recovery);
    const port = checkPort(options.port ?? known?.recovery.telnetPort ?? REDBOOT_PORT);
    const device = deviceAddress(options, hostname);
    const own = options.server === undefined
      ? ownAddressFor(host.addresses(), device)
      : checkAddress(options.server);
    const checked = await loadImages(host, paths, {
      device: known === undefined ? undefined : expectationOf(known.entry),
      force: options.forceImage === true,
      forceOption: "--force-image",
      cut: false,
    });
    const images = checked.map(({ image }) => image);
    const { lines, served } = options.script === undefined
      ? planLines(options, known?.recovery.script, device, own, images)
      : { lines: await readScript(context, options.script), served: images };
    // RedBoot asks once and does not repeat it: the server must be there first.
    if (served.length > 0) {
      server = await serveForConsole(host, {
        images: served,
        address: own,
        port: TFTP_PORT,
        onEvent: output.transfer,
      });
      for (const [index, image] of checked.entries()) {
        const { name } = served[index]!;
        const also = name === image.image.name ? "" : `, as "${name}"`;
        output.note(`Serving ${describeImage(image, also)}`);
      }
    }
    const kind = consoleKind("redboot", true, options.prompt);
    output.note("Switch the device on now");
    silence = watchSilence(host, "console", output.transfer);
    const link = await catchOverTcp(host, { hostname, port }, {
      kind,
      onEvent(event) {
        if (event.event === "console-connected") silence?.heard();
        output.console(event);
      },
      signal,
    });
    const stop = (): void => link.close();
    signal.addEventListener("abort", stop, { once: true });
    try {
      const ask = (question: string): void => console.stderr(question);
      const desk = {
        ...{ loader: "redboot" as const, link, output, ask },
        lines: lineReader(context.input, signal),
      };
      if (lines.length > 0) await typeScript(desk, lines);
      if (lines.length === 0 || options.interactive === true) await runInteractive(desk);
    } finally {
      link.close();
    }
  } catch (thrown) {
    output.fail(thrown);
    throw thrown;
  } finally {
    silence?.stop();
    output.end();
    server?.close();
  }
}

/** A device of the catalogue whose console is RedBoot's. */
interface KnownDevice {
  readonly entry: Device | Family;
  readonly recovery: RedbootConsole;
}

async function findDevice(
  context: InteractiveContext,
  ownFolder: string,
  id: string | undefined,
): Promise<KnownDevice | undefined> {
  if (id === undefined) return undefined;
  const entry = findOrThrow(await readCatalogue(context, ownFolder), id);
  const { recovery } = entry;
  if (recovery.way === "redboot" && entry.avoid === undefined) return { entry, recovery };
  throw new UnbrickError("usage", `"${id}" is not recovered on RedBoot's console`, {
    hint: `See how it is: unbrick devices show ${id}`,
  });
}

/** The address of the device, which the catalogue may know, and the files. */
function splitWords(
  words: readonly string[],
  recovery: RedbootConsole | undefined,
): { readonly hostname: string; readonly paths: readonly string[] } {
  const [first, ...rest] = words;
  if (recovery?.device !== undefined && (first === undefined || parseIpv4(first) === undefined)) {
    return { hostname: formatIpv4(recovery.device), paths: words };
  }
  if (first !== undefined) return { hostname: checkAddress(first), paths: rest };
  throw new UnbrickError("usage", "The address of the device is missing", {
    hint: "Name it, or the device: unbrick redboot 192.168.1.254, or --device ID",
  });
}

async function readScript({ host }: InteractiveContext, path: string): Promise<ScriptLine[]> {
  return parseScript(new TextDecoder().decode(await host.readFile(path)));
}

/** The lines to type, and the images under the names that they load. */
function planLines(
  options: RedbootOptions,
  script: RedbootScript | undefined,
  device: Ipv4Subnet,
  own: string,
  images: readonly Image[],
): { readonly lines: readonly ScriptLine[]; readonly served: readonly Image[] } {
  if (script === undefined || images.length === 0) {
    const served = images.map((image) => ({ ...image, name: typableName(image.name) }));
    return { lines: linesFor(options, device, own, served[0]), served };
  }
  return {
    lines: deviceScript(script, formatIpv4(device.address), own),
    served: scriptImages(script, images),
  };
}

function deviceAddress(options: RedbootOptions, hostname: string): Ipv4Subnet {
  if (options.ip === undefined) return { address: parseIpv4(hostname)!, prefixLength: 24 };
  const subnet = parseSubnet(options.ip);
  if (subnet !== undefined && options.ip.includes("/")) return subnet;
  throw new UnbrickError("usage", `"${options.ip}" is not an address with its network`, {
    hint: "Give it as 192.168.1.254/24",
  });
}

function linesFor(
  options: RedbootOptions,
  device: Ipv4Subnet,
  own: string,
  image: Image | undefined,
): readonly ScriptLine[] {
  if (image === undefined) return [];
  const script = consoleScript({
    loader: "redboot",
    device: device.address,
    prefixLength: device.prefixLength,
    server: parseIpv4(own)!,
    file: image.name,
    bytes: image.bytes.length,
    isElf: isElf(image.bytes),
    loadAddress: checkMemoryAddress(options.load, "--load"),
    flashAddress: checkMemoryAddress(options.flash, "--flash"),
  });
  if (options.write === true) {
    requireFlashLines(script);
    return script.flash;
  }
  if (isElf(image.bytes)) return script.memory;
  throw new UnbrickError(
    "image-refused",
    `"${image.name}" is no ELF program: RedBoot cannot start it from memory`,
    {
      hint: `Take an initramfs image in ELF format, or type by hand: unbrick redboot ` +
        formatIpv4(device.address),
    },
  );
}
