import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { UnbrickError } from "../../../lib/errors.ts";
import { readImage } from "../../../lib/firmware/read_image.ts";
import { findSha256 } from "../../../lib/firmware/sha256sums.ts";

const A = "a".repeat(64);
const B = "B".repeat(64);

describe("findSha256()", () => {
  it("reads lines of sha256sum, text and binary, with and without folder", () => {
    const list = `${A} *factory.bin\n${B}  packages/other.bin\r\n\nnot an entry\n`;
    assert.equal(findSha256(list, "factory.bin"), A);
    assert.equal(findSha256(list, "other.bin"), B.toLowerCase());
  });

  it("does not take a part of a name, a short hash or a missing name", () => {
    assert.equal(
      findSha256(`${A} *my-factory.bin\n${A.slice(1)} *factory.bin`, "factory.bin"),
      undefined,
    );
    assert.equal(findSha256("", "factory.bin"), undefined);
    assert.equal(findSha256(`${A}`, "factory.bin"), undefined);
  });
});

function hostWith(files: Readonly<Record<string, string>>) {
  const at = (path: string) => files[path.replaceAll("\\", "/")];
  return {
    stat: (path: string) => {
      const text = at(path);
      return text === undefined
        ? undefined
        : { kind: "file" as const, size: text.length, modifiedAt: undefined };
    },
    readFile: (path: string) => {
      const text = at(path);
      return text === undefined
        ? Promise.reject(new UnbrickError("file-not-found", `"${path}" does not exist`))
        : Promise.resolve(new TextEncoder().encode(text));
    },
  };
}

describe("readImage()", () => {
  it("finds the list beside the image under either usual name", async () => {
    for (const list of ["SHA256SUMS", "sha256sums"]) {
      const host = hostWith({ "dir/image.bin": "bytes", [`dir/${list}`]: `${A} *image.bin\n` });
      const { bytes, context } = await readImage(host, "dir/image.bin");
      assert.equal(new TextDecoder().decode(bytes), "bytes");
      assert.deepEqual(context, { fileName: "image.bin", listedSha256: { list, sha256: A } });
    }
  });

  it("goes without a list when there is none or it cannot be read", async () => {
    const without = await readImage(hostWith({ "dir/image.bin": "x" }), "dir/image.bin");
    assert.deepEqual(without.context, { fileName: "image.bin" });
    const host = hostWith({ "dir/image.bin": "x", "dir/SHA256SUMS": "" });
    const readFile = (path: string) =>
      path.includes("SUMS")
        ? Promise.reject(new UnbrickError("file-unreadable", "no"))
        : host.readFile(path);
    const unreadable = await readImage({ ...host, readFile }, "dir/image.bin");
    assert.deepEqual(unreadable.context, { fileName: "image.bin" });
  });

  it("refuses a file far beyond any image before reading it", async () => {
    const host = {
      stat: () => ({ kind: "file" as const, size: 2 ** 40, modifiedAt: undefined }),
      readFile: () => Promise.reject(new Error("must not be read")),
    };
    await assert.rejects(
      readImage(host, "disk.img"),
      (error) => error instanceof UnbrickError && error.code === "file-invalid",
    );
  });
});
