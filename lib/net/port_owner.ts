/**
 * Which program holds a UDP port, as far as the system tells without being asked for rights.
 *
 * @module
 */
import type { Host, OsName } from "../host/host.ts";

/** The program that lists who holds UDP ports. */
function listingCommand(os: OsName, port: number): string[] {
  switch (os) {
    case "linux":
      return ["ss", "-H", "-u", "-l", "-p", "-n", `sport = :${port}`];
    case "macos":
      return ["lsof", "-nP", "-F", "pc", `-iUDP:${port}`];
    case "windows":
      return [
        "powershell",
        "-NoProfile",
        "-Command",
        `Get-NetUDPEndpoint -LocalPort ${port} | ForEach-Object { $p = Get-Process -Id ` +
        `$_.OwningProcess; "$($p.ProcessName) $($p.Id)" }`,
      ];
  }
}

/**
 * Finds the program that holds a UDP port.
 *
 * @returns "NAME (process ID)"; undefined when the system does not tell (on Linux and macOS only
 * root sees other people's programs).
 */
export async function findPortOwner(
  host: Pick<Host, "run" | "os">,
  port: number,
): Promise<string | undefined> {
  const { code, stdout } = await host.run(listingCommand(host.os, port), { timeoutMs: 5000 });
  return code === 0 ? parsePortOwner(host.os, stdout) : undefined;
}

/** Reads the output of the listing. Pure, for all systems. */
export function parsePortOwner(os: OsName, text: string): string | undefined {
  const [name, id] = os === "linux"
    ? [/users:\(\("([^"]+)"/.exec(text)?.[1], /pid=(\d+)/.exec(text)?.[1]]
    : os === "macos"
    ? [/^c(.+)$/m.exec(text)?.[1], /^p(\d+)$/m.exec(text)?.[1]]
    : /^(.+) (\d+)\s*$/m.exec(text)?.slice(1) ?? [];
  if (name === undefined || id === undefined) return undefined;
  // A program may call itself anything, also something that steers a terminal.
  return `${name.replace(/\p{C}/gu, "?")} (process ${id})`;
}
