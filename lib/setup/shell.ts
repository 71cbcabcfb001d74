/**
 * Which shell a command is written for.
 *
 * @module
 */
import { assertNever } from "../errors.ts";
import type { OsName } from "../host/host.ts";
import { renderCmd } from "./shell_cmd.ts";
import { renderPowershell } from "./shell_powershell.ts";
import { renderSh } from "./shell_sh.ts";

/** Shells that commands are written for. */
export type ShellName = "sh" | "cmd" | "powershell";

/** Every {@link ShellName}. */
export const SHELL_NAMES: readonly ShellName[] = ["sh", "cmd", "powershell"];

/** The shell people use when they do not say: netsh lines are the same in both Windows shells. */
export function defaultShell(os: OsName): ShellName {
  return os === "windows" ? "cmd" : "sh";
}

/** Writes an argv as one line that the shell splits into the same argv. */
export function renderCommand(shell: ShellName, argv: readonly string[]): string {
  switch (shell) {
    case "sh":
      return renderSh(argv);
    case "cmd":
      return renderCmd(argv);
    case "powershell":
      return renderPowershell(argv);
    default:
      return assertNever(shell);
  }
}
