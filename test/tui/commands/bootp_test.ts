import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { UnbrickError } from "../../../lib/errors.ts";
import { formatIpv4 } from "../../../lib/net/ipv4.ts";
import { bootpCommand, checkRange } from "../../../tui/commands/bootp.ts";
import { recordingContext } from "../../support/recording_context.ts";
import { netbootWorld } from "../../support/netboot_world.ts";

/** Runs the command with these arguments and this text piped in. */
async function run(args: readonly string[], typed = "") {
  const world = netbootWorld();
  const recording = recordingContext({
    ...world.host,
    env: () => undefined,
    readFile: (path) =>
      path.startsWith("/sys") ? world.host.readFile(path) : Promise.resolve(Uint8Array.of(1)),
  });
  let isRead = false;
  const input = {
    read(into: Uint8Array): Promise<number | null> {
      if (isRead) return Promise.resolve(null);
      isRead = true;
      return Promise.resolve(new TextEncoder().encodeInto(typed, into).written);
    },
    setRaw: () => {},
  };
  let failure: unknown;
  const running = bootpCommand({ ...recording.context, input }).noExit().parse([...args])
    .catch((error) => failure = error);
  await world.advance(10_000);
  recording.stop.abort();
  await world.advance(1000);
  await running;
  return { ...recording, failure, world };
}

function codeOf(failure: unknown): string {
  return failure instanceof UnbrickError ? failure.code : String(failure);
}

describe("checkRange()", () => {
  it("takes two addresses, the last number of the second, or one address", () => {
    const text = (range: string): string => {
      const { first, last } = checkRange(range);
      return `${formatIpv4(first)} ${formatIpv4(last)}`;
    };
    assert.equal(text("10.1.1.50-10.1.1.100"), "10.1.1.50 10.1.1.100");
    assert.equal(text("10.1.1.50,10.1.1.100"), "10.1.1.50 10.1.1.100");
    assert.equal(text("10.1.1.50-100"), "10.1.1.50 10.1.1.100");
    assert.equal(text("10.1.1.50-10.1.1.50"), "10.1.1.50 10.1.1.50");
    assert.equal(text("10.1.1.50"), "10.1.1.50 10.1.1.50");
    for (
      const wrong of [
        "",
        "10",
        "10.1.1.50-",
        "10.1.1.50-10.1.1.49",
        "10.1.1.50-300",
        "a-b",
        "1-2-3",
      ]
    ) {
      assert.throws(() => checkRange(wrong), (error) => codeOf(error) === "usage", wrong);
    }
  });
});

describe("unbrick bootp", () => {
  it("needs an interface and refuses what cannot be, before anything is opened", async () => {
    const wrong = [
      ["rb.elf"],
      ["rb.elf", "--interface", "eth0", "--bootp-only", "--dhcp-only"],
      ["rb.elf", "--interface", "eth0", "--mac", "ff:ff:ff:ff:ff:ff"],
      ["rb.elf", "--interface", "eth0", "--mac", "router"],
      ["rb.elf", "--interface", "eth0", "--file", "iPXE"],
      ["rb.elf", "--interface", "eth0", "--file", "iPXE=boot.ipxe"],
      ["rb.elf", "other", "--interface", "eth0", "--any-name"],
      ["rb.elf", "--interface", "eth0", "--router", "gateway"],
      ["rb.elf", "--interface", "eth0", "--timeout", "0"],
    ];
    for (const args of wrong) {
      const { failure, world } = await run(args);
      assert.equal(codeOf(failure), "usage", args.join(" "));
      assert.equal(world.sent.length, 0);
    }
  });

  it("says what it serves, looks at the network, and waits", async () => {
    const { stdout, exitCode, failure } = await run(["rb.elf", "--interface", "eth0"]);
    assert.equal(failure, undefined);
    assert.equal(exitCode(), 0);
    assert.match(stdout(), /^Serving "rb\.elf" \(1 bytes\)\n[^]* {2}SHA-256 [0-9a-f]{64}\n/);
    assert.match(stdout(), /Looking for another DHCP server on eth0 \(4\.5 s\)\n/);
    assert.match(stdout(), /No other DHCP server on eth0/);
    assert.match(stdout(), /giving 192\.168\.1\.100 to 192\.168\.1\.199\nSwitch the router on now/);
  });

  it("serves the image under the names that a device of the catalogue asks for", async () => {
    const device = ["--device", "xiaomi-mi-router-4a-gigabit-v2", "--force-image"];
    const { stdout, failure } = await run(["fw.bin", "--interface", "eth0", ...device]);
    assert.equal(failure, undefined);
    assert.match(stdout(), /^Serving "fw\.bin" \(1 bytes\), also as "test\.bin"\n/);
  });

  it("forces nothing unless the interface's name is typed", async () => {
    const args = ["rb.elf", "--interface", "eth0", "--force"];
    for (const typed of ["", "\n", "yes\n", "eth1\n", "ETH0\n"]) {
      const { failure, world, stderr } = await run(args, typed);
      assert.equal(codeOf(failure), "interrupted", typed);
      assert.equal(world.sent.length, 0);
      assert.match(stderr(), /Type the name of the interface/);
    }
    const { failure, stdout } = await run(args, "eth0\n");
    assert.equal(failure, undefined);
    assert.match(stdout(), /Waiting for BOOTP and DHCP on eth0/);
    assert.doesNotMatch(stdout(), /Looking for/);
  });

  it("prints events as JSON, one a line", async () => {
    const { stdout } = await run(["rb.elf", "--interface", "eth0", "--json"]);
    const events = stdout().trim().split("\n").map((line) => JSON.parse(line).event);
    assert.deepEqual(events, ["bootp-checking", "bootp-clear", "listening", "bootp-listening"]);
  });
});
