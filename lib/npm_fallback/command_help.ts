/**
 * The help of a command, laid out as Cliffy does: titled sections, aligned columns.
 *
 * @module
 */
import { Help } from "commander";
import type { OptionDefinition, PlaceholderDefinition } from "./command_definition.ts";
import type { TypeHandler } from "./command_types.ts";

/** What the help shows of a command. */
export interface DescribedCommand {
  /** Names of the command and its parents. */
  readonly path: string;
  /** Version of the program. */
  readonly version: string | undefined;
  /** What it does. */
  readonly description: string;
  /** Its arguments. */
  readonly placeholders: readonly PlaceholderDefinition[];
  /** Text in place of the usual usage line. */
  readonly usage: string | undefined;
  /** Extra lines below the version. */
  readonly meta: ReadonlyMap<string, string>;
  /** Options to show. */
  readonly options: readonly OptionDefinition[];
  /** Custom types of the options. */
  readonly types: ReadonlyMap<string, TypeHandler<unknown>>;
  /** Sub-commands to show. */
  readonly commands: readonly {
    readonly names: readonly string[];
    readonly placeholders: readonly PlaceholderDefinition[];
    readonly description: string;
  }[];
  /** Examples: title and text. */
  readonly examples: readonly { readonly name: string; readonly text: string }[];
}

const INDENT = "  ";

/** Narrowest column of descriptions that is still readable. */
const MIN_DESCRIPTION_WIDTH = 20;

/** Writes the help of a command in lines of at most `width` characters. */
export function formatHelp(command: DescribedCommand, width: number): string {
  const required = command.options
    .filter((option) => option.settings.required && option.placeholder !== undefined)
    .map((option) => `--${option.name} ${formatPlaceholder(option.placeholder!)}`);
  const usage = [
    command.path,
    ...(command.usage === undefined
      ? [...command.placeholders.map(formatPlaceholder), ...required]
      : [command.usage]),
  ];
  const head = [`Usage:   ${usage.join(" ")}`];
  if (command.version !== undefined) head.push(`Version: ${command.version}`);
  for (const [name, value] of command.meta) head.push(`${name}: ${value}`);
  const sections = [
    head.join("\n"),
    section("Description", command.description.split("\n").map((line) => [line]), width),
    section("Options", command.options.map((option) => optionRow(option, command.types)), width),
    section(
      "Commands",
      command.commands.map(({ names, placeholders, description }) => [
        names.join(", "),
        placeholders.map(formatPlaceholder).join(" "),
        `- ${firstLine(description)}`,
      ]),
      width,
    ),
    section("Examples", command.examples.map(({ name, text }) => [name, text]), width),
  ];
  return `\n${sections.filter((text) => text !== "").join("\n\n")}\n`;
}

function formatPlaceholder({ name, optional, variadic }: PlaceholderDefinition): string {
  const inner = `${name}${variadic ? "..." : ""}`;
  return optional ? `[${inner}]` : `<${inner}>`;
}

function optionRow(
  option: OptionDefinition,
  types: ReadonlyMap<string, TypeHandler<unknown>>,
): string[] {
  const { settings, placeholder } = option;
  const notes: string[] = [];
  if (settings.required) notes.push("required");
  if (settings.default !== undefined) {
    notes.push(`Default: ${settings.defaultText ?? JSON.stringify(settings.default)}`);
  }
  if (settings.depends?.length) notes.push(`Depends: ${formatNames(settings.depends)}`);
  if (settings.conflicts?.length) notes.push(`Conflicts: ${formatNames(settings.conflicts)}`);
  const type = types.get(placeholder?.type ?? "");
  if (typeof type === "object") {
    notes.push(`Values: ${type.values.map((value) => JSON.stringify(value)).join(", ")}`);
  }
  const note = notes.length === 0 ? "" : ` (${notes.join(", ")})`;
  return [
    option.flags.join(", "),
    placeholder === undefined ? "" : formatPlaceholder(placeholder),
    `- ${firstLine(option.description)}${note}`,
  ];
}

function formatNames(names: readonly string[]): string {
  return names.map((name) => `--${name}`).join(", ");
}

function firstLine(text: string): string {
  return text.trim().split("\n")[0] ?? "";
}

function section(title: string, rows: readonly (readonly string[])[], width: number): string {
  if (rows.every((row) => row.join("") === "")) return "";
  const count = Math.max(...rows.map((row) => row.length));
  const widths = Array.from(
    { length: count - 1 },
    (_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  const columns = widths.map((_, column) => column).filter((column) => widths[column]! > 0);
  const left = columns.reduce(
    (sum, column) => sum + widths[column]! + INDENT.length,
    INDENT.length,
  );
  const available = Math.max(MIN_DESCRIPTION_WIDTH, width - left);
  const helper = new Help();
  const lines = rows.flatMap((row) => {
    const cells = columns.map((column) => row[column]!.padEnd(widths[column]!) + INDENT);
    const [first = "", ...more] = helper.boxWrap(row.at(-1) ?? "", available).split("\n");
    const margin = " ".repeat(left);
    return [
      `${INDENT}${cells.join("")}${first}`.trimEnd(),
      ...more.map((line) => `${margin}${line}`),
    ];
  });
  return `${title}:\n\n${lines.join("\n")}`;
}
