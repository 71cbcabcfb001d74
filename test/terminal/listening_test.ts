import { describe, it } from "@std/testing/bdd";
import { saySkipped } from "../support/say_skipped.ts";
import { hasTmux } from "../support/tmux.ts";
import { rehearseInTerminal } from "./rehearsal.ts";

describe("unbrick practice in a terminal", () => {
  it("carries a person through a router that listens, 40 by 15 without colour", async () => {
    if (!await hasTmux()) return saySkipped("a rehearsal in a terminal", "no tmux");
    const env = { NO_COLOR: "1" };
    await rehearseInTerminal({ columns: 40, rows: 15, downs: 3, switchOn: ["p"], env });
  });
});
