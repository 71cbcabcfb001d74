/**
 * Runs what a command line names: action, help, version, or the way of a failure.
 *
 * @module
 */
import process from "node:process";
import { ValidationError } from "./command_definition.ts";
import type { CommandNode, HelpSettings } from "./command_node.ts";
import { findCommand, isStandalone, parseLine } from "./command_parser.ts";

/** Width of the help where there is no terminal. */
const DEFAULT_WIDTH = 150;

/** What was run. */
export interface RunResult<Owner> {
  /** The options given, and defaults. */
  readonly options: Readonly<Record<string, unknown>>;
  /** The arguments given. */
  readonly args: readonly unknown[];
  /** The command. */
  readonly node: CommandNode<Owner>;
}

/** The help as text, as wide as the terminal if nothing says otherwise. */
export function helpOf<Owner>(node: CommandNode<Owner>, settings: HelpSettings = {}): string {
  return node.helpText(settings, process.stdout.columns ?? DEFAULT_WIDTH);
}

/** Writes the help to standard output. */
export function showHelp<Owner>(node: CommandNode<Owner>, settings?: HelpSettings): void {
  process.stdout.write(`${helpOf(node, settings)}\n`);
}

/**
 * Reads a command line and runs the command it names. Throws what the command throws, and usage
 * errors if the command says so; otherwise a usage error ends the program.
 */
export async function runCommandLine<Owner>(
  root: CommandNode<Owner>,
  words: readonly string[] = process.argv.slice(2),
): Promise<RunResult<Owner>> {
  const found = findCommand(root.toParsable(), words);
  const { node } = found.command;
  node.usedFrom = found.parent?.node;
  try {
    return await runCommand(node, found.words);
  } catch (thrown) {
    const error = thrown instanceof Error ? thrown : new Error(`[non-error-thrown] ${thrown}`);
    return fail(node, error);
  }
}

async function runCommand<Owner>(
  node: CommandNode<Owner>,
  words: readonly string[],
): Promise<RunResult<Owner>> {
  const line = parseLine(node.toParsable(), words);
  node.literal = line.literal;
  const standalone = node.allOptions().find((option) =>
    isStandalone(option) && line.options[option.name] === true
  );
  if (standalone !== undefined) await runStandalone(node, standalone.name, line.options);
  else if (node.action === undefined) showHelp(node);
  else await node.action.call(node.owner, line.options, ...line.args);
  return { options: line.options, args: line.args, node };
}

async function runStandalone<Owner>(
  node: CommandNode<Owner>,
  name: string,
  options: Readonly<Record<string, unknown>>,
): Promise<void> {
  const { version, versionAction } = node;
  if (name === "help") showHelp(node);
  else if (versionAction !== undefined) await versionAction.call(node.owner, options);
  else process.stdout.write(`${version}\n`);
  if (node.lineage().every(({ exits }) => exits)) process.exit(0);
}

function fail<Owner>(node: CommandNode<Owner>, error: Error): never {
  if (error instanceof ValidationError) error.cmd = { getPath: () => node.path() };
  const lineage = node.lineage();
  const [handler] = lineage.flatMap(({ errorHandler }) => errorHandler ?? []);
  handler?.(error, node.owner);
  const throws = lineage.some(({ throwsErrors }) => throwsErrors);
  if (throws || !(error instanceof ValidationError)) throw error;
  showHelp(node);
  process.stderr.write(`  error: ${error.message}\n\n`);
  process.exit(error.exitCode);
}
