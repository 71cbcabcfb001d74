/**
 * `unbrick bootp` on real cables: with the BOOTP and DHCP clients people have, and where it must not
 * answer at all.
 *
 * @module
 */
import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { DEVICE_ADDRESS, makeCable, type Namespace } from "../support/namespaces.ts";
import { canTest } from "../support/peers.ts";
import { type RunningProcess, runProgram, startProcess } from "../support/process.ts";
import { assertSameBytes, makeFolder, testBytes, type TestFolder } from "../support/test_files.ts";
import { unbrickArgv } from "../support/unbrick_process.ts";
import { startUnbrickIn } from "../support/unbrick_in_namespace.ts";
import { until } from "../support/waiting.ts";

const IMAGE = testBytes(100_000);
const MAC = "4c:5e:0c:01:02:03";

async function withImage(): Promise<TestFolder> {
  const folder = makeFolder();
  await Deno.writeFile(folder.file("rb.elf"), IMAGE);
  return folder;
}

/** A script for a DHCP client that writes down what it was given. */
async function writeHook(folder: TestFolder): Promise<string> {
  const path = folder.file("hook.sh");
  await Deno.writeTextFile(path, `#!/bin/sh\nenv >> ${folder.file("given")}\n`);
  await Deno.chmod(path, 0o755);
  return path;
}

/** A DHCP server of others on the device's end of the cable. */
async function startOtherServer(device: Namespace, folder: TestFolder): Promise<RunningProcess> {
  await device.ip("addr", "add", `${DEVICE_ADDRESS}/24`, "dev", "d0");
  const server = startProcess(device.argv(
    ...["dnsmasq", "-k", "-p0", "-i", "d0", "--bind-interfaces", "-u", "root", "--pid-file="],
    ...["--dhcp-range=192.168.1.200,192.168.1.210,1h", "--log-facility=-", "--log-dhcp"],
    `--dhcp-leasefile=${folder.file("leases")}`,
  ));
  await server.stderr.waitFor((line) => line.includes("DHCP, IP range"), "dnsmasq");
  return server;
}

describe("unbrick bootp", () => {
  if (!canTest("unbrick bootp on a cable", { programs: ["ip"], root: true })) return;

  it("lets a client boot that knows plain BOOTP only, and then ends", async () => {
    await using folder = await withImage();
    await using cable = await makeCable();
    await cable.device.ip("link", "set", "d0", "address", MAC);
    await using unbrick = startUnbrickIn(cable.computer, "h0", [
      ...["bootp", folder.file("rb.elf"), "--interface", "h0", "--bootp-only", "--mac", MAC],
    ]);
    await unbrick.waitFor("bootp-listening");
    const client = unbrickArgv(["d0", MAC], "test/support/plain_bootp_client.ts");
    const { code, stdout, stderr } = await runProgram(cable.device.argv(...client));
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^192\.168\.1\.1\d\d 192\.168\.1\.2 rb\.elf 100000\n$/);
    const heard = await unbrick.waitFor("bootp-client");
    assert.deepEqual([heard.program, heard.protocol], ["RouterBOOT", "BOOTP"]);
    const replies = unbrick.events().filter(({ event }) => event === "bootp-reply");
    assert.ok(replies.every(({ type }) => type === "BOOTREPLY"));
    assert.equal(await unbrick.process.end(), 0);
  });

  it("answers out of its own interface when there are others", async () => {
    await using folder = await withImage();
    await using cable = await makeCable();
    const { computer, device } = cable;
    await device.ip("link", "set", "d0", "address", MAC);
    // Another interface, with the same network and first in every list.
    await computer.ip("link", "add", "a0", "type", "veth", "peer", "name", "a1");
    await computer.ip("link", "set", "a1", "up");
    await computer.ip("link", "set", "a0", "up");
    await computer.ip("addr", "add", "192.168.1.9/24", "dev", "a0", "metric", "1");
    await using unbrick = startUnbrickIn(computer, "h0", [
      ...["bootp", folder.file("rb.elf"), "--interface", "h0"],
    ]);
    await unbrick.waitFor("bootp-listening");
    const client = unbrickArgv(["d0", MAC], "test/support/plain_bootp_client.ts");
    await using booting = startProcess(device.argv(...client));
    await unbrick.waitFor("bootp-reply");
    // Its answer arrived: the client has the address that it was given.
    await until("the client's address", async () => {
      const { stdout } = await runProgram(device.argv("ip", "addr", "show", "dev", "d0"));
      return stdout.includes("inet 192.168.1.1");
    });
    booting.signal("SIGKILL");
  });

  it("refuses an interface with a default route", async () => {
    await using folder = await withImage();
    await using cable = await makeCable();
    await cable.computer.ip("route", "add", "default", "via", DEVICE_ADDRESS);
    await using unbrick = startUnbrickIn(cable.computer, "h0", [
      ...["bootp", folder.file("rb.elf"), "--interface", "h0"],
    ]);
    assert.equal(await unbrick.process.end(), 3);
    const failed = unbrick.events().at(-1);
    assert.equal(failed?.code, "interface-unsuitable");
    assert.match(String(failed?.message), /default route/);
  });

  it("refuses an interface that is not wired, unless its name is typed", async () => {
    await using folder = await withImage();
    await using cable = await makeCable();
    const args = ["bootp", folder.file("rb.elf"), "--interface", "h0"];
    const refused = await runProgram(cable.computer.argv(...unbrickArgv(args)));
    assert.equal(refused.code, 3);
    assert.match(refused.stderr, /not a wired interface/);
    const forced = cable.computer.argv(...unbrickArgv([...args, "--force"]));
    assert.equal((await runProgram(forced, { stdin: "h1\n" })).code, 130);
    await using running = startProcess(forced, { stdin: "h0\n", stopSignal: "SIGTERM" });
    await running.stdout.waitFor((line) => /Waiting for BOOTP and DHCP/.test(line), "listening");
  });
});

describe("unbrick bootp beside another DHCP server", () => {
  const needs = { programs: ["ip", "dnsmasq"], root: true } as const;
  if (!canTest("unbrick bootp beside dnsmasq", needs)) return;

  it("refuses to start and answers nobody, though the server takes 3 s to answer", async () => {
    await using folder = await withImage();
    await using cable = await makeCable();
    await using _server = await startOtherServer(cable.device, folder);
    await using unbrick = startUnbrickIn(cable.computer, "h0", [
      ...["bootp", folder.file("rb.elf"), "--interface", "h0"],
    ]);
    assert.equal(await unbrick.process.end(), 3);
    const failed = unbrick.events().at(-1);
    assert.equal(failed?.code, "interface-unsuitable");
    assert.match(String(failed?.message), /another DHCP server answers here: 192\.168\.1\.1/);
    assert.ok(!unbrick.events().some(({ event }) => event === "bootp-listening"));
  });

  it("stops answering when the cable is plugged into its network later", async () => {
    await using folder = await withImage();
    await using cable = await makeCable();
    await cable.device.ip("link", "set", "d0", "down");
    await using unbrick = startUnbrickIn(cable.computer, "h0", [
      ...["bootp", folder.file("rb.elf"), "--interface", "h0"],
    ]);
    assert.match(String((await unbrick.waitFor("bootp-held")).reason), /no link/);
    await unbrick.waitFor("bootp-listening");
    await cable.device.ip("link", "set", "d0", "up");
    await using _server = await startOtherServer(cable.device, folder);
    await unbrick.waitFor("bootp-checking");
    assert.match(String((await unbrick.waitFor("bootp-held", 2)).reason), /another DHCP server/);
    assert.ok(!unbrick.events().some(({ event }) => event === "bootp-clear"));
  });
});

describe("unbrick bootp with BusyBox", () => {
  if (!canTest("BusyBox udhcpc and tftp", { programs: ["ip", "busybox"], root: true })) return;

  it("gives udhcpc address and file, and tftp fetches it", async () => {
    await using folder = await withImage();
    await using cable = await makeCable();
    const { computer, device } = cable;
    await using unbrick = startUnbrickIn(computer, "h0", [
      ...["bootp", folder.file("rb.elf"), "--interface", "h0", "--range", "192.168.1.70-79"],
    ]);
    await unbrick.waitFor("bootp-listening");
    const hook = await writeHook(folder);
    const udhcpc = await runProgram(device.argv(
      ...["busybox", "udhcpc", "-i", "d0", "-f", "-q", "-n", "-s", hook],
      ...["-O", "tftp", "-O", "bootfile"],
    ));
    assert.equal(udhcpc.code, 0, udhcpc.stderr);
    const given = await Deno.readTextFile(folder.file("given"));
    assert.match(given, /^siaddr=192\.168\.1\.2$/m);
    assert.match(given, /^tftp=192\.168\.1\.2$/m);
    assert.match(given, /^bootfile=rb\.elf$/m);
    assert.match(given, /^subnet=255\.255\.255\.0$/m);
    assert.doesNotMatch(given, /^router=/m);
    const address = /^ip=(192\.168\.1\.7\d)$/m.exec(given)?.[1];
    if (address === undefined) assert.fail(given);
    await device.ip("addr", "add", `${address}/24`, "dev", "d0");
    const tftp = ["busybox", "tftp", "-g", "-r", "rb.elf", "-l", folder.file("got"), "192.168.1.2"];
    assert.equal((await runProgram(device.argv(...tftp))).code, 0);
    assertSameBytes(await Deno.readFile(folder.file("got")), IMAGE, "what BusyBox got");
    assert.equal(await unbrick.process.end(), 0);
  });
});

describe("unbrick bootp with dhclient", () => {
  if (!canTest("dhclient", { programs: ["ip", "dhclient"], root: true })) return;

  it("gives address, boot file, next server and the router that was asked for", async () => {
    await using folder = await withImage();
    await using cable = await makeCable();
    await using unbrick = startUnbrickIn(cable.computer, "h0", [
      ...["bootp", folder.file("rb.elf"), "--interface", "h0", "--router", "192.168.1.2"],
    ]);
    await unbrick.waitFor("bootp-listening");
    const hook = await writeHook(folder);
    await Deno.writeTextFile(folder.file("conf"), "request subnet-mask, routers;\n");
    await using _client = startProcess(cable.device.argv(
      ...["dhclient", "-d", "-sf", hook, "-lf", folder.file("lease"), "-cf", folder.file("conf")],
      ...["-pf", folder.file("pid"), "d0"],
    ));
    const given = await until("dhclient's lease", async () => {
      const text = await Deno.readTextFile(folder.file("given")).catch(() => "");
      return text.includes("reason=BOUND") && text.includes("new_routers") && text;
    });
    const reply = unbrick.events().findLast(({ event }) => event === "bootp-reply")!;
    assert.ok(given.includes(`new_ip_address=${reply.address}\n`));
    assert.match(given, /^new_filename=rb\.elf$/m);
    assert.match(given, /^new_next_server=192\.168\.1\.2$/m);
    assert.match(given, /^new_routers=192\.168\.1\.2$/m);
    assert.match(given, /^new_dhcp_server_identifier=192\.168\.1\.2$/m);
  });
});
