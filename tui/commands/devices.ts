/**
 * `unbrick devices`: what is known about devices.
 *
 * @module
 */
import { Command } from "@cliffy/command";
import { findEntry, loadCatalogue, withOwnDevices } from "../../lib/device/catalogue.ts";
import { encodeEntry } from "../../lib/device/encode_entry.ts";
import { readOwnDevices } from "../../lib/device/own_devices.ts";
import { provenanceOf } from "../../lib/device/provenance.ts";
import { dangersOf, makeRecipe } from "../../lib/device/recipe.ts";
import { formatCommand } from "../../lib/device/recipe_commands.ts";
import {
  createDeviceSearch,
  type DeviceSearch,
  type SearchFilter,
} from "../../lib/device/search.ts";
import type { Catalogue, Device, Family } from "../../lib/device/types.ts";
import { universalPlan } from "../../lib/device/universal_plan.ts";
import { DEVICE_FIELDS } from "../../lib/device/validate_entry.ts";
import { UnbrickError } from "../../lib/errors.ts";
import { formatIpv4, formatSubnet } from "../../lib/net/ipv4.ts";
import type { CommandContext } from "../context.ts";
import { checkInteger, checkOptional } from "./checks.ts";
import { hang, listItemText, recipeMarkdown, recipeText } from "../device_text.ts";

/** Folder of people's own entries when none is named, relative to where the program is run. */
export const DEFAULT_OWN_FOLDER = "devices";

/** Entries shown when nobody asks for more. */
const DEFAULT_LIMIT = 10;

/** More than the catalogue will ever hold. */
const MOST_SHOWN = 100_000;

/** More addresses than this on one interface help nobody. */
const MOST_ADDRESSES = 32;

/** Builds `unbrick devices` and `unbrick devices show`. */
export function devicesCommand(context: CommandContext, ownFolder: string = DEFAULT_OWN_FOLDER) {
  return new Command()
    .description("Find a device and how it is recovered.")
    .arguments("[words...:string]")
    .option("--vendor <vendor:string>", "Only devices of this maker.")
    .option("--pulls", "Only devices that ask this computer for a file.")
    .option("--listens", "Only devices that wait for a file.")
    .option("--limit <count:integer>", `Show at most this many. Default ${DEFAULT_LIMIT}.`)
    .option(
      "--unknown <count:integer>",
      "Nobody knows the device: the addresses that serve the most.",
    )
    .option("--json", "Print JSON.")
    .example("By model", "unbrick devices archer c7")
    .example("By what it asks for", "unbrick devices ArcherC7v5_tp_recovery.bin")
    .example("Everything about one", "unbrick devices show tp-link-archer-c7-v5")
    .action(async (options, ...words: string[]) => {
      const catalogue = await readCatalogue(context, ownFolder);
      if (options.unknown !== undefined) {
        printPlan(context, catalogue, options.unknown, options.json === true);
        return;
      }
      printList(context, catalogue, words.join(" "), options);
    })
    .command("show", showCommand(context, ownFolder));
}

function showCommand(context: CommandContext, ownFolder: string) {
  return new Command()
    .description("Everything known about one device, as a recipe.")
    .arguments("<id:string:device>")
    .option("--json", "Print JSON.")
    .option("--markdown", "Print Markdown for a wiki page or a forum post.")
    .action(async (options, id: string) => {
      if (options.json === true && options.markdown === true) {
        throw new UnbrickError("usage", "--json and --markdown cannot go together", {
          hint: "Leave out one of them",
        });
      }
      const catalogue = await readCatalogue(context, ownFolder);
      const entry = findOrThrow(catalogue, id);
      const recipe = makeRecipe(catalogue, entry);
      if (options.json === true) {
        printJson(context, {
          ...encodeForOutput(entry),
          trust: trustByField(catalogue, entry),
          recipe,
        });
      } else if (options.markdown === true) {
        context.console.stdout(recipeMarkdown(recipe));
      } else {
        context.console.stdout(recipeText(recipe, styleOf(context)));
      }
    });
}

/** The catalogue with the own entries of this folder; what is wrong with those is told. */
export async function readCatalogue(
  context: CommandContext,
  ownFolder: string,
): Promise<Catalogue> {
  const [ours, own] = await Promise.all([
    loadCatalogue(),
    readOwnDevices(context.host, ownFolder),
  ]);
  for (const failure of own.failures) {
    context.console.stderr(`Warning: left out an own device: ${failure.message}\n`);
  }
  return withOwnDevices(ours, own.devices);
}

interface ListOptions {
  readonly vendor?: string | undefined;
  readonly pulls?: boolean | undefined;
  readonly listens?: boolean | undefined;
  readonly limit?: number | undefined;
  readonly json?: boolean | undefined;
}

function printList(
  context: CommandContext,
  catalogue: Catalogue,
  query: string,
  options: ListOptions,
): void {
  const limit = checkOptional(options.limit, "--limit", 1, MOST_SHOWN);
  const search = createDeviceSearch(catalogue);
  const found = search.find(query, filterOf(search, options)).map((hit) => hit.entry);
  if (options.json === true) {
    printJson(context, { devices: found.slice(0, limit).map(encodeForOutput) });
    return;
  }
  const { console } = context;
  if (found.length === 0) {
    console.stdout(`No device fits "${query}".\n`);
    console.stdout("Try fewer words, or: unbrick devices --unknown 5\n");
    context.setExitCode(1);
    return;
  }
  const shown = found.slice(0, limit ?? DEFAULT_LIMIT);
  const style = styleOf(context);
  for (const entry of shown) console.stdout(listItemText(entry, style));
  const [first] = found;
  if (found.length > shown.length) {
    console.stdout(`${found.length - shown.length} more: add a word, or --limit ${found.length}\n`);
  }
  if (first !== undefined) console.stdout(`Recipe: unbrick devices show ${first.id}\n`);
}

function filterOf(search: DeviceSearch, options: ListOptions): SearchFilter {
  if (options.pulls === true && options.listens === true) {
    throw new UnbrickError("usage", "--pulls and --listens cannot go together", {
      hint: "Leave out one of them, or both to see every device",
    });
  }
  const { vendor } = options;
  const filter = vendor === undefined ? {} : { vendor };
  if (vendor !== undefined && search.find("", filter).length === 0) {
    throw new UnbrickError("usage", `No device of the vendor "${vendor}" is known`, {
      hint: `Search without --vendor: unbrick devices ${vendor}`,
    });
  }
  if (options.pulls === true) return { ...filter, direction: "pulls" };
  return options.listens === true ? { ...filter, direction: "listens" } : filter;
}

function printPlan(
  context: CommandContext,
  catalogue: Catalogue,
  count: number,
  isJson: boolean,
): void {
  const plan = universalPlan(catalogue, checkInteger(count, "--unknown", 1, MOST_ADDRESSES));
  const addresses = plan.addresses.map((planned) => formatSubnet(planned.address));
  if (isJson) {
    const planned = plan.addresses.map(({ address, adds }) => ({
      address: formatSubnet(address),
      adds,
    }));
    printJson(context, { ...plan, addresses: planned });
    return;
  }
  const { width } = styleOf(context);
  const lines = [
    ...hang(
      `${addresses.length} addresses on this computer serve ${share(plan.pulls)} of the devices ` +
        `that pull one image, and reach ${share(plan.listens)} of those that listen:`,
      width,
    ),
    ...plan.addresses.map(({ address, adds }) =>
      `  ${formatIpv4(address.address).padEnd(17)}${adds} devices more`
    ),
    ...hang(
      "A wrong image bricks: first only watch which name is asked for, then look it up with " +
        "unbrick devices NAME.",
      width,
      "WARNING: ",
    ),
    `  ${formatCommand(["unbrick", "setup", "--interface", "<interface>"])}` +
    addresses.map((address) => ` --address ${address}`).join("") + " --serve",
    "  unbrick serve <image>",
    ...hang(
      `They ask for ${plan.names.length} names. Once you know that the image is right:`,
      width,
    ),
    "  unbrick serve <image> --any-name --once",
  ];
  context.console.stdout(lines.map((line) => `${line}\n`).join(""));
}

function share({ served, total }: { readonly served: number; readonly total: number }): string {
  return `${served} of ${total} (${Math.round((100 * served) / total)} %)`;
}

/** The entry with this id. Throws UnbrickError `usage`, with the likeliest id as a hint. */
export function findOrThrow(catalogue: Catalogue, id: string): Device | Family {
  const entry = findEntry(catalogue, id);
  if (entry !== undefined) return entry;
  const [near] = createDeviceSearch(catalogue).find(id.replaceAll("-", " "));
  throw new UnbrickError("usage", `No device has the id "${id}"`, {
    hint: near === undefined
      ? "Find its id with: unbrick devices and words of its name"
      : `Try: unbrick devices show ${near.entry.id}`,
  });
}

/** An entry for programs: as in the catalogue's file, with what follows from it. */
function encodeForOutput(entry: Device | Family): Readonly<Record<string, unknown>> {
  return {
    kind: entry.kind,
    ...encodeEntry(entry),
    warnings: dangersOf(entry),
    ...(entry.kind === "device" && { origin: entry.origin }),
  };
}

/** How far each part of an entry can be trusted; its sources stand for all of them. */
function trustByField(catalogue: Catalogue, entry: Device | Family) {
  return Object.fromEntries(DEVICE_FIELDS.map((field) => {
    const { confidence, checked, doubts } = provenanceOf(catalogue, entry, field);
    return [field, { confidence, checked, doubts }];
  }));
}

function printJson(context: CommandContext, value: unknown): void {
  context.console.stdout(`${JSON.stringify(value)}\n`);
}

function styleOf({ console }: CommandContext): { readonly width: number; readonly color: boolean } {
  return { width: Math.max(40, Math.min(80, console.size().columns)), color: console.color };
}
