// The examples that people copy have to be right.
import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { decodeOwnFile } from "../../../lib/device/own_devices.ts";

const README = new URL("../../../lib/device/README.md", import.meta.url);

describe("lib/device/README.md", () => {
  it("shows entries without a fault", () => {
    const text = Deno.readTextFileSync(README);
    const examples = [...text.matchAll(/```json\n([^]*?)```/g)].map((match) => match[1] ?? "");
    assert.equal(examples.length, 4);
    for (const example of examples) {
      const { devices, failures } = decodeOwnFile(
        "README.md",
        new TextEncoder().encode(example),
      );
      assert.deepEqual(failures.map((failure) => failure.message), []);
      assert.equal(devices.length, 1);
    }
  });
});
