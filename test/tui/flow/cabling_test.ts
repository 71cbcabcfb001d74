import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { drawCabling } from "../../../tui/flow/cabling.ts";

describe("drawCabling()", () => {
  for (const columns of [40, 61, 62, 80, 120]) {
    it(`fits ${columns} columns, in ASCII, and names interface and port`, () => {
      const port = "the yellow LAN port next to the reset button, not the blue Internet port";
      const lines = drawCabling("a very long name of an Ethernet adapter 2", port, columns);
      assert.ok(lines.every((line) => line.length < columns), lines.join("\n"));
      assert.match(lines.join("\n"), /^[ -~\n]*$/);
      assert.match(lines.join(" "), /a very long/);
      assert.match(lines.join(" ").replace(/\s+/g, " "), /yellow LAN port/);
    });
  }

  it("draws straight boxes whatever the name is", () => {
    for (const name of ["e", "eth0", "Ethernet 2", "enx0123456789abcdef"]) {
      const [top, first, second, bottom] = drawCabling(name, "LAN1", 80);
      assert.equal(top?.indexOf("+", 3), bottom?.indexOf("+", 3));
      assert.equal(first?.lastIndexOf("|", 25), second?.lastIndexOf("|", 25));
    }
  });
});
