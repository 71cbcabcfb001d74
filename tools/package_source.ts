/**
 * Where `@cliffy/*` and `@std/*` come from: JSR, or the stand-ins in `lib/npm_fallback/` on a
 * machine that reaches npm but not JSR. These are the decisions, without any input or output;
 * `packages.ts` asks and remembers.
 *
 * @module
 */

/** Import map of the stand-ins, relative to the top of the project. */
export const NPM_IMPORT_MAP = "lib/npm_fallback/import_map.json";

/** How long "JSR cannot be reached" is believed without asking again. */
export const REMEMBER_MS = 10 * 60_000;

/** A remembered "no", with what it depended on. */
export interface Refusal {
  /** What was asked, see {@link questionKey}. */
  readonly key: string;
  /** Why not, in words for the person who started the task. */
  readonly reason: string;
  /** When, in milliseconds since 1970. */
  readonly at: number;
}

/** A remembered "yes", with what it depended on. */
export interface Approval {
  /** What was asked, see {@link questionKey}. */
  readonly key: string;
  /** The packages in Deno's cache: as long as they lie there, nobody has to be asked. */
  readonly files: readonly string[];
}

/**
 * Flags for Deno that somebody forces with `UNBRICK_PACKAGES`: "jsr", "npm", or the path of an
 * import map.
 *
 * @returns undefined when nothing is forced.
 */
export function forcedFlags(
  value: string | undefined,
  registry: string | undefined,
): readonly string[] | undefined {
  switch (value) {
    case undefined:
    case "":
      return undefined;
    case "jsr":
      return lockFlags(registry);
    case "npm":
      return npmFlags();
    default:
      return [`--import-map=${value}`];
  }
}

/**
 * Flags that keep the checksums of another registry than jsr.io out of `deno.lock`.
 *
 * @param registry The value of `JSR_URL`.
 */
export function lockFlags(registry: string | undefined): readonly string[] {
  return registry === undefined || registry === "" ? [] : ["--no-lock"];
}

/** Flags for Deno to use the stand-ins. */
export function npmFlags(): readonly string[] {
  return [`--import-map=${NPM_IMPORT_MAP}`];
}

/** What an answer depends on: the packages wanted, their checksums, the registry and the cache. */
export function questionKey(
  config: string,
  lock: string,
  registry: string | undefined,
  cache: string | undefined,
): string {
  return JSON.stringify([config, lock, registry ?? "", cache ?? ""]);
}

/** What kept Deno from loading the packages, in words, from what it printed as errors. */
export function refusalReason(errors: string): string {
  return errors.includes("Integrity check failed")
    ? "a package of jsr.io is not the one in deno.lock"
    : "jsr.io is out of reach";
}

/** @returns why JSR was refused a while ago; undefined when this question has to be asked again. */
export function refusedBefore(refusal: unknown, key: string, now: number): string | undefined {
  if (typeof refusal !== "object" || refusal === null) return undefined;
  const { key: askedKey, at, reason } = refusal as Partial<Refusal>;
  // An instant in the future comes from a clock that was set back; ask again.
  const holds = askedKey === key && typeof at === "number" && at <= now && now - at < REMEMBER_MS;
  return holds ? reason : undefined;
}

/** Whether JSR's packages were had before, and every file of them is still there. */
export function approvedBefore(
  approval: unknown,
  key: string,
  isThere: (path: string) => boolean,
): boolean {
  if (typeof approval !== "object" || approval === null) return false;
  const { key: askedKey, files } = approval as Partial<Approval>;
  return askedKey === key && Array.isArray(files) && files.length > 0 &&
    files.every((file) => typeof file === "string" && isThere(file));
}

/**
 * The files in which Deno keeps the modules of a graph, from what `deno info --json` says.
 *
 * @returns undefined unless every module was found.
 */
export function filesOfGraph(infoJson: string): readonly string[] | undefined {
  let info: unknown;
  try {
    info = JSON.parse(infoJson);
  } catch {
    return undefined;
  }
  const modules = (info as { modules?: unknown } | null)?.modules;
  if (!Array.isArray(modules) || modules.length < 2) return undefined;
  const files: string[] = [];
  for (const module of modules) {
    if (typeof module !== "object" || module === null || "error" in module) return undefined;
    // Modules of Deno itself have none.
    if (typeof module.local === "string") files.push(module.local);
  }
  return files;
}
