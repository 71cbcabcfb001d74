/**
 * What the device catalogue still lacks: run with `deno run --allow-read tools/device_report.ts`.
 * Not part of the program.
 *
 * @module
 */
import { loadCatalogue } from "../lib/device/catalogue.ts";
import type { Device } from "../lib/device/types.ts";

/** A thing that a good entry has. */
interface Wanted {
  /** What it is. */
  readonly what: string;
  /** The devices it makes sense for; all by default. */
  readonly among?: (device: Device) => boolean;
  /** Whether a device has it. */
  readonly has: (device: Device) => boolean;
}

const isByTftp = ({ recovery, avoid }: Device) => recovery.way !== "other" && avoid === undefined;
const pulls = (device: Device) => isByTftp(device) && device.recovery.way === "pulls";
const listens = (device: Device) => isByTftp(device) && device.recovery.way === "listens";

const WANTED: readonly Wanted[] = [
  { what: "compared with its sources", has: (device) => device.verified },
  { what: "documented, not just reported", has: (device) => device.confidence === "documented" },
  { what: "a link to read more", has: (device) => device.sources.some((source) => source.url) },
  { what: "no doubts", has: (device) => device.doubts.length === 0 },
  { what: "OpenWrt board", has: (device) => device.boards.length > 0 },
  {
    what: "address asked for",
    among: pulls,
    has: ({ recovery }) => recovery.computer !== undefined,
  },
  {
    what: "file name asked for",
    among: pulls,
    has: ({ recovery }) => recovery.way === "pulls" && recovery.files.length > 0,
  },
  {
    what: "own address",
    among: pulls,
    has: ({ recovery }) => recovery.device !== undefined,
  },
  {
    what: "address it listens at",
    among: listens,
    has: ({ recovery }) => recovery.device !== undefined,
  },
  {
    what: "length of the window",
    among: listens,
    has: ({ trigger }) => trigger?.windowSeconds !== undefined,
  },
  { what: "answers ping or not", among: listens, has: ({ ping }) => ping !== undefined },
  {
    what: "sort of image",
    among: isByTftp,
    has: ({ image }) =>
      image !== undefined && (image.kinds.length > 0 || image.layout !== undefined),
  },
  {
    what: "largest image",
    among: isByTftp,
    has: ({ image }) => image?.maxBytes !== undefined,
  },
  { what: "trigger", among: isByTftp, has: ({ trigger }) => trigger !== undefined },
  { what: "port", among: isByTftp, has: ({ port }) => port !== undefined },
  { what: "what happens afterwards", among: isByTftp, has: ({ after }) => after.length > 0 },
];

/** Entries without anything that makes them useful, shown by name. */
const MOST_SHOWN = 40;

if (import.meta.main) {
  const { devices, families } = await loadCatalogue();
  const lines = [`${devices.length} devices, ${families.length} families`];
  for (const { what, among = () => true, has } of WANTED) {
    const asked = devices.filter(among);
    const found = asked.filter(has).length;
    const share = `${Math.round((100 * found) / asked.length)} %`;
    lines.push(`${what.padEnd(32)}${String(found).padStart(4)} of ${asked.length}  ${share}`);
  }
  const useless = devices.filter((device) =>
    (pulls(device) && device.recovery.computer === undefined) ||
    (listens(device) && device.recovery.device === undefined)
  );
  lines.push("", `Without the address that matters most (${useless.length}):`);
  lines.push(...useless.slice(0, MOST_SHOWN).map((device) => `  ${device.id}`));
  // deno-lint-ignore no-console
  console.log(lines.join("\n"));
}
