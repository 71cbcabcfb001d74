/**
 * What a recovery needs to know of a device: made of a catalogue entry, of three answers, or of
 * nothing at all. Pure.
 *
 * @module
 */
import { computerAddresses, NETBOOT_ADDRESS } from "../device/computer_address.ts";
import { makeRecipe, type Recipe } from "../device/recipe.ts";
import { formatCommand } from "../device/recipe_commands.ts";
import { formatRemoteName } from "../device/remote_name.ts";
import type { Catalogue, Device, Family, Recovery, RedbootScript } from "../device/types.ts";
import { universalPlan } from "../device/universal_plan.ts";
import { formatIpv4, type Ipv4Subnet, networkOf, parseIpv4 } from "../net/ipv4.ts";
import { type ByteString, byteStringFromText } from "../tftp/name.ts";

/** Who asks whom: the device this computer, this computer the device, or that is to be found out. */
export type Direction = "pulls" | "listens" | "either";

/** What has to happen before a device pulls its image. */
export type Opening =
  /** Nothing: it asks by itself. */
  | { readonly kind: "none" }
  /** It is given an address; `protocol` is the one that it finishes, undefined when either may do. */
  | { readonly kind: "address"; readonly protocol: "bootp" | "dhcp" | undefined }
  /** Lines are typed on its console, on this TCP port. */
  | { readonly kind: "console"; readonly port: number; readonly script: RedbootScript };

/** Everything that happens in a recovery, before it happens. */
export interface RecoveryPlan {
  /** The device in words. */
  readonly title: string;
  /** The catalogue entry, if there is one. */
  readonly entry: Device | Family | undefined;
  /** Who asks whom. */
  readonly direction: Direction;
  /** What comes first where the device pulls. */
  readonly opening: Opening;
  /** Addresses that this computer must have. */
  readonly computer: readonly Ipv4Subnet[];
  /** Dotted addresses of the device, the likeliest first; empty when it takes any. */
  readonly device: readonly string[];
  /** MAC address of the device where it answers no ARP. */
  readonly deviceMac: string | undefined;
  /**
   * Names under which the image is served, or the name under which it is pushed. Empty when none is
   * known.
   */
  readonly names: readonly ByteString[];
  /** Where to plug the cable in. */
  readonly port: string;
  /** What to do with button and power, one step each. */
  readonly trigger: readonly string[];
  /** What can go wrong, the worst first. */
  readonly traps: readonly string[];
  /** What comes after the last block. */
  readonly after: readonly string[];
  /** Whether the device starts what it was sent at once; otherwise it writes its flash first. */
  readonly startsAtOnce: boolean;
  /** Whether the power has to be cycled by hand afterwards. */
  readonly powerCycleByHand: boolean;
  /** Whether the image runs from RAM only, so that the real one has to be installed from it. */
  readonly isRamOnly: boolean;
  /** Whether the bootloader tells after that time how it went. */
  readonly givesVerdict: boolean;
  /** Silent time after the last block in which power must stay on, in seconds. */
  readonly flashSeconds: number;
}

/** A plan, or why this program cannot help and what can. */
export type Planned =
  | { readonly kind: "plan"; readonly plan: RecoveryPlan }
  | {
    readonly kind: "elsewhere";
    /** Why not here. */
    readonly why: string;
    /** What to do instead: commands to type, or words. */
    readonly instead: readonly string[];
    /** Everything known of it. */
    readonly recipe: Recipe;
  };

/** Longest silence while flash is written that is known of; most devices take one to three. */
const FLASH_SECONDS = 300;

/** Longest start of a system from memory, until it answers. */
const START_SECONDS = 120;

/** The family of the catalogue whose bootloader says, once the flash is written, how that went. */
const ASUS_FAMILY = "asus-rescue-mode";

/** Cable advice where no source says more. */
const ANY_LAN_PORT = "any LAN port (not WAN, not Internet)";

/** Most addresses that are taken for a device nobody knows. */
const MAX_ADDRESSES = 8;

/** Where bootloaders wait that nobody has named. */
const USUAL_DEVICES = ["192.168.1.1", "192.168.1.20", "192.168.0.1"] as const;

/** Plans for an entry of the catalogue. */
export function planForEntry(catalogue: Catalogue, entry: Device | Family): Planned {
  const recipe = makeRecipe(catalogue, entry);
  const { recovery } = entry;
  const elsewhere = (why: string, ...instead: string[]): Planned => ({
    kind: "elsewhere",
    why,
    instead,
    recipe,
  });
  const byHand = (why: string): Planned =>
    elsewhere(why, ...recipe.commands.map(({ argv }) => formatCommand(argv)));
  let opening: Opening = { kind: "none" };
  if (entry.avoid !== undefined) {
    return elsewhere(`Do not try this: ${entry.avoid}`, "Ask in the forum of OpenWrt first");
  }
  const files = "files" in recovery ? recovery.files : [];
  switch (recovery.way) {
    case "other":
      return elsewhere(recipe.summary, `Use ${recovery.tool}`);
    case "redboot":
      if (recovery.script === undefined || recovery.device === undefined) {
        return byHand(recipe.summary);
      }
      opening = { kind: "console", port: recovery.telnetPort, script: recovery.script };
      break;
    case "bootp-then-pulls":
      if (files.length > 1) return byHand("It asks for several files, one after the other");
      opening = { kind: "address", protocol: recovery.protocol };
      break;
    case "listens":
    case "serial-then-listens":
      if (recovery.device === undefined) {
        return elsewhere(
          "It listens, but its address is not known",
          "unbrick push <image> <address>",
        );
      }
      break;
    case "pulls":
    case "serial-then-pulls":
      if (files.length > 1 || files.some((file) => file.partOfImage)) {
        return byHand("It asks for parts of an image under several names");
      }
  }
  const isPush = recovery.way === "listens" || recovery.way === "serial-then-listens";
  const names = isPush
    ? recovery.remoteName === undefined ? [] : [recovery.remoteName.bytes]
    : files.flatMap((file) => file.names.map((name) => name.bytes));
  const isRamOnly = entry.image?.ramOnly === true;
  const plan: RecoveryPlan = {
    title: recipe.title,
    entry,
    direction: isPush ? "listens" : "pulls",
    opening,
    computer: computersFor(recovery, isRamOnly),
    device: recovery.device === undefined ? [] : [formatIpv4(recovery.device)],
    deviceMac: recovery.way === "listens" && recovery.staticArp ? entry.mac : undefined,
    names,
    port: entry.port ?? ANY_LAN_PORT,
    trigger: [
      ...(recovery.way.startsWith("serial")
        ? ["This device needs a serial console: type the commands there"]
        : []),
      ...triggerSteps(
        // What sources tell to do by hand there is done for the person.
        opening.kind === "console"
          ? "switch it on: its console is caught as soon as it opens"
          : entry.trigger !== undefined
          ? recipe.trigger
          : opening.kind === "address"
          ? NETBOOT_TRIGGER
          : undefined,
      ),
    ],
    traps: [...recipe.dangers, ...recipe.notes],
    after: recipe.after,
    startsAtOnce: isRamOnly || opening.kind === "console",
    powerCycleByHand: entry.powerCycleByHand,
    isRamOnly,
    givesVerdict: isPush && (entry.kind === "family" ? entry.id : entry.family) === ASUS_FAMILY,
    flashSeconds: isRamOnly ? START_SECONDS : FLASH_SECONDS,
  };
  return { kind: "plan", plan };
}

/**
 * Addresses for this computer. A netbooting device takes what it is given, so what runs from memory
 * afterwards had best find this computer in its own network, whatever a source has used.
 */
function computersFor(recovery: Recovery, isRamOnly: boolean): readonly Ipv4Subnet[] {
  const isFree = recovery.way === "bootp-then-pulls" && recovery.computer?.kind !== "exactly";
  return isFree && isRamOnly ? [NETBOOT_ADDRESS] : computerAddresses(recovery).list;
}

/** What a person knows of a device that is not listed. */
export interface DeviceAnswers {
  /** Who asks whom. */
  readonly direction: "pulls" | "listens";
  /** Dotted address: of this computer if the device pulls, of the device if it listens. */
  readonly address: string;
  /** Name it asks for; empty when not known. */
  readonly name: string;
}

/** Plans for a device that is not listed. */
export function planForAnswers(answers: DeviceAnswers): RecoveryPlan {
  const address = parseIpv4(answers.address);
  if (address === undefined) throw new TypeError(`no address: ${answers.address}`);
  const isPush = answers.direction === "listens";
  return {
    ...UNKNOWN,
    title: "A router that is not listed",
    direction: answers.direction,
    computer: [{
      address: isPush ? freeNeighbour(address) : address,
      prefixLength: 24,
    }],
    device: isPush ? [answers.address] : [],
    names: answers.name === "" ? [] : [byteStringFromText(answers.name)],
  };
}

/** Plans for a device that is not listed and boots from the network. */
export function planForNetboot(): RecoveryPlan {
  return {
    ...UNKNOWN,
    title: "A router that boots from the network",
    direction: "pulls",
    opening: { kind: "address", protocol: undefined },
    port: "the port that boots: the first one mostly, marked Internet, WAN, ether1 or BOOT",
    trigger: triggerSteps(NETBOOT_TRIGGER),
    computer: [NETBOOT_ADDRESS],
    device: [],
  };
}

/** Plans for a device that nobody can name: both ways, on the addresses that serve the most. */
export function planForUnknown(catalogue: Catalogue): RecoveryPlan {
  const { addresses } = universalPlan(catalogue, MAX_ADDRESSES);
  return {
    ...UNKNOWN,
    title: "An unknown router",
    direction: "either",
    computer: addresses.map(({ address }) => address),
    device: USUAL_DEVICES.filter((device) =>
      addresses.every(({ address }) => address.address !== parseIpv4(device))
    ),
  };
}

/** What wakes a loader that boots from the network, where no source says more. */
const NETBOOT_TRIGGER =
  "hold its reset button down, switch it on, and hold the button until it asks here " +
  "(some take 20 seconds)";

const UNKNOWN = {
  entry: undefined,
  opening: { kind: "none" },
  deviceMac: undefined,
  names: [],
  port: ANY_LAN_PORT,
  trigger: triggerSteps(undefined),
  traps: [
    "An image for another model can brick it for good: take the one whose name has your model",
  ],
  after: [],
  startsAtOnce: false,
  powerCycleByHand: false,
  isRamOnly: false,
  givesVerdict: false,
  flashSeconds: FLASH_SECONDS,
} as const satisfies Partial<RecoveryPlan>;

function triggerSteps(how: string | undefined): readonly string[] {
  if (how === undefined) {
    return [
      "Switch the router off",
      "Hold its reset button down (a pin, or the WPS button on some)",
      "Switch it on and hold the button for 10 seconds or until something happens here",
    ];
  }
  return ["Switch the router off", capitalized(how)];
}

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Another address of the same /24, for this computer. */
function freeNeighbour(device: number): number {
  const second = networkOf({ address: device, prefixLength: 24 }) + 2;
  return second === device ? second + 1 : second;
}

/** Names as a person reads them. */
export function namesOfPlan(plan: RecoveryPlan): readonly string[] {
  return plan.names.map(formatRemoteName);
}

/** Addresses of this computer that are named one by one. */
const MOST_SHOWN = 3;

/** What will happen, in five lines: a label and a text for each. */
export function describePlan(
  plan: RecoveryPlan,
): readonly { readonly label: string; readonly text: string }[] {
  const names = namesOfPlan(plan);
  const computer = plan.computer.map(({ address }) => formatIpv4(address));
  const own = computer.length > MOST_SHOWN
    ? `the ${computer.length} usual ones, such as ${computer[0]}`
    : computer.join(" and ") || "any";
  const device = plan.device.join(" or ") ||
    (plan.opening.kind === "address" ? "one that it is given" : "any address");
  return [
    { label: "Direction", text: directionText(plan) },
    { label: "Addresses", text: `this computer ${own}; the router ${device}` },
    { label: "File name", text: namesText(plan, names) },
    { label: "Cable", text: `into ${plan.port} of the router` },
    { label: "Button", text: plan.trigger.slice(1).join("; ") },
  ];
}

function directionText({ direction, opening }: RecoveryPlan): string {
  switch (opening.kind) {
    case "address":
      return "the router asks for an address, then for the image; you say whether it is yours";
    case "console":
      return "commands are typed on the router's console, then it asks for the files; " +
        "you say yes to each that writes flash";
    case "none":
      return DIRECTION_TEXT[direction];
  }
}

function namesText({ direction, opening }: RecoveryPlan, names: readonly string[]): string {
  if (opening.kind === "console") return opening.script.files.map(({ what }) => what).join("; ");
  if (names.length > 0) return names.join(" or ");
  if (opening.kind === "address") return "the router is told the name of your image";
  return direction === "listens"
    ? "the router takes any name"
    : "not known: what the router asks for is shown";
}

const DIRECTION_TEXT: Readonly<Record<Direction, string>> = {
  pulls: "the router asks this computer for the image",
  listens: "the router listens, this computer sends it the image",
  either: "not known: both ways are tried at the same time",
};
