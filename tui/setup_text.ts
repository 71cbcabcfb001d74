/**
 * A preparation as text: numbered, copy-ready commands, each with why, and the undo list.
 *
 * @module
 */
import type { OsName } from "../lib/host/host.ts";
import { withRights } from "../lib/setup/elevation.ts";
import type {
  SetupNotice,
  SetupPlan,
  SetupStep,
  SystemCommand,
  UndoStep,
} from "../lib/setup/plan.ts";
import type { PendingPreparation } from "../lib/setup/pending.ts";
import { renderCommand } from "../lib/setup/shell.ts";
import type { ShellName } from "../lib/setup/shell.ts";
import { wrapText } from "./wrap_text.ts";

/** How text is written. */
export interface TextStyle {
  /** Shell the commands are written for. */
  readonly shell: ShellName;
  /** Whether the commands are going to be run by an administrator, so that `sudo` is left out. */
  readonly hasRights: boolean;
  /** Width of prose in cells. Commands are never broken, because they are copied. */
  readonly columns: number;
}

const SYSTEM_NAMES = {
  linux: "Linux",
  macos: "macOS",
  windows: "Windows",
} as const satisfies Record<OsName, string>;

const MACHINE_WORDS = {
  linux: "a Linux system",
  macos: "a real Mac",
  windows: "a real Windows computer",
} as const satisfies Record<OsName, string>;

const NOTICE_WORDS = {
  already: "Nothing to do",
  advice: "Advice",
  warning: "Take care",
  blocker: "This will stop it",
} as const satisfies Record<SetupNotice["level"], string>;

/** Breaks prose at blanks; the first line starts with `head`, the others with as many blanks. */
export function wrap(text: string, columns: number, head: string): string {
  return wrapText(text, columns - head.length)
    .map((line, position) => `${position === 0 ? head : " ".repeat(head.length)}${line}`)
    .join("\n");
}

/** One command as a person types it. */
export function formatCommand(os: OsName, command: SystemCommand, style: TextStyle): string {
  const argv = withRights(os, style.hasRights, command.argv, command.needsAdmin);
  return renderCommand(style.shell, argv);
}

/** What is known of how far a step has been tried; undefined when it was run on the real system. */
export function describeEvidence(os: OsName, step: SetupStep): string | undefined {
  switch (step.evidence) {
    case "run":
      return undefined;
    case "documented":
      return `Never tried on ${MACHINE_WORDS[os]}; written after ${step.source}.`;
    case "unverified":
      return `UNVERIFIED, never tried on ${MACHINE_WORDS[os]}; written after ${step.source}.`;
  }
}

function commandLines(
  os: OsName,
  commands: readonly SystemCommand[],
  style: TextStyle,
): readonly string[] {
  return commands.flatMap((command) => [
    ...(command.onlyIf === undefined ? [] : ["     only if it is no longer as before:"]),
    `       ${formatCommand(os, command, style)}`,
    ...(command.mayFail === undefined
      ? []
      : [wrap(`(may fail: ${command.mayFail})`, style.columns, "     ")]),
  ]);
}

/** One step, numbered. */
export function formatStep(
  os: OsName,
  step: SetupStep,
  number: number,
  style: TextStyle,
): string {
  const remarks = [
    ...(step.note === undefined ? [] : [`${step.note}.`]),
    ...(describeEvidence(os, step) ?? "").split("\n").filter((line) => line !== ""),
  ];
  return [
    wrap(`${step.purpose}.`, style.columns, `${String(number).padStart(3)}. `),
    ...commandLines(os, step.commands, style),
    ...remarks.map((remark) => wrap(remark, style.columns, "     ")),
  ].join("\n");
}

/** The undo list, numbered. */
export function formatUndo(os: OsName, undo: readonly UndoStep[], style: TextStyle): string {
  return undo.map((step, position) =>
    [
      wrap(`${step.purpose}.`, style.columns, `${String(position + 1).padStart(3)}. `),
      ...commandLines(os, step.commands, style),
    ].join("\n")
  ).join("\n");
}

/** One notice. */
export function formatNotice(notice: SetupNotice, columns: number): string {
  return wrap(`${NOTICE_WORDS[notice.level]}: ${notice.text}.`, columns, "  - ");
}

function rightsLine(plan: SetupPlan, style: TextStyle): readonly string[] {
  const needsAdmin = plan.steps.some((step) => step.commands.some((command) => command.needsAdmin));
  if (!needsAdmin || style.hasRights) return [];
  return plan.os === "windows"
    ? ['All of them need administrator rights: open the prompt with "Run as administrator".']
    : ["Commands with sudo need administrator rights; sudo asks for your password."];
}

/** The whole plan. */
export function formatPlan(plan: SetupPlan, style: TextStyle): string {
  const system = SYSTEM_NAMES[plan.os];
  const where = plan.isChecked
    ? "this computer"
    : `another computer (${system}), NOT CHECKED there`;
  const notices = plan.notices.map((notice) => formatNotice(notice, style.columns));
  const head = `Interface "${plan.interfaceName}" on ${where}`;
  if (plan.steps.length === 0) {
    return [head, "", "Nothing has to be prepared.", ...notices].join("\n") + "\n";
  }
  return [
    head,
    ...rightsLine(plan, style).map((line) => wrap(line, style.columns, "")),
    "",
    ...plan.steps.map((step, position) => formatStep(plan.os, step, position + 1, style)),
    "",
    ...(notices.length === 0 ? [] : [...notices, ""]),
    "Afterwards, to put everything back, in this order:",
    formatUndo(plan.os, plan.undo, style),
  ].join("\n") + "\n";
}

/** Says that an old preparation is still in place. */
export function formatPending(pending: PendingPreparation, columns: number): string {
  const when = new Date(pending.startedAt).toISOString().slice(0, 16).replace("T", " ");
  const text = `An earlier preparation of "${pending.interfaceName}" (${when} UTC) is still in ` +
    `place, ${pending.steps.length} step${pending.steps.length === 1 ? "" : "s"}. ` +
    "Take it back with: unbrick setup --undo";
  return wrap(text, columns, "") + "\n";
}
