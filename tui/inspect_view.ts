/**
 * An inspection as one screen of text, 80 columns wide.
 *
 * @module
 */
import { describeKind } from "../lib/firmware/check_device.ts";
import type { Finding, Inspection, Part, Severity } from "../lib/firmware/inspection.ts";
import { nameInSupportEntry } from "../lib/firmware/name_match.ts";
import { wrapText } from "./wrap_text.ts";

const WIDTH = 79;
const LABEL = 11;
const MAX_PART_LINES = 12;
const MAX_FACTS = 12;
const MAX_LINES_OF_PART = 4;
const LABELS: Readonly<Record<Severity, string>> = {
  fine: "fine",
  note: "note",
  warning: "WARNING",
  stop: "STOP",
};
const COLORS: Readonly<Record<Severity, string>> = {
  fine: "\x1b[32m",
  note: "\x1b[36m",
  warning: "\x1b[33m",
  stop: "\x1b[31m",
};

/** How the text is to be shown. */
export interface ViewOptions {
  /** Whether colour is wanted. */
  readonly color: boolean;
}

/** The screen for people: what it is, whether it is whole, what to mind, its hashes. */
export function formatInspection(
  path: string,
  inspection: Inspection,
  findings: readonly Finding[],
  { color }: ViewOptions,
): string {
  const { size, hashes, kind, metadata } = inspection;
  const titles = inspection.parts.map(({ title }) => title);
  const lines = [
    ...field("file", path),
    ...field("size", describeSize(size)),
    ...field("format", titles.length === 0 ? "unknown" : titles.slice(0, 3).join(", ")),
    ...field("kind", describeKind(kind)),
    ...field("for", devicesOf(inspection)),
    ...field("version", metadata?.version ?? ""),
    ...field("target", metadata?.target ?? ""),
    "",
    ...partLines(inspection.parts),
    ...findings.flatMap((finding) => findingLines(finding, color)),
    "",
    `${"SHA-256".padEnd(LABEL)}${hashes.sha256}`,
    `${"MD5".padEnd(LABEL)}${hashes.md5}`,
    `${"CRC-32".padEnd(LABEL)}${hashes.crc32}`,
  ];
  return `${lines.join("\n")}\n`;
}

function describeSize(size: number): string {
  const mebibytes = (size / 1024 / 1024).toFixed(2);
  return `${size} bytes (0x${size.toString(16)}${size >= 10_000 ? `, ${mebibytes} MiB` : ""})`;
}

/** For which devices: what is written in the image, else what its values stand for. */
function devicesOf({ metadata, marks, devices }: Inspection): string {
  const listed = marks.flatMap(({ scheme, value }) =>
    scheme === "tplink-support" ? nameInSupportEntry(value) ?? value : []
  );
  const named = metadata?.supportedDevices ?? [...new Set(listed)];
  if (named.length > 0) return shortList(named);
  const values = shortList(marks.map(({ value }) => value));
  return devices.length === 0 ? values : `${shortList(devices)} (by ${values})`;
}

function shortList(names: readonly string[]): string {
  return names.slice(0, 4).join(", ") + (names.length > 4 ? ` and ${names.length - 4} more` : "");
}

function field(name: string, value: string): string[] {
  return indented(value, name.padEnd(LABEL));
}

/** The parts, those inside indented, each with its most telling fields. */
function partLines(parts: readonly Part[]): string[] {
  const lines = parts.flatMap((part) => linesOfPart(part, 0));
  if (lines.length === 0) return [];
  const rest = lines.length - MAX_PART_LINES;
  return rest > 0
    ? [...lines.slice(0, MAX_PART_LINES), `  ... and ${rest} more parts`, ""]
    : [...lines, ""];
}

function linesOfPart(part: Part, depth: number): string[] {
  const facts = part.facts.slice(0, MAX_FACTS).map(({ name, value }) => `${name} ${value}`).join(
    "; ",
  );
  const place = `${"  ".repeat(depth)}${part.offset}+${part.length} `;
  const text = `${part.title}${facts === "" ? "" : `: ${facts}`}`;
  // Only the outermost parts tell all they know; those inside get one line each.
  const lines = indented(text, place).slice(0, depth === 0 ? MAX_LINES_OF_PART : 1);
  return [...lines, ...part.children.flatMap((child) => linesOfPart(child, depth + 1))];
}

function findingLines({ severity, message, hint }: Finding, color: boolean): string[] {
  const label = LABELS[severity].padEnd(LABEL);
  const [first = "", ...others] = indented(message, label);
  const hints = indented(hint ?? "", `${" ".repeat(LABEL)}-> `);
  const painted = color ? `${COLORS[severity]}${label}\x1b[0m${first.slice(LABEL)}` : first;
  return [painted, ...others, ...hints];
}

/** Text behind a label, its further lines indented as far. */
function indented(text: string, label: string, hanging = label.length): string[] {
  return wrapText(text, WIDTH - hanging)
    .map((line, index) => `${index === 0 ? label : " ".repeat(hanging)}${line}`);
}
