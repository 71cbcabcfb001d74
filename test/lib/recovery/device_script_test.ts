import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { deviceScript, scriptImages } from "../../../lib/recovery/device_script.ts";

const SCRIPT = {
  files: [{ name: "kernel", what: "the kernel" }, { name: "rootfs", what: "the root" }],
  lines: [
    "ip_address -l {device}/24 -h {server}",
    "load -b %{FREEMEMLO} {kernel}",
    "fis create -l {free} x",
    "go",
  ],
};

const image = (name: string) => ({ name, bytes: Uint8Array.of(1), sha256: "" });

describe("deviceScript()", () => {
  it("fills in what is known, and leaves what only the device knows", () => {
    const lines = deviceScript(SCRIPT, "192.168.1.254", "192.168.1.2");
    assert.deepEqual(lines.map(({ text, returns }) => [text, returns]), [
      ["ip_address -l 192.168.1.254/24 -h 192.168.1.2", true],
      ["load -b %{FREEMEMLO} kernel", true],
      ["fis create -l {free} x", true],
      ["go", false],
    ]);
  });
});

describe("scriptImages()", () => {
  it("serves files under the names that are typed, in their order", () => {
    const images = scriptImages(SCRIPT, [image("a file.lzma"), image("b.squashfs")]);
    assert.deepEqual(images.map(({ name }) => name), ["kernel", "rootfs"]);
  });

  it("wants neither more nor fewer", () => {
    for (const count of [0, 1, 3]) {
      const images = new Array(count).fill(image("a"));
      assert.throws(() => scriptImages(SCRIPT, images), /loads 2 files, not/);
    }
  });
});
