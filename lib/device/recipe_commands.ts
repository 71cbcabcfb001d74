/**
 * The exact `unbrick` commands for a device.
 *
 * @module
 */
import { assertNever } from "../errors.ts";
import { formatIpv4, formatSubnet } from "../net/ipv4.ts";
import type { Addresses } from "./computer_address.ts";
import type { BootpThenPulls, Device, Family, RemoteName, RequestedFile } from "./types.ts";

/** One command to type. */
export interface RecipeCommand {
  /** What it is for. */
  readonly purpose: string;
  /** Program and arguments; `<…>` stands for what the person fills in. */
  readonly argv: readonly string[];
}

/** Stands for the path of the image. */
const IMAGE = "<image>";
/** Stands for the interface the device is plugged into. */
const INTERFACE = "<interface>";

/** The commands for an entry, in the order in which they are typed. */
export function recipeCommands(
  entry: Device | Family,
  addresses: Addresses,
): readonly RecipeCommand[] {
  const { recovery } = entry;
  switch (recovery.way) {
    case "pulls":
      return [
        ...setup(entry, addresses, "--serve"),
        serve(recovery.files, addresses, entry.trigger?.kind === "every-boot"),
      ];
    case "listens":
      return [
        ...setup(entry, addresses, "--push"),
        ...push(recovery.device, recovery.remoteName, recovery.pullsAfterwards, addresses),
      ];
    case "bootp-then-pulls":
      return [...setup(entry, addresses, "--bootp"), ...bootp(recovery)];
    case "serial-then-pulls":
      return [
        ...setup(entry, addresses, "--serve"),
        serve(recovery.files, addresses, false),
        ...serialConsole(entry),
      ];
    case "serial-then-listens":
      return [
        ...setup(entry, addresses, "--push"),
        ...push(recovery.device, recovery.remoteName, [], addresses),
      ];
    case "redboot":
      if (recovery.device === undefined) return [];
      if (recovery.script !== undefined) {
        const files = recovery.script.files.map(({ name }) => `<${name}>`);
        return [...setup(entry, addresses, "--serve"), {
          purpose: "Catch RedBoot's console, serve the files and type the lines below",
          argv: ["unbrick", "redboot", ...files, "--device", entry.id],
        }];
      }
      return [
        ...setup(entry, addresses, "--serve"),
        serve(recovery.files, addresses, false),
        {
          purpose: "Catch RedBoot's console",
          argv: ["unbrick", "redboot", formatIpv4(recovery.device)],
        },
      ];
    case "other":
      return [];
    default:
      return assertNever(recovery);
  }
}

/** A command as it is typed; arguments that a shell would take apart are quoted. */
export function formatCommand(argv: readonly string[]): string {
  return argv.map((word) => /^[\w@%+=:,./<>-]+$/.test(word) ? word : `"${word}"`).join(" ");
}

function setup(
  entry: Device | Family,
  addresses: Addresses,
  job: "--serve" | "--push" | "--bootp",
): readonly RecipeCommand[] {
  if (addresses.list.length === 0) return [];
  const { recovery } = entry;
  const argv = ["unbrick", "setup", "--interface", INTERFACE];
  for (const subnet of addresses.list) argv.push("--address", formatSubnet(subnet));
  if (job === "--push" && recovery.device !== undefined) {
    argv.push("--device-ip", formatIpv4(recovery.device));
  }
  const needsArp = recovery.way === "listens" && recovery.staticArp;
  if (needsArp) argv.push("--device-mac", entry.mac ?? "<MAC>");
  return [{ purpose: "Prepare this computer", argv: [...argv, job] }];
}

function serve(
  files: readonly RequestedFile[],
  addresses: Addresses,
  isOnce: boolean,
): RecipeCommand {
  const argv = ["unbrick", "serve"];
  const [file, ...more] = files;
  if (file === undefined) {
    argv.push(IMAGE, "--any-name");
  } else if (file.partOfImage) {
    argv.push("--dir", "<parts-folder>");
  } else if (more.length > 0) {
    argv.push(...files.map((each) => each.names[0]?.text ?? IMAGE));
  } else {
    argv.push(IMAGE);
    for (const name of file.names) argv.push("--as", name.text);
  }
  for (const { address } of addresses.list) argv.push("--address", formatIpv4(address));
  // A session of several files could outlast the pause after which --once ends.
  if (isOnce && more.length === 0 && file?.partOfImage !== true) argv.push("--once");
  const purpose = more.length > 0 ? "Serve both files, named as they are asked for" : "Serve";
  return { purpose, argv };
}

function push(
  device: number | undefined,
  remoteName: RemoteName | undefined,
  pulled: readonly RequestedFile[],
  addresses: Addresses,
): readonly RecipeCommand[] {
  if (device === undefined) return [];
  const argv = ["unbrick", "push", IMAGE, formatIpv4(device)];
  if (remoteName !== undefined) argv.push("--remote", remoteName.text);
  const command = { purpose: "Push", argv };
  return pulled.length === 0 ? [command] : [serve(pulled, addresses, false), command];
}

function bootp({ files, protocol }: BootpThenPulls): readonly RecipeCommand[] {
  const image = files.length > 1 ? files[0]?.names[0]?.text ?? IMAGE : IMAGE;
  const later = files.slice(1).map((file) => file.names[0]?.text ?? IMAGE);
  const first = {
    purpose: "Give it an address and the image",
    argv: [
      ...["unbrick", "bootp", image, "--interface", INTERFACE],
      ...(protocol === undefined ? [] : [`--${protocol}-only`]),
    ],
  };
  if (later.length === 0) return [first];
  return [first, {
    purpose: "Then serve what it asks for next",
    argv: ["unbrick", "serve", ...later],
  }];
}

function serialConsole(entry: Device | Family): readonly RecipeCommand[] {
  if (entry.bootloader !== "U-Boot" && entry.bootloader !== "OpenWrt U-Boot") return [];
  return [{
    purpose: "Print what to type on the serial console",
    argv: ["unbrick", "console", "--for", "u-boot", "--device", entry.id, IMAGE],
  }];
}
