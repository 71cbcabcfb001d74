import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { UnbrickError } from "../../../lib/errors.ts";
import { loadImage, loadImages } from "../../../lib/recovery/images.ts";

const HOST = {
  readFile: (path: string) =>
    Promise.resolve(path.includes("empty") ? new Uint8Array() : new TextEncoder().encode("abc")),
};

describe("loadImage", () => {
  it("gives name, bytes and SHA-256", async () => {
    const image = await loadImage(HOST, "folder/fw.bin");
    assert.equal(image.name, "fw.bin");
    assert.equal(image.bytes.length, 3);
    // FIPS 180-2, appendix B.1.
    assert.equal(
      image.sha256,
      "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    );
  });
  it("refuses an empty file", async () => {
    await assert.rejects(
      loadImage(HOST, "empty.bin"),
      (error) => error instanceof UnbrickError && error.code === "file-empty",
    );
  });
});

describe("loadImages", () => {
  it("refuses two of one name, of which only one could be served", async () => {
    await assert.rejects(
      loadImages(HOST, ["a/fw.bin", "b/fw.bin"]),
      (error) => error instanceof UnbrickError && error.code === "usage",
    );
  });
});
