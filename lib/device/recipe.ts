/**
 * The recipe for one device: what is known of it, in the order in which a person needs it, with the
 * exact commands. Pure; how it looks is up to whoever shows it.
 *
 * @module
 */
import { assertNever } from "../errors.ts";
import { formatIpv4, formatSubnet } from "../net/ipv4.ts";
import { type Addresses, computerAddresses } from "./computer_address.ts";
import { describeImage } from "./describe_image.ts";
import { describeTrust, isWeakField, WEAK_WORDING } from "./provenance.ts";
import { type RecipeCommand, recipeCommands } from "./recipe_commands.ts";
import type {
  Catalogue,
  Device,
  DeviceField,
  Family,
  Listens,
  Recovery,
  RequestedFile,
  Source,
} from "./types.ts";

/** One known thing: "asks for" "tp_recovery.bin". */
export interface RecipeFact {
  /** What it is about, at most 11 characters. */
  readonly label: string;
  /** The value in words. */
  readonly value: string;
}

/** Everything known about a device, in order of need. */
export interface Recipe {
  /** Vendor and model. */
  readonly title: string;
  /** Its id in the catalogue. */
  readonly id: string;
  /** Set when recovery this way must not be tried; the first of the dangers says why. */
  readonly isToBeAvoided: boolean;
  /** What can brick the device, and why it is not to be tried, if so. Shown first. */
  readonly dangers: readonly string[];
  /** Who asks whom, in a sentence. */
  readonly summary: string;
  /** What is known. */
  readonly facts: readonly RecipeFact[];
  /** What to type, in order; empty when nothing should be tried or nothing is known. */
  readonly commands: readonly RecipeCommand[];
  /** What to do on the device once the commands run. */
  readonly trigger: string;
  /** Lines that are typed on the device's console, placeholders included. */
  readonly script: readonly string[];
  /** What happens afterwards. */
  readonly after: readonly string[];
  /** Anything else. */
  readonly notes: readonly string[];
  /** What is doubtful. */
  readonly doubts: readonly string[];
  /** "documented, checked against its sources". */
  readonly trust: string;
  /** Where to read more. */
  readonly sources: readonly Source[];
}

/** Makes the recipe of an entry. */
export function makeRecipe(catalogue: Catalogue, entry: Device | Family): Recipe {
  const addresses = computerAddresses(entry.recovery);
  return {
    title: `${entry.vendor} ${entry.model}`,
    id: entry.id,
    isToBeAvoided: entry.avoid !== undefined,
    dangers: dangersOf(entry),
    summary: summaryOf(entry),
    facts: factsOf(entry, addresses),
    commands: entry.avoid === undefined ? recipeCommands(entry, addresses) : [],
    trigger: triggerOf(entry),
    script: entry.recovery.way === "redboot" ? entry.recovery.script?.lines ?? [] : [],
    after: afterOf(entry),
    notes: notesOf(entry),
    doubts: doubtsOf(catalogue, entry),
    trust: trustOf(entry),
    sources: entry.sources,
  };
}

/** What can go badly wrong with an entry, in words, the reason not to try at all first. */
export function dangersOf(entry: Device | Family): readonly string[] {
  const dangers = entry.avoid === undefined ? [] : [entry.avoid];
  dangers.push(...entry.danger);
  const { recovery } = entry;
  const files = "files" in recovery ? recovery.files : [];
  if (files.length > 1) {
    dangers.push("It asks for different files: never serve one image under all of these names.");
  }
  if (recovery.way === "pulls" && entry.trigger?.kind === "every-boot") {
    dangers.push(
      "It takes whatever is served at every boot: stop serving after the first transfer.",
    );
  }
  if (entry.image?.signed === "required") {
    dangers.push("It takes images signed by the vendor only: OpenWrt is refused.");
  }
  return dangers;
}

function summaryOf(entry: Device | Family): string {
  const { recovery } = entry;
  switch (recovery.way) {
    case "pulls":
      return "The device pulls: it asks this computer for a file by TFTP.";
    case "listens":
      return "The device listens: this computer puts the file to it by TFTP.";
    case "bootp-then-pulls":
      return "The device asks for an address by BOOTP or DHCP, then pulls a file by TFTP.";
    case "serial-then-pulls":
      return "Needs a serial console: commands typed there make the device pull a file by TFTP.";
    case "serial-then-listens":
      return "Needs a serial console: commands typed there make the device wait for a file by TFTP.";
    case "redboot":
      return `RedBoot: its console on TCP port ${recovery.telnetPort} is told to pull a file by TFTP.`;
    case "other":
      return `Not by TFTP, but by ${PROTOCOLS[recovery.by]}. Use ${recovery.tool}.`;
    default:
      return assertNever(recovery);
  }
}

const PROTOCOLS = {
  "nmrp": "NMRP",
  "eva-ftp": "FTP",
  "http": "a web page of the bootloader",
  "cfe-http": "CFE's web page",
  "netconsole": "U-Boot's netconsole",
} as const;

function factsOf(entry: Device | Family, addresses: Addresses): readonly RecipeFact[] {
  const { recovery } = entry;
  const facts: [string, string | undefined][] = [
    ["computer", describeComputer(addresses)],
    ["device", describeDevice(recovery)],
    ["asks for", "files" in recovery ? describeFiles(recovery.files) : undefined],
    ["put as", recovery.way === "listens" ? describePutName(recovery) : undefined],
    ["image", entry.image === undefined ? undefined : describeImage(entry.image)],
    ["port", entry.port],
    ["link", describeLink(entry)],
    ["MAC", entry.mac === undefined ? undefined : `${entry.mac} (the bootloader's own)`],
    ["ping", describePing(entry)],
    [
      "bootloader",
      entry.bootloader === undefined ? undefined : `${entry.bootloader} (not checked)`,
    ],
  ];
  return facts.flatMap(([label, value]) => value === undefined ? [] : [{ label, value }]);
}

function describeComputer(addresses: Addresses): string | undefined {
  const texts = addresses.list.map(formatSubnet);
  switch (addresses.reason) {
    case "unknown":
      return undefined;
    case "asked":
      return texts.join(" and ");
    case "typed":
      return `${texts.join(" or ")} (typed on the console: others do as well)`;
    case "only-accepted":
      return `${texts.join(" or ")} (no other is accepted)`;
    case "example":
      return `any free address of the subnet, for example ${texts.join(" ")}`;
    case "chosen":
      return `any free address of the subnet (a /24 is assumed), for example ${texts.join(" ")}`;
    default:
      return assertNever(addresses.reason);
  }
}

function describeDevice(recovery: Recovery): string | undefined {
  const keeps = recovery.way === "listens" && recovery.keepsConfiguredAddress;
  if (recovery.device === undefined) {
    return keeps ? "the LAN address it was configured with" : undefined;
  }
  const address = formatIpv4(recovery.device);
  return keeps ? `${address}, or the LAN address it was configured with` : address;
}

function describeFiles(files: readonly RequestedFile[]): string | undefined {
  if (files.length === 0) return undefined;
  return files
    .map((file) => {
      const names = file.names.map((name) => name.text).join(" or ");
      return file.what === undefined ? names : `${names} (${file.what})`;
    })
    .join(", then ");
}

function describePutName(recovery: Listens): string | undefined {
  if (recovery.anyRemoteName) return "any name";
  if (recovery.remoteName === undefined) return undefined;
  const names = [recovery.remoteName, ...recovery.remoteAlternatives].map((name) => name.text);
  const first = recovery.firstGet === undefined
    ? ""
    : `; the source first gets ${recovery.firstGet.text}`;
  return names.join(" or ") + first;
}

function describeLink({ link }: Device | Family): string | undefined {
  if (link === undefined) return undefined;
  const parts: string[] = [];
  if (link.switchBetween === true) parts.push("put a switch between computer and device");
  if (link.speed === "1000") parts.push("must be 1 Gbit/s");
  else if (link.speed !== undefined) {
    parts.push(`try ${link.speed.replace("-", " Mbit/s ")} duplex`);
  }
  if (link.mtu !== undefined) parts.push(`set the computer's MTU to ${link.mtu}`);
  return parts.join("; ");
}

function describePing({ ping }: Device | Family): string | undefined {
  if (ping === undefined) return undefined;
  if (!ping.answers) return "does not answer; silence proves nothing";
  return ping.ttl === undefined ? "answers" : `answers with TTL ${ping.ttl}`;
}

function triggerOf({ trigger }: Device | Family): string {
  if (trigger === undefined) return "not known: the sources do not say what starts it";
  const window = trigger.windowSeconds;
  return window === undefined ? trigger.how : `${trigger.how} (window: ${window} s)`;
}

function afterOf(entry: Device | Family): readonly string[] {
  const after = [...entry.after];
  if (entry.image?.ramOnly === true) {
    after.push("nothing is written yet: it runs from RAM until power goes, so install from there");
  }
  if (entry.powerCycleByHand && !after.some((line) => /power-cycle/.test(line))) {
    after.push("power-cycle by hand when it is done");
  }
  return after;
}

function notesOf(entry: Device | Family): readonly string[] {
  const notes = [...entry.notes];
  if (entry.replacedBootloader) {
    notes.unshift("only with the replaced bootloader installed, not with the vendor's");
  }
  if (entry.image?.signed === "expected") {
    notes.push("sibling models refuse images that the vendor did not sign: expect the same here");
  }
  const { recovery } = entry;
  if (recovery.way === "listens" && recovery.pullsAfterwards.length > 0) {
    const names = describeFiles(recovery.pullsAfterwards);
    notes.push(`after the put it pulls ${names}: serve these at the same time`);
  }
  return notes;
}

const FIELD_WORDS: Readonly<Record<DeviceField, string>> = {
  recovery: "direction",
  computer: "computer's address",
  device: "device's address",
  files: "file name",
  image: "image",
  trigger: "trigger",
  port: "port",
  mac: "MAC",
  bootloader: "bootloader",
  notes: "notes",
};

function doubtsOf(catalogue: Catalogue, entry: Device | Family): readonly string[] {
  const doubts = entry.doubts.map((doubt) => `${FIELD_WORDS[doubt.field]}: ${doubt.why}`);
  const isOurs = entry.kind === "family" || entry.origin.kind === "catalogue";
  const weak = (["image", "trigger", "notes"] as const)
    .filter((field) => isOurs && isWeakField(catalogue, field))
    .filter((field) => field === "notes" ? entry.notes.length > 0 : entry[field] !== undefined)
    .map((field) => FIELD_WORDS[field]);
  if (weak.length > 0) doubts.push(`${weak.join(", ")}: ${WEAK_WORDING}`);
  return doubts;
}

function trustOf(entry: Device | Family): string {
  if (entry.kind === "family") return `family rule, ${describeTrust(entry)}`;
  const { origin } = entry;
  if (origin.kind === "catalogue") return describeTrust(entry);
  const instead = origin.replaces ? ", in place of the catalogue's" : "";
  return `your own entry${instead} (${origin.file}), ${describeTrust(entry)}`;
}
