/**
 * What can stand at the cursor in a command line that is being typed.
 *
 * @module
 */

/** An option or argument that takes a value. */
export interface CompletableValue {
  /** What completes it: "file", "device", or a type that nothing completes. */
  readonly action: string;
  /** Takes all that follow. */
  readonly variadic?: boolean;
}

/** The part of a command that completion looks at. */
export interface CompletableCommand {
  /** Name as typed. */
  getName(): string;
  /** What it does. */
  getDescription(): string;
  /** The command it was added to. */
  getParent(): CompletableCommand | undefined;
  /** Sub-commands that are shown. */
  getCommands(): readonly CompletableCommand[];
  /** Options that are shown. */
  getOptions(): readonly {
    readonly flags: readonly string[];
    readonly description: string;
    readonly args: readonly CompletableValue[];
  }[];
  /** Arguments. */
  getArguments(): readonly CompletableValue[];
}

/** A word that can stand at the cursor. */
export interface Candidate {
  /** The word. */
  readonly word: string;
  /** What it means. */
  readonly description: string;
}

/** What can stand at the cursor: words, or the name of a file, which the shell knows best. */
export type Completion =
  | { readonly kind: "words"; readonly words: readonly Candidate[] }
  | { readonly kind: "files" };

/** Makes the values of one kind. */
export type ListValues = () => Promise<readonly string[]>;

const HELP: Candidate = { word: "--help", description: "Show this help." };

/**
 * Completes a line.
 *
 * @param words What follows the name of the program; the last one is at the cursor, maybe empty.
 * @param values Makers of values, by the `action` of an option or argument.
 */
export async function completeLine(
  root: CompletableCommand,
  words: readonly string[],
  values: Readonly<Record<string, ListValues>>,
): Promise<Completion> {
  const current = words.at(-1) ?? "";
  const { command, operands, option } = walk(root, words.slice(0, -1));
  if (option !== undefined) return await completeValue(option, current, values);
  if (current.startsWith("-")) {
    return startingWith(current, [
      ...command.getOptions().map(({ flags, description }) => ({
        word: flags.find((flag) => flag.startsWith("--")) ?? flags[0] ?? "",
        description,
      })).filter(({ word }) => word !== HELP.word),
      HELP,
    ]);
  }
  if (operands === 0) {
    const children = startingWith(current, childrenOf(command).map(describe));
    if (children.words.length > 0) return children;
  }
  const args = command.getArguments();
  const last = args.at(-1);
  const argument = args[operands] ?? (last?.variadic === true ? last : undefined);
  return await completeValue(argument, current, values);
}

interface Place {
  readonly command: CompletableCommand;
  /** Arguments so far. */
  readonly operands: number;
  /** The option whose value comes next. */
  readonly option: CompletableValue | undefined;
}

function walk(root: CompletableCommand, words: readonly string[]): Place {
  let command = root;
  let operands = 0;
  let option: CompletableValue | undefined;
  for (const word of words) {
    if (option !== undefined) option = undefined;
    else if (word.startsWith("-")) {
      option = command.getOptions().find(({ flags }) => flags.includes(word))?.args[0];
    } else {
      const child = operands === 0
        ? command.getCommands().find((candidate) => candidate.getName() === word)
        : undefined;
      if (child === undefined) operands++;
      else command = child;
    }
  }
  return { command, operands, option };
}

/** Its own sub-commands: `help`, which every command has, is offered once, after the program. */
function childrenOf(command: CompletableCommand): readonly CompletableCommand[] {
  return command.getCommands().filter((child) => child.getParent() === command);
}

function describe(command: CompletableCommand): Candidate {
  return {
    word: command.getName(),
    description: command.getDescription().trim().split("\n")[0] ?? "",
  };
}

async function completeValue(
  value: CompletableValue | undefined,
  current: string,
  values: Readonly<Record<string, ListValues>>,
): Promise<Completion> {
  if (value?.action === "file") return { kind: "files" };
  const list = value === undefined ? [] : await values[value.action]?.() ?? [];
  return startingWith(current, list.map((word) => ({ word, description: "" })));
}

function startingWith(current: string, words: readonly Candidate[]) {
  return { kind: "words", words: words.filter(({ word }) => word.startsWith(current)) } as const;
}
