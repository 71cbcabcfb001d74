/**
 * Which notices belong to a build, decided from what `deno info --json` tells of its modules.
 * `make_notices.ts` reads and writes the files.
 *
 * @module
 */

/** A license text and what it is for; the layout of `tui/notices.json`. */
export interface Notice {
  /** "commander 15.1.0" of npm, "@std/*" of JSR, or another part of the program. */
  readonly names: readonly string[];
  /** Copyright lines and license. */
  readonly text: string;
}

/** A package of npm in a build. */
export interface NpmPackage {
  /** Name on npm. */
  readonly name: string;
  /** Version. */
  readonly version: string;
  /** Folder where Deno keeps it. */
  readonly localPath: string;
}

/** The packages of a build. */
export interface BuildPackages {
  /** Names of the packages of JSR, such as "@std/path". */
  readonly jsr: readonly string[];
  /** Packages of npm. */
  readonly npm: readonly NpmPackage[];
}

/** Reads the packages of a build from what `deno info --json` printed. */
export function packagesOf(infoJson: string): BuildPackages {
  const info = JSON.parse(infoJson) as {
    readonly packages?: Readonly<Record<string, string>>;
    readonly npmPackages?: Readonly<Record<string, NpmPackage>>;
  };
  const jsr = Object.values(info.packages ?? {}).map((name) => name.replace(/(?<=.)@.*$/, ""));
  return {
    jsr: [...new Set(jsr)].sort(),
    npm: Object.values(info.npmPackages ?? {})
      .map(({ name, version, localPath }) => ({ name, version, localPath })),
  };
}

/** Name under which a notice lists a package of npm. */
export function npmNoticeName({ name, version }: NpmPackage): string {
  return `${name} ${version}`;
}

/** Packages of a build that no notice is for. */
export function withoutNotice(packages: BuildPackages, notices: readonly Notice[]): string[] {
  const noted = new Set(notices.flatMap(({ names }) => names));
  return [
    // All packages of a scope have one license; which ones come along changes with their versions.
    ...packages.jsr.filter((name) => !noted.has(name.replace(/\/.*$/, "/*"))),
    ...packages.npm.map(npmNoticeName).filter((name) => !noted.has(name)),
  ];
}

/** One notice for each text, with everything it is for. */
export function groupByText(notices: readonly Notice[]): Notice[] {
  const names = new Map<string, string[]>();
  for (const notice of notices) {
    const text = notice.text.replaceAll("\r\n", "\n").replace(/[ \t]+$/gm, "").trim();
    names.set(text, [...names.get(text) ?? [], ...notice.names]);
  }
  return [...names].map(([text, group]) => ({ names: group.sort(), text }))
    .sort((a, b) => a.names[0]! < b.names[0]! ? -1 : 1);
}
