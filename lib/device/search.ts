/**
 * Finding devices by what somebody types: vendor, model, other names, a file name that was asked
 * for, an address. Typing mistakes are forgiven. The index is built once; a search over the whole
 * catalogue then takes a fraction of a frame.
 *
 * @module
 */
import { formatIpv4 } from "../net/ipv4.ts";
import { allowedMistakes, compactText, countMistakes, wordsOf } from "./fuzzy.ts";
import type { Catalogue, Device, Family, RemoteName } from "./types.ts";

/** An entry that matches. */
export interface SearchHit {
  /** What was found. */
  readonly entry: Device | Family;
  /** Higher is better; only for ordering. */
  readonly score: number;
}

/** Limits for a search. */
export interface SearchFilter {
  /** Only this maker; compared without case, blanks and hyphens. */
  readonly vendor?: string;
  /** `pulls`: the device asks this computer; `listens`: it waits for a file. */
  readonly direction?: "pulls" | "listens";
}

/** Searches one catalogue. */
export interface DeviceSearch {
  /** Entries for a query, best first; all of them, ordered by name, for an empty query. */
  find(query: string, filter?: SearchFilter): readonly SearchHit[];
}

/** Scores of one word of the query against one text of an entry. */
const SCORE = {
  whole: 120,
  exact: 100,
  prefix: 70,
  inside: 45,
  mistaken: 40,
  perMistake: 10,
} as const;

/** A model counts more than its maker, and both more than what it asks for. */
const WEIGHT = { model: 1.2, vendor: 1, alias: 1.1, name: 0.9, board: 0.8 } as const;

/** A family is offered after its models. */
const FAMILY_WEIGHT = 0.8;

interface Indexed {
  readonly entry: Device | Family;
  /** Numbers of its words in the vocabulary, with the weight of where each stands. */
  readonly words: readonly (readonly [number, number])[];
  /** Texts without blanks, in which a term may stand inside, with their weights. */
  readonly texts: readonly (readonly [string, number])[];
  /** File names without blanks. */
  readonly names: readonly string[];
  /** Addresses, dotted. */
  readonly addresses: readonly string[];
  /** Vendor and model in one, for queries whose blanks stand elsewhere ("wr 841 n"). */
  readonly whole: string;
}

/** One word of the query. */
interface Term {
  readonly text: string;
  /** Set when it reads like an address or the start of one. */
  readonly address: string | undefined;
  /** Set when it reads like a file name. */
  readonly isName: boolean;
  /** Score against each word of the vocabulary. */
  readonly scores: readonly number[];
}

/** Builds the index of a catalogue. */
export function createDeviceSearch(catalogue: Catalogue): DeviceSearch {
  const vocabulary = new Map<string, number>();
  const indexed = [...catalogue.devices, ...catalogue.families]
    .map((entry) => indexEntry(entry, vocabulary));
  const words = [...vocabulary.keys()];
  return {
    find(query, filter = {}) {
      const allowed = indexed.filter(({ entry }) => passes(entry, filter));
      if (query.trim() === "") return sortHits(allowed.map(({ entry }) => ({ entry, score: 0 })));
      const terms = query.split(/\s+/)
        .filter((word) => compactText(word) !== "")
        .map((word) => makeTerm(word, words));
      return terms.length === 0 ? [] : sortHits(rank(allowed, terms));
    },
  };
}

function makeTerm(word: string, words: readonly string[]): Term {
  const text = compactText(word);
  const isAddress = /^\d{1,3}(\.\d{1,3}){1,3}\.?$/.test(word);
  return {
    text,
    address: isAddress ? word : undefined,
    isName: /[._]/.test(word) && text.length >= 8,
    scores: isAddress ? [] : words.map((known) => scoreWord(text, known)),
  };
}

function rank(indexed: readonly Indexed[], terms: readonly Term[]): SearchHit[] {
  const wholeQuery = terms.map((term) => term.text).join("");
  const hits: SearchHit[] = [];
  for (const item of indexed) {
    const scores = terms.map((term) => scoreTerm(item, term));
    // Every word of the query has to be found.
    let score = scores.includes(0) ? 0 : scores.reduce((sum, one) => sum + one, 0);
    if (terms.length > 1 && item.whole.includes(wholeQuery)) {
      score = Math.max(score, SCORE.inside * terms.length);
    }
    if (score === 0) continue;
    const { entry } = item;
    hits.push({ entry, score: entry.kind === "family" ? score * FAMILY_WEIGHT : score });
  }
  return hits;
}

/** The best place of one term in one entry. */
function scoreTerm(item: Indexed, term: Term): number {
  if (term.address !== undefined) return scoreAddress(item.addresses, term.address);
  let best = 0;
  for (const [word, weight] of item.words) {
    best = Math.max(best, (term.scores[word] ?? 0) * weight);
  }
  for (const [text, weight] of item.texts) {
    if (text === term.text) best = Math.max(best, SCORE.whole * weight);
    else if (term.text.length >= 2 && text.includes(term.text)) {
      best = Math.max(best, SCORE.inside * weight);
    }
  }
  if (best === 0 && term.isName) {
    for (const name of item.names) best = Math.max(best, scoreMistaken(term.text, name));
  }
  return best;
}

function scoreAddress(addresses: readonly string[], wanted: string): number {
  if (addresses.includes(wanted)) return SCORE.whole;
  const start = wanted.endsWith(".") ? wanted : `${wanted}.`;
  return addresses.some((address) => address.startsWith(start)) ? SCORE.prefix : 0;
}

function scoreWord(term: string, word: string): number {
  if (word === term) return SCORE.exact;
  return word.startsWith(term) ? SCORE.prefix : scoreMistaken(term, word);
}

function scoreMistaken(term: string, word: string): number {
  const limit = allowedMistakes(term.length);
  // A digit is what tells one model from the next: it is never taken for a mistake.
  if (limit === 0 || digitsOf(term) !== digitsOf(word)) return 0;
  const mistakes = countMistakes(term, word, limit);
  return mistakes > limit ? 0 : SCORE.mistaken - SCORE.perMistake * mistakes;
}

function digitsOf(text: string): string {
  return text.replace(/[^0-9]+/g, "");
}

function indexEntry(entry: Device | Family, vocabulary: Map<string, number>): Indexed {
  const words = new Map<number, number>();
  const texts: [string, number][] = [];
  const add = (text: string, weight: number) => {
    for (const word of wordsOf(text)) {
      let number = vocabulary.get(word);
      if (number === undefined) {
        number = vocabulary.size;
        vocabulary.set(word, number);
      }
      words.set(number, Math.max(words.get(number) ?? 0, weight));
    }
    texts.push([compactText(text), weight]);
  };
  add(entry.model, WEIGHT.model);
  add(entry.vendor, WEIGHT.vendor);
  for (const alias of entry.aliases) add(alias, WEIGHT.alias);
  texts.push([compactText(entry.id), WEIGHT.model]);
  const names = namesOf(entry).map((name) => compactText(name.text));
  for (const name of names) texts.push([name, WEIGHT.name]);
  if (entry.kind === "device") {
    for (const board of entry.boards) texts.push([compactText(board), WEIGHT.board]);
  }
  return {
    entry,
    words: [...words],
    texts,
    names,
    addresses: addressesOf(entry).map(formatIpv4),
    whole: compactText(entry.vendor + entry.model),
  };
}

/** Every file name that an entry mentions. */
export function namesOf(entry: Device | Family): readonly RemoteName[] {
  const { recovery } = entry;
  const names = "files" in recovery ? recovery.files.flatMap((file) => file.names) : [];
  if (recovery.way === "serial-then-listens" || recovery.way === "listens") {
    if (recovery.remoteName !== undefined) names.push(recovery.remoteName);
  }
  if (recovery.way === "listens") {
    names.push(
      ...recovery.remoteAlternatives,
      ...recovery.pullsAfterwards.flatMap((file) => file.names),
    );
  }
  return names;
}

/** Every address that an entry insists on or stands at; examples are left out. */
export function addressesOf(entry: Device | Family): readonly number[] {
  const { computer, device } = entry.recovery;
  const addresses = computer?.kind === "exactly"
    ? computer.addresses.map((subnet) => subnet.address)
    : [];
  if (device !== undefined) addresses.push(device);
  return addresses;
}

function passes(entry: Device | Family, filter: SearchFilter): boolean {
  if (filter.vendor !== undefined && compactText(entry.vendor) !== compactText(filter.vendor)) {
    return false;
  }
  return filter.direction === undefined || directionOf(entry) === filter.direction;
}

/** Whether the device asks this computer or waits for it; undefined when TFTP is no help. */
export function directionOf(entry: Device | Family): "pulls" | "listens" | undefined {
  switch (entry.recovery.way) {
    case "pulls":
    case "bootp-then-pulls":
    case "serial-then-pulls":
    case "redboot":
      return "pulls";
    case "listens":
    case "serial-then-listens":
      return "listens";
    default:
      return undefined;
  }
}

function sortHits(hits: SearchHit[]): readonly SearchHit[] {
  return hits.sort((a, b) =>
    b.score - a.score || (a.entry.id < b.entry.id ? -1 : a.entry.id > b.entry.id ? 1 : 0)
  );
}
