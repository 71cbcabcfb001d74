/**
 * Follows the interfaces: a cheap look many times a second, a full listing only when the look
 * changed.
 *
 * @module
 */
import { assertNever } from "../errors.ts";
import type { Host, Millis, OsName } from "../host/host.ts";
import type { NetworkInterface } from "./interface.ts";
import { sortInterfaces } from "./interface.ts";
import { listInterfaces, listSysNames, readText, SYS_NET } from "./list_interfaces.ts";
import type { ListingHost } from "./list_interfaces.ts";
import { parseNetshInterfaces } from "./netsh_listing.ts";

/** The part of the host that watching needs. */
export type WatchHost = ListingHost & Pick<Host, "startTimer" | "now">;

/** Pause between two cheap looks; a change must be visible within 300 ms on Linux, 1 s elsewhere. */
const LOOK_PERIOD_MS: Readonly<Record<OsName, Millis>> = { linux: 100, macos: 300, windows: 300 };

/** Addresses and managers change without the cable: a full listing at least this often. */
const FULL_PERIOD_MS: Millis = 2000;

async function lookLinux(host: WatchHost): Promise<string> {
  const names = [...await listSysNames(host)].sort();
  const states = await Promise.all(names.map(async (name) => {
    const [carrier, flags] = await Promise.all([
      readText(host, `${SYS_NET}/${name}/carrier`),
      readText(host, `${SYS_NET}/${name}/flags`),
    ]);
    return [name, carrier?.trim() ?? "-", flags?.trim() ?? "-"].join(" ");
  }));
  return states.join("\n");
}

async function look(host: WatchHost): Promise<string> {
  switch (host.os) {
    case "linux":
      return await lookLinux(host);
    case "macos":
      return (await host.run(["ifconfig", "-a"])).stdout;
    case "windows":
      return (await host.run(["netsh", "interface", "ipv4", "show", "interfaces"])).stdout;
    default:
      return assertNever(host.os);
  }
}

/** Windows: PowerShell takes longer than a second, so the links are taken from netsh at once. */
function withNetshLinks(
  interfaces: readonly NetworkInterface[],
  text: string,
): readonly NetworkInterface[] {
  const links = new Map(parseNetshInterfaces(text).map((entry) => [entry.index, entry.link]));
  return sortInterfaces(interfaces.map((known) => {
    const link = known.index === undefined ? undefined : links.get(known.index);
    return link === undefined || link === "unknown" || known.link === "disabled"
      ? known
      : { ...known, link };
  }));
}

function pause(host: WatchHost, delayMs: Millis, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const finish = () => {
      cancel();
      signal.removeEventListener("abort", finish);
      resolve();
    };
    const cancel = host.startTimer(delayMs, finish);
    signal.addEventListener("abort", finish);
  });
}

/**
 * Reports the interfaces at once and then whenever they changed, until `signal` is aborted. A
 * plugged or unplugged cable is reported within 300 ms on Linux and 1 s elsewhere. Throws what
 * {@link listInterfaces} throws.
 */
export async function watchInterfaces(
  host: WatchHost,
  report: (interfaces: readonly NetworkInterface[]) => void,
  signal: AbortSignal,
): Promise<void> {
  let seen: string | undefined;
  let looked: string | undefined;
  let listedAt = -Infinity;
  let current: readonly NetworkInterface[] = [];
  const tell = (interfaces: readonly NetworkInterface[]) => {
    const text = JSON.stringify(interfaces);
    if (text === seen || signal.aborted) return;
    seen = text;
    current = interfaces;
    report(interfaces);
  };
  while (!signal.aborted) {
    const now = await look(host);
    const changed = now !== looked;
    if (changed && looked !== undefined && host.os === "windows") {
      tell(withNetshLinks(current, now));
    }
    if (changed || host.now() - listedAt >= FULL_PERIOD_MS) {
      looked = now;
      tell(await listInterfaces(host));
      listedAt = host.now();
    }
    await pause(host, LOOK_PERIOD_MS[host.os], signal);
  }
}
