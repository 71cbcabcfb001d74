/**
 * A Linux computer with one wired interface, in virtual time, for the whole of netbooting: programs
 * and files of the system are made up, sockets are those of {@link broadcastHost}.
 *
 * @module
 */
import { setImmediate } from "node:timers";
import type { BootpHost } from "../../lib/recovery/bootp.ts";
import { type BroadcastHost, broadcastHost } from "./broadcast_host.ts";
import { commandHost, said } from "./command_host.ts";

/** MAC address of the interface. */
export const OWN_MAC = "02:00:00:00:00:01";

/** What can become of the interface. */
export interface InterfaceChange {
  /** Whether it is there at all. */
  readonly exists?: boolean;
  /** Whether it has a link. */
  readonly carrier?: boolean;
  /** Whether it has its address. */
  readonly address?: boolean;
  /** Whether a default route leaves through it. */
  readonly defaultRoute?: boolean;
}

/** The computer, and what a test can do to it. */
export interface NetbootWorld extends Omit<BroadcastHost, "host"> {
  /** All that netbooting needs. */
  readonly host: BootpHost;
  /** What is true of the interface from now on. */
  set(facts: InterfaceChange): void;
  /** Lets virtual time pass, and everything that is waiting run. */
  advance(ms: number): Promise<void>;
}

/** Makes the computer: eth0 with 192.168.1.2/24. */
export function netbootWorld(): NetbootWorld {
  const net = broadcastHost();
  let facts = { exists: true, carrier: true, address: true, defaultRoute: false };
  const addr = () => [{
    ifindex: 2,
    ifname: "eth0",
    flags: ["BROADCAST", "MULTICAST", "UP", facts.carrier ? "LOWER_UP" : "NO-CARRIER"],
    link_type: "ether",
    address: OWN_MAC,
    addr_info: facts.address ? [{ family: "inet", local: "192.168.1.2", prefixlen: 24 }] : [],
  }];
  const { host, state } = commandHost("linux", (argv) => {
    const command = argv.join(" ");
    if (command === "ip -j -d addr") return said(JSON.stringify(facts.exists ? addr() : []));
    if (command !== "ip -j -4 route") return undefined;
    return said(JSON.stringify(facts.defaultRoute ? [{ dst: "default", dev: "eth0" }] : []));
  });
  set({});
  state.links.set("/sys/class/net/eth0/device", "/sys/devices/pci0000:00/0000:00:1c.0");

  function set(change: InterfaceChange): void {
    facts = { ...facts, ...change };
    const folder = "/sys/class/net/eth0";
    if (facts.exists) {
      state.files.set(`${folder}/carrier`, facts.carrier ? "1\n" : "0\n");
      state.files.set(`${folder}/flags`, "0x1003\n");
    } else {
      state.files.delete(`${folder}/carrier`);
      state.files.delete(`${folder}/flags`);
    }
  }

  return {
    ...net,
    host: {
      ...host,
      ...net.host,
      addresses: () => [{ interfaceName: "eth0", address: "192.168.1.2", prefixLength: 24 }],
    },
    set,
    async advance(ms) {
      const end = net.time.now + ms;
      await settle();
      while ((net.time.nextAt ?? Infinity) <= end) {
        net.time.step();
        await settle();
      }
      net.time.runUntil(end);
    },
  };
}

/** Lets everything run that waits for nothing but its turn. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
