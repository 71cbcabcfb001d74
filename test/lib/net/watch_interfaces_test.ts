import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { UnbrickError } from "../../../lib/errors.ts";
import type { NetworkInterface } from "../../../lib/net/interface.ts";
import { listInterfaces } from "../../../lib/net/list_interfaces.ts";
import { watchInterfaces } from "../../../lib/net/watch_interfaces.ts";
import { commandHost, said } from "../../support/command_host.ts";
import { fixture } from "./fixture.ts";

const LINUX_ADDR = JSON.stringify([{
  ifindex: 2,
  ifname: "eth0",
  flags: ["BROADCAST", "MULTICAST", "UP", "LOWER_UP"],
  link_type: "ether",
  address: "02:00:00:00:00:01",
  addr_info: [],
}]);

function linuxHost() {
  const made = commandHost("linux", (argv) => argv[3] === "addr" ? said(LINUX_ADDR) : undefined);
  made.state.files.set("/sys/class/net/eth0/carrier", "1\n");
  made.state.files.set("/sys/class/net/eth0/flags", "0x1003\n");
  made.state.links.set("/sys/class/net/eth0/device", "/sys/devices/pci0000:00/0000:00:1f.6");
  return made;
}

describe("listInterfaces", () => {
  it("works on Linux with nothing but ip and sysfs", async () => {
    const [found] = await listInterfaces(linuxHost().host);
    assert.equal(`${found?.name} ${found?.kind} ${found?.link}`, "eth0 wired up");
  });

  it("takes dhcpcd from its pid files", async () => {
    const { host, state } = linuxHost();
    state.files.set("/run/dhcpcd/eth0.pid", "1");
    assert.equal((await listInterfaces(host))[0]?.manager, "dhcpcd");
  });

  it("says what to install when ip is missing", async () => {
    const { host } = commandHost("linux", () => undefined);
    await assert.rejects(
      listInterfaces(host),
      (error) => error instanceof UnbrickError && error.hint === "Install the package iproute2",
    );
  });

  it("asks netsh where PowerShell has no network cmdlets", async () => {
    const { host } = commandHost("windows", (argv) => {
      const file = {
        "show interfaces": "interfaces",
        "show addresses": "addresses",
        "/fo csv": "getmac",
      }[argv[0] === "getmac" ? "/fo csv" : argv.slice(3).join(" ")];
      return file === undefined ? said("") : said(fixture(`windows/german.${file}.txt`));
    });
    assert.equal((await listInterfaces(host)).length, 4);
  });

  it("says so when neither PowerShell nor netsh names an interface", async () => {
    for (const answer of [said(""), undefined]) {
      await assert.rejects(
        listInterfaces(commandHost("windows", () => answer).host),
        /Neither PowerShell nor netsh lists the interfaces/,
      );
    }
  });

  it("asks ipconfig getpacket where getsummary is unknown", async () => {
    const { host, state } = commandHost("macos", (argv) => {
      switch (argv.slice(0, 2).join(" ")) {
        case "networksetup -listallhardwareports":
          return said(fixture("macos/laptop.hardwareports.txt"));
        case "ifconfig -a":
          return said(fixture("macos/laptop.ifconfig.txt"));
        case "ipconfig getpacket":
          return said(argv[2] === "en0" ? fixture("macos/en0.getpacket.txt") : "");
        default:
          return undefined;
      }
    });
    const found = await listInterfaces(host);
    assert.equal(found.find((entry) => entry.name === "en0")?.usesDhcp, true);
    assert.ok(state.ran.some((argv) => argv.join(" ") === "ipconfig getpacket en7"));
  });
});

describe("watchInterfaces", () => {
  it("reports a pulled cable within 300 ms on Linux", async () => {
    const { host, state } = linuxHost();
    const stop = new AbortController();
    const seen: { at: number; link: string | undefined }[] = [];
    let pulledAt = Infinity;
    await watchInterfaces(host, (interfaces: readonly NetworkInterface[]) => {
      seen.push({ at: state.now, link: interfaces[0]?.link });
      if (seen.length === 1) {
        host.startTimer(1000, () => {
          pulledAt = state.now;
          state.files.set("/sys/class/net/eth0/carrier", "0\n");
        });
      } else stop.abort();
    }, stop.signal);
    assert.deepEqual(seen.map((entry) => entry.link), ["up", "no-carrier"]);
    assert.ok(seen[1]!.at - pulledAt <= 300, `after ${seen[1]!.at - pulledAt} ms`);
  });

  it("takes the link from netsh at once on Windows, before the slow listing", async () => {
    let pulled = false;
    const { host, state } = commandHost("windows", (argv) => {
      if (argv[0] === "powershell") return said(fixture("windows/laptop.json"));
      const table = "12 25 1500 connected Ethernet 2";
      return said(pulled ? table.replace("connected", "disconnected") : table);
    });
    const stop = new AbortController();
    const links: (string | undefined)[] = [];
    let listings = 0;
    await watchInterfaces(host, (interfaces) => {
      links.push(interfaces.find((entry) => entry.index === 12)?.link);
      if (links.length === 1) pulled = true;
      else {
        listings = state.ran.filter((argv) => argv[0] === "powershell").length;
        stop.abort();
      }
    }, stop.signal);
    assert.deepEqual(links, ["up", "no-carrier"]);
    assert.equal(listings, 1);
  });

  it("ends at once when it is aborted", async () => {
    const stop = new AbortController();
    stop.abort();
    await watchInterfaces(linuxHost().host, () => assert.fail("reported"), stop.signal);
  });
});
