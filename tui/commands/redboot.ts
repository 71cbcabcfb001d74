/**
 * `unbrick redboot`: catches RedBoot's console on TCP port 9000.
 *
 * @module
 */
import { Command } from "@cliffy/command";
import { consoleKind } from "../../lib/console/loaders.ts";
import { consoleScript, isElf, parseScript, type ScriptLine } from "../../lib/console/scripts.ts";
import { UnbrickError } from "../../lib/errors.ts";
import { formatIpv4, type Ipv4Subnet, parseIpv4, parseSubnet } from "../../lib/net/ipv4.ts";
import { catchOverTcp } from "../../lib/recovery/catch_console.ts";
import { loadImages } from "../../lib/recovery/images.ts";
import type { Image } from "../../lib/tftp/file_policy.ts";
import type { TftpServer } from "../../lib/tftp/server.ts";
import type { InteractiveContext } from "../context.ts";
import { lineReader } from "../line_reader.ts";
import { openConsoleOutput } from "../output/console_output.ts";
import { checkAddress, checkPort } from "./checks.ts";
import { requireFlashLines } from "./console.ts";
import { runInteractive, typeScript } from "./console_run.ts";
import { checkMemoryAddress, ownAddressFor, serveImages } from "./console_setup.ts";
import { describeImage } from "./image_options.ts";

/** Builds the command. */
export function redbootCommand(context: InteractiveContext) {
  return new Command()
    .description(
      "Catch RedBoot's console in the two seconds after power-on, and use it.\n\n" +
        "With an image, it is served by TFTP and started from memory. Without, or with " +
        "--interactive, commands are typed by you. A line that writes flash is sent only after " +
        "you have typed a word for it.",
    )
    .arguments("<host:string> [images...:file]")
    .option("--script <file:file>", "Type the lines of this file instead.")
    .option("--interactive", "Go on by hand after the script.")
    .option("--ip <network:string>", "Address for the device, such as 192.168.1.254/24.")
    .option("--server <ipv4:string>", "This computer's address for the device.")
    .option("--load <address:string>", "Where in memory the image goes.")
    .option("--flash <address:string>", "Where the kernel runs, for flash: 0x80041000.")
    .option("--write", "Write flash instead, each line after a question.")
    .option("--force-image", "Send an image although something speaks against it.")
    .option("--prompt <text:string>", "End of the device's prompt, if it is an unusual one.")
    .option("--port <port:integer>", "TCP port of the console.", { default: REDBOOT_PORT })
    .option("--json", "Print events as JSON, one a line.")
    .example("By hand", "unbrick redboot 192.168.1.254")
    .example("Start an image from memory", "unbrick redboot 192.168.1.254 vmlinux.elf")
    .action((options, hostname: string, ...paths: string[]) =>
      runRedboot(context, options, hostname, paths)
    );
}

/** Where RedBoot listens unless configured otherwise (eCos). */
const REDBOOT_PORT = 9000;

/** Options as the command line gives them. */
interface RedbootOptions {
  readonly script?: string | undefined;
  readonly interactive?: boolean | undefined;
  readonly ip?: string | undefined;
  readonly server?: string | undefined;
  readonly load?: string | undefined;
  readonly flash?: string | undefined;
  readonly write?: boolean | undefined;
  readonly forceImage?: boolean | undefined;
  readonly prompt?: string | undefined;
  readonly port: number;
  readonly json?: boolean | undefined;
}

async function runRedboot(
  context: InteractiveContext,
  options: RedbootOptions,
  hostname: string,
  paths: readonly string[],
): Promise<void> {
  const { host, console, signal } = context;
  const output = openConsoleOutput(console, host, options.json === true);
  let server: TftpServer | undefined;
  try {
    const to = { hostname: checkAddress(hostname), port: checkPort(options.port) };
    const device = deviceAddress(options, hostname);
    const own = options.server === undefined
      ? ownAddressFor(host.addresses(), device)
      : checkAddress(options.server);
    const images = await loadImages(host, paths, {
      device: undefined,
      force: options.forceImage === true,
      cut: false,
    });
    const lines = options.script === undefined
      ? linesFor(options, device, own, images[0]?.image)
      : parseScript(new TextDecoder().decode(await host.readFile(options.script)));
    // RedBoot asks once and does not repeat it: the server must be there first.
    if (images.length > 0) {
      server = await serveImages(context, images.map(({ image }) => image), own, output.transfer);
      for (const image of images) output.note(`Serving ${describeImage(image, "")}`);
    }
    const kind = consoleKind("redboot", true, options.prompt);
    output.note("Switch the device on now");
    const link = await catchOverTcp(host, to, { kind, onEvent: output.console, signal });
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
    server?.close();
  }
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
