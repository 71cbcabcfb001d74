/**
 * What this program was made of: where its packages came from and which commit it is. A builder
 * writes both into the bundle ({@link stampBundle}); from the sources they are looked up.
 *
 * @module
 */
import type { Host } from "./host/host.ts";

/** Where `@cliffy/*` and `@std/*` came from: JSR, the stand-ins over npm, or an import map's folder. */
export type PackageSource = "jsr" | "npm" | "folder";

/** What a build knows of itself. */
export interface BuildInfo {
  /** Where the packages inside came from. */
  readonly packages: PackageSource;
  /** Abbreviated commit, "-dirty" behind it when files were changed; undefined when not known. */
  readonly commit: string | undefined;
}

/** The builder replaces exactly this text. */
const STAMP = "@unbrick-build@";

/** What the builder wrote into this program; undefined when it runs from its sources. */
export function stampedBuild(): BuildInfo | undefined {
  return parseStamp(STAMP);
}

/** Reads the text that {@link stampBundle} writes; undefined when it is not one. */
export function parseStamp(text: string): BuildInfo | undefined {
  const match = /^packages=(jsr|npm|folder)(?: commit=([0-9a-f]+(?:-dirty)?))?$/.exec(text);
  return match === null ? undefined : { packages: match[1] as PackageSource, commit: match[2] };
}

/**
 * Writes into a bundle what it was made of. Throws when the place for it is missing or not unique:
 * then `stampedBuild` is not what it was when this was written.
 */
export function stampBundle(bundle: string, { packages, commit }: BuildInfo): string {
  const [before, after, ...more] = bundle.split(STAMP);
  if (after === undefined || more.length > 0) {
    throw new Error(`The bundle must hold "${STAMP}" exactly once`);
  }
  const stamp = commit === undefined
    ? `packages=${packages}`
    : `packages=${packages} commit=${commit}`;
  return `${before}${stamp}${after}`;
}

/**
 * The commit that a folder of sources is at.
 *
 * @returns undefined when the folder is no clone, or Git is not there or does not trust it.
 */
export async function findCommit(
  host: Pick<Host, "run" | "stat">,
  folder: string,
): Promise<string | undefined> {
  // Without this, Git would tell the commit of a repository around the folder.
  if (host.stat(`${folder}/.git`) === undefined) return undefined;
  const { code, stdout } = await host.run([
    "git",
    "--no-optional-locks",
    "-C",
    folder,
    "describe",
    "--always",
    "--dirty",
    "--abbrev=12",
    "--exclude=*",
  ]);
  return code === 0 ? stdout.trim() : undefined;
}
