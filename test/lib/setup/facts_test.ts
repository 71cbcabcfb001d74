import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { askingElevation, lookAt, quietElevation } from "../../../lib/setup/elevation.ts";
import { UnbrickError } from "../../../lib/errors.ts";
import { findInterface, gatherFacts } from "../../../lib/setup/gather_facts.ts";
import {
  mayIptablesDrop,
  parseAdvertisedModes,
  parseDroppingChains,
  parseSsHolders,
  parseStaticNeighbours,
} from "../../../lib/setup/linux_facts.ts";
import {
  parseAppFirewallEntry,
  parseAppFirewallState,
  parseLsofHolders,
  parseStaticArp,
} from "../../../lib/setup/macos_facts.ts";
import { parseWindowsFacts, windowsFactsScript } from "../../../lib/setup/windows_facts.ts";
import { commandHost, NOT_FOUND, said } from "../../support/command_host.ts";
import { fixture } from "../net/fixture.ts";
import { goalOf, linuxFacts, macosFacts } from "./plan_cases.ts";

describe("facts of Linux", () => {
  it("parseSsHolders names the program where the system tells it", () => {
    const text = 'UNCONN 0 0 0.0.0.0:69 0.0.0.0:* users:(("in.tftpd",pid=812,fd=4))\n' +
      "UNCONN 0 0 0.0.0.0%wlan0:68 0.0.0.0:*\n" +
      "UNCONN 0 0 127.0.0.1:6969 0.0.0.0:*\n" +
      'UNCONN 0 0 [::]:67 [::]:* users:(("dnsmasq",pid=9,fd=1))\n';
    assert.deepEqual(parseSsHolders(text), [
      { port: 69, program: "in.tftpd", pid: 812 },
      { port: 68, program: undefined, pid: undefined },
      { port: 67, program: "dnsmasq", pid: 9 },
    ]);
  });

  it("parseDroppingChains finds chains with a dropping policy or a rejecting rule, on input only", () => {
    const chains = parseDroppingChains(fixture("linux/nft_ruleset.json"));
    assert.deepEqual(chains.map((found) => `${found.family} ${found.table} ${found.chain}`), [
      "inet filter input",
      "ip mine IN",
      "ip filter INPUT",
    ]);
    assert.deepEqual(parseDroppingChains("Operation not permitted"), []);
  });

  it("mayIptablesDrop knows a policy, a rule, a jump, and an open chain", () => {
    assert.equal(mayIptablesDrop("-P INPUT DROP\n"), true);
    assert.equal(mayIptablesDrop("-P INPUT ACCEPT\n-A INPUT -j REJECT --reject-with x\n"), true);
    assert.equal(mayIptablesDrop("-P INPUT ACCEPT\n-A INPUT -j ufw-before-input\n"), true);
    assert.equal(mayIptablesDrop("-P INPUT ACCEPT\n-A INPUT -p tcp -j ACCEPT\n"), false);
    assert.equal(mayIptablesDrop(""), false);
  });

  it("parseAdvertisedModes reads modes over several lines, and none", () => {
    const text = "Settings for eth0:\n\tSupported link modes:   10baseT/Half 10baseT/Full\n" +
      "\t                        1000baseT/Full\n" +
      "\tAdvertised link modes:  10baseT/Half 10baseT/Full\n" +
      "\t                        100baseT/Full\n\tAdvertised pause frame use: No\n";
    assert.deepEqual(parseAdvertisedModes(text), ["10baseT/Half", "10baseT/Full", "100baseT/Full"]);
    assert.equal(parseAdvertisedModes("\tAdvertised link modes:  Not reported\n"), undefined);
    assert.equal(parseAdvertisedModes(""), undefined);
  });

  it("parseStaticNeighbours keeps address and MAC", () => {
    const text = '[{"dst":"192.168.1.1","lladdr":"00:11:22:33:44:55","state":["PERMANENT"]}]';
    assert.deepEqual(parseStaticNeighbours(text), [
      { address: "192.168.1.1", mac: "00:11:22:33:44:55" },
    ]);
  });

  it("says that the firewall was not looked at when there are no rights", async () => {
    const { host } = commandHost("linux", (argv) => {
      if (argv[0] === "id") return said("1000\n");
      return argv[0] === "sudo"
        ? { code: 1, stdout: "", stderr: "a password is required" }
        : NOT_FOUND;
    });
    const { target } = linuxFacts();
    const elevation = await quietElevation(host);
    const facts = await gatherFacts(host, elevation, target, [target], goalOf("serve"), "/x");
    assert.equal(facts.isAdmin, false);
    assert.match(facts.unchecked.join(), /run this with sudo/);
  });
});

describe("facts of macOS", () => {
  it("reads the application firewall", () => {
    assert.equal(parseAppFirewallState("Firewall is enabled. (State = 1)"), 1);
    assert.equal(parseAppFirewallState("Firewall is blocking all (State = 2)"), 2);
    assert.equal(parseAppFirewallState("?"), undefined);
    const apps =
      "Total number of apps = 2\n\n1 : /usr/bin/ssh\n  ( Allow incoming connections )\n" +
      "2 : /Users/me/unbrick\n  ( Block incoming connections )\n";
    assert.equal(parseAppFirewallEntry(apps, "/Users/me/unbrick"), "blocked");
    assert.equal(parseAppFirewallEntry(apps, "/usr/bin/ssh"), "allowed");
    assert.equal(parseAppFirewallEntry(apps, "/x"), "none");
  });

  it("reads who holds a port and what the ARP table holds", () => {
    const lsof = "COMMAND PID USER FD TYPE DEVICE SIZE/OFF NODE NAME\n" +
      "launchd   1 root 8u IPv6 0xabc 0t0 UDP *:69\n";
    assert.deepEqual(parseLsofHolders(lsof), [{ port: 69, program: "launchd", pid: 1 }]);
    const arp = "? (192.168.1.1) at 0:a:bb:cc:dd:20 on en7 permanent [ethernet]\n" +
      "? (192.168.1.9) at 0:a:bb:cc:dd:21 on en7 ifscope [ethernet]\n";
    assert.equal(parseStaticArp(arp, "192.168.1.1", "en7"), "00:0a:bb:cc:dd:20");
    assert.equal(parseStaticArp(arp, "192.168.1.9", "en7"), undefined);
  });
});

describe("facts of Windows", () => {
  const json = JSON.stringify({
    build: 22631,
    retransmit: 1000,
    dad: 3,
    routes: [{ ifIndex: 4, DestinationPrefix: "0.0.0.0/0", NextHop: "10.0.0.1", RouteMetric: 0 }],
    ports: { port: 69, pid: 4242, program: "tftpd64" },
    profiles: [{ enabled: "True", local: "NotConfigured" }, { enabled: "False", local: "False" }],
    blocks: "UDP Query User{0}",
    dns: "8.8.8.8,1.1.1.1",
    neighbour: "00-0A-BB-CC-DD-20",
    speed: "0",
    sense: "Enabled",
  });

  it("parseWindowsFacts reads lists of one that PowerShell writes without brackets", () => {
    const facts = parseWindowsFacts(json, "DHCP/Static IP coexistence         : disabled\r\n");
    assert.deepEqual(facts.portHolders, [{ port: 69, program: "tftpd64", pid: 4242 }]);
    assert.deepEqual(facts.blockRules, ["UDP Query User{0}"]);
    assert.deepEqual(facts.staticDns, ["8.8.8.8", "1.1.1.1"]);
    assert.equal(facts.staticNeighbourMac, "00:0a:bb:cc:dd:20");
    assert.deepEqual(
      [facts.isFirewallOn, facts.ignoresLocalRules, facts.hasMediaSense, facts.hasDhcpCoexistence],
      [true, false, true, false],
    );
  });

  it("leaves unknown what a localised netsh or a silent PowerShell does not tell", () => {
    const facts = parseWindowsFacts("", "Koexistenz von DHCP und statischer IP : deaktiviert");
    assert.deepEqual(
      [facts.isFirewallOn, facts.hasMediaSense, facts.hasDhcpCoexistence, facts.build],
      [undefined, undefined, undefined, undefined],
    );
  });

  it("quotes a path with an apostrophe in the script", () => {
    const script = windowsFactsScript(12, "{1}", "C:\\it's\\unbrick.exe", undefined);
    assert.match(script, /-Program 'C:\\it''s\\unbrick\.exe'/);
  });
});

describe("findInterface", () => {
  const { target } = macosFacts();

  it("takes the only wired one, a name, and a macOS service", () => {
    const wifi = { ...target, name: "en0", service: "Wi-Fi", kind: "wifi" as const };
    assert.equal(findInterface([target, wifi], undefined).name, "en7");
    assert.equal(findInterface([target, wifi], "en0").name, "en0");
    assert.equal(findInterface([target, wifi], "USB 10/100/1000 LAN").name, "en7");
  });

  it("says which ones there are when it cannot choose", () => {
    const other = { ...target, name: "en8" };
    assert.throws(() => findInterface([target, other], undefined), /"en7", "en8"/);
    assert.throws(() => findInterface([], undefined), /no wired interface/);
  });
});

describe("elevation", () => {
  const look = { argv: ["nft", "list"], needsAdmin: true, expect: { kind: "contains", text: "x" } };

  it("lookAt does not take a look without rights for an absence", async () => {
    const { host } = commandHost("linux", (argv) => argv[0] === "id" ? said("1000") : undefined);
    const elevation = await quietElevation(host);
    assert.equal(elevation.canElevate, false);
    assert.equal(
      await lookAt(elevation, { ...look, expect: { kind: "contains", text: "x" } }),
      "unknown",
    );
  });

  it("askingElevation lets sudo ask once, then runs without asking", async () => {
    let hasPassword = false;
    const { host, state } = commandHost("linux", (argv) => {
      if (argv[0] === "id") return said("1000");
      if (argv.join(" ") === "sudo -v") {
        hasPassword = true;
        return said("");
      }
      return argv[0] === "sudo" && hasPassword ? said("x") : { code: 1, stdout: "", stderr: "" };
    });
    const elevation = await askingElevation(host);
    await elevation.run(["ip", "addr", "add"], true);
    assert.deepEqual(state.ran.at(-1), ["sudo", "-n", "ip", "addr", "add"]);
  });

  it("askingElevation says what to do on Windows", async () => {
    const { host } = commandHost("windows", () => said("False\r\n"));
    await assert.rejects(
      askingElevation(host),
      (error) => error instanceof UnbrickError && /Run as administrator/.test(error.hint ?? ""),
    );
  });
});
