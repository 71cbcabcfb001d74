/**
 * `unbrick bootp` on a computer whose interfaces come and go, or that is in another network, too.
 *
 * @module
 */
import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { type Cable, makeCable, makeNamespace, type Namespace } from "../support/namespaces.ts";
import { canGoOn, canTest } from "../support/peers.ts";
import { type RunningProcess, runProgram, startProcess } from "../support/process.ts";
import { makeFolder, testBytes, type TestFolder } from "../support/test_files.ts";
import {
  type JsonEvent,
  type NamespacedUnbrick,
  startUnbrickIn,
} from "../support/unbrick_in_namespace.ts";
import { unbrickArgv } from "../support/unbrick_process.ts";
import { until } from "../support/waiting.ts";

const MAC = "4c:5e:0c:01:02:03";

/** Another network's server. */
const OTHER_SERVER = "192.168.178.1";

async function withImage(): Promise<TestFolder> {
  const folder = makeFolder();
  await Deno.writeFile(folder.file("rb.elf"), testBytes(100_000));
  return folder;
}

function startBootp({ computer }: Cable, folder: TestFolder): NamespacedUnbrick {
  return startUnbrickIn(computer, "h0", [
    ...["bootp", folder.file("rb.elf"), "--interface", "h0"],
  ]);
}

/** Reasons of all events of a name. */
function reasons(unbrick: NamespacedUnbrick, name: string): string[] {
  return unbrick.events().flatMap(({ event, reason }) => event === name ? [String(reason)] : []);
}

/**
 * A boot loader that has no address and so hears 255.255.255.255 only; ends when it has the image.
 * Whatever held the server, it repeats its question.
 */
async function bootsWhole(device: Namespace, unbrick: NamespacedUnbrick): Promise<void> {
  await device.ip("link", "set", "d0", "address", MAC);
  const client = unbrickArgv(["d0", MAC], "test/support/plain_bootp_client.ts");
  const { code, stdout, stderr } = await runProgram(device.argv(...client));
  assert.equal(code, 0, stderr);
  assert.match(stdout, / 192\.168\.1\.2 rb\.elf 100000\n$/);
  assert.equal(await unbrick.process.end(), 0);
}

describe("unbrick bootp when the network goes away", () => {
  if (!canTest("unbrick bootp on a faulty cable", { programs: ["ip"], root: true })) return;

  it("says that its interface was deleted and is back, and lets the router boot", async () => {
    await using folder = await withImage();
    await using cable = await makeCable();
    const { computer, device } = cable;
    await using unbrick = startBootp(cable, folder);
    await unbrick.waitFor("bootp-listening");
    await computer.ip("link", "delete", "h0");
    assert.match(String((await unbrick.waitFor("bootp-held")).reason), /the interface is gone/);
    const end = ["type", "veth", "peer", "name", "d0", "netns", device.name];
    await computer.ip("link", "add", "h0", ...end);
    assert.match(String((await unbrick.waitFor("bootp-held", 2)).reason), /interface is back/);
    await computer.ip("link", "set", "h0", "up");
    await device.ip("link", "set", "d0", "up");
    await computer.ip("addr", "add", "192.168.1.2/24", "dev", "h0");
    await unbrick.waitFor("bootp-back");
    await unbrick.waitFor("bootp-checking", 2);
    await unbrick.waitFor("bootp-clear", 2);
    await bootsWhole(device, unbrick);
  });

  it("goes on with an address that was taken away while a router asked", async () => {
    await using folder = await withImage();
    await using cable = await makeCable();
    const { computer, device } = cable;
    await using unbrick = startBootp(cable, folder);
    await unbrick.waitFor("bootp-listening");
    await computer.ip("addr", "del", "192.168.1.2/24", "dev", "h0");
    await device.ip("link", "set", "d0", "address", MAC);
    const client = unbrickArgv(["d0", MAC], "test/support/plain_bootp_client.ts");
    await using booting = startProcess(device.argv(...client));
    await unbrick.waitFor("bootp-request");
    const held = await until("what is told of the address", () => {
      const isIt = ({ event, reason }: JsonEvent): boolean =>
        event === "bootp-held" && reason === "the interface no longer has the address 192.168.1.2";
      return unbrick.events().find(isIt);
    });
    assert.match(String(held.hint), /unbrick setup/);
    await computer.ip("addr", "add", "192.168.1.2/24", "dev", "h0");
    await unbrick.waitFor("bootp-back");
    // An answer to the broadcast address of the subnet would not be heard.
    assert.equal(await booting.end(), 0, booting.stderr.lines.join("\n"));
    assert.equal(await unbrick.process.end(), 0);
  });

  it("says why it answers nobody when a firewall keeps its questions in", async () => {
    if (!canGoOn("a firewall", { programs: ["iptables"] })) return;
    await using folder = await withImage();
    await using cable = await makeCable();
    const { computer } = cable;
    const rule = ["OUTPUT", "-p", "udp", "--dport", "67", "-j", "DROP"];
    const change = async (how: string): Promise<void> => {
      const { code, stderr } = await runProgram(computer.argv("iptables", how, ...rule));
      assert.equal(code, 0, stderr);
    };
    await change("-A");
    await using unbrick = startBootp(cable, folder);
    const { reason, hint } = await unbrick.waitFor("bootp-held");
    assert.match(String(reason), /cannot be looked for: .*firewall/);
    assert.match(String(hint), /Allow UDP/);
    await change("-D");
    await unbrick.waitFor("bootp-clear");
  });
});

describe("unbrick bootp when the system closes its sockets", () => {
  if (!canTest("sockets that are closed", { programs: ["ip", "ss"], root: true })) return;

  it("opens them again, says so, and lets the router boot", async () => {
    await using folder = await withImage();
    await using cable = await makeCable();
    const { computer, device } = cable;
    await using unbrick = startBootp(cable, folder);
    await unbrick.waitFor("bootp-listening");
    const kill = await runProgram(computer.argv("ss", "-H", "-K", "-u", "-a", "sport", "=", ":67"));
    await bootsWhole(device, unbrick);
    // Some kernels are built without this; they name no socket, and the router boots all the same.
    if (kill.stdout.trim() === "") return;
    assert.match(reasons(unbrick, "bootp-held").join("\n"), /closed UDP port 67/);
    assert.match(reasons(unbrick, "bootp-back").join("\n"), /UDP port 67 is open again/);
  });
});

/**
 * Puts the computer into another network ("w0") with a DHCP server of its own, as by Wi-Fi, and a
 * client of that network ("c0") beside it.
 */
async function joinOtherNetwork(computer: Namespace, network: Namespace): Promise<void> {
  await network.ip("link", "add", "br0", "type", "bridge");
  await network.ip("link", "set", "br0", "up");
  await network.ip("addr", "add", `${OTHER_SERVER}/24`, "dev", "br0");
  await network.ip(
    "link",
    "add",
    "b0",
    "type",
    "veth",
    "peer",
    "name",
    "w0",
    "netns",
    computer.name,
  );
  await network.ip("link", "set", "b0", "master", "br0", "up");
  await computer.ip("link", "set", "w0", "up");
  await computer.ip("addr", "add", "192.168.178.20/24", "dev", "w0");
  await computer.ip("route", "add", "default", "via", OTHER_SERVER);
}

async function addClient(network: Namespace, phone: Namespace): Promise<void> {
  await network.ip("link", "add", "b1", "type", "veth", "peer", "name", "c0", "netns", phone.name);
  await network.ip("link", "set", "b1", "master", "br0", "up");
  await phone.ip("link", "set", "c0", "up");
}

async function startOtherServer(network: Namespace, folder: TestFolder): Promise<RunningProcess> {
  const server = startProcess(network.argv(
    ...["dnsmasq", "-k", "-p0", "-i", "br0", "--bind-interfaces", "-u", "root", "--pid-file="],
    ...["--dhcp-range=192.168.178.100,192.168.178.110,1h", "--log-facility=-", "--no-ping"],
    `--dhcp-leasefile=${folder.file("leases")}`,
  ));
  await server.stderr.waitFor((line) => line.includes("DHCP, IP range"), "dnsmasq");
  return server;
}

describe("unbrick bootp on a computer that is in another network, too", () => {
  const needs = { programs: ["ip", "dnsmasq", "busybox"], root: true } as const;
  if (!canTest("unbrick bootp beside another network", needs)) return;

  it("is not held by that network's server, which answers its own clients", async () => {
    await using folder = await withImage();
    await using cable = await makeCable();
    await using network = await makeNamespace();
    await using phone = await makeNamespace();
    await joinOtherNetwork(cable.computer, network);
    await addClient(network, phone);
    await using _server = await startOtherServer(network, folder);
    // It wants its answers by broadcast, so this computer hears both sides.
    const join = phone.argv(
      ...["busybox", "udhcpc", "-i", "c0", "-f", "-q", "-n", "-B", "-s", "/bin/true"],
    );
    await using unbrick = startBootp(cable, folder);
    await unbrick.waitFor("bootp-checking");
    assert.equal((await runProgram(join)).code, 0);
    await unbrick.waitFor("bootp-clear");
    await unbrick.waitFor("bootp-listening");
    assert.equal((await runProgram(join)).code, 0);
    await until(
      "what the client of the other network chose",
      () => reasons(unbrick, "bootp-request").some((reason) => reason.includes(OTHER_SERVER)),
    );
    assert.deepEqual(reasons(unbrick, "bootp-held"), []);
    await bootsWhole(cable.device, unbrick);
  });
});
