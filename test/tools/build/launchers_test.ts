import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { join } from "@std/path";
import config from "../../../deno.json" with { type: "json" };
import { decodeOwnFile } from "../../../lib/device/own_devices.ts";
import { type Bundle } from "../../../tools/build/bundle.ts";
import { packSelfContained, runArguments } from "../../../tools/build/self_contained.ts";
import { collectStick } from "../../../tools/build/stick_files.ts";
import { findTarget, TARGETS } from "../../../tools/build/targets.ts";
import { canTest } from "../../support/peers.ts";
import { runChecked, runProgram } from "../../support/process.ts";
import { makeFolder } from "../../support/test_files.ts";

const BUNDLE: Bundle = { text: "console.log('unbrick');\n", packages: "npm" };
const TEXTS = [
  "START-HERE.txt",
  "unbrick.cmd",
  "unbrick.command",
  "unbrick.sh",
  "devices/README.txt",
  "firmware/README.txt",
];

async function stickText(path: string): Promise<string> {
  const files = await collectStick(config.version, BUNDLE, []);
  const file = files.find((each) => each.path === path);
  assert.ok(file, path);
  return new TextDecoder().decode(await file.make());
}

/** The script at the beginning of a self-contained file. */
async function selfContainedScript(): Promise<string> {
  const template = new URL("../../../tools/stick/self_contained.sh", import.meta.url);
  const file = packSelfContained(
    await Deno.readTextFile(template),
    config.version,
    findTarget("aarch64-apple-darwin"),
    {
      name: "deno",
      program: new Uint8Array(9),
      packed: new Uint8Array(5),
      offset: 512,
      script: "1",
    },
  );
  const [script = ""] = new TextDecoder().decode(file).split("\nexit\n");
  return `${script}\nexit\n`;
}

describe("the texts of a stick", () => {
  it("are there beside the programs, without a gap to fill", async () => {
    for (const path of TEXTS) assert.doesNotMatch(await stickText(path), /@[A-Z]/);
    const files = await collectStick(config.version, BUNDLE, []);
    assert.deepEqual(files.map(({ path }) => path), TEXTS);
  });

  it("that people read end their lines as Notepad wants it, and fit a window", async () => {
    for (const path of TEXTS.filter((each) => each.endsWith(".txt"))) {
      const lines = (await stickText(path)).split("\r\n");
      assert.equal(lines.pop(), "");
      for (const line of lines) assert.doesNotMatch(line, /[\r\n]|^.{101}/);
    }
  });

  it("say how to pass Gatekeeper and SmartScreen, and how to get port 69 and give it back", async () => {
    const text = await stickText("START-HERE.txt");
    assert.match(text, /More info, then Run anyway/);
    assert.match(text, /xattr -dr com\.apple\.quarantine/);
    assert.match(text, /ip_unprivileged_port_start=69\r\n[^]*ip_unprivileged_port_start=1024\r\n/);
    assert.match(text, /sudo sh /);
    assert.match(text, /setcap/);
    assert.match(text, new RegExp(`^unbrick ${config.version.replaceAll(".", "\\.")}:`));
  });

  it("hold an example of a device entry that unbrick takes", async () => {
    const [example = ""] = /^\{[^]*^\}/m.exec(await stickText("devices/README.txt")) ?? [];
    const { devices, failures } = decodeOwnFile("own.json", new TextEncoder().encode(example));
    assert.deepEqual([devices.map(({ id }) => id), failures], [["acme-r9"], []]);
  });
});

describe("unbrick.cmd", () => {
  it("has the line ends, the quotes and the labels that cmd needs", async () => {
    const text = await stickText("unbrick.cmd");
    assert.doesNotMatch(text, /[^\r]\n/);
    const lines = text.split("\r\n");
    assert.equal(lines[0], "@echo off");
    for (const line of lines) {
      assert.equal((line.match(/"/g) ?? []).length % 2, 0, line);
      // A path with "&" or a blank in it must stand in quotes; "%*" brings its own.
      const bare = line.replaceAll(/"[^"]*"/g, "").replaceAll("%*", "");
      assert.doesNotMatch(bare, /%~|%program%|%(TEMP|LOCALAPPDATA)%/i, line);
      // In brackets, cmd would fill in all variables before the first command runs.
      assert.doesNotMatch(bare, /[()]/, line);
    }
    const labels = lines.filter((line) => line.startsWith(":")).map((line) => line.slice(1));
    const jumps = [...text.matchAll(/\bgoto (\w+)/g)].map(([, label]) => label);
    assert.deepEqual(new Set(jumps), new Set(labels));
    // Nothing but ASCII: cmd reads it in whatever code page the computer has.
    // deno-lint-ignore no-control-regex -- the range of ASCII
    assert.match(text, /^[\x00-\x7f]*$/);
  });

  it("starts what the stick holds for Windows, with its rights, and ends with its code", async () => {
    const text = await stickText("unbrick.cmd");
    for (const { name } of TARGETS.filter(({ suffix }) => suffix === ".exe")) {
      assert.ok(text.includes(`=${name.slice(0, name.indexOf("-"))}"`));
      assert.ok(text.includes(`unbrick-%machine%${name.slice(name.indexOf("-"))}"`));
    }
    assert.ok(text.includes(`"%program%\\deno.exe" ${runArguments()} "%program%\\unbrick.js" %*`));
    assert.ok(text.includes('"%program%.exe" %*'));
    assert.match(text, /set "UNBRICK_FOLDER=%~dp0\."/);
    assert.match(text, /\r\nexit \/b %code%\r\n$/);
  });

  it("keeps the window open after a failure of a double click only", async () => {
    assert.match(
      await stickText("unbrick.cmd"),
      /if not "%code%"=="0" if not "%code%"=="130" if "%~1"=="" pause\r\n/,
    );
  });
});

describe("the scripts for shells", () => {
  if (!canTest("the scripts for shells", { programs: ["dash", "busybox", "shellcheck"] })) return;

  it("are understood by every shell, and shellcheck has nothing to say", async () => {
    await using folder = makeFolder();
    const scripts = {
      "unbrick.sh": await stickText("unbrick.sh"),
      "unbrick.command": await stickText("unbrick.command"),
      "self_contained.sh": await selfContainedScript(),
    };
    for (const [name, text] of Object.entries(scripts)) {
      assert.ok(text.startsWith("#!/bin/sh\n") && !text.includes("\r"));
      await Deno.writeTextFile(folder.file(name), text);
      for (const shell of [["dash"], ["bash", "--posix"], ["busybox", "sh"]]) {
        await runChecked([...shell, "-n", folder.file(name)]);
      }
      // SC2194: the name of the system is written into the script by whoever packs it.
      await runChecked([
        "shellcheck",
        "-s",
        "sh",
        "-S",
        "warning",
        "-e",
        "SC2194",
        folder.file(name),
      ]);
    }
  });
});

/** A stick whose programs print their name and their arguments. */
async function fakeStick() {
  const folder = makeFolder();
  const stick = folder.file("a stick & more");
  await Deno.mkdir(join(stick, "programs"), { recursive: true });
  await Deno.mkdir(join(stick, "bin"));
  for (const name of ["unbrick.sh", "unbrick.command"]) {
    await Deno.writeTextFile(join(stick, name), await stickText(name));
  }
  for (const { name } of TARGETS) {
    await Deno.writeTextFile(
      join(stick, "programs", `unbrick-${name}`),
      `echo "${name} from $UNBRICK_FOLDER: $*"; exit \${FAKE_CODE:-0}\n`,
    );
  }
  const write = async (name: string, text: string) => {
    await Deno.writeTextFile(join(stick, "bin", name), `#!/bin/sh\n${text}\n`);
    await Deno.chmod(join(stick, "bin", name), 0o755);
  };
  return {
    folder,
    stick,
    write,
    /** Starts a launcher on a computer that says to be this. */
    async run(
      launcher: string,
      system: string,
      machine: string,
      args: readonly string[] = [],
      env = {},
    ) {
      await write("uname", `case $1 in -s) echo "${system}" ;; -m) echo "${machine}" ;; esac`);
      const PATH = `${join(stick, "bin")}:/usr/bin:/bin`;
      return await runProgram([
        "env",
        "-i",
        `PATH=${PATH}`,
        ...Object.entries(env).map(
          ([name, value]) => `${name}=${value}`,
        ),
        "sh",
        join(stick, launcher),
        ...args,
      ]);
    },
  };
}

describe("unbrick.sh and unbrick.command", () => {
  if (!canTest("the launchers", { programs: [] })) return;

  for (
    const [system, machine, target] of [
      ["Linux", "x86_64", "x86_64-unknown-linux-gnu"],
      ["Linux", "aarch64", "aarch64-unknown-linux-gnu"],
      ["Darwin", "x86_64", "x86_64-apple-darwin"],
      ["Darwin", "arm64", "aarch64-apple-darwin"],
    ] as const
  ) {
    it(`start ${target} on ${system} ${machine}, with and without arguments`, async () => {
      const fake = await fakeStick();
      await using _ = fake.folder;
      for (const launcher of ["unbrick.sh", "unbrick.command"]) {
        for (const args of [[], ["push", "a b", "c"]]) {
          const { code, stdout } = await fake.run(launcher, system, machine, args);
          assert.equal(stdout, `${target} from ${fake.stick}: ${args.join(" ")}\n`);
          assert.equal(code, 0);
        }
      }
    });
  }

  it("say what the stick has when it has nothing for this computer", async () => {
    const fake = await fakeStick();
    await using _ = fake.folder;
    for (const args of [[], ["--version"]]) {
      const { code, stdout, stderr } = await fake.run("unbrick.sh", "Linux", "riscv64", args);
      assert.equal(code, 1);
      assert.equal(stdout, "");
      assert.match(stderr, /^error: This stick has no unbrick for riscv64-unknown-linux-gnu\n/);
      assert.match(stderr, /^unbrick-x86_64-unknown-linux-gnu$/m);
    }
  });

  it("pass the exit code on", async () => {
    const fake = await fakeStick();
    await using _ = fake.folder;
    for (const args of [[], ["doctor"]]) {
      const { code } = await fake.run("unbrick.sh", "Linux", "x86_64", args, { FAKE_CODE: "3" });
      assert.equal(code, 3);
    }
  });

  it("open a terminal when they were double-clicked without one", async () => {
    const fake = await fakeStick();
    await using _ = fake.folder;
    await fake.write("x-terminal-emulator", 'echo "terminal: $*"');
    const { stdout } = await fake.run("unbrick.sh", "Linux", "x86_64", [], { DISPLAY: ":0" });
    assert.equal(stdout, `terminal: -e sh ${fake.stick}/unbrick.sh\n`);
    const typed = await fake.run("unbrick.sh", "Linux", "x86_64", ["log"], { DISPLAY: ":0" });
    assert.match(typed.stdout, /^x86_64-unknown-linux-gnu from .*: log\n$/);
  });
});
