import { after, before, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { UnbrickError } from "../../../lib/errors.ts";
import { archiveUrl, getDenoRuntime, hasIntegrity } from "../../../tools/build/deno_runtime.ts";
import { DENO_VERSION, findTarget, type Target } from "../../../tools/build/targets.ts";
import { tarOf } from "../../support/tar_of.ts";
import { makeFolder } from "../../support/test_files.ts";

const MAC = findTarget("aarch64-apple-darwin");
const ARCHIVE = new Uint8Array(
  gzipSync(tarOf({ "package/README.md": "r", "package/deno": "DENO" })),
);
const TARGET: Target = { ...MAC, integrity: integrityOf(ARCHIVE) };

function integrityOf(bytes: Uint8Array): string {
  return `sha512-${createHash("sha512").update(bytes).digest("base64")}`;
}

describe("the address of Deno's archive", () => {
  it("is at npm or at the registry that is named", () => {
    const path = `@deno/darwin-arm64/-/darwin-arm64-${DENO_VERSION}.tgz`;
    assert.equal(archiveUrl(MAC.npmPackage, undefined), `https://registry.npmjs.org/${path}`);
    assert.equal(
      archiveUrl(MAC.npmPackage, "http://localhost:1/npm"),
      `http://localhost:1/npm/${path}`,
    );
  });
});

describe("hasIntegrity", () => {
  it("knows a SHA-512 as npm writes it", () => {
    // The example of FIPS 180-4.
    const sum = "sha512-3a81oZNherrMQXNJriBBMRLm+k6JqX6iCp7u5ktV05ohkpkqJ0/BqDa6PCOj/" +
      "uu9RU1EI2Q86A4qmslPpUyknw==";
    assert.equal(hasIntegrity(new TextEncoder().encode("abc"), sum), true);
    assert.equal(hasIntegrity(new TextEncoder().encode("abd"), sum), false);
  });
});

describe("getDenoRuntime", () => {
  let served: Uint8Array<ArrayBuffer> | undefined;
  let requests: string[] = [];
  let registry: Deno.HttpServer<Deno.NetAddr>;

  before(() => {
    registry = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, ({ url }) => {
      requests.push(new URL(url).pathname);
      return served === undefined ? new Response("no", { status: 404 }) : new Response(served);
    });
  });

  after(() => registry.shutdown());

  const places = (folder: string) => ({
    registry: `http://127.0.0.1:${registry.addr.port}/`,
    folder,
  });

  it("fetches it once, and keeps it", async () => {
    await using folder = makeFolder();
    served = ARCHIVE;
    requests = [];
    for (let time = 0; time < 2; time++) {
      const { archive, program, offset } = await getDenoRuntime(TARGET, places(folder.path));
      assert.equal(new TextDecoder().decode(program), "DENO");
      assert.deepEqual([archive, offset], [ARCHIVE, 1536]);
    }
    const name = `darwin-arm64-${DENO_VERSION}.tgz`;
    assert.deepEqual(requests, [`/@deno/darwin-arm64/-/${name}`]);
    assert.deepEqual(await Array.fromAsync(Deno.readDir(folder.path), (file) => file.name), [name]);
  });

  it("fetches it again when what was kept is damaged", async () => {
    await using folder = makeFolder();
    await Deno.writeTextFile(folder.file(`darwin-arm64-${DENO_VERSION}.tgz`), "half");
    served = ARCHIVE;
    const { program } = await getDenoRuntime(TARGET, places(folder.path));
    assert.equal(new TextDecoder().decode(program), "DENO");
  });

  for (
    const [what, bytes, target, code, message] of [
      [
        "a registry without it",
        undefined,
        TARGET,
        "command-failed",
        /could not be .* answers 404$/,
      ],
      ["another file", new Uint8Array([1]), TARGET, "file-invalid", /has another checksum$/],
      [
        "an archive without a program",
        ARCHIVE,
        { ...TARGET, suffix: ".exe" as const },
        "file-invalid",
        /holds no program$/,
      ],
    ] as const
  ) {
    it(`refuses ${what}`, async () => {
      await using folder = makeFolder();
      served = bytes;
      await assert.rejects(
        getDenoRuntime(target, places(folder.path)),
        (error: unknown) =>
          error instanceof UnbrickError && error.code === code && message.test(error.message) &&
          error.hint !== undefined,
      );
    });
  }
});
