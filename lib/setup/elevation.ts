/**
 * Running commands with the rights they need: as they are for an administrator, through `sudo`
 * otherwise.
 *
 * @module
 */
import { UnbrickError } from "../errors.ts";
import type { CommandOutput, Host, Millis, OsName } from "../host/host.ts";
import { powershellArgv } from "../net/list_interfaces.ts";
import type { Look } from "./plan.ts";
import { meetsExpectation } from "./plan.ts";

/** Commands that change the system may take long: NetworkManager waits for DHCP. */
const COMMAND_TIMEOUT_MS: Millis = 60_000;

/** Runs commands, each with the rights it needs. */
export interface Elevation {
  /** Whether commands with administrator rights can run now, without asking. */
  readonly canElevate: boolean;
  /** Runs a command; with `needsAdmin` and no rights the result is a failure with code 126. */
  run(argv: readonly string[], needsAdmin: boolean): Promise<CommandOutput>;
}

const NO_RIGHTS: CommandOutput = { code: 126, stdout: "", stderr: "administrator rights needed" };

/** The PowerShell expression that says whether this process is elevated. */
export const WINDOWS_IS_ADMIN: string =
  "([Security.Principal.WindowsPrincipal][Security.Principal.WindowsIdentity]::GetCurrent())" +
  ".IsInRole([Security.Principal.WindowsBuiltInRole]::Administrator)";

/** Whether this process has administrator rights. */
export async function isAdmin(host: Pick<Host, "os" | "run">): Promise<boolean> {
  if (host.os === "windows") {
    const answer = await host.run(powershellArgv(WINDOWS_IS_ADMIN), { timeoutMs: 30_000 });
    return answer.stdout.trim() === "True";
  }
  return (await host.run(["id", "-u"])).stdout.trim() === "0";
}

/** How a command with administrator rights is written and run on a system. */
export function withRights(
  os: OsName,
  hasRights: boolean,
  argv: readonly string[],
  needsAdmin: boolean,
): readonly string[] {
  return !needsAdmin || hasRights || os === "windows" ? argv : ["sudo", ...argv];
}

function elevationWith(
  host: Pick<Host, "run">,
  hasRights: boolean,
  hasSudo: boolean,
): Elevation {
  const options = { timeoutMs: COMMAND_TIMEOUT_MS };
  return {
    canElevate: hasRights || hasSudo,
    run: async (argv, needsAdmin) => {
      if (!needsAdmin || hasRights) return await host.run(argv, options);
      return hasSudo ? await host.run(["sudo", "-n", ...argv], options) : NO_RIGHTS;
    },
  };
}

/**
 * Elevation that never asks and never tries: a vain `sudo` is reported to the administrator on many
 * systems.
 */
export async function quietElevation(host: Pick<Host, "os" | "run">): Promise<Elevation> {
  return elevationWith(host, await isAdmin(host), false);
}

/**
 * Elevation for running a plan: lets `sudo` ask for the password on the terminal if it must.
 *
 * Throws UnbrickError `command-failed` when there is no way to get the rights.
 */
export async function askingElevation(host: Pick<Host, "os" | "run">): Promise<Elevation> {
  const quiet = await quietElevation(host);
  if (quiet.canElevate) return quiet;
  if (host.os === "windows") {
    throw new UnbrickError("command-failed", "This needs administrator rights", {
      hint: 'Open the command prompt with "Run as administrator" and run the same command there',
    });
  }
  const asked = await host.run(["sudo", "-v"], { inheritTerminal: true, timeoutMs: 300_000 });
  if (asked.code === 0) return elevationWith(host, false, true);
  throw new UnbrickError("command-failed", "This needs administrator rights, and sudo gave none", {
    hint: "Run the same command as root",
  });
}

/** What a look found: it is so, it is not so, or it could not be seen. */
export type Sight = "yes" | "no" | "unknown";

/** Looks. Exit codes say nothing, except that the looking itself was impossible. */
export async function lookAt(elevation: Elevation, look: Look): Promise<Sight> {
  const seen = await elevation.run(look.argv, look.needsAdmin);
  // 124 ran out of time, 126 no rights, 127 no such program; nmcli: 8 when its daemon is not running.
  const isBlind = [124, 126, 127].includes(seen.code) ||
    look.argv[0] === "nmcli" && seen.code === 8;
  if (isBlind) return "unknown";
  return meetsExpectation(seen.stdout, look.expect) ? "yes" : "no";
}
