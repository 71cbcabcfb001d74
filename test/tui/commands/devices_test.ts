import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { UnbrickError } from "../../../lib/errors.ts";
import type { Host } from "../../../lib/host/host.ts";
import { devicesCommand } from "../../../tui/commands/devices.ts";
import { exampleJson } from "../../lib/device/example_device.ts";
import { assertGolden } from "../../support/golden.ts";
import { recordingContext } from "../../support/recording_context.ts";

/** A host whose folder "devices" holds these files, or does not exist. */
function hostWith(files?: Readonly<Record<string, string>>): Partial<Host> {
  const contentOf = (path: string) => files?.[path.replace(/^devices\//, "")];
  return {
    stat: (path) => {
      if (files === undefined) return undefined;
      if (path === "devices") return { kind: "directory", size: 0, modifiedAt: undefined };
      return { kind: "file", size: contentOf(path)?.length ?? 0, modifiedAt: undefined };
    },
    listDirectory: () => Promise.resolve(Object.keys(files ?? {})),
    readFile: (path) => Promise.resolve(new TextEncoder().encode(contentOf(path))),
  };
}

async function run(argv: readonly string[], files?: Readonly<Record<string, string>>) {
  const recording = recordingContext(hostWith(files));
  await devicesCommand(recording.context).noExit().parse([...argv]);
  return {
    stdout: recording.stdout(),
    stderr: recording.stderr(),
    exitCode: recording.exitCode(),
  };
}

async function failureOf(argv: readonly string[]): Promise<UnbrickError> {
  try {
    await run(argv);
  } catch (thrown) {
    assert.ok(thrown instanceof UnbrickError, String(thrown));
    return thrown;
  }
  throw new assert.AssertionError({ message: `${argv.join(" ")} did not fail` });
}

/** One device of each kind of recipe. */
const KINDS = [
  "asus-wl-500g",
  "buffalo-wzr-hp-g300nh-v1",
  "comfast-cf-e375ac",
  "d-link-dir-300-rev-a",
  "fon-la-fonera-fon2100-2200",
  "hootoo-ht-tm05",
  "hpe-msm460",
  "jiofiber-jcow407",
  "linksys-wrt54g-gs-gl-cfe",
  "meig-slt866",
  "mikrotik-rb5009",
  "netgear-r6220-nmrp",
  "open-mesh-a40",
  "tp-link-archer-c7-v2",
  "tp-link-archer-c20-v5",
  "tp-link-recovery-66",
  "tp-link-tl-wr840n-v5",
  "xiaomi-mi-router-ax3000t-ubootmod-openwrt-uboot",
  "zyxel-nbg6616",
];

describe("unbrick devices show", () => {
  for (const id of KINDS) {
    it(`prints the recipe of ${id} as it was reviewed`, async () => {
      const { stdout, stderr } = await run(["show", id]);
      assert.equal(stderr, "");
      assertGolden(`devices/${id}.txt`, stdout);
    });
  }

  for (const id of ["tp-link-archer-c20-v5", "asus-wl-500g"]) {
    it(`prints the recipe of ${id} as Markdown as it was reviewed`, async () => {
      assertGolden(`devices/${id}.md`, (await run(["show", id, "--markdown"])).stdout);
    });
  }

  it("prints warnings right below the name", async () => {
    const { stdout } = await run(["show", "tp-link-archer-c2-v1"]);
    assert.match(stdout.split("\n")[1] ?? "", /^WARNING: /);
    const markdown = await run(["show", "tp-link-archer-c2-v1", "--markdown"]);
    assert.match(markdown.stdout.split("\n")[2] ?? "", /^> \*\*Warning:\*\* /);
  });

  it("prints one JSON document with the entry, its warnings and its recipe", async () => {
    const { stdout } = await run(["show", "TP-Link-Archer-C2-v1", "--json"]);
    const json = JSON.parse(stdout);
    assert.equal(json.id, "tp-link-archer-c2-v1");
    assert.deepEqual(json.recovery.computer, { exactly: ["192.168.0.66/24"] });
    assert.equal(json.warnings.length, 1);
    assert.equal(json.recipe.commands.length, 2);
    assert.equal(json.confidence, "documented");
    assert.equal(json.verified, true);
    assert.deepEqual(json.trust.computer, { confidence: "documented", checked: true, doubts: [] });
    assert.equal(json.trust.trigger.doubts.length, 1);
  });

  it("fits 80 columns but for commands, links and names that must be copied whole", async () => {
    for (const id of KINDS) {
      const { stdout } = await run(["show", id]);
      for (const line of stdout.split("\n")) {
        const isCopied = /^ +\d\. unbrick |https?:|\.itb/.test(line);
        assert.ok(isCopied || line.length <= 80, line);
      }
    }
  });

  it("suggests the nearest id for one that does not exist", async () => {
    const failure = await failureOf(["show", "archer-c7-v5"]);
    assert.equal(failure.code, "usage");
    assert.equal(failure.hint, "Try: unbrick devices show tp-link-archer-c7-v5");
    assert.match((await failureOf(["show", "qqqq"])).hint ?? "", /^Find its id with/);
  });

  it("refuses two forms at once", async () => {
    const failure = await failureOf(["show", "x", "--json", "--markdown"]);
    assert.match(failure.message, /cannot go together/);
  });
});

describe("unbrick devices", () => {
  it("lists what fits, the best first, and how to go on", async () => {
    const { stdout, exitCode } = await run(["mikrotik", "hex", "s"]);
    assert.equal(
      stdout,
      "mikrotik-rb760igs-hex-s\n" +
        "    MikroTik RB760iGS (hEX S): BOOTP, then pulls\n" +
        "Recipe: unbrick devices show mikrotik-rb760igs-hex-s\n",
    );
    assert.equal(exitCode, 0);
  });

  it("marks warnings, families and what is not to be used", async () => {
    assert.match((await run(["wr840n", "v5"])).stdout, /^tp-link-tl-wr840n-v5 \[do not use\]/);
    assert.match((await run(["archer", "c2", "v1"])).stdout, /\[has warnings\]/);
    assert.match((await run(["keenetic", "recovery"])).stdout, /keenetic \[family rule/);
  });

  it("shows ten and says how many more there are", async () => {
    const { stdout } = await run(["--vendor", "tplink"]);
    assert.equal(stdout.match(/^tp-link/gm)?.length, 10);
    assert.match(stdout, /\d+ more: add a word, or --limit \d+/);
    assert.equal(
      (await run(["--vendor", "asus", "--limit", "2"])).stdout.match(/^asus/gm)?.length,
      2,
    );
  });

  it("filters by direction", async () => {
    const json = JSON.parse((await run(["--listens", "--vendor", "buffalo", "--json"])).stdout);
    assert.ok(json.devices.length > 5);
    assert.ok(
      json.devices.every((each: { recovery: { way: string } }) => each.recovery.way === "listens"),
    );
    const pulls = JSON.parse((await run(["--pulls", "--vendor", "buffalo", "--json"])).stdout);
    assert.ok(pulls.devices.length > 5);
  });

  it("prints everything as one JSON document", async () => {
    const json = JSON.parse((await run(["--json"])).stdout);
    assert.ok(json.devices.length > 500);
    assert.deepEqual(json.devices[0].origin, { kind: "catalogue" });
  });

  it("says when nothing fits, and ends with 1", async () => {
    const { stdout, exitCode } = await run(["qqqqqqq"]);
    assert.match(stdout, /^No device fits "qqqqqqq"\./);
    assert.equal(exitCode, 1);
  });

  it("prints the addresses for a device that nobody knows, with their share and a warning", async () => {
    const { stdout } = await run(["--unknown", "5"]);
    assert.match(stdout, /^5 addresses on this computer serve \d+ of \d+ \(\d+ %\)/);
    assert.match(stdout, /WARNING: A wrong image bricks/);
    assert.equal(stdout.match(/--address /g)?.length, 5);
    const json = JSON.parse((await run(["--unknown", "3", "--json"])).stdout);
    assert.equal(json.addresses.length, 3);
    assert.match(json.addresses[0].address, /^\d+\.\d+\.\d+\.\d+\/\d+$/);
  });

  const wrong: readonly (readonly [readonly string[], RegExp])[] = [
    [["--pulls", "--listens"], /--pulls and --listens cannot go together/],
    [["--vendor", "nobody"], /No device of the vendor "nobody" is known/],
    [["--limit", "0"], /^--limit 0 is out of range$/],
    [["--unknown", "33"], /^--unknown 33 is out of range$/],
    [["--unknown", "-1"], /^--unknown -1 is out of range$/],
  ];
  for (const [argv, message] of wrong) {
    it(`refuses ${argv.join(" ")}`, async () => {
      const failure = await failureOf(argv);
      assert.equal(failure.code, "usage");
      assert.match(failure.message, message);
    });
  }
});

describe("people's own devices", () => {
  const files = {
    "mine.json": JSON.stringify(exampleJson({ id: "tp-link-archer-c7-v5", model: "C7 mended" })),
    "broken.json": JSON.stringify(exampleJson({ id: "x", port: 7 })),
  };

  it("win over ours and are marked", async () => {
    const { stdout } = await run(["show", "tp-link-archer-c7-v5"], files);
    assert.match(stdout, /^Acme C7 mended/);
    assert.match(stdout, /your own entry, in place of the catalogue's/);
    assert.match((await run(["c7", "mended"], files)).stdout, /\[your own entry\]/);
  });

  it("are left out with a warning that names file and field when they are faulty", async () => {
    const { stderr } = await run(["c7"], files);
    assert.equal(
      stderr,
      "Warning: left out an own device: devices/broken.json: port: 7 is not a text with something" +
        " in it\n",
    );
  });
});
