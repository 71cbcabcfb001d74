import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { UnbrickError } from "../../../lib/errors.ts";
import { consoleCommand } from "../../../tui/commands/console.ts";
import { redbootCommand } from "../../../tui/commands/redboot.ts";
import { withMetadata } from "../../lib/firmware/openwrt_trailer.ts";
import { recordingContext } from "../../support/recording_context.ts";

const ELF = Uint8Array.of(0x7f, 0x45, 0x4c, 0x46, 1, 2, 3);

function contextFor(image: Uint8Array) {
  const recording = recordingContext({
    os: "linux",
    readFile: () => Promise.resolve(image),
    addresses: () => [{ interfaceName: "eth0", address: "192.168.1.66", prefixLength: 24 }],
    listDirectory: () => Promise.resolve([]),
    stat: () => undefined,
    wallClock: () => 0,
    run: () => Promise.resolve({ code: 1, stdout: "", stderr: "no such device" }),
  });
  const input = { read: () => Promise.resolve(null), setRaw: () => {} };
  return { ...recording, context: { ...recording.context, input } };
}

async function run(command: "console" | "redboot", args: readonly string[], image = ELF) {
  const recording = contextFor(image);
  const built = command === "console"
    ? consoleCommand(recording.context).noExit()
    : redbootCommand(recording.context).noExit();
  let failure: unknown;
  await built.parse([...args]).catch((error) => failure = error);
  return { ...recording, failure };
}

function codeOf(failure: unknown): string {
  return failure instanceof UnbrickError ? failure.code : String(failure);
}

describe("unbrick console", () => {
  it("prints lines to copy, flash apart and marked, none wider than 80 cells", async () => {
    const args = ["fw.elf", "--for", "u-boot", "--load", "0x81000000", "--flash", "9f020000"];
    const { stdout, failure } = await run("console", args);
    assert.equal(failure, undefined);
    const lines = stdout().split("\n");
    assert.ok(lines.every((line) => line.length < 80), stdout());
    const place = (text: string): number => {
      const index = lines.indexOf(text);
      assert.ok(index >= 0, `${text} in ${stdout()}`);
      return index;
    };
    assert.ok(place("  setenv serverip 192.168.1.66") < place("  bootelf 0x81000000"));
    const begin = lines.findIndex((line) => line.startsWith("!!! WRITES FLASH"));
    const end = lines.findIndex((line) => line.startsWith("!!! end"));
    assert.ok(place("  bootelf 0x81000000") < begin);
    for (const text of ["  erase 0x9f020000 +0x7", "  cp.b 0x81000000 0x9f020000 0x7"]) {
      assert.ok(begin < place(text) && place(text) < end);
    }
  });

  it("takes addresses, names and dangers of a device from the catalogue", async () => {
    const { stdout, failure } = await run("console", ["fw.elf", "--device", "aruba-ap-303"]);
    assert.equal(failure, undefined);
    assert.match(stdout(), /^U-Boot and "fw\.elf"/);
    assert.match(stdout(), /must have 192\.168\.1\.75\/24/);
    assert.match(stdout(), /^ {2}setenv ipaddr 192\.168\.1\.105$/m);
    const args = ["fw.elf", "--for", "u-boot", "--device", "alcatel-hh40v"];
    assert.match((await run("console", args)).stdout(), /^DANGER: /);
  });

  it("loads an image under a name that can be typed", async () => {
    for (const loader of ["u-boot", "cfe", "redboot"]) {
      const { stdout } = await run("console", ["my $fw.elf", "--for", loader]);
      assert.match(stdout(), /"my \$fw\.elf" \(\d+ bytes\), served as "my__fw\.elf", too/);
      assert.match(stdout(), /[ :]my__fw\.elf$/m);
      const { stdout: json } = await run("console", ["my $fw.elf", "--for", loader, "--json"]);
      assert.equal(JSON.parse(json()).file, "my__fw.elf");
    }
  });

  it("says where all lines for a device are, when the catalogue has them", async () => {
    const id = "fon-la-fonera-fon2100-2200";
    const { stdout } = await run("console", ["fw.elf", "--device", id, "--force-image"]);
    const text = stdout().replace(/\s+/g, " ");
    assert.ok(text.includes(`unbrick redboot <kernel> <rootfs> --device ${id} types them`), text);
  });

  it("refuses an image for another device, as serve and push do", async () => {
    const other = Uint8Array.from(withMetadata(ELF, { supported_devices: ["acme,r1"] }));
    const args = ["fw.elf", "--device", "zyxel-wap6805"];
    const { failure } = await run("console", args, other);
    assert.equal(codeOf(failure), "image-refused");
    assert.match(String((failure as UnbrickError).hint), /add --force-image$/);
    assert.equal((await run("console", [...args, "--force-image"], other)).failure, undefined);
  });

  it("prints JSON", async () => {
    const { stdout } = await run("console", ["fw.elf", "--for", "redboot", "--json"]);
    const json = JSON.parse(stdout());
    assert.equal(json.loader, "redboot");
    assert.equal(json.server, "192.168.1.66");
    assert.equal(json.memory.at(-1).text, "go");
    assert.deepEqual(json.flash, []);
  });

  it("refuses what it does not know, and to write where it does not know", async () => {
    const wrong = [
      ["fw.elf"],
      ["fw.elf", "--for", "grub"],
      ["fw.elf", "--device", "no-such-device"],
      ["fw.elf", "--for", "u-boot", "--load", "here"],
      ["fw.elf", "--for", "u-boot", "--ip", "router"],
      ["fw.elf", "--for", "u-boot", "--server", "me"],
      ["fw.elf", "--for", "u-boot", "--write"],
    ];
    for (const args of wrong) {
      assert.equal(codeOf((await run("console", args)).failure), "usage", args.join(" "));
    }
  });

  it("needs an address of this computer only when it is to serve", async () => {
    const args = ["fw.elf", "--for", "u-boot", "--ip", "10.0.0.1/24"];
    assert.match((await run("console", args)).stdout(), /setenv serverip 10\.0\.0\.2$/m);
    const serving = await run("console", [...args, "--serve"]);
    assert.equal(codeOf(serving.failure), "network-unreachable");
  });
});

describe("unbrick redboot", () => {
  it("refuses what cannot be, before it knocks", async () => {
    const wrong: readonly (readonly [string, readonly string[]])[] = [
      ["usage", ["router"]],
      ["usage", ["192.168.1.254", "--port", "0"]],
      ["usage", ["192.168.1.254", "--ip", "192.168.1.254"]],
      ["usage", ["192.168.1.254", "fw.elf", "--write"]],
      ["network-unreachable", ["10.0.0.1"]],
    ];
    for (const [code, args] of wrong) {
      assert.equal(codeOf((await run("redboot", args)).failure), code, args.join(" "));
    }
    const raw = await run("redboot", ["192.168.1.254", "fw.bin"], Uint8Array.of(1, 2, 3));
    assert.equal(codeOf(raw.failure), "image-refused");
  });
});
