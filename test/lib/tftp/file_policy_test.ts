import { afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import { join } from "@std/path";
import fc from "fast-check";
import assert from "node:assert/strict";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { createDenoHost } from "../../../lib/host/deno_host.ts";
import {
  directoryPolicy,
  type FilePolicy,
  type Image,
  imagePolicy,
  safePathParts,
  withWritableDirectory,
} from "../../../lib/tftp/file_policy.ts";
import { type ByteString, byteStringFromText } from "../../../lib/tftp/name.ts";
import { TftpError } from "../../../lib/tftp/packet.ts";
import { ESCAPING_NAMES, manyEscapingNames } from "../../support/escaping_names.ts";

const host = createDenoHost();

function image(name: string, text: string): Image {
  return { name, bytes: new TextEncoder().encode(text), sha256: `digest of ${text}` };
}

/** What a reader gets: the text, or "refused". */
function readText(policy: FilePolicy, name: ByteString): string {
  const grant = policy.read(name);
  if (grant.kind === "refused") {
    assert.notEqual(grant.reason, "");
    return "refused";
  }
  const text = new TextDecoder().decode(grant.source.read(0, grant.source.size));
  grant.close();
  return text;
}

/** Makes a link where the system lets one: Windows wants a privilege for it. */
function link(target: string, path: string): void {
  try {
    symlinkSync(target, path);
  } catch (error) {
    if (host.os !== "windows") throw error;
  }
}

describe("imagePolicy", () => {
  const two = [image("a.bin", "A"), image("größe.bin", "B")];

  it("serves each image under its own name, also with slashes before it", () => {
    const policy = imagePolicy(two, { aliases: [], anyName: false });
    assert.equal(readText(policy, "a.bin"), "A");
    assert.equal(readText(policy, "//a.bin"), "A");
    assert.equal(readText(policy, byteStringFromText("größe.bin")), "B");
  });

  it("serves the only image under other names when told so", () => {
    const only = [two[0]!];
    const aliased = imagePolicy(only, { aliases: ["/tp_recovery.bin"], anyName: false });
    assert.equal(readText(aliased, "tp_recovery.bin"), "A");
    assert.equal(readText(aliased, "other"), "refused");
    assert.equal(readText(imagePolicy(only, { aliases: [], anyName: true }), "\xff"), "A");
  });

  it("does not tell U-Boot to stop for good: no ERROR 1 or 2 for an unknown name", () => {
    const refusal = imagePolicy(two, { aliases: [], anyName: false }).read("other");
    assert.ok(refusal.kind === "refused");
    assert.equal(refusal.code, TftpError.NOT_DEFINED);
  });

  it("does not take writes", () => {
    const policy = imagePolicy(two, { aliases: [], anyName: false });
    assert.equal(policy.write("new.bin").kind, "refused");
  });
});

describe("a folder that is served", () => {
  let base = "";
  let root = "";

  beforeEach(() => {
    base = mkdtempSync(join(tmpdir(), "unbrick-policy-"));
    root = join(base, "tftp");
    mkdirSync(join(root, "folder"), { recursive: true });
    mkdirSync(join(base, "tftp-secret"));
    writeFileSync(join(root, "image.bin"), "inside");
    writeFileSync(join(root, "folder", "image.bin"), "inside");
    writeFileSync(join(base, "secret.bin"), "SECRET");
    writeFileSync(join(base, "tftp-secret", "secret.bin"), "SECRET");
    link(join(base, "secret.bin"), join(root, "link-to-file"));
    link(join(base, "tftp-secret"), join(root, "link-to-folder"));
    link("..", join(root, "link-to-parent"));
    link(join("..", "tftp-secret"), join(root, "link-to-sibling"));
    link("image.bin", join(root, "link-inside"));
  });

  afterEach(() => rmSync(base, { recursive: true, force: true }));

  /** Pieces of names, dangerous and harmless. */
  const nameFromPieces = fc.tuple(
    fc.array(
      fc.constantFrom(
        "..",
        ".",
        "",
        "folder",
        "image.bin",
        "secret.bin",
        "tftp",
        "tftp-secret",
        "link-to-file",
        "link-to-folder",
        "link-to-parent",
        "C:",
        "NUL",
        "..\\",
        "\0",
        "\xc0\xae\xc0\xae",
        " ",
        "link-to-sibling",
        // Other spellings of the folder above, of drives, shares, devices and streams.
        "%2e%2e",
        "..%2f",
        "..;",
        "...",
        ".. ",
        "..\0",
        "\xef\xbc\x8e\xef\xbc\x8e",
        "~",
        "~root",
        "\\\\server\\share",
        "\\\\?\\C:",
        "\\\\.\\PhysicalDrive0",
        "aux.txt",
        "COM1",
        "image.bin.",
        "image.bin::$DATA",
        "IMAGE~1.BIN",
      ),
      { minLength: 1, maxLength: 6 },
    ),
    fc.constantFrom("/", "\\", "//"),
    fc.constantFrom("", "/", "\\", "C:\\"),
  ).map(([pieces, separator, before]) => before + pieces.join(separator));

  it("gives files in it, in folders below and behind links that stay inside", () => {
    const policy = directoryPolicy(host, root);
    const names = ["image.bin", "/image.bin", "folder/image.bin", "link-inside"];
    for (const name of names.filter((one) => existsSync(join(root, one)))) {
      assert.equal(readText(policy, name), "inside", name);
    }
  });

  it("refuses every name of the list", () => {
    const policy = directoryPolicy(host, root);
    for (const name of ESCAPING_NAMES) {
      assert.equal(readText(policy, name), "refused", JSON.stringify(name));
    }
  });

  it("refuses thousands of names that are made like those of the list", () => {
    const policy = directoryPolicy(host, root);
    let count = 0;
    for (const name of manyEscapingNames("secret.bin")) {
      count++;
      assert.equal(readText(policy, name), "refused", JSON.stringify(name));
    }
    assert.ok(count > 5000, `${count}`);
  });

  it("refuses absolute names of files that exist, inside and outside", () => {
    const policy = directoryPolicy(host, root);
    for (const path of [join(root, "image.bin"), join(base, "secret.bin")]) {
      assert.equal(readText(policy, byteStringFromText(path)), "refused");
    }
  });

  it("never gives a byte from outside, whatever pieces a name is made of", () => {
    const policy = directoryPolicy(host, root);
    fc.assert(
      fc.property(nameFromPieces, (name) => {
        assert.notEqual(readText(policy, name), "SECRET");
      }),
      { numRuns: 3000 },
    );
  });

  it("sees files that come and go while it runs, and survives the loss of the folder", () => {
    const policy = directoryPolicy(host, root);
    writeFileSync(join(root, "late.bin"), "late");
    assert.equal(readText(policy, "late.bin"), "late");
    rmSync(root, { recursive: true });
    assert.equal(readText(policy, "late.bin"), "refused");
  });

  it("takes new files only, whole, under plain names", () => {
    const policy = withWritableDirectory(directoryPolicy(host, root), host, root);
    const grant = policy.write("new.bin");
    assert.ok(grant.kind === "write");
    const sink = grant.create();
    sink.write(Uint8Array.of(65));
    assert.equal(existsSync(join(root, "new.bin")), false);
    sink.commit();
    assert.equal(readFileSync(join(root, "new.bin"), "utf8"), "A");
    const again = policy.write("new.bin");
    assert.ok(again.kind === "refused");
    assert.equal(again.code, TftpError.FILE_EXISTS);
  });

  it("writes nothing for any name of the list, nor for names made of pieces", () => {
    const policy = withWritableDirectory(directoryPolicy(host, root), host, root);
    const before = readdirSync(base, { recursive: true }).sort();
    for (const name of [...ESCAPING_NAMES, "folder/new.bin", "/new.bin"]) {
      const { kind } = policy.write(name);
      // Names that only look strange on other systems are fine to write here: "..%2fsecret.bin".
      if (kind === "write") assert.ok("parts" in safePathParts(name), JSON.stringify(name));
      else assert.equal(kind, "refused");
    }
    const store = (name: ByteString): void => {
      const grant = policy.write(name);
      if (grant.kind !== "write") return;
      grant.create().commit();
      rmSync(join(root, grant.name));
    };
    let count = 0;
    for (const name of manyEscapingNames("secret.bin")) {
      const grant = policy.write(name);
      if (grant.kind === "write") assert.doesNotMatch(grant.name, /[\\/:]|^[. ]*$/);
      // To make each of them would take long on a slow disk.
      if (count++ % 40 === 0) store(name);
    }
    fc.assert(fc.property(nameFromPieces, store));
    assert.deepEqual(readdirSync(base, { recursive: true }).sort(), before);
  });
});

describe("safePathParts", () => {
  it("gives parts that stay below any folder on any system", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 30 }), (bytes) => {
      const result = safePathParts(String.fromCharCode(...bytes));
      if ("unsafe" in result) return;
      for (const part of result.parts) {
        assert.doesNotMatch(part, /^\.{0,2}$|[\\/:\0]|[. ]$/);
      }
    }));
  });

  it("refuses parts longer than file systems take", () => {
    assert.ok("unsafe" in safePathParts("a".repeat(256)));
    assert.ok("parts" in safePathParts("a".repeat(255)));
  });
});
