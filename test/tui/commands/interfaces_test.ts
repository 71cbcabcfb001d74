import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { describeChanges, interfacesCommand } from "../../../tui/commands/interfaces.ts";
import { parseWindowsListing } from "../../../lib/net/windows_listing.ts";
import { commandHost, said } from "../../support/command_host.ts";
import { recordingContext } from "../../support/recording_context.ts";
import { fixture } from "../../lib/net/fixture.ts";

function windowsLaptop() {
  return commandHost(
    "windows",
    (argv) => argv[0] === "powershell" ? said(fixture("windows/laptop.json")) : said(""),
  );
}

describe("unbrick interfaces", () => {
  it("prints wired with link first, in lines of at most 80 columns", async () => {
    const recording = recordingContext(windowsLaptop().host);
    await interfacesCommand(recording.context).parse([]);
    const lines = recording.stdout().split("\n");
    assert.deepEqual(lines.slice(0, 3), [
      "Ethernet 2 (index 12)",
      "    wired, link up, 1000 Mbit/s, full duplex",
      "    192.168.0.66/24",
    ]);
    assert.ok(lines.every((line) => line.length <= 80), lines.join("\n"));
    assert.match(recording.stdout(), /DHCP on \| default route/);
    assert.match(recording.stdout(), /169\.254\.7\.7\/16 \(self-assigned, not usable yet\)/);
  });

  it("prints one JSON document with --json", async () => {
    const recording = recordingContext(windowsLaptop().host);
    await interfacesCommand(recording.context).parse(["--json"]);
    assert.equal(JSON.parse(recording.stdout()).interfaces.length, 6);
  });

  it("tells a computer without a wired interface what it lacks", async () => {
    const { host } = commandHost("linux", (argv) => argv[0] === "ip" ? said("[]") : undefined);
    const recording = recordingContext(host);
    await interfacesCommand(recording.context).parse([]);
    assert.match(recording.stdout(), /no network interface/);
  });

  it("writes one event per line with --watch --json until it is stopped", async () => {
    const { host } = windowsLaptop();
    const recording = recordingContext(host);
    const done = interfacesCommand(recording.context).parse(["--watch", "--json"]);
    while (recording.stdout() === "") await Promise.resolve();
    recording.stop.abort();
    await done;
    const [first] = recording.stdout().trim().split("\n");
    assert.equal(JSON.parse(first!).event, "interfaces");
  });
});

describe("describeChanges", () => {
  it("names a new link, a new address, an adapter that came and one that went", () => {
    const before = parseWindowsListing(fixture("windows/laptop.json"))!;
    const [first, second, ...rest] = before;
    const after = [
      { ...first!, link: "no-carrier" as const },
      { ...second!, name: "Ethernet 9", addresses: [] },
      ...rest,
    ];
    assert.deepEqual(describeChanges(before, after), [
      "Ethernet 2: no link (cable out, or the other end is off)",
      "Ethernet 9: appeared, no link (cable out, or the other end is off)",
      "LAN-Verbindung (B\u00fcro): gone",
    ]);
  });
});
