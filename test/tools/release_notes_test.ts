import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import config from "../../deno.json" with { type: "json" };
import { releaseNotes } from "../../tools/release_notes.ts";

const CHANGELOG = "# Changes\n\n## 1.1.0 (unreleased)\n\n- New.\n\n## 1.0.0\n\nFirst.\n";

describe("releaseNotes", () => {
  it("takes what the changelog says of this version, and no other", () => {
    assert.match(releaseNotes(CHANGELOG, "1.1.0"), /^- New\.\n\n## Which file\?\n/);
    assert.match(releaseNotes(CHANGELOG, "1.0.0"), /^First\.\n\n## Which file\?\n/);
  });

  it("names the file for each computer", () => {
    assert.match(releaseNotes(CHANGELOG, "1.0.0"), /Windows \| `unbrick-1\.0\.0-x86_64-pc-windows/);
  });

  it("fails for a version that the changelog does not have", () => {
    assert.throws(() => releaseNotes(CHANGELOG, "1.0"), /no section for 1\.0/);
  });

  it("can be made for the version of the project", async () => {
    const changelog = await Deno.readTextFile(new URL("../../CHANGELOG.md", import.meta.url));
    assert.match(releaseNotes(changelog, config.version), /\S/);
  });
});
