import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import type { FileInfo } from "../../../lib/host/host.ts";
import { findImages, typedPath } from "../../../lib/recovery/images_nearby.ts";
import { posixPath } from "../../support/posix_path.ts";

const MIB = 1 << 20;

function disk(files: Readonly<Record<string, readonly [size: number, at: number]>>) {
  const stat = (path: string): FileInfo | undefined => {
    const found = files[posixPath(path)];
    return found && { kind: "file", size: found[0], modifiedAt: found[1] };
  };
  return {
    stat,
    realPath: (path: string) => posixPath(path).replace(/^other\//, "stick/"),
    listDirectory: (folder: string) => {
      const names = Object.keys(files)
        .filter((path) => folder === "." ? !path.includes("/") : path.startsWith(`${folder}/`))
        .map((path) => path.split("/").at(-1)!);
      return names.length > 0 ? Promise.resolve(names) : Promise.reject(new Error("none"));
    },
  };
}

describe("findImages()", () => {
  it("offers firmware, newest first, each file once", async () => {
    const host = disk({
      "stick/old.bin": [MIB, 1],
      "stick/new.TRX": [MIB, 9],
      "other/new.TRX": [MIB, 9],
      "stick/readme.txt": [MIB, 5],
      "stick/tiny.bin": [100, 5],
      "stick/._new.bin": [MIB, 5],
      "here.itb": [MIB, 5],
    });
    const found = await findImages(host, ["stick", "other", ".", "nowhere"]);
    assert.deepEqual(found.map(({ name }) => name), ["new.TRX", "here.itb", "old.bin"]);
    assert.equal(found[1]?.path, "here.itb");
  });
});

describe("typedPath()", () => {
  const host = (os: "linux" | "windows", ...files: string[]) => ({
    os,
    stat: (path: string): FileInfo | undefined =>
      files.includes(path) ? { kind: "file", size: 1, modifiedAt: 0 } : undefined,
    env: (name: string) => name === "HOME" ? "/home/me" : undefined,
  });
  const cases: readonly [string, string, string][] = [
    ["as it is", "/a/b.bin", "/a/b.bin"],
    ["quoted by a terminal", " '/a b/c.bin' ", "/a b/c.bin"],
    ["with escaped blanks", "/a\\ b/c.bin", "/a b/c.bin"],
    ["below the home folder", "~/c.bin", "/home/me/c.bin"],
  ];
  for (const [what, typed, path] of cases) {
    it(`takes a path ${what}`, () => {
      assert.equal(posixPath(typedPath(typed, host("linux", path))), posixPath(path));
    });
  }

  it("leaves backslashes alone where they are part of the name, and on Windows", () => {
    assert.equal(typedPath("/a\\ b", host("linux", "/a\\ b")), "/a\\ b");
    assert.equal(typedPath('"C:\\a b\\c.bin"', host("windows")), "C:\\a b\\c.bin");
  });
});
