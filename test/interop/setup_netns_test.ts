/**
 * Preparations for real, in network namespaces: run the plan, look, undo, and compare dumps of
 * everything byte for byte; die after every step and undo from the journal.
 *
 * @module
 */
import { after, before, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import type { Host } from "../../lib/host/host.ts";
import { parseSubnet } from "../../lib/net/ipv4.ts";
import { listInterfaces } from "../../lib/net/list_interfaces.ts";
import { watchInterfaces } from "../../lib/net/watch_interfaces.ts";
import { lookAt, quietElevation } from "../../lib/setup/elevation.ts";
import type { Elevation } from "../../lib/setup/elevation.ts";
import { findInterface, gatherFacts } from "../../lib/setup/gather_facts.ts";
import type { SetupFacts } from "../../lib/setup/facts.ts";
import type { SetupGoal, SetupMode, SetupPlan } from "../../lib/setup/plan.ts";
import { planSetup } from "../../lib/setup/plan_setup.ts";
import { runSetup } from "../../lib/setup/run_setup.ts";
import { pendingPreparation } from "../../lib/setup/pending.ts";
import { undoSetup } from "../../lib/setup/undo_setup.ts";
import {
  canMakeLaboratory,
  hasPrograms,
  type Laboratory,
  makeLaboratory,
} from "../support/laboratory.ts";
import { saySkipped } from "../support/say_skipped.ts";
import { until } from "../support/waiting.ts";

/** One kind of computer. */
interface Scenario {
  readonly name: string;
  /** Programs without which it is left out. */
  readonly programs: readonly string[];
  readonly mode: SetupMode;
  readonly interfaceName?: string;
  readonly deviceMac?: string;
  /** Steps the plan must have. */
  readonly steps: readonly string[];
  /** Makes the computer what it is. */
  start(laboratory: Laboratory): Promise<void>;
  /** Programs whose output is compared besides addresses, routes, neighbours and settings. */
  readonly dumps: readonly (readonly string[])[];
}

const NFT_RULES = `table inet filter {
  chain input {
    type filter hook input priority 0; policy drop;
    ct state established,related accept
    iif lo accept
    tcp dport 22 accept
  }
}
`;

/** Before it answers, dhcpcd 9.4.1 loses the signal that ends it, although its files are there. */
const DHCPCD_ANSWERS = ["sh", "-c", "dhcpcd -U eth0 >/dev/null 2>&1 && echo yes || echo no"];

const NM_CONNECTION = (interfaceName: string) =>
  `[connection]
id=wired
uuid=11111111-2222-3333-4444-555555555555
type=ethernet
interface-name=${interfaceName}
[ipv4]
method=manual
address1=10.20.30.40/24
[ipv6]
method=disabled
`;

const SCENARIOS: readonly Scenario[] = [
  {
    name: "no firewall, interface switched off",
    programs: [],
    mode: "push",
    steps: ["link-up", "address", "fast-arp"],
    async start({ read, interfaceName }) {
      await read("ip", "link", "set", "dev", interfaceName, "down");
    },
    dumps: [],
  },
  {
    name: "another static neighbour and a route elsewhere",
    programs: [],
    mode: "push",
    deviceMac: "00:0a:bb:cc:dd:20",
    steps: ["address", "route", "arp"],
    async start({ read, interfaceName }) {
      await read("ip", "link", "add", "wlan0", "type", "veth", "peer", "name", "wlan1");
      await read("ip", "link", "set", "wlan1", "up");
      await read("ip", "link", "set", "wlan0", "up");
      await read("ip", "addr", "add", "192.168.1.7/24", "dev", "wlan0");
      await read(
        ...["ip", "neigh", "add", "192.168.1.1", "lladdr", "00:11:22:33:44:55"],
        ...["dev", interfaceName, "nud", "permanent"],
      );
    },
    dumps: [],
  },
  {
    name: "nftables, an odd interface name",
    programs: ["nft"],
    mode: "bootp",
    interfaceName: `it's"$x`,
    steps: ["address", "nftables-inet-filter-input-67", "nftables-inet-filter-input-69"],
    async start({ read }) {
      await read("sh", "-c", 'printf %s "$1" | nft -f -', "sh", NFT_RULES);
    },
    dumps: [["nft", "-a", "list", "ruleset"]],
  },
  {
    name: "iptables",
    programs: ["iptables"],
    mode: "push",
    steps: ["address", "fast-arp", "iptables-answers"],
    async start({ read }) {
      await read("iptables", "-A", "INPUT", "-p", "tcp", "--dport", "22", "-j", "ACCEPT");
      await read("iptables", "-A", "INPUT", "-i", "lo", "-j", "ACCEPT");
      await read("iptables", "-P", "INPUT", "DROP");
    },
    dumps: [["iptables", "-S"]],
  },
  {
    name: "ufw",
    programs: ["ufw"],
    mode: "serve",
    steps: ["address", "ufw-69"],
    async start({ read, shadow }) {
      await shadow("/etc/ufw");
      await shadow("/run/lock");
      await read("ufw", "--force", "enable");
      await read("ufw", "deny", "69/udp");
    },
    dumps: [["iptables", "-S"], ["cat", "/etc/ufw/user.rules"]],
  },
  {
    name: "firewalld",
    programs: ["firewalld", "firewall-cmd", "dbus-daemon"],
    mode: "serve",
    steps: ["address", "firewalld-69"],
    async start({ host, shadow, startDaemon }) {
      await shadow("/etc/firewalld");
      await startDaemon(["firewalld", "--nofork", "--nopid"]);
      await until(
        "firewalld",
        async () => (await host.run(["firewall-cmd", "--state"])).code === 0,
      );
    },
    dumps: [["nft", "list", "ruleset"]],
  },
  {
    name: "systemd-networkd",
    programs: ["networkctl", "dbus-daemon", "/lib/systemd/systemd-networkd"],
    mode: "push",
    deviceMac: "00:0a:bb:cc:dd:20",
    steps: ["networkd", "arp"],
    async start({ host, read, shadow, startDaemon, interfaceName }) {
      const etc = await shadow("/etc/systemd");
      await shadow("/run/systemd");
      await Deno.mkdir(`${etc}/network`, { recursive: true });
      await Deno.writeTextFile(
        `${etc}/network/10-wired.network`,
        `[Match]\nName=${interfaceName}\n[Network]\nAddress=10.20.30.40/24\n` +
          "LinkLocalAddressing=no\n",
      );
      await read("mkdir", "-p", "/run/systemd/netif/links", "/run/systemd/netif/leases");
      await read("chown", "-R", "systemd-network:systemd-network", "/run/systemd/netif");
      await startDaemon(["/lib/systemd/systemd-networkd"]);
      await until("the configuration", async () => {
        const listed = await host.run(["networkctl", "list", "--no-legend", "--no-pager"]);
        return / configured\s*$/m.test(listed.stdout);
      });
    },
    dumps: [["networkctl", "list", "--no-legend", "--no-pager"]],
  },
  {
    name: "dhcpcd",
    programs: ["dhcpcd"],
    mode: "serve",
    steps: ["dhcpcd", "address"],
    async start({ read, shadow, interfaceName }) {
      await shadow("/run/dhcpcd");
      await shadow("/var/lib/dhcpcd");
      // Without a server it would take an address of its own after some seconds.
      const settings = "noipv4ll\nnoipv6rs\nnohook resolv.conf\n";
      const configuration = `${await shadow("/mnt")}/dhcpcd.conf`;
      await Deno.writeTextFile(configuration, settings);
      await read("mount", "--bind", configuration, "/etc/dhcpcd.conf");
      await read("dhcpcd", "-b", interfaceName);
      await until("dhcpcd", async () => await read(...DHCPCD_ANSWERS) === "yes\n");
    },
    dumps: [["ls", "/run/dhcpcd"], DHCPCD_ANSWERS],
  },
  {
    name: "NetworkManager",
    programs: ["NetworkManager", "nmcli", "dbus-daemon"],
    mode: "push",
    deviceMac: "00:0a:bb:cc:dd:20",
    steps: ["networkmanager", "address", "arp"],
    async start({ host, shadow, startDaemon, interfaceName }) {
      await shadow("/run/NetworkManager");
      await shadow("/var/lib/NetworkManager");
      const etc = await shadow("/etc/NetworkManager");
      const settings = "[main]\nplugins=keyfile\nauth-polkit=false\n";
      await Deno.writeTextFile(`${etc}/NetworkManager.conf`, settings);
      await Deno.mkdir(`${etc}/system-connections`, { recursive: true });
      const profile = `${etc}/system-connections/wired.nmconnection`;
      await Deno.writeTextFile(profile, NM_CONNECTION(interfaceName), { mode: 0o600 });
      await startDaemon(["NetworkManager", "--no-daemon"]);
      await until("the connection", async () => {
        const state = await host.run([
          "nmcli",
          "-g",
          "GENERAL.STATE",
          "device",
          "show",
          interfaceName,
        ]);
        return state.stdout.startsWith("100 ");
      });
    },
    dumps: [["nmcli", "-t", "-f", "DEVICE,STATE,CONNECTION", "device"]],
  },
];

/** The process died. */
class Killed extends Error {}

/** A host whose process dies when the n-th step has run, before the journal can say so. */
function mortal(host: Host, stepsToLive: number): Host {
  let left = stepsToLive;
  return {
    ...host,
    appendFile: async (path, text) => {
      if (!text.includes('"start"') && left-- === 0) throw new Killed();
      await host.appendFile(path, text);
    },
  };
}

/** A prepared plan on a computer. */
interface Prepared {
  readonly plan: SetupPlan;
  readonly facts: SetupFacts;
  readonly elevation: Elevation;
}

async function prepare({ host, interfaceName }: Laboratory, scenario: Scenario): Promise<Prepared> {
  const goal: SetupGoal = {
    mode: scenario.mode,
    addresses: [parseSubnet("192.168.1.66/24")!],
    deviceAddress: scenario.mode === "push" ? "192.168.1.1" : undefined,
    deviceMac: scenario.deviceMac,
    speed: undefined,
    runId: "test",
  };
  const elevation = await quietElevation(host);
  const interfaces = await listInterfaces(host);
  const target = findInterface(interfaces, interfaceName);
  const facts = await gatherFacts(host, elevation, target, interfaces, goal, "/usr/bin/unbrick");
  return { plan: planSetup("linux", facts, goal), facts, elevation };
}

/** Everything a preparation may change, as text. */
async function dump({ read, interfaceName }: Laboratory, scenario: Scenario): Promise<string> {
  const settings = ["retrans_time_ms", "mcast_solicit", "unres_qlen", "unres_qlen_bytes"];
  const commands = [
    ["ip", "-j", "addr"],
    ["ip", "-j", "route", "show", "table", "all"],
    ["ip", "-j", "neigh", "show", "nud", "all"],
    ["sysctl", ...settings.map((key) => `net/ipv4/neigh/${interfaceName}/${key}`)],
    ["sysctl", "net.ipv4.ip_unprivileged_port_start"],
    ...scenario.dumps,
  ];
  const parts = await Promise.all(
    commands.map(async (argv) => `$ ${argv.join(" ")}\n${await read(...argv)}`),
  );
  return parts.join("\n");
}

const signal = new AbortController().signal;
const isRoot = await canMakeLaboratory();

for (const scenario of SCENARIOS) {
  const isPossible = isRoot && await hasPrograms("ip", "ss", "sysctl", ...scenario.programs);
  if (!isPossible) {
    const why = isRoot ? `${scenario.programs.join(", ")} missing` : "needs root on Linux";
    saySkipped(`preparation with ${scenario.name}`, why);
    continue;
  }
  describe(`preparation with ${scenario.name}`, () => {
    let laboratory: Laboratory;
    let prepared: Prepared;
    let found: string;

    before(async () => {
      laboratory = await makeLaboratory(scenario.interfaceName ?? "eth0");
      await scenario.start(laboratory);
      prepared = await prepare(laboratory, scenario);
      found = await dump(laboratory, scenario);
    });

    after(async () => await laboratory[Symbol.asyncDispose]());

    // A manager applies what it was told in its own time, and may take an address away once more
    // before it gives it: on a loaded computer that takes seconds.
    const isAsFound = async (what: string) => {
      await until(what, async () => await dump(laboratory, scenario) === found).catch(() => {});
      assert.equal(await dump(laboratory, scenario), found, what);
    };

    it("runs every step of the plan into effect, and undo leaves everything as it was", async () => {
      const { plan, facts, elevation } = prepared;
      assert.deepEqual(plan.steps.map((step) => step.id), scenario.steps);
      const { host } = laboratory;
      const ended = await runSetup(host, elevation, plan, facts, "test", () => {}, signal);
      assert.deepEqual(ended, { result: "ready" });
      for (const step of plan.steps) {
        assert.equal(await lookAt(elevation, step.look), "yes", step.id);
      }
      const addresses = await laboratory.read("ip", "-4", "-o", "addr");
      assert.match(addresses, / 192\.168\.1\.66\/24 /);
      assert.notEqual(await dump(laboratory, scenario), found);

      const undone = await undoSetup(host, elevation, () => {});
      assert.deepEqual(undone, { failed: [], differences: [], notCompared: undefined });
      await isAsFound("the state as it was");
    });

    it("makes the same plan again, so that nothing of it is left", async () => {
      const again = await prepare(laboratory, scenario);
      assert.deepEqual(again.plan, prepared.plan);
    });

    it("killed after any step, undo leaves everything as it was", async () => {
      const { plan, facts, elevation } = prepared;
      for (const [position, step] of plan.steps.entries()) {
        const host = mortal(laboratory.host, position);
        const dying = runSetup(host, elevation, plan, facts, "test", () => {}, signal);
        await assert.rejects(dying, Killed);
        assert.notEqual(await pendingPreparation(laboratory.host), undefined);
        const undone = await undoSetup(laboratory.host, elevation, () => {});
        assert.deepEqual(undone?.failed, [], `killed after ${step.id}`);
        await isAsFound(`the state as it was, killed after ${step.id}`);
      }
    });
  });
}

if (isRoot) {
  describe("watchInterfaces on a real cable", () => {
    it("shows a pulled and a plugged cable", async () => {
      await using laboratory = await makeLaboratory("eth0");
      const stop = new AbortController();
      const links: (string | undefined)[] = [];
      await watchInterfaces(laboratory.host, (interfaces) => {
        const link = interfaces.find((entry) => entry.name === "eth0")?.link;
        if (link === links.at(-1)) return;
        links.push(link);
        if (links.length === 3) stop.abort();
        else void laboratory.setCable(link !== "up");
      }, stop.signal);
      assert.deepEqual(links, ["up", "no-carrier", "up"]);
    });
  });
} else saySkipped("watching a real cable", "needs root on Linux");
