// deno-lint-ignore-file no-console -- what it prints is its result
/**
 * Prints the notes for a release: what the changelog says of this version, and which file is for
 * whom. Run with `deno task notes`.
 *
 * @module
 */

/** What somebody calls a computer, and the file for it. */
const FILES = [
  ["Windows", "x86_64-pc-windows-msvc.exe"],
  ["Windows on ARM", "aarch64-pc-windows-msvc.exe"],
  ["Mac with an Apple chip", "aarch64-apple-darwin"],
  ["Mac with an Intel chip", "x86_64-apple-darwin"],
  ["Linux", "x86_64-unknown-linux-gnu"],
  ["Linux on ARM (Raspberry Pi, 64 bit)", "aarch64-unknown-linux-gnu"],
] as const;

/** Makes the notes. Throws when the changelog has nothing on this version. */
export function releaseNotes(changelog: string, version: string): string {
  const section = changelog.split(/^## /m).find((text) => text.split(/\s/, 1)[0] === version);
  if (section === undefined) throw new Error(`CHANGELOG.md has no section for ${version}`);
  const changes = section.slice(section.indexOf("\n")).trim();
  const rows = FILES.map(([computer, target]) =>
    `| ${computer} | \`unbrick-${version}-${target}\` |`
  );
  return [
    changes,
    "## Which file?",
    ["| computer | file |", "| --- | --- |", ...rows].join("\n"),
    "One file, nothing to install. Linux and macOS: `chmod +x` it first. It is not signed: on " +
    "Windows choose _More info_, _Run anyway_; on a Mac _System Settings_, _Privacy & Security_, " +
    "_Open Anyway_. `SHA256SUMS` tells whether it arrived whole. Rehearse before you begin: " +
    "`unbrick practice` changes nothing.",
  ].join("\n\n");
}

if (import.meta.main) {
  const read = (name: string) => Deno.readTextFile(new URL(`../${name}`, import.meta.url));
  const { version } = JSON.parse(await read("deno.json"));
  console.log(releaseNotes(await read("CHANGELOG.md"), version));
}
