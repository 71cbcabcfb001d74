/**
 * The exact lines to type into a boot loader's console: look first, then try from memory, then what
 * writes flash, apart and marked. Pure.
 *
 * @module
 */
import { assertNever } from "../errors.ts";
import { formatIpv4, netmaskOf } from "../net/ipv4.ts";
import type { LoaderName } from "./loaders.ts";

/** A line to type. */
export interface ScriptLine {
  /** The line. */
  readonly text: string;
  /** What it does. */
  readonly purpose: string;
  /** Whether the prompt comes back: not after a line that starts a system. */
  readonly returns: boolean;
}

/** All lines for an image. */
export interface ConsoleScript {
  /** Show what is there; change nothing. */
  readonly look: readonly ScriptLine[];
  /** Set addresses and start the image from memory; flash stays as it is. */
  readonly memory: readonly ScriptLine[];
  /** Write flash; empty when it is not known where to. */
  readonly flash: readonly ScriptLine[];
  /** What to know before. */
  readonly notes: readonly string[];
}

/** What the lines are about. */
export interface ScriptGoal {
  /** The boot loader. */
  readonly loader: LoaderName;
  /** Address that the device is given. */
  readonly device: number;
  /** Address of this computer. */
  readonly server: number;
  /** Prefix length of their network. */
  readonly prefixLength: number;
  /** Name under which the image is served; see {@link typableName}. */
  readonly file: string;
  /** Bytes of the image. */
  readonly bytes: number;
  /** Whether the image is an ELF program. */
  readonly isElf: boolean;
  /** Where in memory the image goes; undefined for the loader's own choice. */
  readonly loadAddress: number | undefined;
  /** Where in flash the image goes; undefined when not known. */
  readonly flashAddress: number | undefined;
}

/** Whether these bytes begin an ELF program. */
export function isElf(bytes: Uint8Array): boolean {
  return bytes[0] === 0x7f && bytes[1] === 0x45 && bytes[2] === 0x4c && bytes[3] === 0x46;
}

/**
 * A name for an image that can be typed into every console: a space ends a name there, "$", ";" and
 * quotes mean something else.
 */
export function typableName(name: string): string {
  return name.replace(/[^\w.-]/g, "_").replace(/^-/, "_");
}

/** Makes the lines. */
export function consoleScript(goal: ScriptGoal): ConsoleScript {
  switch (goal.loader) {
    case "u-boot":
      return ubootScript(goal);
    case "cfe":
      return cfeScript(goal);
    case "redboot":
      return redbootScript(goal);
    default:
      return assertNever(goal.loader);
  }
}

/** Commands after which no prompt is to be expected. */
const STARTS = /^(?:go|exec|reset|reboot|boot|bootm|bootelf|bootz|booti)\b/;

/** A line of which nothing is known but its text. */
export function plainLine(text: string): ScriptLine {
  return { text, purpose: "", returns: !STARTS.test(text) };
}

/** Lines of a file: empty ones and those that begin with "#" are left out. */
export function parseScript(text: string): ScriptLine[] {
  return text.split(/\r?\n/).map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map(plainLine);
}

function line(text: string, purpose: string, returns = true): ScriptLine {
  return { text, purpose, returns };
}

function ubootScript(goal: ScriptGoal): ConsoleScript {
  const { device, server, prefixLength, file, flashAddress } = goal;
  const load = goal.loadAddress === undefined ? undefined : hex(goal.loadAddress);
  // Without an address U-Boot takes its variable loadaddr, for loading and for starting alike.
  const at = load === undefined ? "" : ` ${load}`;
  const start = goal.isElf
    ? line(`bootelf${at}`, "Start it from memory", false)
    : line(`bootm${at}`, "Start it from memory (a kernel image: uImage or FIT)", false);
  const fetch = line(`tftpboot${at} ${file}`, "Load the image into memory");
  const flash: ScriptLine[] = [];
  if (flashAddress !== undefined) {
    const to = hex(flashAddress);
    const from = load ?? "$loadaddr";
    const size = `0x${goal.bytes.toString(16)}`;
    flash.push(
      fetch,
      line(`erase ${to} +${size}`, "Erase that part of the flash (NOR)"),
      line(`cp.b ${from} ${to} ${size}`, "Write the image to flash (NOR)"),
      line(`bootm ${to}`, "Start what was written", false),
    );
  }
  return {
    look: [
      line("printenv", "Show all settings: keep a copy before anything is changed"),
      line("printenv bootcmd", "Where the device starts from"),
    ],
    memory: [
      line(`setenv ipaddr ${formatIpv4(device)}`, "The device's address, until switched off"),
      line(`setenv netmask ${formatIpv4(netmaskOf(prefixLength))}`, "Its network"),
      line(`setenv serverip ${formatIpv4(server)}`, "This computer's address"),
      line(`ping ${formatIpv4(server)}`, "Is the cable in the right port?"),
      fetch,
      start,
    ],
    flash,
    notes: [
      ...(load === undefined
        ? ["The image is loaded where U-Boot's variable loadaddr says; --load gives another place"]
        : []),
      ...(flashAddress === undefined
        ? ["Where in flash the image belongs is not known: look at bootcmd, or give --flash"]
        : [
          "The lines for flash are for NOR only, and only when the load said " +
          `Bytes transferred = ${goal.bytes}`,
        ]),
      "Very old versions call it tftp instead of tftpboot",
      "Do not type saveenv unless every setting is known to be right",
    ],
  };
}

function cfeScript(goal: ScriptGoal): ConsoleScript {
  const { device, server, prefixLength, file } = goal;
  const source = `${formatIpv4(server)}:${file}`;
  const address = [
    `ifconfig eth0 -addr=${formatIpv4(device)}`,
    `-mask=${formatIpv4(netmaskOf(prefixLength))}`,
    `-gw=${formatIpv4(server)}`,
  ];
  return {
    look: [
      line("show devices", "Show network and flash devices"),
      line("nvram show", "Show all settings: keep a copy before anything is changed"),
    ],
    memory: [
      line(address.join(" "), "Give the device an address, until switched off"),
      line(`ping ${formatIpv4(server)}`, "Is the cable in the right port?"),
      ...(goal.isElf
        ? [line(`boot -tftp -elf ${source}`, "Load the image and start it from memory", false)]
        : []),
    ],
    flash: [
      line(`flash -noheader ${source} flash0.trx`, "Write the image, a .trx without vendor header"),
      line("reboot", "Start what was written", false),
    ],
    notes: [
      ...(goal.isElf ? [] : ["CFE starts only ELF images from memory; this one is none"]),
      'With ":" instead of the source CFE waits for the image itself: use unbrick push then',
      "Some makers' images need their header: flash -ctheader, or upgrade code.bin",
    ],
  };
}

function redbootScript(goal: ScriptGoal): ConsoleScript {
  const { device, server, prefixLength, file, flashAddress } = goal;
  const addresses = `ip_address -l ${formatIpv4(device)}/${prefixLength} -h ${formatIpv4(server)}`;
  // RedBoot puts the first free address there by itself.
  const place = goal.loadAddress === undefined ? "%{FREEMEMLO}" : hex(goal.loadAddress);
  const raw = line(`load -r -b ${place} -m tftp ${file}`, "Load the image into memory");
  const entry = flashAddress === undefined ? undefined : hex(flashAddress);
  const name = typableName(file).slice(0, 15);
  return {
    look: [
      line("version", "Show the version and the memory"),
      line("fis list", "Show the parts of the flash: keep a copy"),
      line("fconfig -l", "Show all settings: keep a copy"),
    ],
    memory: [
      line(addresses, "Addresses of the device and this computer, until switched off"),
      ...(goal.isElf
        ? [
          line(`load -m tftp ${file}`, "Load the image into memory"),
          line("go", "Start it from memory", false),
        ]
        : [raw]),
    ],
    flash: entry === undefined ? [] : [
      line(addresses, "Addresses of the device and this computer"),
      raw,
      line(`fis create -e ${entry} -r ${entry} ${name}`, "Write what was loaded as a new part"),
    ],
    notes: [
      ...(goal.isElf ? [] : [
        "This image is no ELF program: it can be loaded, but RedBoot's go does not start it",
      ]),
      ...(flashAddress === undefined
        ? [
          "The lines for flash need the address the kernel runs at: give --flash " +
          "(0x80041000 on Atheros AR231x: La Fonera, DIR-300)",
        ]
        : []),
      ...(goal.bytes > REDBOOT_LIMIT
        ? [`RedBoot loads at most ${REDBOOT_LIMIT} bytes by TFTP; this image has ${goal.bytes}`]
        : []),
      "fis init throws the list of parts away: type it only when a guide for the model says so",
      "Never type a dollar sign: it sends RedBoot to its debugger",
    ],
  };
}

/** RedBoot compares block numbers as 32-bit numbers: it never gets past block 65535. */
const REDBOOT_LIMIT = 65_535 * 512;

function hex(address: number): string {
  return `0x${address.toString(16).padStart(8, "0")}`;
}
