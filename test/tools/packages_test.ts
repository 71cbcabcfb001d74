import { after, before, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { NPM_IMPORT_MAP } from "../../tools/package_source.ts";

const PROJECT = new URL("../../", import.meta.url);
const FILES = [
  "deno.json",
  "tools/packages.ts",
  "tools/package_source.ts",
  "tools/wanted_packages.ts",
];

/** Runs a copy of the tool, so that its memory is not that of the project. */
async function choose(folder: string, env: Record<string, string>, ...args: string[]) {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-q", "-A", "tools/packages.ts", ...args],
    cwd: folder,
    env: { DENO_DIR: `${folder}/cache`, UNBRICK_PACKAGES: "", ...env },
  }).output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout).trim(), stderr: decoder.decode(stderr) };
}

describe("tools/packages.ts", () => {
  let folder = "";
  let requests = 0;
  /** A registry that has no package. */
  let registry: Deno.HttpServer<Deno.NetAddr>;

  before(async () => {
    folder = await Deno.makeTempDir({ prefix: "unbrick-packages-" });
    await Deno.mkdir(`${folder}/tools`);
    for (const file of FILES) await Deno.copyFile(new URL(file, PROJECT), `${folder}/${file}`);
    registry = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, () => {
      requests++;
      return new Response("no such package", { status: 404 });
    });
  });

  after(async () => {
    await registry.shutdown();
    await Deno.remove(folder, { recursive: true });
  });

  it("falls back to the stand-ins with one line when the packages cannot be had, and asks again only later", async () => {
    const env = { JSR_URL: `http://127.0.0.1:${registry.addr.port}/` };
    const first = await choose(folder, env);
    assert.deepEqual(first, {
      code: 0,
      stdout: `--import-map=${NPM_IMPORT_MAP}`,
      stderr: "unbrick: jsr.io is out of reach, using the npm stand-ins of lib/npm_fallback\n",
    });
    const asked = requests;
    assert.ok(asked > 0);
    // Deno itself remembers, too, that there is no such package.
    await Deno.remove(`${folder}/cache`, { recursive: true });
    assert.deepEqual(await choose(folder, env), first);
    assert.equal(requests, asked);
    assert.deepEqual(await choose(folder, env, "--ask-again"), first);
    assert.ok(requests > asked);
  });

  it("leaves no deno.lock behind when it falls back", async () => {
    const names = (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name);
    assert.ok(!names.includes("deno.lock"), names.join(" "));
  });

  it("asks nobody when the answer is forced", async () => {
    const asked = requests;
    const env = { JSR_URL: `http://127.0.0.1:${registry.addr.port}/`, DENO_DIR: `${folder}/other` };
    assert.deepEqual(await choose(folder, { ...env, UNBRICK_PACKAGES: "jsr" }), {
      code: 0,
      stdout: "--no-lock",
      stderr: "",
    });
    assert.equal((await choose(folder, { ...env, UNBRICK_PACKAGES: "npm" })).stderr, "");
    assert.equal(requests, asked);
  });

  it("uses another registry's packages without a trace in deno.lock", async () => {
    const config = JSON.parse(await Deno.readTextFile(new URL("deno.json", PROJECT)));
    const versions = new Map<string, string>(
      Object.values<string>(config.imports).flatMap((target) => {
        const [, name, version] = /^jsr:(.+)@(.+)$/.exec(target) ?? [];
        return name === undefined || version === undefined ? [] : [[name, version]];
      }),
    );
    const exports = Object.fromEntries(
      [".", "./help", "./bdd", "./confirm", "./input", "./select"].map((
        name,
      ) => [name, "./mod.ts"]),
    );
    let mirrored = 0;
    const mirror = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
      mirrored++;
      const [, name = "", file = ""] =
        /^\/(@\w+\/\w+)\/(.+)$/.exec(new URL(request.url).pathname) ??
          [];
      const version = versions.get(name) ?? "";
      if (file === "meta.json") return Response.json({ versions: { [version]: {} } });
      const empty = createHash("sha256").digest("hex");
      if (file === `${version}_meta.json`) {
        const manifest = { "/mod.ts": { size: 0, checksum: `sha256-${empty}` } };
        return Response.json({ manifest, exports });
      }
      return new Response("", { headers: { "content-type": "application/typescript" } });
    });
    try {
      const env = {
        JSR_URL: `http://127.0.0.1:${mirror.addr.port}/`,
        DENO_DIR: `${folder}/mirrored`,
      };
      const answer = await choose(folder, env);
      assert.deepEqual(answer, { code: 0, stdout: "--no-lock", stderr: "" });
      const asked = mirrored;
      assert.ok(asked > 0);
      assert.deepEqual(await choose(folder, env), answer);
      assert.equal(mirrored, asked);
      await Deno.remove(env.DENO_DIR, { recursive: true });
      assert.deepEqual(await choose(folder, env), answer);
      assert.ok(mirrored > asked);
      const names = (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name);
      assert.ok(!names.includes("deno.lock"), names.join(" "));
    } finally {
      await mirror.shutdown();
    }
  });

  it("gives up on a registry that never answers", async () => {
    const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const connections: Deno.Conn[] = [];
    const accepting = (async () => {
      for await (const connection of listener) connections.push(connection);
    })();
    try {
      const { code, stdout } = await choose(folder, {
        JSR_URL: `http://127.0.0.1:${listener.addr.port}/`,
      });
      assert.equal(code, 0);
      assert.equal(stdout, `--import-map=${NPM_IMPORT_MAP}`);
    } finally {
      listener.close();
      for (const connection of connections) connection.close();
      await accepting;
    }
  });
});
