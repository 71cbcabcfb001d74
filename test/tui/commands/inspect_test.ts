import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { UnbrickError } from "../../../lib/errors.ts";
import type { Expectation } from "../../../lib/firmware/expectation.ts";
import { expectationForDevice } from "../../../lib/recovery/images.ts";
import { inspectCommand } from "../../../tui/commands/inspect.ts";
import { withMetadata } from "../../lib/firmware/openwrt_trailer.ts";
import { sample } from "../../lib/firmware/samples.ts";
import { assertGolden } from "../../support/golden.ts";
import { recordingContext } from "../../support/recording_context.ts";

const ARCHER: Expectation = {
  device: "TP-Link Archer C7 v5",
  kinds: ["factory"],
  flashSize: 16 * 1024 * 1024,
};
const WR841: Expectation = {
  device: "TP-Link TL-WR841N v8",
  kinds: ["factory", "stock"],
  layout: "header-first",
};

function sysupgrade(): Uint8Array {
  const payload = new Uint8Array(300_000).fill(0x5a);
  payload.set(sample("uimage-legacy").bytes);
  return withMetadata(payload, {
    supported_devices: ["tplink,archer-c7-v5"],
    version: { dist: "OpenWrt", version: "24.10.0", revision: "r28427", target: "ath79/generic" },
  });
}

/** Runs the command over one file. */
async function inspect(bytes: Uint8Array, argv: readonly string[] = [], list?: string) {
  const recording = recordingContext({
    stat: (path) =>
      path === "image.bin" || (list !== undefined && path === "SHA256SUMS")
        ? { kind: "file", size: bytes.length, modifiedAt: undefined }
        : undefined,
    readFile: (path) =>
      Promise.resolve(path === "image.bin" ? bytes : new TextEncoder().encode(list ?? "")),
  });
  const known: Readonly<Record<string, Expectation>> = { archer: ARCHER, wr841: WR841 };
  const command = inspectCommand(
    recording.context,
    async (id) => known[id] ?? await expectationForDevice(id),
  );
  await command.noExit().parse(["image.bin", ...argv]);
  return { text: recording.stdout(), exitCode: recording.exitCode() };
}

const SCREENS: readonly (readonly [string, Uint8Array, readonly string[], number])[] = [
  ["sysupgrade_fits", sysupgrade(), [], 0],
  ["sysupgrade_for_factory_loader", sysupgrade(), ["--device", "archer"], 0],
  ["boot_part", sample("tplink-v1-with-boot").bytes, ["--device", "wr841"], 1],
  ["truncated", sysupgrade().subarray(0, 299_999), [], 0],
  ["damaged_chk", sample("netgear-chk").bytes.map((byte, at) => at === 60 ? 0 : byte), [], 1],
  ["web_page", new TextEncoder().encode("<!DOCTYPE html><html>404</html>"), [], 1],
  ["safeloader", sample("tplink-safeloader").bytes, [], 0],
  ["unknown", new Uint8Array(70_000).map((_, at) => at * 7), [], 0],
];

describe("unbrick inspect", () => {
  for (const [name, bytes, argv, exitCode] of SCREENS) {
    it(`prints the screen "${name}" and exits with ${exitCode}`, async () => {
      const result = await inspect(bytes, argv);
      assertGolden(`inspect/${name}.txt`, result.text);
      assert.equal(result.exitCode, exitCode);
      const lines = result.text.split("\n");
      assert.ok(lines.length <= 30, `${lines.length} lines`);
      for (const line of lines) assert.ok(line.length <= 80, line);
      assert.match(result.text, /^[\x20-\x7e\n]*$/);
    });
  }

  it("prints one JSON document that programs can follow", async () => {
    const { text, exitCode } = await inspect(sample("tplink-v1-with-boot").bytes, [
      "--json",
      "--device",
      "wr841",
    ]);
    const report = JSON.parse(text);
    assert.equal(report.file, "image.bin");
    assert.equal(report.verdict, "stop");
    assert.equal(report.findings[0].code, "wrong-shape");
    assert.deepEqual(report.findings[0].cut, { zeros: 0, from: 131_584, to: 132_128 });
    assert.equal(report.inspection.hashes.sha256, sample("tplink-v1-with-boot").sha256);
    assert.equal(exitCode, 1);
  });

  it("checks the list beside the image", async () => {
    const { bytes, sha256 } = sample("trx-v1-padded-4096");
    const good = await inspect(bytes, [], `${sha256} *image.bin\n`);
    assert.match(good.text, /^fine +SHA-256 is the one in "SHA256SUMS"$/m);
    assert.equal(good.exitCode, 0);
    const bad = await inspect(bytes, [], `${"0".repeat(64)} *image.bin\n`);
    assert.match(bad.text, /^STOP +SHA-256 is not the one in "SHA256SUMS"/m);
    assert.equal(bad.exitCode, 1);
  });

  it("refuses a device that the catalogue does not know", async () => {
    await assert.rejects(
      inspect(sysupgrade(), ["--device", "no-such"]),
      (error) =>
        error instanceof UnbrickError && error.code === "usage" && /"no-such"/.test(error.message),
    );
  });
});
