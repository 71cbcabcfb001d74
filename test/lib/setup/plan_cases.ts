/** Facts and goals for the plans that are compared with golden files. */
import type { OsName } from "../../../lib/host/host.ts";
import type { NetworkInterface } from "../../../lib/net/interface.ts";
import { parseSubnet } from "../../../lib/net/ipv4.ts";
import type { LinuxFacts, MacosFacts, SetupFacts, WindowsFacts } from "../../../lib/setup/facts.ts";
import type { SetupGoal, SetupMode } from "../../../lib/setup/plan.ts";

/** A goal with the usual addresses. */
export function goalOf(mode: SetupMode, more: Partial<SetupGoal> = {}): SetupGoal {
  return {
    mode,
    addresses: [parseSubnet("192.168.1.66/24")!],
    deviceAddress: mode === "push" ? "192.168.1.1" : undefined,
    deviceMac: undefined,
    speed: undefined,
    runId: "test",
    ...more,
  };
}

function interfaceOf(os: OsName, more: Partial<NetworkInterface> = {}): NetworkInterface {
  return {
    name: os === "linux" ? "enp3s0" : os === "macos" ? "en7" : "Ethernet",
    index: os === "windows" ? 12 : 3,
    guid: os === "windows" ? "{11111111-2222-3333-4444-555555555555}" : undefined,
    service: os === "macos" ? "USB 10/100/1000 LAN" : undefined,
    description: undefined,
    kind: "wired",
    mac: "8c:16:45:11:22:33",
    addresses: [],
    link: "no-carrier",
    speedMbps: undefined,
    duplex: undefined,
    manager: os === "linux" ? "none" : os === "macos" ? "configd" : "windows",
    usesDhcp: os !== "linux",
    hasDefaultRoute: false,
    ...more,
  };
}

function common(target: NetworkInterface) {
  return {
    target,
    interfaces: [target],
    routes: [],
    isAdmin: false,
    portHolders: [],
    isChecked: true,
    unchecked: [],
  };
}

/** A plain Linux computer. */
export function linuxFacts(
  more: Partial<LinuxFacts> = {},
  target: Partial<NetworkInterface> = {},
): LinuxFacts {
  return {
    os: "linux",
    ...common(interfaceOf("linux", target)),
    toolPath: "/home/me/unbrick",
    nmConnectionUuid: undefined,
    networkdFile: undefined,
    dhcpcd: "none",
    firewalls: [],
    staticNeighbours: [],
    arp: { retransMs: 1000, mcastSolicit: 3, queueBytes: 212992 },
    unprivilegedPortStart: 1024,
    advertisedModes: ["10baseT/Half", "10baseT/Full", "100baseT/Full", "1000baseT/Full"],
    ...more,
  };
}

/** A plain Mac. */
export function macosFacts(
  more: Partial<MacosFacts> = {},
  target: Partial<NetworkInterface> = {},
): MacosFacts {
  return {
    os: "macos",
    ...common(interfaceOf("macos", target)),
    toolPath: "/Users/me/unbrick",
    appFirewallState: 0,
    appFirewallEntry: "none",
    isPfEnabled: false,
    staticNeighbourMac: undefined,
    arp: { maxTries: 5, maxHold: 16 },
    isTftpdLoaded: false,
    media: "autoselect",
    ...more,
  };
}

/** A plain Windows computer on DHCP. */
export function windowsFacts(
  more: Partial<WindowsFacts> = {},
  target: Partial<NetworkInterface> = {},
): WindowsFacts {
  return {
    os: "windows",
    ...common(interfaceOf("windows", target)),
    toolPath: "C:\\Users\\me\\unbrick.exe",
    build: 22631,
    staticDns: [],
    hasDhcpCoexistence: false,
    hasMediaSense: true,
    retransmitMs: 1000,
    dadTransmits: 3,
    isFirewallOn: true,
    ignoresLocalRules: false,
    blockRules: [],
    staticNeighbourMac: undefined,
    speedDuplex: "0",
    ...more,
  };
}

const OUR_ADDRESS = {
  address: "192.168.1.66",
  prefixLength: 24,
  origin: "static",
  isUsable: true,
} as const;
const MAC = "00:0a:bb:cc:dd:20";
const WIFI_ROUTE = {
  destination: "192.168.1.0/24",
  gateway: undefined,
  metric: 600,
} as const;

/** One line of the golden matrix. */
export interface PlanCase {
  /** File name without the mode. */
  readonly name: string;
  /** What was found. */
  readonly facts: SetupFacts;
  /** What differs from the usual goal. */
  readonly goal?: Partial<SetupGoal>;
}

/** Every case; each is planned for serve, push and bootp. */
export const PLAN_CASES: readonly PlanCase[] = [
  {
    name: "linux_typical",
    facts: linuxFacts({
      nmConnectionUuid: "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee",
      firewalls: [{ kind: "ufw", rules: "ufw allow 22/tcp\n" }],
    }, { manager: "networkmanager" }),
  },
  {
    name: "linux_odd_names",
    facts: linuxFacts({
      firewalls: [{ kind: "nftables", family: "inet", table: "filter", chain: "input" }],
    }, { name: `it's"$x`, index: 7, link: "disabled" }),
    goal: { deviceAddress: "192.168.1.1", deviceMac: MAC },
  },
  {
    name: "linux_already",
    facts: linuxFacts({
      isAdmin: true,
      arp: { retransMs: 20, mcastSolicit: 1000, queueBytes: 1 },
      firewalls: [{
        kind: "firewalld",
        zone: "public",
        richRules: [
          'rule family="ipv4" source address="192.168.1.0/24" port port="69" protocol="udp" accept',
          'rule family="ipv4" source address="192.168.1.1" protocol value="udp" accept',
          'rule family="ipv4" port port="67" protocol="udp" accept',
        ].join("\n"),
      }],
    }, { addresses: [OUR_ADDRESS], link: "up" }),
  },
  {
    name: "linux_both_firewalls",
    facts: linuxFacts({
      isAdmin: true,
      firewalls: [
        { kind: "firewalld", zone: "public", richRules: "" },
        { kind: "nftables", family: "ip", table: "mine", chain: "IN" },
        { kind: "iptables" },
      ],
    }),
  },
  {
    name: "linux_networkd",
    facts: linuxFacts(
      { networkdFile: "/etc/systemd/network/10-wired.network" },
      { manager: "networkd" },
    ),
    goal: {
      addresses: [parseSubnet("192.168.1.66/24")!, parseSubnet("192.168.0.66/24")!],
      speed: 100,
    },
  },
  {
    name: "linux_same_subnet",
    facts: linuxFacts({
      portHolders: [
        { port: 69, program: "in.tftpd", pid: 812 },
        { port: 67, program: "dnsmasq", pid: 900 },
      ],
      routes: [
        { ...WIFI_ROUTE, interfaceName: "wlp2s0", metric: 0 },
      ],
      staticNeighbours: [{ address: "192.168.1.1", mac: "00:11:22:33:44:55" }],
    }),
    goal: { deviceAddress: "192.168.1.1", deviceMac: MAC },
  },
  { name: "macos_typical", facts: macosFacts() },
  {
    name: "macos_odd_names",
    facts: macosFacts({ toolPath: "/Volumes/USB it's/a\"b/$x/unbrick", appFirewallState: 1 }, {
      service: 'B\u00fcro "Kabel" it\'s',
    }),
    goal: { deviceAddress: "192.168.1.1", deviceMac: MAC },
  },
  {
    name: "macos_already",
    facts: macosFacts({ isAdmin: true, appFirewallState: 1, appFirewallEntry: "allowed" }, {
      addresses: [OUR_ADDRESS],
      link: "up",
    }),
  },
  {
    name: "macos_both_firewalls",
    facts: macosFacts({
      appFirewallState: 1,
      appFirewallEntry: "blocked",
      isPfEnabled: true,
      isTftpdLoaded: true,
      portHolders: [{ port: 69, program: "launchd", pid: 1 }],
    }, { addresses: [{ ...OUR_ADDRESS, address: "192.168.1.7" }] }),
    goal: { speed: 100 },
  },
  { name: "windows_typical", facts: windowsFacts() },
  {
    name: "windows_odd_names",
    facts: windowsFacts({}, { name: "LAN-Verbindung it's 2", link: "up" }),
    goal: { deviceAddress: "192.168.1.1", deviceMac: MAC, speed: 100 },
  },
  {
    name: "windows_already",
    facts: windowsFacts({ isAdmin: true, hasMediaSense: false, isFirewallOn: false }, {
      addresses: [OUR_ADDRESS],
      usesDhcp: false,
      link: "up",
    }),
  },
  {
    name: "windows_block_rules",
    facts: windowsFacts({
      staticDns: ["8.8.8.8", "1.1.1.1"],
      blockRules: ["UDP Query User{0000-it's}C:\\Users\\me\\unbrick.exe"],
      ignoresLocalRules: true,
      portHolders: [{ port: 69, program: "tftpd64", pid: 4242 }],
    }),
    goal: { addresses: [parseSubnet("192.168.1.66/24")!, parseSubnet("192.168.0.66/24")!] },
  },
  {
    name: "windows_static",
    facts: windowsFacts({}, {
      addresses: [{ ...OUR_ADDRESS, address: "10.0.0.5" }],
      usesDhcp: false,
      link: "up",
    }),
  },
];
