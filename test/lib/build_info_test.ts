import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import {
  type BuildInfo,
  findCommit,
  parseStamp,
  stampBundle,
  stampedBuild,
} from "../../lib/build_info.ts";
import { commandHost, said } from "../support/command_host.ts";

const SOURCE = new URL("../../lib/build_info.ts", import.meta.url);

const BUILDS: readonly BuildInfo[] = [
  { packages: "jsr", commit: "0123456789ab" },
  { packages: "npm", commit: "0123456789ab-dirty" },
  { packages: "npm", commit: undefined },
];

describe("stampBundle", () => {
  it("writes what stampedBuild of that bundle tells", async () => {
    const bundle = await Deno.readTextFile(SOURCE);
    for (const build of BUILDS) {
      const stamped = /const STAMP = "(.*)";/.exec(stampBundle(bundle, build))?.[1];
      assert.deepEqual(parseStamp(stamped ?? ""), build);
    }
  });

  it("refuses a bundle without the place for it, or with two", () => {
    const [build] = BUILDS;
    assert.throws(() => stampBundle("", build!), /exactly once/);
    assert.throws(() => stampBundle("@unbrick-build@ @unbrick-build@", build!), /exactly once/);
  });
});

describe("stampedBuild", () => {
  it("tells nothing in the sources", () => {
    assert.equal(stampedBuild(), undefined);
  });
});

describe("findCommit", () => {
  it("asks Git in a clone", async () => {
    const { host, state } = commandHost("linux", () => said("0123456789ab-dirty\n"));
    state.files.set("/src/.git/HEAD", "");
    assert.equal(await findCommit(host, "/src"), "0123456789ab-dirty");
    assert.deepEqual(state.ran[0]?.slice(0, 4), ["git", "--no-optional-locks", "-C", "/src"]);
  });

  it("asks nobody where there is no clone", async () => {
    const { host, state } = commandHost("linux", () => said("0123456789ab\n"));
    assert.equal(await findCommit(host, "/src"), undefined);
    assert.deepEqual(state.ran, []);
  });

  it("does not know without Git, and when Git refuses", async () => {
    for (const answer of [undefined, { code: 128, stdout: "", stderr: "dubious ownership" }]) {
      const { host, state } = commandHost("linux", () => answer);
      state.files.set("/src/.git", "gitdir: elsewhere");
      assert.equal(await findCommit(host, "/src"), undefined);
    }
  });
});
