/**
 * Looks at a Mac before it is prepared. The parsers are pure functions over texts as documented;
 * none was recorded on a Mac.
 *
 * @module
 */
import type { NetworkInterface } from "../net/interface.ts";
import { parseMac } from "../net/mac.ts";
import { parseNetstatRoutes } from "../net/macos_listing.ts";
import type { Elevation } from "./elevation.ts";
import type { MacosFacts, PortHolder } from "./facts.ts";
import type { SetupGoal } from "./plan.ts";

const APP_FIREWALL = "/usr/libexec/ApplicationFirewall/socketfilterfw";

/** Parses `socketfilterfw --getglobalstate`. */
export function parseAppFirewallState(text: string): 0 | 1 | 2 | undefined {
  const state = /\(State = (\d)\)/.exec(text)?.[1];
  return state === "0" ? 0 : state === "1" ? 1 : state === "2" ? 2 : undefined;
}

/** Parses `socketfilterfw --listapps` for one program. */
export function parseAppFirewallEntry(
  text: string,
  toolPath: string,
): MacosFacts["appFirewallEntry"] {
  const lines = text.split("\n").map((line) => line.trim());
  const at = lines.findIndex((line) => line.replace(/^\d+\s*:\s*/, "") === toolPath);
  if (at < 0) return "none";
  return /block/i.test(lines[at + 1] ?? "") ? "blocked" : "allowed";
}

/** Parses `lsof -nP -iUDP:67-69`. */
export function parseLsofHolders(text: string): readonly PortHolder[] {
  return text.split("\n").flatMap((line) => {
    const match = /^(\S+)\s+(\d+)\s.*UDP \S*:(67|68|69)$/.exec(line.trim());
    return match === null
      ? []
      : [{ port: Number(match[3]), program: match[1], pid: Number(match[2]) }];
  });
}

/** MAC of the permanent entry of `arp -an` for an address on an interface. */
export function parseStaticArp(
  text: string,
  address: string,
  interfaceName: string,
): string | undefined {
  for (const line of text.split("\n")) {
    const match = /\((\S+)\) at (\S+) on (\S+) .*permanent/.exec(line);
    if (match?.[1] === address && match[3] === interfaceName) return parseMac(match[2]!);
  }
  return undefined;
}

/** Looks at everything the macOS plan depends on. Changes nothing. */
export async function gatherMacosFacts(
  elevation: Elevation,
  target: NetworkInterface,
  interfaces: readonly NetworkInterface[],
  goal: SetupGoal,
  common: { readonly isAdmin: boolean; readonly toolPath: string },
): Promise<MacosFacts> {
  const look = (...argv: string[]) => elevation.run(argv, false);
  const lookAsAdmin = (...argv: string[]) => elevation.run(argv, elevation.canElevate);
  const [netstat, lsof, state, apps, pf, arp, sysctl, tftpd, media] = await Promise.all([
    look("netstat", "-rn", "-f", "inet"),
    lookAsAdmin("lsof", "-nP", "-iUDP:67-69"),
    lookAsAdmin(APP_FIREWALL, "--getglobalstate"),
    lookAsAdmin(APP_FIREWALL, "--listapps"),
    elevation.run(["pfctl", "-s", "info"], true),
    look("arp", "-an"),
    look("sysctl", "-n", "net.link.ether.inet.maxtries", "net.link.ether.inet.maxhold"),
    look("launchctl", "print", "system/com.apple.tftpd"),
    goal.speed === undefined ? undefined : look("networksetup", "-getmedia", target.name),
  ]);
  const [maxTries, maxHold] = sysctl.stdout.trim().split(/\s+/).map(Number);
  return {
    ...common,
    os: "macos",
    target,
    interfaces,
    routes: parseNetstatRoutes(netstat.stdout),
    portHolders: parseLsofHolders(lsof.stdout),
    isChecked: true,
    unchecked: pf.code === 126
      ? ["pf could not be looked at without administrator rights: run this with sudo"]
      : [],
    appFirewallState: parseAppFirewallState(state.stdout),
    appFirewallEntry: parseAppFirewallEntry(apps.stdout, common.toolPath),
    isPfEnabled: /^Status: Enabled/m.test(pf.stdout),
    staticNeighbourMac: goal.deviceAddress === undefined
      ? undefined
      : parseStaticArp(arp.stdout, goal.deviceAddress, target.name),
    arp: sysctl.code === 0 && maxTries! >= 0 && maxHold! >= 0
      ? { maxTries: maxTries!, maxHold: maxHold! }
      : undefined,
    isTftpdLoaded: tftpd.code === 0,
    media: /^Current: (.+)$/m.exec(media?.stdout ?? "")?.[1]?.replace(/[<>]/g, "").trim(),
  };
}
