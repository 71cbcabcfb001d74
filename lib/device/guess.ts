/**
 * Which device is asking? A request tells by its file name, its options, the address it comes from
 * and the address it asks.
 *
 * @module
 */
import { formatIpv4, parseIpv4 } from "../net/ipv4.ts";
import { compactText, countMistakes } from "./fuzzy.ts";
import { normalizeMac, type VendorOfMac } from "./mac_vendors.ts";
import { formatRemoteName } from "./remote_name.ts";
import { addressesOf, namesOf } from "./search.ts";
import type { ByteString } from "../tftp/name.ts";
import type { Catalogue, Device, Family } from "./types.ts";

/** What is known of a request; all but the name may be missing. */
export interface ObservedRequest {
  /** The file name asked for, as it came over the wire. */
  readonly filename: ByteString;
  /** Options and their values; names in any case. */
  readonly options?: Readonly<Record<string, string>>;
  /** Dotted address of the device. */
  readonly address?: string;
  /** Dotted address of this computer to which the request was sent. */
  readonly askedAddress?: string;
  /** MAC address of the device. */
  readonly mac?: string;
}

/** A device that may be asking. */
export interface Guess {
  /** Which one. */
  readonly entry: Device | Family;
  /** Higher is more likely; only for ordering. */
  readonly score: number;
  /** What speaks for it, in words, strongest first. */
  readonly reasons: readonly string[];
}

/** What each sign is worth. An address alone never makes a guess: hundreds of devices share it. */
const WORTH = {
  fixedMac: 70,
  name: 60,
  nameButCase: 50,
  modelInName: 35,
  nearlyName: 35,
  perMistake: 5,
  asked: 20,
  device: 15,
  vendor: 15,
  option: 8,
} as const;

/** Guesses below this are not worth showing. */
const LEAST_SCORE = 25;

/** Most characters in which a name may differ and still be called similar. */
const MOST_MISTAKES = 2;

/** Names shorter than this are all similar to each other. */
const SHORTEST_SIMILAR = 8;

/** Most guesses that are returned. */
const MOST_GUESSES = 12;

/** A family explains a request less well than one of its models. */
const FAMILY_DISCOUNT = 5;

/** Likely devices for a request, the likeliest first; empty when nothing is known that fits. */
export function guessFromRequest(
  catalogue: Catalogue,
  request: ObservedRequest,
  vendorOfMac?: VendorOfMac,
): readonly Guess[] {
  const vendor = request.mac === undefined ? undefined : vendorOfMac?.(request.mac);
  const guesses: Guess[] = [];
  for (const entry of [...catalogue.devices, ...catalogue.families]) {
    const signs = [
      ...nameSigns(entry, request.filename),
      ...addressSigns(entry, request),
      ...optionSigns(entry, request.options ?? {}),
      ...macSigns(entry, request.mac, vendor),
    ].sort((a, b) => b.worth - a.worth);
    const sum = signs.reduce((total, sign) => total + sign.worth, 0);
    const score = sum - (entry.kind === "family" ? FAMILY_DISCOUNT : 0);
    if (score < LEAST_SCORE) continue;
    // Addresses and makers are shared by too many models to name one of them.
    const isEnough = entry.kind === "family" && signs.length > 1;
    if (!isEnough && signs.every((sign) => !sign.identifies)) continue;
    guesses.push({ entry, score, reasons: signs.map((sign) => sign.reason) });
  }
  return guesses
    .sort((a, b) => b.score - a.score || (a.entry.id < b.entry.id ? -1 : 1))
    .slice(0, MOST_GUESSES);
}

interface Sign {
  readonly worth: number;
  readonly reason: string;
  readonly identifies: boolean;
}

function sign(worth: number, reason: string, identifies = true): readonly Sign[] {
  return [{ worth, reason, identifies }];
}

function nameSigns(entry: Device | Family, asked: ByteString): readonly Sign[] {
  const known = namesOf(entry);
  if (known.some((name) => name.bytes === asked)) {
    return sign(WORTH.name, `asks for "${formatRemoteName(asked)}"`);
  }
  const names = known.map((name) => name.text);
  const same = names.find((name) => name.toLowerCase() === asked.toLowerCase());
  if (same !== undefined) {
    return sign(WORTH.nameButCase, `asks for "${same}", other than that in capitals only`);
  }
  const compactAsked = compactText(asked);
  // Without the revision: a name that is not listed is most likely that of another one.
  const model = compactText(entry.model.replace(/\(.*\)/, "").replace(/\sv\d.*$/i, ""));
  if (entry.kind === "device" && model.length >= 5 && compactAsked.includes(model)) {
    return sign(WORTH.modelInName, "its model stands in the name");
  }
  return nearlySigns(compactAsked, names);
}

function nearlySigns(asked: string, names: readonly string[]): readonly Sign[] {
  if (asked.length < SHORTEST_SIMILAR) return [];
  let nearest: { readonly name: string; readonly mistakes: number } | undefined;
  for (const name of names) {
    if (name.length < SHORTEST_SIMILAR) continue;
    const mistakes = countMistakes(asked, compactText(name), MOST_MISTAKES);
    if (mistakes <= MOST_MISTAKES && mistakes < (nearest?.mistakes ?? Infinity)) {
      nearest = { name, mistakes };
    }
  }
  if (nearest === undefined) return [];
  const worth = WORTH.nearlyName - WORTH.perMistake * nearest.mistakes;
  return sign(worth, `asks for "${nearest.name}", which differs by a character or two`);
}

function addressSigns(entry: Device | Family, request: ObservedRequest): readonly Sign[] {
  const signs: Sign[] = [];
  const own = request.address === undefined ? undefined : parseIpv4(request.address);
  if (own !== undefined && own === entry.recovery.device) {
    signs.push(...sign(WORTH.device, `has the address ${formatIpv4(own)}`, false));
  }
  const asked = request.askedAddress === undefined ? undefined : parseIpv4(request.askedAddress);
  const expected = addressesOf(entry).filter((address) => address !== entry.recovery.device);
  if (asked !== undefined && expected.includes(asked)) {
    signs.push(...sign(WORTH.asked, `asks ${formatIpv4(asked)}`, false));
  }
  return signs;
}

function optionSigns(
  entry: Device | Family,
  options: Readonly<Record<string, string>>,
): readonly Sign[] {
  if (entry.recovery.way !== "pulls" || entry.recovery.asks === undefined) return [];
  const seen = new Map(Object.entries(options).map(([name, text]) => [name.toLowerCase(), text]));
  const wanted = Object.entries(entry.recovery.asks);
  if (!wanted.every(([name, text]) => seen.get(name) === text)) return [];
  const words = wanted.map(([name, text]) => `${name} ${text}`).join(" and ");
  return sign(WORTH.option * wanted.length, `asks for ${words}`, false);
}

function macSigns(
  entry: Device | Family,
  mac: string | undefined,
  vendor: string | undefined,
): readonly Sign[] {
  if (mac === undefined) return [];
  if (entry.mac !== undefined && normalizeMac(entry.mac) === normalizeMac(mac)) {
    return sign(WORTH.fixedMac, `has its bootloader's MAC ${entry.mac}`);
  }
  return vendor === entry.vendor ? sign(WORTH.vendor, `its MAC belongs to ${vendor}`, false) : [];
}
