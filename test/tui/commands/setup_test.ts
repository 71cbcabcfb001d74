import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { UnbrickError } from "../../../lib/errors.ts";
import { goalOf, linuxFacts } from "../../lib/setup/plan_cases.ts";
import { planSetup } from "../../../lib/setup/plan_setup.ts";
import { simulatedSystem } from "../../lib/setup/simulated_system.ts";
import { setupCommand } from "../../../tui/commands/setup.ts";
import { commandHost, said } from "../../support/command_host.ts";
import { recordingContext } from "../../support/recording_context.ts";

const LISTING = JSON.stringify([{
  ifindex: 3,
  ifname: "enp3s0",
  flags: ["UP"],
  link_type: "ether",
  address: "8c:16:45:11:22:33",
  addr_info: [],
}]);

/** A Linux computer of root without firewall, on which the plan for `push` works. */
function rootLinux() {
  const facts = linuxFacts({ isAdmin: true });
  const plan = planSetup("linux", facts, goalOf("push"));
  const system = simulatedSystem(plan, LISTING);
  system.state.links.set("/sys/class/net/enp3s0/device", "/sys/devices/pci0000:00/0000:00:1f.6");
  system.state.files.set("/sys/class/net/enp3s0/carrier", "1\n");
  return system;
}

const PUSH = ["--interface", "enp3s0", "--address", "192.168.1.66/24", "--push", "--device-ip"];

async function setup(
  host: ReturnType<typeof commandHost>["host"],
  argv: readonly string[],
  answer = false,
) {
  const recording = recordingContext(host);
  const ports = { toolPath: "/home/me/unbrick", confirm: () => Promise.resolve(answer) };
  await setupCommand(recording.context, ports).parse([...argv]);
  return recording;
}

async function refusal(argv: readonly string[]): Promise<UnbrickError> {
  const { host } = commandHost("linux", (args) => args[0] === "ip" ? said(LISTING) : undefined);
  try {
    await setup(host, argv);
  } catch (error) {
    assert.ok(error instanceof UnbrickError, String(error));
    return error;
  }
  assert.fail("was not refused");
}

describe("unbrick setup", () => {
  it("prints numbered commands and the undo list, and changes nothing", async () => {
    const system = rootLinux();
    const recording = await setup(system.host, [...PUSH, "192.168.1.1"]);
    assert.match(
      recording.stdout(),
      /^ {2}1\. .*\n {7}ip addr add 192\.168\.1\.66\/24 dev enp3s0$/m,
    );
    assert.match(recording.stdout(), /Afterwards, to put everything back/);
    assert.equal(system.effects.size, 0);
    assert.equal(system.state.files.has("/home/me/.local/state/unbrick/preparation.jsonl"), false);
  });

  it("prints for another system, marked as not checked", async () => {
    const { host } = commandHost("linux", () => undefined);
    const argv = ["--os", "windows", "--interface", "Ethernet 2", "--address", "192.168.0.66"];
    const recording = await setup(host, argv);
    assert.match(recording.stdout(), /NOT CHECKED/);
    assert.match(recording.stdout(), /"name=Ethernet 2" source=static address=192\.168\.0\.66/);
    const powershell = await setup(host, [...argv, "--shell", "powershell"]);
    assert.match(powershell.stdout(), /'name=Ethernet 2'/);
  });

  it("prints one JSON document with the text of every command", async () => {
    const recording = await setup(rootLinux().host, [...PUSH, "192.168.1.1", "--json"]);
    const plan = JSON.parse(recording.stdout());
    assert.equal(plan.steps[0].commands[0].text, "ip addr add 192.168.1.66/24 dev enp3s0");
    assert.equal(plan.steps[0].evidence, "run");
    assert.equal(plan.undo.at(-1).commands[0].text, "ip addr del 192.168.1.66/24 dev enp3s0");
  });

  it("runs with --run --yes and takes back with --undo", async () => {
    const system = rootLinux();
    const done = await setup(system.host, [...PUSH, "192.168.1.1", "--run", "--yes"]);
    assert.match(done.stdout(), /> ip addr add .*\n {2}address: done, and seen to be so\n/);
    assert.ok(system.effects.has("address"));
    const again = await setup(system.host, [...PUSH, "192.168.1.1"]);
    assert.match(again.stderr(), /earlier preparation of "enp3s0"/);
    const undone = await setup(system.host, ["--undo"]);
    assert.match(undone.stdout(), /Taken back\. The interface is as it was found/);
    assert.equal(system.effects.size, 0);
    const nothing = await setup(system.host, ["--undo"]);
    assert.match(nothing.stdout(), /Nothing to take back/);
  });

  it("writes one event per line with --run --json", async () => {
    const recording = await setup(
      rootLinux().host,
      [...PUSH, "192.168.1.1", "--run", "--yes", "--json"],
    );
    const events = recording.stdout().trim().split("\n").map((line) => JSON.parse(line).event);
    assert.equal(events[0], "plan");
    assert.equal(events.at(-1), "end");
    assert.ok(events.indexOf("command") < events.indexOf("seen"));
  });

  it("runs nothing without agreement", async () => {
    const system = rootLinux();
    await assert.rejects(
      setup(system.host, [...PUSH, "192.168.1.1", "--run"]),
      (error) => error instanceof UnbrickError && error.code === "not-interactive",
    );
    assert.equal(system.effects.size, 0);
  });

  it("names the failed step and the way back", async () => {
    const system = rootLinux();
    system.broken.add("address");
    await assert.rejects(
      setup(system.host, [...PUSH, "192.168.1.1", "--run", "--yes"]),
      (error) =>
        error instanceof UnbrickError && error.message.includes("RTNETLINK") &&
        error.hint?.includes("--undo") === true,
    );
  });

  it("refuses what it cannot understand, with a hint", async () => {
    const address = ["--address", "192.168.1.66"];
    const cases: readonly (readonly [readonly string[], RegExp])[] = [
      [[], /No address/],
      [["--address", "x"], /"x" is no IPv4 address/],
      [[...address, "--device-ip", "1.2.3"], /"1\.2\.3" is no IPv4/],
      [[...address, "--device-mac", "ff:ff:ff:ff:ff:ff", "--device-ip", "192.168.1.1"], /no MAC/],
      [[...address, "--device-mac", "00:0a:bb:cc:dd:20"], /alone/],
      [[...address, "--serve", "--push"], /More than one mode/],
      [[...address, "--speed", "1000"], /speed/],
      [[...address, "--os", "beos"], /no system "beos"/],
      [[...address, "--shell", "fish"], /no shell "fish"/],
      [[...address, "--os", "windows"], /interface of that computer/],
      [[...address, "--os", "windows", "--run"], /cannot be run here/],
    ];
    for (const [argv, message] of cases) {
      const error = await refusal(argv);
      assert.equal(error.code, "usage", argv.join(" "));
      assert.match(error.message, message);
      assert.ok(error.hint !== undefined);
    }
    const unknown = await refusal([...address, "--interface", "eth9"]);
    assert.equal(unknown.code, "interface-unsuitable");
    assert.match(unknown.hint ?? "", /enp3s0/);
  });
});
