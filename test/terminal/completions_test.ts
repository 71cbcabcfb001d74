// Real shells, with Tab pressed in a real terminal.
import { after, before, describe, it } from "@std/testing/bdd";
import { LOADING_LINES, SHELLS } from "../../tui/completion/shell_scripts.ts";
import { canTest } from "../support/peers.ts";
import { quote, startProgramInTmux, type Tmux } from "../support/tmux.ts";
import { unbrickArgv } from "../support/unbrick_process.ts";

/** Long enough for every line, with the folder's path in it. */
const SIZE = { columns: 250, rows: 40 };

/** Starts each shell without anybody's settings. */
const BARE_SHELLS = {
  bash: ["bash", "--norc", "-i"],
  zsh: ["zsh", "-f", "-i"],
  fish: ["fish", "--no-config", "-i"],
} as const satisfies Record<typeof SHELLS[number], readonly string[]>;

for (const shell of SHELLS) {
  describe(`completion in ${shell}`, () => {
    if (!canTest(`completion in ${shell}`, { programs: ["tmux", shell] })) return;
    let folder = "";

    before(async () => {
      folder = await Deno.makeTempDir({ prefix: "unbrick-completion-" });
      await Deno.writeTextFile(`${folder}/my-image.bin`, "");
      await Deno.mkdir(`${folder}/bin`);
      await Deno.writeTextFile(
        `${folder}/bin/unbrick`,
        `#!/bin/sh\nexec ${unbrickArgv([]).map(quote).join(" ")} "$@"\n`,
        { mode: 0o755 },
      );
    });

    after(() => Deno.remove(folder, { recursive: true }));

    const open = () =>
      startProgramInTmux(BARE_SHELLS[shell], {
        ...SIZE,
        env: { HOME: folder, PATH: `${folder}/bin:${Deno.env.get("PATH")}` },
      });

    const type = async (terminal: Tmux, line: string, ...keys: readonly string[]) => {
      await terminal.press("-l", line);
      await terminal.press(...keys);
    };

    it("completes commands, options, devices, interfaces and files", async () => {
      await using terminal = await open();
      await type(terminal, LOADING_LINES[shell], "Enter");
      // The quotes tell the answer from what was typed.
      await type(terminal, 'echo "rea"dy', "Enter");
      await terminal.shows("ready");
      for (
        const [typed, completed] of [
          ["unbrick ser", "unbrick serve"],
          ["unbrick devices sh", "unbrick devices show"],
          ["unbrick serve a.bin --any", "unbrick serve a.bin --any-name"],
          ["unbrick push a.bin --device abt-asr3000-o", "abt-asr3000-openwrt-uboot"],
          [`unbrick serve ${folder}/my-`, `${folder}/my-image.bin`],
          [`unbrick get 192.168.1.1 dump --output ${folder}/my-`, `${folder}/my-image.bin`],
        ] as const
      ) {
        await type(terminal, typed, "Tab");
        await terminal.shows(completed);
        await terminal.press("C-u");
      }
      // A shell writes its history into its home, which is removed afterwards.
      await type(terminal, "exit", "Enter");
      await terminal.isGone();
    });
  });
}
