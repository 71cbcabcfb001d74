/**
 * Recipes and lists of devices as text for a terminal, and recipes as Markdown for a wiki page or a
 * forum post.
 *
 * @module
 */
import { formatIpv4 } from "../lib/net/ipv4.ts";
import { dangersOf, type Recipe } from "../lib/device/recipe.ts";
import { formatCommand } from "../lib/device/recipe_commands.ts";
import { directionOf, namesOf } from "../lib/device/search.ts";
import type { Device, Family, Source } from "../lib/device/types.ts";
import { wrapText } from "./wrap_text.ts";

/** What a terminal can show. */
export interface TextStyle {
  /** Cells in a line. */
  readonly width: number;
  /** Whether colour is wanted. */
  readonly color: boolean;
}

const LABEL_WIDTH = 12;

/** A recipe for a terminal, bricking warnings first. Commands are never broken. */
export function recipeText(recipe: Recipe, style: TextStyle): string {
  const { width } = style;
  const lines = hang(`${recipe.title} (${recipe.id})`, width);
  for (const danger of recipe.dangers) {
    const warning = hang(danger, width, "WARNING: ");
    lines.push(...warning.map((line) => style.color ? `\x1b[1;31m${line}\x1b[0m` : line));
  }
  lines.push(...hang(recipe.summary, width));
  for (const { label, value } of recipe.facts) {
    lines.push(...hang(value, width, `  ${label.padEnd(LABEL_WIDTH)}`));
  }
  lines.push(...stepsOf(recipe, width));
  for (const note of recipe.notes) {
    lines.push(...hang(note, width, "  - "));
  }
  for (const doubt of recipe.doubts) {
    lines.push(...hang(doubt, width, "  ? "));
  }
  lines.push(...hang(`Sources (${recipe.trust}):`, width));
  for (const source of recipe.sources) {
    lines.push(...hang(sourceText(source), width, "  "));
  }
  return lines.map((line) => `${line}\n`).join("");
}

function stepsOf(recipe: Recipe, width: number): readonly string[] {
  if (recipe.isToBeAvoided) return [];
  const lines: string[] = [];
  let number = 0;
  const step = () => `  ${++number}. `;
  if (recipe.commands.length > 0) {
    lines.push("Do this:");
    for (const { argv } of recipe.commands) lines.push(step() + formatCommand(argv));
  }
  if (recipe.script.length > 0) {
    lines.push(
      ...hang("It types this; a line that writes flash only after your yes:", width, "  "),
    );
    lines.push(...recipe.script.map((line) => `     ${line}`));
  }
  const indent = recipe.commands.length > 0 ? undefined : "  ";
  for (const text of [`On the device: ${recipe.trigger}`, afterText(recipe)]) {
    if (text === undefined) continue;
    lines.push(...hang(text, width, indent ?? step()));
  }
  return lines;
}

function afterText(recipe: Recipe): string | undefined {
  return recipe.after.length === 0 ? undefined : `Then: ${recipe.after.join("; ")}`;
}

/** Breaks a text into lines under what the first of them starts with. */
export function hang(text: string, width: number, first = ""): string[] {
  const rest = " ".repeat(first.length);
  return wrapText(text, width - first.length)
    .map((line, index) => (index === 0 ? first : rest) + line);
}

function sourceText(source: Source): string {
  return [source.url, source.note].filter((part) => part !== undefined).join(" ");
}

/** A recipe as Markdown. */
export function recipeMarkdown(recipe: Recipe): string {
  const parts = [`# ${recipe.title}: recovery`];
  for (const danger of recipe.dangers) parts.push(`> **Warning:** ${escapeMarkdown(danger)}`);
  parts.push(escapeMarkdown(recipe.summary));
  if (recipe.facts.length > 0) {
    parts.push(["| | |", "|---|---|", ...recipe.facts.map(factRow)].join("\n"));
  }
  if (recipe.commands.length > 0) {
    const commands = recipe.commands.map(({ purpose, argv }) =>
      `# ${purpose}\n${formatCommand(argv)}`
    );
    parts.push(`\`\`\`sh\n${commands.join("\n")}\n\`\`\``);
  }
  if (recipe.script.length > 0) {
    parts.push("Typed on the device's console:", `\`\`\`\n${recipe.script.join("\n")}\n\`\`\``);
  }
  if (!recipe.isToBeAvoided) {
    parts.push(`**On the device:** ${escapeMarkdown(recipe.trigger)}`);
    const after = afterText(recipe);
    if (after !== undefined) parts.push(escapeMarkdown(after));
  }
  const remarks = [...recipe.notes, ...recipe.doubts.map((doubt) => `Doubtful: ${doubt}`)];
  if (remarks.length > 0) {
    parts.push(remarks.map((remark) => `- ${escapeMarkdown(remark)}`).join("\n"));
  }
  const sources = recipe.sources.map((source) => {
    const note = source.note === undefined ? "" : escapeMarkdown(source.note);
    return `- ${[source.url && `<${source.url}>`, note].filter(Boolean).join(" ")}`;
  });
  parts.push(`Sources (${escapeMarkdown(recipe.trust)}):`, sources.join("\n"));
  return `${parts.join("\n\n")}\n`;
}

function factRow({ label, value }: { readonly label: string; readonly value: string }): string {
  return `| ${label} | ${escapeMarkdown(value).replaceAll("|", "\\|")} |`;
}

/** Keeps `_`, `*`, `<` and the like in names from becoming markup. */
function escapeMarkdown(text: string): string {
  return text.replace(/[\\`*_<>[\]#]/g, (mark) => `\\${mark}`);
}

/** One entry of a list: its id, then what it is in a few words. */
export function listItemText(entry: Device | Family, style: TextStyle): string {
  const marks: string[] = [];
  if (entry.kind === "family") marks.push("family rule");
  if (entry.kind === "device" && entry.origin.kind === "own") marks.push("your own entry");
  if (entry.avoid !== undefined) marks.push("do not use");
  else if (dangersOf(entry).length > 0) marks.push("has warnings");
  const marked = marks.length === 0 ? "" : ` [${marks.join(", ")}]`;
  const { width } = style;
  return [
    ...hang(`${entry.id}${marked}`, width),
    ...hang(`${entry.vendor} ${entry.model}: ${inBrief(entry)}`, width, "    "),
  ].map((line) => `${line}\n`).join("");
}

/** Who asks whom for what, in half a line. */
function inBrief(entry: Device | Family): string {
  const { recovery } = entry;
  if (recovery.way === "other") return `not by TFTP, use ${recovery.tool}`;
  const [name] = namesOf(entry);
  const console = recovery.way.startsWith("serial") ? "by serial console, " : "";
  if (directionOf(entry) === "listens") {
    const at = recovery.device === undefined ? "" : ` at ${formatIpv4(recovery.device)}`;
    return `${console}listens${at}`;
  }
  const { computer } = recovery;
  const [subnet] = computer?.kind === "exactly" ? computer.addresses : [];
  const from = subnet === undefined ? "" : ` from ${formatIpv4(subnet.address)}`;
  const first = recovery.way === "bootp-then-pulls" ? "BOOTP, then " : "";
  return `${console}${first}pulls${name === undefined ? "" : ` ${name.text}`}${from}`;
}
