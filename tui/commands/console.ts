/**
 * `unbrick console`: what to type on a serial console, and typing it.
 *
 * @module
 */
import { Command } from "@cliffy/command";
import { consoleKind, LOADER_NAMES, type LoaderName } from "../../lib/console/loaders.ts";
import {
  type ConsoleScript,
  consoleScript,
  isElf,
  type ScriptLine,
  typableName,
} from "../../lib/console/scripts.ts";
import { BAUD_RATES } from "../../lib/console/serial_port.ts";
import { computerAddresses } from "../../lib/device/computer_address.ts";
import { dangersOf } from "../../lib/device/recipe.ts";
import type { Device, Family } from "../../lib/device/types.ts";
import { UnbrickError } from "../../lib/errors.ts";
import { formatIpv4, formatSubnet, parseIpv4, parseSubnet } from "../../lib/net/ipv4.ts";
import { catchOverSerial } from "../../lib/recovery/catch_console.ts";
import { expectationOf } from "../../lib/recovery/expected_image.ts";
import { loadImages } from "../../lib/recovery/images.ts";
import { serveForConsole } from "../../lib/recovery/serve_console.ts";
import { watchSilence } from "../../lib/recovery/silence.ts";
import type { Image } from "../../lib/tftp/file_policy.ts";
import { TFTP_PORT } from "../../lib/tftp/packet.ts";
import type { TftpServer } from "../../lib/tftp/server.ts";
import type { InteractiveContext } from "../context.ts";
import { lineReader } from "../line_reader.ts";
import { openConsoleOutput } from "../output/console_output.ts";
import { consoleScriptText } from "../output/console_script_text.ts";
import { checkAddress, checkInteger } from "./checks.ts";
import { runInteractive, typeScript } from "./console_run.ts";
import { checkMemoryAddress, ownAddressFor } from "./console_setup.ts";
import { describeImage } from "./image_options.ts";
import { DEFAULT_OWN_FOLDER, findOrThrow, readCatalogue } from "./devices.ts";

/** Builds the command. */
export function consoleCommand(
  context: InteractiveContext,
  ownFolder: string = DEFAULT_OWN_FOLDER,
) {
  return new Command()
    .description(
      "Print what to type on a router's serial console, with all values filled in.\n\n" +
        "First what looks, then what starts the image from memory, then, apart, what writes " +
        "flash. With --serve the image is served meanwhile, with --port the lines are typed for " +
        "you (not on Windows).",
    )
    .arguments("<image:file>")
    .option("--for <loader:string>", `The boot loader: ${LOADER_NAMES.join(", ")}.`)
    .option("--device <id:string:device>", "Take what is known about a device (unbrick devices).")
    .option("--ip <network:string>", "Address for the device, such as 192.168.1.1/24.")
    .option("--server <ipv4:string>", "This computer's address for the device.")
    .option("--load <address:string>", "Where in memory the image goes: 0x81000000.")
    .option("--flash <address:string>", "Where in flash the image goes: 0x9f020000.")
    .option("--force-image", "Send the image although something speaks against it.")
    .option("--serve", "Serve the image by TFTP until Ctrl-C.")
    .option("--port <path:file>", "Type the lines on this serial port: /dev/ttyUSB0.")
    .option("--write", "Type the lines that write flash, too, each after a question.")
    .option("--baud <rate:integer>", "Speed of the serial port.", { default: BAUD_RATES[0]! })
    .option("--prompt <text:string>", "End of the device's prompt, if it is an unusual one.")
    .option("--json", "Print JSON.")
    .example("U-Boot", "unbrick console openwrt.bin --for u-boot --load 0x81000000")
    .example("Typed for you", "unbrick console fw.elf --for cfe --port /dev/ttyUSB0")
    .action((options, path: string) => runConsole(context, ownFolder, options, path));
}

/** Where boot loaders usually are, when nothing is known of the device. */
const USUAL_DEVICE = "192.168.1.1/24";

/** This computer's address when it has none in the device's network yet. */
const USUAL_HOST_NUMBER = 2;

/** Options as the command line gives them. */
interface ConsoleOptions {
  readonly for?: string | undefined;
  readonly device?: string | undefined;
  readonly ip?: string | undefined;
  readonly server?: string | undefined;
  readonly load?: string | undefined;
  readonly flash?: string | undefined;
  readonly forceImage?: boolean | undefined;
  readonly serve?: boolean | undefined;
  readonly port?: string | undefined;
  readonly write?: boolean | undefined;
  readonly baud: number;
  readonly prompt?: string | undefined;
  readonly json?: boolean | undefined;
}

/** Everything decided. */
interface Plan {
  readonly loader: LoaderName;
  readonly server: string;
  readonly serverSubnet: string;
  /** Name under which the lines load the image. */
  readonly file: string;
  readonly aliases: readonly string[];
  readonly dangers: readonly string[];
  readonly script: ConsoleScript;
}

async function runConsole(
  context: InteractiveContext,
  ownFolder: string,
  options: ConsoleOptions,
  path: string,
): Promise<void> {
  const { host, console } = context;
  const entry = options.device === undefined
    ? undefined
    : findOrThrow(await readCatalogue(context, ownFolder), options.device);
  const [checked] = await loadImages(host, [path], {
    device: entry === undefined ? undefined : expectationOf(entry),
    force: options.forceImage === true,
    forceOption: "--force-image",
    cut: false,
  });
  const { image } = checked!;
  const plan = makePlan(context, entry, options, image);
  const { dangers, script } = plan;
  const isAttached = options.port !== undefined;
  if (options.write === true) requireFlashLines(script);
  if (options.json === true && !isAttached && options.serve !== true) {
    const { loader, server, file } = plan;
    const sha256 = image.sha256;
    const json = { loader, server, file, bytes: image.bytes.length, sha256, dangers };
    console.stdout(`${JSON.stringify({ ...json, ...script }, null, 2)}\n`);
    return;
  }
  const output = openConsoleOutput(console, host, options.json === true);
  const also = plan.file === image.name ? "" : `, served as "${plan.file}", too`;
  output.note(consoleScriptText(plan.loader, describeImage(checked!, also), script, {
    dangers,
    computer: plan.serverSubnet,
    columns: console.size().columns,
  }));
  if (!isAttached && options.serve !== true) return;
  let server: TftpServer | undefined;
  try {
    server = await serveForConsole(context.host, {
      images: [image],
      aliases: plan.aliases,
      address: plan.server,
      port: TFTP_PORT,
      onEvent: output.transfer,
    });
    if (options.port === undefined) {
      const running = server;
      const stop = (): void => running.close();
      if (context.signal.aborted) stop();
      context.signal.addEventListener("abort", stop, { once: true });
      await server.finished;
    } else {
      await attach(context, options, plan, output);
    }
  } catch (thrown) {
    output.fail(thrown);
    throw thrown;
  } finally {
    output.end();
    server?.close();
  }
}

/** Types the lines on a serial port. */
async function attach(
  context: InteractiveContext,
  options: ConsoleOptions,
  plan: Plan,
  output: ReturnType<typeof openConsoleOutput>,
): Promise<void> {
  const { host, console, signal } = context;
  const path = options.port!;
  const baud = checkInteger(options.baud, "--baud", 50, 4_000_000);
  output.note("Switch the device on now");
  const silence = watchSilence(host, "serial", output.transfer);
  const link = await catchOverSerial(host, { path, baud }, {
    kind: consoleKind(plan.loader, false, options.prompt),
    onEvent(event) {
      if (event.event === "console-text") silence.heard();
      output.console(event);
    },
    signal,
  }).finally(silence.stop);
  const stop = (): void => link.close();
  signal.addEventListener("abort", stop, { once: true });
  try {
    const ask = (question: string): void => console.stderr(question);
    const lines = lineReader(context.input, signal);
    const desk = { loader: plan.loader, link, lines, output, ask };
    const { memory, flash } = plan.script;
    await typeScript(desk, options.write === true ? [...beforeLoad(memory), ...flash] : memory);
    if (console.isInteractive) await runInteractive(desk);
  } finally {
    link.close();
  }
}

/** Throws UnbrickError `usage` when it is not known where in flash the image belongs. */
export function requireFlashLines(script: ConsoleScript): void {
  if (script.flash.length > 0) return;
  throw new UnbrickError("usage", "Where in flash the image belongs is not known", {
    hint: "Give the address a guide for this model names: --flash 0x9f020000",
  });
}

/** Writing flash needs the addresses too, but not a start from memory. */
function beforeLoad(memory: readonly ScriptLine[]): readonly ScriptLine[] {
  return memory.filter(({ text }) => /^(?:setenv|ifconfig|ping)\b/.test(text));
}

function makePlan(
  context: InteractiveContext,
  entry: Device | Family | undefined,
  options: ConsoleOptions,
  image: Image,
): Plan {
  const loader = chooseLoader(options.for, entry);
  const [known] = entry === undefined ? [] : computerAddresses(entry.recovery).list;
  const device = checkNetwork(options.ip ?? deviceOf(entry, known?.prefixLength ?? 24));
  const names = entry !== undefined && "files" in entry.recovery
    ? entry.recovery.files.flatMap((file) => file.names.map((name) => name.text))
    : [];
  const server = options.server !== undefined
    ? checkAddress(options.server)
    : known !== undefined
    ? formatIpv4(known.address)
    : serverFor(context, options, device);
  const flashAddress = checkMemoryAddress(options.flash, "--flash");
  const file = typableName(image.name);
  const script = consoleScript({
    loader,
    device: device.address,
    prefixLength: device.prefixLength,
    server: parseIpv4(server)!,
    file,
    bytes: image.bytes.length,
    isElf: isElf(image.bytes),
    loadAddress: checkMemoryAddress(options.load, "--load"),
    flashAddress,
  });
  return {
    loader,
    server,
    file,
    serverSubnet: formatSubnet({
      address: parseIpv4(server)!,
      prefixLength: device.prefixLength,
    }),
    aliases: [...names, file],
    dangers: entry === undefined ? [] : dangersOf(entry),
    script: { ...script, notes: [...notesOn(entry), ...script.notes] },
  };
}

/** What the catalogue knows of a device's console beyond addresses. */
function notesOn(entry: Device | Family | undefined): readonly string[] {
  if (entry?.recovery.way !== "redboot" || entry.recovery.script === undefined) return [];
  const files = entry.recovery.script.files.map(({ name }) => `<${name}>`).join(" ");
  return [
    "All lines for this device are known, flash included: unbrick devices show " +
    `${entry.id} prints them, unbrick redboot ${files} --device ${entry.id} types them`,
  ];
}

function chooseLoader(name: string | undefined, entry: Device | Family | undefined): LoaderName {
  const wanted = name ?? loaderOf(entry?.bootloader);
  const found = LOADER_NAMES.find((loader) => loader === wanted?.toLowerCase());
  if (found !== undefined) return found;
  throw new UnbrickError(
    "usage",
    name === undefined ? "No boot loader was named" : `"${name}" is no boot loader known here`,
    { hint: `Name it: --for ${LOADER_NAMES.join(", --for ")}` },
  );
}

function loaderOf(bootloader: string | undefined): LoaderName | undefined {
  if (bootloader === undefined) return undefined;
  // APBoot is Aruba's U-Boot and takes the same commands.
  if (/u-boot|apboot/i.test(bootloader)) return "u-boot";
  if (/cfe/i.test(bootloader)) return "cfe";
  return /redboot/i.test(bootloader) ? "redboot" : undefined;
}

function deviceOf(entry: Device | Family | undefined, prefixLength: number): string {
  const device = entry?.recovery.device;
  if (device !== undefined) return formatSubnet({ address: device, prefixLength });
  const [computer] = entry === undefined ? [] : computerAddresses(entry.recovery).list;
  if (computer === undefined) return USUAL_DEVICE;
  // Any free address of the computer's network does: it is typed on the console.
  const first = (computer.address & ~0xff) >>> 0;
  const address = first + 1 === computer.address ? first + USUAL_HOST_NUMBER : first + 1;
  return formatSubnet({ address, prefixLength: computer.prefixLength });
}

function checkNetwork(text: string) {
  const subnet = parseSubnet(text.includes("/") ? text : `${text}/24`);
  if (subnet !== undefined) return subnet;
  throw new UnbrickError("usage", `"${text}" is not an address with its network`, {
    hint: "Give it as 192.168.1.1/24",
  });
}

function serverFor(
  context: InteractiveContext,
  options: ConsoleOptions,
  device: ReturnType<typeof checkNetwork>,
): string {
  try {
    return ownAddressFor(context.host.addresses(), device);
  } catch (error) {
    // Only printing needs no address yet.
    if (options.serve === true || options.port !== undefined) throw error;
    const network = (device.address & ~0xff) >>> 0;
    const second = network + USUAL_HOST_NUMBER;
    return formatIpv4(second === device.address ? second + 1 : second);
  }
}
