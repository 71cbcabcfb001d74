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
  /** When, in milliseconds since 1970. */
  readonly at: number;
}

/**
 * Flags for Deno that somebody forces with `UNBRICK_PACKAGES`: "jsr", "npm", or the path of an
 * import map.
 *
 * @returns undefined when nothing is forced.
 */
export function forcedFlags(value: string | undefined): readonly string[] | undefined {
  switch (value) {
    case undefined:
    case "":
      return undefined;
    case "jsr":
      return [];
    case "npm":
      return npmFlags();
    default:
      return [`--import-map=${value}`];
  }
}

/** Flags for Deno to use the stand-ins. */
export function npmFlags(): readonly string[] {
  return [`--import-map=${NPM_IMPORT_MAP}`];
}

/** What an answer depends on: the packages wanted, the registry and the cache asked. */
export function questionKey(
  config: string,
  registry: string | undefined,
  cache: string | undefined,
): string {
  return JSON.stringify([config, registry ?? "", cache ?? ""]);
}

/** Whether a remembered refusal still answers this question. */
export function isRefused(refusal: unknown, key: string, now: number): boolean {
  if (typeof refusal !== "object" || refusal === null) return false;
  const { key: askedKey, at } = refusal as Partial<Refusal>;
  // An instant in the future comes from a clock that was set back; ask again.
  return askedKey === key && typeof at === "number" && at <= now && now - at < REMEMBER_MS;
}

/** Whether `deno info --json` found every module of the graph. */
export function isWholeGraph(infoJson: string): boolean {
  let info: unknown;
  try {
    info = JSON.parse(infoJson);
  } catch {
    return false;
  }
  const modules = (info as { modules?: unknown } | null)?.modules;
  return Array.isArray(modules) && modules.length > 1 &&
    modules.every((module) =>
      typeof module === "object" && module !== null && !("error" in module)
    );
}
