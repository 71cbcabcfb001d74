import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { doctorCommand } from "../../../tui/commands/doctor.ts";
import { commandHost, NOT_FOUND, said } from "../../support/command_host.ts";
import { recordingContext } from "../../support/recording_context.ts";

function linuxHost(addresses: readonly object[]) {
  const made = commandHost("linux", (argv) => {
    const line = argv.join(" ");
    if (line === "id -u") return said("0\n");
    if (line === "ip -j -d addr") {
      return said(JSON.stringify([{
        ifindex: 3,
        ifname: "eth0",
        flags: ["UP", "LOWER_UP"],
        link_type: "ether",
        address: "02:00:00:00:00:01",
        addr_info: addresses,
      }]));
    }
    if (line.includes("route get")) return said('[{"dst":"192.168.1.1","dev":"eth0"}]');
    return NOT_FOUND;
  });
  made.state.links.set("/sys/class/net/eth0/device", "/sys/devices/pci0000:00/0000:00:1f.6");
  made.state.files.set("/sys/class/net/eth0/carrier", "1\n");
  return made.host;
}

async function doctor(host: ReturnType<typeof linuxHost>, argv: readonly string[]) {
  const recording = recordingContext(host);
  const ports = {
    toolPath: "/home/me/unbrick",
    selfTest: () => Promise.resolve({ ok: true, text: "100 KiB arrived unchanged" }),
  };
  await doctorCommand(recording.context, ports).parse([...argv]);
  return recording;
}

const ADDRESS = { family: "inet", local: "192.168.1.66", prefixlen: 24, scope: "global" };

describe("unbrick doctor", () => {
  it("prints one screen and ends with 0 when nothing would stop a recovery", async () => {
    const recording = await doctor(linuxHost([ADDRESS]), ["--push", "--device-ip", "192.168.1.1"]);
    const lines = recording.stdout().trimEnd().split("\n");
    assert.ok(lines.length <= 24 && lines.every((line) => line.length <= 80), recording.stdout());
    assert.match(recording.stdout(), /ok {6}100 KiB arrived unchanged\.\n/);
    assert.match(recording.stdout(), /Nothing would stop a recovery/);
    assert.equal(recording.exitCode(), 0);
  });

  it("ends with 3 and the mending command when something would", async () => {
    const recording = await doctor(linuxHost([]), ["--address", "192.168.1.66/24"]);
    assert.match(
      recording.stdout(),
      /PROBLEM "eth0" lacks 192\.168\.1\.66\/24\.\n {10}ip addr add/,
    );
    assert.match(recording.stdout(), /1 thing would stop a recovery/);
    assert.equal(recording.exitCode(), 3);
  });

  it("prints JSON with --json, also when it ends with 3", async () => {
    const recording = await doctor(linuxHost([]), ["--address", "192.168.1.66/24", "--json"]);
    const { lines } = JSON.parse(recording.stdout());
    assert.equal(lines.find((line: { id: string }) => line.id === "address").state, "problem");
    assert.equal(recording.exitCode(), 3);
  });
});
