/**
 * Whether a device name in an image means the device at hand. Names differ in punctuation, in
 * whether they carry the vendor, and in how they write a revision; what decides is the model and,
 * where both tell it, the revision.
 *
 * @module
 */

/**
 * Outcome: the same device; the same model, but one side tells no revision; perhaps the same; the
 * same or a similar model in another revision; or another device.
 */
export type NameMatch = "same" | "same-model" | "similar" | "other-revision" | "other";

interface Name {
  /** Letters and digits without the revision, with and without what looks like a vendor. */
  readonly models: readonly string[];
  /** Words that can tell a model on their own: "r7800", "wr841". */
  readonly words: readonly string[];
  /** Revision, for example "5" or "c1"; empty when the name tells none. */
  readonly revision: string;
}

const NUMBERED = /[ ,_-]?(?:v|ver\.?|rev\.?) ?(\d+)((?:\.\d+)*)$/i;
const LETTERED = /[ ,_-]([a-h]\d)$/i;
/** Shorter rests such as "c7" would fit too much. */
const MIN_MODEL = 4;
const MIN_WORD = 3;

/** Letters and digits; TP-Link's "N" and "ND" after the number name the same hardware. */
function bare(text: string): string {
  return text.toLowerCase().replace(/[^a-z0-9+]/g, "").replace(/(\d)nd?$/, "$1");
}

function parseName(text: string): Name {
  const plain = text.replace(/[()]/g, " ").replace(/\s+/g, " ").trim();
  const [numbered, major = "", minor = ""] = NUMBERED.exec(plain) ?? [];
  const [lettered, letter = ""] = LETTERED.exec(plain) ?? [];
  const hasLetter = numbered === undefined && lettered !== undefined &&
    /\d/.test(plain.slice(0, -lettered.length));
  const tail = numbered ?? (hasLetter ? lettered : "");
  const model = plain.slice(0, plain.length - tail.length);
  const vendorEnd = model.search(/[,_ ]/);
  return {
    models: [bare(model), bare(model.slice(vendorEnd + 1))].filter((name) => name !== ""),
    words: model.split(/[^A-Za-z0-9+]+/).map(bare)
      .filter((word) => word.length >= MIN_WORD && /\d/.test(word) && /[a-z]/.test(word)),
    revision: hasLetter ? letter.toLowerCase() : `${major}${minor.replace(/(\.0)+$/, "")}`,
  };
}

function compareModels(wanted: Name, found: Name): "same" | "similar" | "other" {
  if (wanted.models.some((one) => found.models.includes(one))) return "same";
  const isInside = wanted.models.some((one) =>
    found.models.some((other) =>
      (other.length >= MIN_MODEL && one.includes(other)) ||
      (one.length >= MIN_MODEL && other.includes(one))
    )
  );
  const isShared = wanted.words.some((word) => found.words.includes(word));
  return isInside || isShared ? "similar" : "other";
}

function compareNames(wanted: Name, found: Name): NameMatch {
  const models = compareModels(wanted, found);
  if (models === "other" || wanted.revision === found.revision) return models;
  if (wanted.revision !== "" && found.revision !== "") return "other-revision";
  return models === "same" ? "same-model" : "similar";
}

const ORDER: readonly NameMatch[] = ["same", "same-model", "similar", "other-revision", "other"];

/** The best fit between the names of the device at hand and the names in an image. */
export function matchNames(names: readonly string[], candidates: readonly string[]): NameMatch {
  const wanted = names.map(parseName);
  let best: NameMatch = "other";
  for (const candidate of candidates) {
    const found = parseName(candidate);
    for (const name of wanted) {
      const match = compareNames(name, found);
      if (ORDER.indexOf(match) < ORDER.indexOf(best)) best = match;
    }
  }
  return best;
}

/** Whether names can tell models apart at all: "Archer C7" can, "other units" cannot. */
export function canTellModels(names: readonly string[]): boolean {
  return names.some((name) => /\d/.test(name));
}

const SUPPORT_FIELDS = /product_name:([^,}]+),product_ver:([\d.]+)/;
const SUPPORT_LINE = /^([^(]+)\(.*\):([\d.]+)/;

/** Name in an entry of a TP-Link support list, in the usual spelling: "Archer C7 v5.0.0". */
export function nameInSupportEntry(entry: string): string | undefined {
  const [, name, version] = SUPPORT_FIELDS.exec(entry) ?? SUPPORT_LINE.exec(entry) ?? [];
  return name === undefined || version === undefined ? undefined : `${name} v${version}`;
}
