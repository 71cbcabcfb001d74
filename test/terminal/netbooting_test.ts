import { describe, it } from "@std/testing/bdd";
import { saySkipped } from "../support/say_skipped.ts";
import { hasTmux } from "../support/tmux.ts";
import { rehearseInTerminal } from "./rehearsal.ts";

describe("unbrick practice in a terminal", () => {
  it("carries a person through a router that asks for an address, 80 by 24 in colour", async () => {
    if (!await hasTmux()) return saySkipped("a rehearsal in a terminal", "no tmux");
    await rehearseInTerminal({
      ...{ columns: 80, rows: 24, downs: 6, switchOn: ["r", "p"] },
      before: [[/Is that your router\?[^]*y: yes/, "y"]],
    });
  });
});
