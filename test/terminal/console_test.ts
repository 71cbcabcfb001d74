import { describe, it } from "@std/testing/bdd";
import { saySkipped } from "../support/say_skipped.ts";
import { hasTmux } from "../support/tmux.ts";
import { rehearseInTerminal } from "./rehearsal.ts";

describe("unbrick practice in a terminal", () => {
  it("carries a person through a router with a console, 40 by 15 without colour", async () => {
    if (!await hasTmux()) return saySkipped("a rehearsal in a terminal", "no tmux");
    await rehearseInTerminal({
      ...{ columns: 40, rows: 15, downs: 7, switchOn: ["p"], env: { NO_COLOR: "1" } },
      after: [[/fis init\n[^]*w:\s+yes/, "w"], [/fis create[^]*w:\s+yes/, "w"]],
    });
  });
});
