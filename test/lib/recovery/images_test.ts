import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { UnbrickError, type UnbrickErrorCode } from "../../../lib/errors.ts";
import { expectationForDevice, loadImages } from "../../../lib/recovery/images.ts";

const FILES: Readonly<Record<string, Uint8Array>> = {
  "folder/fw.bin": new TextEncoder().encode("abc"),
  "other/fw.bin": new TextEncoder().encode("abcd"),
  "empty.bin": new Uint8Array(),
  "page.bin": new TextEncoder().encode(
    "<!DOCTYPE html><html><head><title>404</title></head></html>",
  ),
};

const HOST = {
  readFile: (path: string) => Promise.resolve(FILES[path]!),
  stat: (path: string) => {
    const size = FILES[path]?.length;
    return size === undefined ? undefined : { kind: "file" as const, size, modifiedAt: undefined };
  },
};

const CHECKS = { device: undefined, force: false, cut: false };

function hasCode(code: UnbrickErrorCode) {
  return (error: unknown) => error instanceof UnbrickError && error.code === code;
}

describe("loadImages", () => {
  it("gives name, bytes and SHA-256", async () => {
    const [checked] = await loadImages(HOST, ["folder/fw.bin"], CHECKS);
    assert.equal(checked!.image.name, "fw.bin");
    assert.equal(checked!.image.bytes.length, 3);
    // FIPS 180-2, appendix B.1.
    assert.equal(
      checked!.image.sha256,
      "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    );
  });
  it("refuses an empty file, and two of one name", async () => {
    await assert.rejects(loadImages(HOST, ["empty.bin"], CHECKS), hasCode("file-empty"));
    const twice = ["folder/fw.bin", "other/fw.bin"];
    await assert.rejects(loadImages(HOST, twice, CHECKS), hasCode("usage"));
  });
  it("refuses what must not be sent, and lets it pass when forced, with the finding", async () => {
    await assert.rejects(loadImages(HOST, ["page.bin"], CHECKS), (error) => {
      assert.ok(hasCode("image-refused")(error));
      assert.match((error as UnbrickError).hint!, /--force/);
      return true;
    });
    const [forced] = await loadImages(HOST, ["page.bin"], { ...CHECKS, force: true });
    assert.equal(forced!.findings[0]!.severity, "stop");
  });
});

describe("expectationForDevice", () => {
  it("knows the devices of the catalogue and no others", async () => {
    assert.equal(
      (await expectationForDevice("tp-link-archer-c7-v5")).device,
      "TP-Link Archer C7 v5",
    );
    await assert.rejects(expectationForDevice("no-such-device"), hasCode("usage"));
  });
});
