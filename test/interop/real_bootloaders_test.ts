/**
 * Our servers against real boot loaders in virtual machines: Debian's U-Boot on ARM64 and MIPS, and
 * iPXE.
 *
 * @module
 */
import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { crc32 } from "node:zlib";
import {
  type Board,
  boardFiles,
  type BootLoader,
  startBootLoader,
} from "../support/boot_loader.ts";
import { makeTap, OUR_ADDRESS } from "../support/namespaces.ts";
import { canTest } from "../support/peers.ts";
import { startProcess } from "../support/process.ts";
import { makeFolder, testBytes, type TestFolder } from "../support/test_files.ts";
import { type NamespacedUnbrick, startUnbrickIn } from "../support/unbrick_in_namespace.ts";

const IMAGE = testBytes(1_500_000);
/** iPXE for the network card of the virtual machine. */
const IPXE = "/usr/lib/ipxe/qemu/pxe-virtio.rom";

const SETTINGS = "setenv ipaddr 192.168.1.1; setenv netmask 255.255.255.0; " +
  `setenv serverip ${OUR_ADDRESS}; setenv autoload yes; setenv netretry no`;

/** Whether a board can be tried. */
function canTry(board: Board): boolean {
  const { program, image } = boardFiles(board);
  return canTest(`U-Boot on ${board}`, { programs: ["ip", program], files: [image], root: true });
}

/** The CRC-32 that U-Boot computes over what it loaded. */
async function loadedCrc(loader: BootLoader): Promise<number> {
  const text = await loader.command(`crc32 ${loader.loadAddress} $filesize`);
  const match = /==> ([0-9a-f]{8})/.exec(text);
  if (match === null) assert.fail(text);
  return parseInt(match[1]!, 16);
}

/** Loads the image and compares; returns what our server said at the end of it. */
async function load(
  loader: BootLoader,
  unbrick: NamespacedUnbrick,
  command: string,
  transfers: number,
  image: Uint8Array = IMAGE,
): Promise<Readonly<Record<string, unknown>>> {
  await loader.command(`mw.b ${loader.loadAddress} 0 1000`);
  const text = await loader.command(command);
  assert.ok(text.includes(`Bytes transferred = ${image.length} `), text);
  assert.equal(await loadedCrc(loader), crc32(image));
  return await unbrick.waitFor("completed", transfers);
}

function lastStarted(unbrick: NamespacedUnbrick): Readonly<Record<string, unknown>> {
  return unbrick.events().findLast(({ event }) => event === "started")!;
}

async function withImage(): Promise<TestFolder> {
  const folder = makeFolder();
  await Deno.writeFile(folder.file("fw.bin"), IMAGE);
  return folder;
}

describe("U-Boot on ARM64", () => {
  if (!canTry("arm64")) return;

  it("loads by tftpboot with its defaults, with small blocks, with windows", async () => {
    await using folder = await withImage();
    await using tap = await makeTap();
    await using loader = await startBootLoader("arm64", tap, folder.path);
    await using unbrick = startUnbrickIn(tap, "t0", [
      ...["serve", folder.file("fw.bin"), "--address", OUR_ADDRESS],
    ]);
    await unbrick.waitFor("listening");
    await loader.command(SETTINGS);
    const tftpboot = `tftpboot ${loader.loadAddress} fw.bin`;

    await load(loader, unbrick, tftpboot, 1);
    const { blksize, windowsize } = lastStarted(unbrick);
    assert.deepEqual([blksize, windowsize], [1468, 1]);
    const [request] = unbrick.events().filter(({ event }) => event === "request");
    assert.deepEqual(request?.options, { timeout: "5", blksize: "1468" });

    await load(loader, unbrick, `setenv tftpblocksize 512; ${tftpboot}`, 2);
    assert.equal(lastStarted(unbrick).blksize, 512);

    const windowed = `setenv tftpblocksize 1468; setenv tftpwindowsize 8; ${tftpboot}`;
    await load(loader, unbrick, windowed, 3);
    assert.equal(lastStarted(unbrick).windowsize, 8);
  });

  it("asks on for a name that is not served, and gets it once the name is right", async () => {
    await using folder = await withImage();
    await using tap = await makeTap();
    await using loader = await startBootLoader("arm64", tap, folder.path);
    await using unbrick = startUnbrickIn(tap, "t0", [
      ...["serve", folder.file("fw.bin"), "--address", OUR_ADDRESS],
    ]);
    await unbrick.waitFor("listening");
    await loader.command(`${SETTINGS}; setenv netretry yes`);
    const wrong = `tftpboot ${loader.loadAddress} wrong.bin`;
    // ERROR 1 would make it stop for good; our code 0 makes it start again.
    const text = await loader.commandUntil(wrong, /starting again/i);
    assert.match(text, /TFTP error: .*unknown file name.*\(0\)/);
    const request = await unbrick.waitFor("request");
    assert.equal(request.name, "wrong.bin");
    assert.equal(request.served, false);
    await unbrick.waitFor("request", 2);
    await loader.interrupt();
    await load(loader, unbrick, `tftpboot ${loader.loadAddress} fw.bin`, 1);
  });

  it("returns to its prompt for that without netretry, after one question", async () => {
    await using folder = await withImage();
    await using tap = await makeTap();
    await using loader = await startBootLoader("arm64", tap, folder.path);
    await using unbrick = startUnbrickIn(tap, "t0", [
      ...["serve", folder.file("fw.bin"), "--address", OUR_ADDRESS],
    ]);
    await unbrick.waitFor("listening");
    await loader.command(`${SETTINGS}; setenv netretry`);
    const text = await loader.command(`tftpboot ${loader.loadAddress} wrong.bin`);
    assert.match(text, /TFTP error: .*unknown file name.*\(0\)/);
    assert.equal(unbrick.events().filter(({ event }) => event === "request").length, 1);
  });

  it("loads whole over a link that loses 5 % and doubles 5 %", async () => {
    await using folder = await withImage();
    await using tap = await makeTap();
    await using loader = await startBootLoader("arm64", tap, folder.path);
    const serve = ["serve", folder.file("fw.bin"), "--address", OUR_ADDRESS];
    await using unbrick = startUnbrickIn(tap, "t0", serve, 0.05);
    await unbrick.waitFor("listening");
    await loader.command(SETTINGS);
    const tftpboot = `tftpboot ${loader.loadAddress} fw.bin`;
    const windowed = await load(loader, unbrick, `setenv tftpwindowsize 8; ${tftpboot}`, 1);
    assert.ok(Number(windowed.retransmissions) > 0);
  });

  it("boots by dhcp and by bootp: address, name and file come from us", async () => {
    await using folder = await withImage();
    await using tap = await makeTap();
    await using loader = await startBootLoader("arm64", tap, folder.path);
    await using unbrick = startUnbrickIn(tap, "t0", [
      ...["bootp", folder.file("fw.bin"), "--interface", "t0", "--range", "192.168.1.50-60"],
      "--keep",
    ]);
    await unbrick.waitFor("bootp-clear");
    await unbrick.waitFor("bootp-listening");
    await loader.command(`setenv autoload yes; setenv loadaddr ${loader.loadAddress}`);
    await load(loader, unbrick, "dhcp", 1);
    const client = await unbrick.waitFor("bootp-client");
    assert.equal(client.program, "U-Boot");
    assert.equal(client.protocol, "DHCP");
    const given = unbrick.events().findLast(({ event }) => event === "bootp-reply")!;
    assert.equal(given.type, "ACK");
    const shown = await loader.command("printenv ipaddr serverip bootfile netmask");
    assert.match(shown, new RegExp(`ipaddr=${String(given.address).replaceAll(".", "\\.")}\n`));
    assert.match(shown, /serverip=192\.168\.1\.2\n/);
    assert.match(shown, /bootfile=fw\.bin\n/);
    assert.match(shown, /netmask=255\.255\.255\.0\n/);
    await load(loader, unbrick, "bootp", 2);
  });

  it("is not answered a second time after it has fetched the image", async () => {
    await using folder = await withImage();
    await using tap = await makeTap();
    await using loader = await startBootLoader("arm64", tap, folder.path);
    await using unbrick = startUnbrickIn(tap, "t0", [
      ...["bootp", folder.file("fw.bin"), "--interface", "t0", "--dhcp-only"],
    ]);
    await unbrick.waitFor("bootp-listening");
    await loader.command(`setenv autoload yes; setenv loadaddr ${loader.loadAddress}`);
    await load(loader, unbrick, "dhcp", 1);
    await unbrick.waitFor("bootp-stopped");
    assert.equal(await unbrick.process.end(), 0);
  });
});

describe("U-Boot on MIPS", () => {
  if (!canTry("malta")) return;

  it("loads by tftpboot and by dhcp over a network card that loses frames by itself", async () => {
    await using folder = await withImage();
    await using tap = await makeTap();
    await using loader = await startBootLoader("malta", tap, folder.path);
    await using unbrick = startUnbrickIn(tap, "t0", [
      ...["bootp", folder.file("fw.bin"), "--interface", "t0", "--keep"],
    ]);
    await unbrick.waitFor("bootp-listening");
    await loader.command(`${SETTINGS}; setenv loadaddr ${loader.loadAddress}`);
    await load(loader, unbrick, `tftpboot ${loader.loadAddress} fw.bin`, 1);
    await load(loader, unbrick, `setenv tftpblocksize 512; tftpboot $loadaddr fw.bin`, 2);
    await load(loader, unbrick, "dhcp", 3);
    const client = await unbrick.waitFor("bootp-client");
    assert.equal(client.program, "U-Boot");
    await load(loader, unbrick, "bootp", 4);
  });

  it("loads with windows of twice what its network card can take, and asks on for a name", async () => {
    await using folder = makeFolder();
    // A wait for each lost end of a window: this takes seconds even so.
    const image = IMAGE.subarray(0, 200_000);
    await Deno.writeFile(folder.file("fw.bin"), image);
    await using tap = await makeTap();
    await using loader = await startBootLoader("malta", tap, folder.path);
    await using unbrick = startUnbrickIn(tap, "t0", [
      ...["serve", folder.file("fw.bin"), "--address", OUR_ADDRESS],
    ]);
    await unbrick.waitFor("listening");
    await loader.command(`${SETTINGS}; setenv netretry yes`);
    const wrong = `tftpboot ${loader.loadAddress} wrong.bin`;
    await loader.commandUntil(wrong, /starting again/i);
    await unbrick.waitFor("request", 2);
    await loader.interrupt();
    const windowed = "setenv tftpblocksize 1468; setenv tftpwindowsize 8; tftpboot";
    await load(loader, unbrick, `${windowed} ${loader.loadAddress} fw.bin`, 1, image);
    assert.equal(lastStarted(unbrick).windowsize, 8);
  });
});

describe("iPXE", () => {
  if (!canTest("iPXE", { programs: ["ip", "qemu-system-x86_64"], files: [IPXE], root: true })) {
    return;
  }

  it("gets its script by DHCP and TFTP, and by that an image of 16 MiB", async () => {
    await using folder = makeFolder();
    const big = testBytes(16 << 20);
    await Deno.writeFile(folder.file("kernel.bin"), big);
    const script = [
      "#!ipxe",
      "imgfetch tftp://${next-server}/kernel.bin && echo FETCHED-IT || echo FETCH-FAILED",
      "imgstat",
      "poweroff",
    ];
    await Deno.writeTextFile(folder.file("boot.ipxe"), `${script.join("\n")}\n`);
    await using tap = await makeTap();
    await using unbrick = startUnbrickIn(tap, "t0", [
      ...["bootp", folder.file("kernel.bin"), folder.file("boot.ipxe"), "--interface", "t0"],
      ...["--file", "iPXE=boot.ipxe"],
    ]);
    // Without a link nobody can be asked: the check follows when the machine is switched on.
    await unbrick.waitFor("bootp-held");
    await unbrick.waitFor("bootp-listening");
    await using machine = startProcess(tap.argv(
      ...["qemu-system-x86_64", "-M", "pc,graphics=off", "-m", "256", "-display", "none"],
      ...["-monitor", "none", "-serial", "stdio", "-boot", "n", "-no-reboot"],
      ...["-netdev", "tap,id=n0,ifname=t0,script=no,downscript=no"],
      ...["-device", "virtio-net-pci,netdev=n0,mac=52:54:00:12:34:56"],
    ));
    const client = await unbrick.waitFor("bootp-client");
    assert.equal(client.program, "iPXE");
    assert.equal(client.architecture, "x86 BIOS");
    // It spends most of the time waiting for an IPv6 router.
    await unbrick.waitFor("bootp-reply", 2);
    await unbrick.waitFor("completed", 2);
    await machine.stdout.waitFor((line) => line.includes("FETCHED-IT"), "the end of the script");
    const ends = unbrick.events().filter(({ event }) => event === "completed");
    assert.deepEqual(ends.map(({ name }) => name), ["boot.ipxe", "kernel.bin"]);
    assert.equal(ends[1]!.bytes, big.length);
    await unbrick.waitFor("bootp-stopped");
    assert.equal(await unbrick.process.end(), 0);
  });
});
