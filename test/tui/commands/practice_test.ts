import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { PRACTICE_KINDS } from "../../../lib/simulator/practice_kinds.ts";
import { runUnbrick } from "../../support/unbrick_process.ts";

describe("unbrick practice", () => {
  it("--auto recovers every kind of router without a terminal, and exits 0", async () => {
    const { code, stdout, stderr } = await runUnbrick(["practice", "--auto"]);
    assert.equal(stderr, "");
    const lines = stdout.trimEnd().split("\n");
    assert.equal(lines.length, PRACTICE_KINDS.length + 1);
    for (const [index, kind] of PRACTICE_KINDS.entries()) {
      assert.match(lines[index]!, new RegExp(`^${kind.id} .*arrived byte for byte`));
    }
    assert.match(lines.at(-1)!, /^8 of 8 routers have exactly what was sent$/);
    assert.equal(code, 0);
  });

  it("names --auto where there is no terminal, and exits 2", async () => {
    const { code, stderr } = await runUnbrick(["practice"]);
    assert.equal(code, 2);
    assert.match(stderr, /^error: The guide needs a terminal/);
    assert.match(stderr, /unbrick practice --auto/);
  });
});

describe("unbrick log", () => {
  it("prints the last session, and fails with a hint when there is none", async () => {
    const folder = await Deno.makeTempDir();
    try {
      const env = { TMPDIR: folder };
      const none = await runUnbrick(["log"], { env });
      assert.equal(none.code, 1);
      assert.match(none.stderr, /^error: There is no log of a session\nhint: /);
      await Deno.writeTextFile(
        `${folder}/unbrick-log-20260101-000000.jsonl`,
        '{"time":"2026-01-01T00:00:00.000Z","event":"end","result":"recovered"}\n',
      );
      const some = await runUnbrick(["log"], { env });
      assert.equal(some.code, 0);
      assert.equal(some.stdout, "00:00 End: recovered\n");
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
});
