/**
 * Watches the way to a peer in this computer's own network: carrier, address, neighbour entry.
 *
 * @module
 */
import type { Host, LocalAddress } from "../host/host.ts";
import type { PathWatch, PeerPath } from "./peer_path.ts";
import { type NetworkChange, parseNetworkChange } from "./ip_monitor.ts";
import { parseIpv4, subnetContains } from "./ipv4.ts";

/** The part of the host that watching needs. */
export type PathHost = Pick<Host, "os" | "addresses" | "run" | "follow">;

const ANY = "0.0.0.0";

const MONITOR = ["ip", "-o", "monitor", "label", "link", "address", "neigh"];

/** A search that is at least this fast finds a peer within a blink, in milliseconds. */
const FAST_SEARCH_MS = 100;

/**
 * The interface that leads to the peer, with this computer's address there; undefined when it is not
 * one, or more than one where the system's routes decide.
 */
function ownAddress(
  host: PathHost,
  peer: string,
  localAddress: string,
): LocalAddress | undefined {
  const target = parseIpv4(peer);
  if (target === undefined) return undefined;
  const candidates = host.addresses().filter(({ address, prefixLength }) => {
    const own = parseIpv4(address);
    return own !== undefined && own !== target && !address.startsWith("127.") &&
      (localAddress === ANY || localAddress === address) &&
      subnetContains({ address: own, prefixLength }, target);
  });
  return candidates.length === 1 ? candidates[0] : undefined;
}

/** `eth0:1` is a label of `eth0`. */
function interfaceOf(own: LocalAddress): string {
  return own.interfaceName.split(":")[0]!;
}

/**
 * Whether the system searches for neighbours as fast as `unbrick setup` makes it, keeping one packet:
 * from `ip -j ntable show`, whose "queue" is in full-size packets.
 */
function isFastSearch(json: string): boolean {
  try {
    const [table] = JSON.parse(json) as { retrans?: unknown; queue?: unknown }[];
    return typeof table?.retrans === "number" && typeof table.queue === "number" &&
      table.retrans <= FAST_SEARCH_MS && table.queue <= 1;
  } catch {
    return false;
  }
}

/**
 * Starts watching. Undefined on other systems than Linux; without iproute2 the path is. Never rejects.
 *
 * @param peer dotted address of the peer.
 * @param localAddress dotted address of this computer to send from; "0.0.0.0" for whichever fits.
 */
export async function watchPeerPath(
  host: PathHost,
  peer: string,
  localAddress: string,
): Promise<PathWatch | undefined> {
  if (host.os !== "linux") return undefined;
  let path: PeerPath | undefined;
  let watched: string | undefined;
  let ended = false;
  /** What was told while the rest was being looked at. */
  let meanwhile: NetworkChange[] = [];
  let tell = (): void => {};

  const stop = host.follow(MONITOR, {
    lines(lines) {
      const before = path;
      const changes = lines.flatMap((line) => parseNetworkChange(line) ?? []);
      changes.forEach(take);
      if (path !== before) tell();
    },
    ended() {
      ended = true;
      path = undefined;
      tell();
    },
  });

  function take(change: NetworkChange): void {
    if (change.kind === "address") {
      const own = ownAddress(host, peer, localAddress);
      if (own?.address !== path?.localAddress || own === undefined) void look();
    } else if (change.interfaceName !== watched) {
      return;
    } else if (path === undefined) {
      meanwhile.push(change);
    } else if (change.kind === "link") {
      if (change.hasCarrier !== path.hasCarrier) path = { ...path, hasCarrier: change.hasCarrier };
    } else if (change.address === peer) {
      if (change.isKnown) {
        if (!path.knowsPeer) path = { ...path, knowsPeer: true };
      } else {
        path = { ...path, knowsPeer: false, searchesFailed: path.searchesFailed + 1 };
        void refreshManner();
      }
    }
  }

  /** Settings and routes have no news here, so they are looked at whenever a search has ended. */
  async function refreshManner(): Promise<void> {
    const manner = await readManner(watched!);
    if (path === undefined) return;
    const { searchesFast, leadsElsewhere } = path;
    if (manner.searchesFast === searchesFast && manner.leadsElsewhere === leadsElsewhere) return;
    path = { ...path, ...manner };
    tell();
  }

  async function readManner(
    name: string,
  ): Promise<Pick<PeerPath, "searchesFast" | "leadsElsewhere">> {
    const [table, routes] = await Promise.all([
      host.run(["ip", "-j", "ntable", "show", "dev", name, "name", "arp_cache"]),
      host.run(["ip", "-o", "-4", "route", "show", "default", "dev", name]),
    ]);
    return {
      searchesFast: isFastSearch(table.stdout),
      leadsElsewhere: routes.stdout.trim() !== "",
    };
  }

  /** Looks at everything anew. */
  async function look(): Promise<void> {
    const own = ownAddress(host, peer, localAddress);
    watched = own === undefined ? undefined : interfaceOf(own);
    const before = path;
    path = undefined;
    meanwhile = [];
    if (own !== undefined && watched !== undefined) {
      const name = watched;
      const [link, neighbour, manner] = await Promise.all([
        host.run(["ip", "-o", "link", "show", "dev", name]),
        host.run(["ip", "-o", "-4", "neigh", "show", peer, "dev", name]),
        readManner(name),
      ]);
      // Something newer has been looked at meanwhile.
      if (watched !== name || ended) return;
      path = {
        localAddress: own.address,
        hasCarrier: link.stdout.includes("LOWER_UP"),
        knowsPeer: neighbour.stdout.includes("lladdr"),
        searchesFailed: 0,
        ...manner,
      };
      meanwhile.forEach(take);
    }
    if (path !== before) tell();
  }

  await look();
  return {
    get path() {
      return path;
    },
    listen(changed) {
      tell = changed;
    },
    stop,
  };
}
