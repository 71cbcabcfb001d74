/**
 * The stick for this computer's system, built by the task and used for real: from a read-only disk,
 * with and without programs being allowed there, in a namespace with nothing but loopback.
 *
 * @module
 */
import { after, before, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { join } from "@std/path";
import { archivePath, getDenoRuntime, usualPlaces } from "../../tools/build/deno_runtime.ts";
import { fatProblems } from "../../tools/build/fat.ts";
import { findTarget } from "../../tools/build/targets.ts";
import { canTest } from "../support/peers.ts";
import { saySkipped } from "../support/say_skipped.ts";
import { runChecked, runProgram, startProcess } from "../support/process.ts";
import {
  COMPUTER_ADDRESS,
  type Disks,
  makeStickComputer,
  STICK,
  type StickComputer,
} from "../support/stick_computer.ts";
import { assertSameFile, makeFolder, testBytes, type TestFolder } from "../support/test_files.ts";
import { startPeerServer } from "../support/tftp_servers.ts";
import { tinyProgram } from "../support/tiny_program.ts";
import { packageFlags } from "../support/unbrick_process.ts";

const LAUNCHER = `${STICK}/unbrick.sh`;
const NOEXEC: Disks = { stick: "noexec" };
const IMAGE_BYTES = 300_000;
const UNPACKING = /^unbrick unpacks itself into \/var\/tmp\/unbrick-0, only this time \.\.\.$/m;

const OWN_DEVICE = JSON.stringify({
  id: "acme-stick",
  vendor: "Acme",
  model: "Stick",
  recovery: { way: "listens", device: "192.168.1.1" },
  sources: [{ note: "own notes" }],
  confidence: "reported",
});

/** Every file below a folder, by its path with "/", with its bytes. */
async function listFiles(folder: string, below = ""): Promise<Map<string, number>> {
  const sizes = new Map<string, number>();
  for await (const { name, isFile, isDirectory } of Deno.readDir(join(folder, below))) {
    assert.ok(isFile || isDirectory, `${name} is a link`);
    const path = below === "" ? name : `${below}/${name}`;
    if (isFile) sizes.set(path, (await Deno.stat(join(folder, path))).size);
    else for (const [inner, size] of await listFiles(folder, path)) sizes.set(inner, size);
  }
  return sizes;
}

/**
 * Builds a stick for this system with the task's tool; `runtime` is what it finds for compiling. It
 * may take as long as it takes.
 */
async function buildStick(folder: string, runtime: string): Promise<void> {
  const project = new URL("../../", import.meta.url).pathname;
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "-q", "-A", "--no-lock", ...packageFlags()],
      ...[`${project}tools/stick.ts`, folder, "--target", Deno.build.target],
    ],
    env: { DENORT_BIN: runtime, INIT_CWD: "/" },
    cwd: project,
  }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
}

/** Fetches Deno's archive for this system, unless it is kept; where it then lies, if all is well. */
async function fetchRuntime(): Promise<string> {
  const target = findTarget(Deno.build.target);
  const places = usualPlaces();
  await getDenoRuntime(target, places).catch(() => {});
  return archivePath(target, places);
}

/** A folder of a stick that is left as it was found, to be disposed of. */
async function copyOf(stick: string): Promise<TestFolder> {
  const folder = makeFolder();
  await runChecked(["cp", "-R", `${stick}/.`, folder.path]);
  return folder;
}

const runtime = await fetchRuntime();

describe("a stick", () => {
  const programs = ["ip", "unshare", "curl", "in.tftpd", "mformat", "mcopy", "fsck.vfat"] as const;
  if (!canTest("a stick", { programs, files: [runtime], root: true })) return;

  let built: TestFolder;
  /** The built stick as it comes from a FAT file system: no execute bit on any file. */
  let stick: TestFolder;
  let computer: StickComputer;
  const program = `programs/unbrick-${Deno.build.target}`;

  before(async () => {
    built = makeFolder();
    stick = makeFolder();
    // A runtime that is not there: the portable form is what is to be tested.
    await buildStick(built.path, "/nowhere/denort");
    const image = built.file("fat.img");
    await runChecked(["mformat", "-C", "-F", "-T", "131072", "-i", image, "::"]);
    const names = await Array.fromAsync(Deno.readDir(built.path), ({ name }) => name);
    const files = names.filter((name) => name !== "fat.img").map((name) => built.file(name));
    await runChecked(["mcopy", "-s", "-i", image, ...files, "::"]);
    await runChecked(["fsck.vfat", "-n", image]);
    await runChecked(["mcopy", "-s", "-n", "-i", image, "::*", stick.path]);
    await Deno.remove(image);
    await runChecked(["chmod", "-R", "a-x,a+rX", stick.path]);
    await Deno.writeFile(stick.file("firmware/image.bin"), testBytes(IMAGE_BYTES));
    await Deno.writeTextFile(stick.file("devices/acme.json"), OWN_DEVICE);
    computer = await makeStickComputer();
  });

  after(async () => {
    await computer[Symbol.asyncDispose]();
    await built[Symbol.asyncDispose]();
    await stick[Symbol.asyncDispose]();
  });

  const run = (
    args: readonly string[],
    how: {
      disks?: Disks;
      env?: Record<string, string>;
      stick?: TestFolder;
      program?: readonly string[];
    } = {},
  ) =>
    runProgram(
      computer.argv((how.stick ?? stick).path, how.disks ?? NOEXEC, how.env ?? {}, [
        ...(how.program ?? ["sh", LAUNCHER]),
        ...args,
      ]),
    );

  it("comes whole from a FAT file system, with names that fit any", async () => {
    const sizes = await listFiles(built.path);
    assert.deepEqual(fatProblems(sizes), []);
    assert.deepEqual([...sizes.keys()].sort(), [
      "SHA256SUMS",
      "START-HERE.txt",
      "devices/README.txt",
      "firmware/README.txt",
      program,
      "unbrick.cmd",
      "unbrick.command",
      "unbrick.sh",
    ]);
    await runChecked(["sha256sum", "--check", "--strict", "--quiet", "SHA256SUMS"], {
      cwd: stick.path,
    });
  });

  it("practises both ways without execute bits, environment, cable, Node and Deno", async () => {
    const { code, stdout, stderr } = await run(["practice", "--auto"]);
    assert.match(stderr, UNPACKING);
    assert.match(stdout, /^\S+ +pulls +ok/m);
    assert.match(stdout, /^\S+ +listens +ok/m);
    assert.equal(code, 0);
  });

  it("starts by itself where programs are allowed, from a folder with blanks in its name", async () => {
    await using folder = makeFolder();
    const spaced = folder.file("my stick & more");
    await runChecked(["cp", "-R", `${stick.path}/.`, spaced]);
    await runChecked(["chmod", "755", join(spaced, "unbrick.sh"), join(spaced, program)]);
    for (const name of ["unbrick.sh", program]) {
      const { code, stdout } = await run(["--version"], {
        stick: folder,
        disks: { stick: "exec" },
        program: [`${STICK}/my stick & more/${name}`],
      });
      assert.match(stdout, /^unbrick \d[^]*^Deno 2/m);
      assert.equal(code, 0);
    }
  });

  it("asks nobody in the network when it looks things up, and finds devices/ beside itself", async () => {
    await using quiet = await makeStickComputer();
    const script = `sh ${LAUNCHER} devices show acme-stick && cat /proc/net/snmp`;
    const { code, stdout } = await runProgram(
      quiet.argv(stick.path, NOEXEC, {}, ["sh", "-c", script]),
    );
    assert.equal(code, 0);
    assert.match(stdout, /Acme Stick/);
    const [, names = "", values = ""] = /^Udp: (In.*)\nUdp: (.*)$/m.exec(stdout) ?? [];
    assert.equal(values.split(" ")[names.split(" ").indexOf("OutDatagrams")], "0");
    assert.match(stdout, /^Tcp: [^]*ActiveOpens[^\n]*\nTcp: \S+ \S+ \S+ \S+ 0 /m);
  });

  it("serves an image from firmware/ to curl on port 69", async () => {
    await using folder = makeFolder();
    const argv = ["sh", LAUNCHER, "serve", `${STICK}/firmware/image.bin`, "--once", "--json"];
    await using serving = startProcess(computer.argv(stick.path, NOEXEC, {}, argv), {
      stopSignal: "SIGTERM",
    });
    await serving.stdout.waitFor((line) => line.includes('"listening"'), "the start of serving");
    const got = folder.file("got");
    const url = `tftp://${COMPUTER_ADDRESS}/image.bin`;
    await runChecked(computer.namespace.argv("curl", "-sS", "-o", got, url));
    await assertSameFile(got, stick.file("firmware/image.bin"));
    assert.equal(await serving.end(), 0);
  });

  it("pushes an image to tftpd-hpa", async () => {
    await using folder = makeFolder();
    const server = { root: folder.path, address: COMPUTER_ADDRESS };
    await using _ = await startPeerServer("tftpd-hpa", {
      ...server,
      namespace: computer.namespace.name,
    });
    const image = `${STICK}/firmware/image.bin`;
    const { code, stderr } = await run(["push", image, COMPUTER_ADDRESS]);
    assert.equal(code, 0, stderr);
    await assertSameFile(folder.file("image.bin"), stick.file("firmware/image.bin"));
  });

  it("unpacks once when two start at the same time, and leaves nothing half done", async () => {
    const script = `sh ${LAUNCHER} --version & sh ${LAUNCHER} --version && wait $! && ` +
      `sh ${LAUNCHER} --version && cd /var/tmp && find . -type d ! -path "*/cache*" && ` +
      `find . -name deno -o -name unbrick.js`;
    const { code, stdout, stderr } = await run([], { program: ["sh", "-c", script] });
    assert.equal(code, 0, stderr);
    assert.equal(stdout.match(/^unbrick \d/gm)?.length, 3);
    const [folder, unpacked, ...more] = stdout.split("\n").filter((line) => /^\.\/\S+$/.test(line))
      .filter((line) => !/deno$|\.js$/.test(line));
    assert.equal(folder, "./unbrick-0");
    assert.match(unpacked ?? "", /^\.\/unbrick-0\/\d[\d.]*-[0-9a-f]{16}$/);
    assert.deepEqual(more, []);
    assert.deepEqual(
      stdout.split("\n").filter((line) => /deno$|\.js$/.test(line)).sort(),
      [`${unpacked}/deno`, `${unpacked}/unbrick.js`],
    );
  });

  it("clears up after a start that was killed while it unpacked", async () => {
    // No process can have this number.
    const script = "mkdir -m 700 /var/tmp/unbrick-0 /var/tmp/unbrick-0/part.99999999 && " +
      `sh ${LAUNCHER} --version && ls /var/tmp/unbrick-0`;
    const { code, stdout, stderr } = await run([], { program: ["sh", "-c", script] });
    assert.equal(code, 0, stderr);
    assert.match(stdout, /\n\d[\d.]*-[0-9a-f]{16}\n$/);
    assert.doesNotMatch(stdout, /part/);
  });

  it("unpacks anew what a loss of power has emptied", async () => {
    for (const file of ["deno", "unbrick.js"]) {
      const script = `sh ${LAUNCHER} --version && : > /var/tmp/unbrick-0/*/${file} && ` +
        `sh ${LAUNCHER} --version`;
      const { code, stdout, stderr } = await run([], { program: ["bash", "-c", script] });
      assert.equal(code, 0, stderr);
      assert.equal(stdout.match(/^unbrick \d/gm)?.length, 2);
      assert.equal(stderr.match(/unpacks itself/g)?.length, 2);
    }
  });

  it("removes a version that was unpacked on an earlier day, and nothing else", async () => {
    const script = "mkdir -m 700 -p /var/tmp/unbrick-0 && cd /var/tmp/unbrick-0 && " +
      "mkdir 0.0.8-0123456789abcdef 0.0.9-0123456789abcdef mine && touch mine/file && " +
      "touch -d '2 days ago' 0.0.8-0123456789abcdef mine && " +
      `sh ${LAUNCHER} --version && ls -d *`;
    const { code, stdout, stderr } = await run([], { program: ["sh", "-c", script] });
    assert.equal(code, 0, stderr);
    assert.match(stdout, /\n0\.0\.9-0123456789abcdef\n\d[\d.]*-[0-9a-f]{16}\nmine\n$/);
  });

  it("goes to the next folder when the disk is full, and clears up behind itself", async () => {
    const script = `sh ${LAUNCHER} --version && find /var/tmp -mindepth 2`;
    const { code, stdout, stderr } = await run([], {
      disks: { ...NOEXEC, varTmp: "size=20m" },
      program: ["sh", "-c", script],
    });
    assert.equal(code, 0, stderr);
    assert.match(stderr, /into \/var\/tmp\/unbrick-0[^]*into \/tmp\/unbrick-0/);
    assert.match(stdout, /^unbrick \d/);
    assert.doesNotMatch(stdout, /var/);
  });

  it("says what to do when every disk is full, and leaves no half state", async () => {
    const script = `sh ${LAUNCHER} --version; code=$?; find /var/tmp /tmp /dev/shm -mindepth 2; ` +
      "exit $code";
    const { code, stdout, stderr } = await run([], {
      disks: { ...NOEXEC, varTmp: "size=20m", otherTmp: "size=20m" },
      program: ["sh", "-c", script],
    });
    assert.equal(code, 1);
    assert.equal(stdout, "");
    assert.match(
      stderr,
      /^error: unbrick found no folder to unpack itself into:\n {2}\/var\/tmp\/unbrick-0: needs \d+ MB: No space left on device\n/m,
    );
    assert.match(stderr, /^hint: .*XDG_CACHE_HOME=\/some\/folder sh \/mnt\/programs\/unbrick-/m);
  });

  it("passes over a cache folder that forbids programs, and says so when all do", async () => {
    const env = { XDG_CACHE_HOME: "/dev/shm/cache" };
    const disks = { ...NOEXEC, otherTmp: "noexec" };
    const passed = await run(["--version"], { disks, env });
    assert.equal(passed.code, 0, passed.stderr);
    assert.match(passed.stderr, UNPACKING);
    const refused = await run(["--version"], { disks: { ...disks, varTmp: "noexec" }, env });
    assert.equal(refused.code, 1);
    assert.match(
      refused.stderr,
      /^ {2}\/dev\/shm\/cache\/unbrick: programs cannot be started there: Permission denied$/m,
    );
    assert.equal(refused.stderr.match(/programs cannot be started there/g)?.length, 4);
  });

  it("keeps to the cache of the person whose home it is, and to no folder of others", async () => {
    const script = `mkdir /var/tmp/home /var/tmp/unbrick-0 && chmod 777 /var/tmp/unbrick-0 && ` +
      `HOME=/var/tmp/home sh ${LAUNCHER} --version && sh ${LAUNCHER} --version && ` +
      `ls -ld /var/tmp/home/.cache/unbrick && ls /var/tmp/unbrick-0`;
    const { code, stdout, stderr } = await run([], { program: ["sh", "-c", script] });
    assert.equal(code, 0, stderr);
    assert.match(stderr, /into \/var\/tmp\/home\/\.cache\/unbrick,[^]*into \/tmp\/unbrick-0,/);
    assert.match(stdout, /^drwx------.*\/var\/tmp\/home\/\.cache\/unbrick\n$/m);
  });

  if (Deno.build.target === "x86_64-unknown-linux-gnu") {
    it("holds the compiled program where the runtime can be had, and starts it the same way", async () => {
      await using folder = makeFolder();
      const denort = folder.file("denort");
      await Deno.writeFile(denort, tinyProgram("unbrick compiled"));
      const compiled = folder.file("stick");
      await buildStick(compiled, denort);
      await runChecked(["sha256sum", "--check", "--quiet", "SHA256SUMS"], { cwd: compiled });
      for (const said of [/^unbrick unpacks itself into \S+\/cache\/unbrick, /, /^$/]) {
        const { code, stdout, stderr } = await runProgram(
          ["sh", join(compiled, "unbrick.sh"), "--version"],
          { env: { XDG_CACHE_HOME: folder.file("cache") } },
        );
        assert.deepEqual([code, stdout], [0, "unbrick compiled\n"]);
        assert.match(stderr, said);
      }
    });
  } else saySkipped("a stick with a compiled program", "this is not Linux on x86_64");

  for (
    const [what, damage] of [
      ["a byte that changed", (bytes: Uint8Array) => {
        bytes[bytes.length >> 1]! ^= 1;
        return bytes;
      }],
      ["a missing end", (bytes: Uint8Array) => bytes.subarray(0, bytes.length >> 1)],
    ] as const
  ) {
    it(`refuses ${what}`, async () => {
      await using damaged = await copyOf(stick.path);
      await Deno.writeFile(
        damaged.file(program),
        damage(await Deno.readFile(damaged.file(program))),
      );
      const script = `sh ${LAUNCHER} --version; code=$?; find /var/tmp -mindepth 2; exit $code`;
      const { code, stdout, stderr } = await run([], {
        stick: damaged,
        program: ["sh", "-c", script],
      });
      assert.equal(code, 1);
      assert.equal(stdout, "");
      assert.match(stderr, /^error: \/mnt\/programs\/\S+ is damaged\nhint: Copy it again/m);
    });
  }
});
