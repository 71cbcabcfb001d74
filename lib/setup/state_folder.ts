/**
 * Where this program keeps what it must remember between two runs.
 *
 * @module
 */
import { assertNever, UnbrickError } from "../errors.ts";
import type { Host } from "../host/host.ts";

/** The part of the host that finding the folder needs. */
export type StateHost = Pick<Host, "os" | "env" | "run">;

/**
 * Home folder of the person: under `sudo` that of the caller, so that a later start without `sudo`
 * finds the same journal.
 */
async function homeFolder(host: StateHost): Promise<string> {
  const caller = host.env("SUDO_USER");
  if (caller !== undefined && caller !== "root" && host.os === "linux") {
    const entry = (await host.run(["getent", "passwd", caller])).stdout.split(":")[5];
    if (entry?.startsWith("/")) return entry;
  }
  const home = host.env("HOME");
  if (home !== undefined && home !== "") return home;
  throw new UnbrickError("file-not-writable", "The home folder is not known (HOME is not set)", {
    hint: "Set HOME to a folder that can be written",
  });
}

/**
 * Folder for the journal: `$XDG_STATE_HOME/unbrick` or `~/.local/state/unbrick` on Linux,
 * `~/Library/Application Support/unbrick` on macOS, `%LOCALAPPDATA%\unbrick` on Windows. It may not
 * exist yet. Throws UnbrickError `file-not-writable` when no home folder is known.
 */
export async function stateFolder(host: StateHost): Promise<string> {
  switch (host.os) {
    case "linux": {
      const state = host.env("XDG_STATE_HOME");
      if (state?.startsWith("/")) return `${state}/unbrick`;
      return `${await homeFolder(host)}/.local/state/unbrick`;
    }
    case "macos":
      return `${await homeFolder(host)}/Library/Application Support/unbrick`;
    case "windows": {
      const local = host.env("LOCALAPPDATA") ?? host.env("APPDATA");
      if (local !== undefined && local !== "") return `${local}\\unbrick`;
      throw new UnbrickError("file-not-writable", "LOCALAPPDATA is not set");
    }
    default:
      return assertNever(host.os);
  }
}
