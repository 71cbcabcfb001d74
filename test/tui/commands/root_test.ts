import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { runCommandLine } from "../../../tui/commands/root.ts";
import { fakeTerminal } from "../../support/fake_terminal.ts";
import { recordingContext } from "../../support/recording_context.ts";

const ABOUT = {
  version: "1.2.3",
  deno: "4.5.6",
  build: () => Promise.resolve({ packages: "jsr", commit: undefined } as const),
  toolPath: "/bin/unbrick",
  programFolder: undefined,
};

function type(...words: string[]): Promise<void> {
  const { context } = recordingContext({});
  return runCommandLine({ ...context, input: fakeTerminal().input }, ABOUT, words);
}

describe("runCommandLine()", () => {
  const faults: readonly [readonly string[], RegExp, string][] = [
    [["nonsense"], /^Unknown command "nonsense"/, "unbrick"],
    [["push"], /^Missing argument/, "unbrick push"],
    [["serve", "--prot", "6969"], /^Unknown option "--prot"/, "unbrick serve"],
  ];
  for (const [words, message, path] of faults) {
    it(`refuses "${words.join(" ")}" and names the help of the command`, async () => {
      await assert.rejects(type(...words), {
        name: "UnbrickError",
        code: "usage",
        message,
        hint: `Run "${path} --help" to see what it takes`,
      });
    });
  }

  it("passes on what a command throws", async () => {
    await assert.rejects(type("serve"), { message: "No image was given" });
  });
});
