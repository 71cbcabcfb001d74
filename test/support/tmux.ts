/**
 * A real terminal for tests: tmux draws, types, and tells afterwards how the terminal was left.
 *
 * @module
 */
import { createDenoHost } from "../../lib/host/deno_host.ts";
import { unbrickArgv } from "./unbrick_process.ts";
import { until } from "./waiting.ts";

/** How a terminal is made. */
export interface TmuxOptions {
  /** Cells in a line. */
  readonly columns: number;
  /** Lines. */
  readonly rows: number;
  /** Environment of the program. */
  readonly env?: Readonly<Record<string, string>>;
}

/** What a program left. */
export interface LeftTerminal {
  /** Its exit code. */
  readonly code: number;
  /** Whether what is typed is shown. */
  readonly echoes: boolean;
  /** Whether lines can be edited and end with Enter. */
  readonly editsLines: boolean;
  /** Whether the cursor can be seen. */
  readonly showsCursor: boolean;
}

/** A program in a terminal. */
export interface Tmux extends AsyncDisposable {
  /** What the terminal shows now. */
  screen(): Promise<string>;
  /** The same with the escape sequences for colours. */
  coloredScreen(): Promise<string>;
  /** Waits until the terminal shows something. */
  shows(wanted: string | RegExp): Promise<string>;
  /** Presses keys, by the names tmux has for them. */
  press(...keys: readonly string[]): Promise<void>;
  /** Pastes text, marked as such if the program asked for that. */
  paste(text: string): Promise<void>;
  /** Changes the size. */
  resize(columns: number, rows: number): Promise<void>;
  /** Sends a signal to the program. */
  kill(signal: "TERM" | "HUP" | "INT"): Promise<void>;
  /** Lets the terminal stand still, so that nothing can be written to it. */
  freeze(): Promise<void>;
  /** Lets it go on. */
  thaw(): Promise<void>;
  /** Takes the terminal away. */
  hangUp(): Promise<void>;
  /** Waits until the program is gone. */
  isGone(): Promise<void>;
  /** Waits for the end of the program, and looks at the terminal. */
  left(): Promise<LeftTerminal>;
}

const host = createDenoHost();

/** A word as a shell reads it back. */
export function quote(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}

/** Whether this computer has tmux. */
export async function hasTmux(): Promise<boolean> {
  return (await host.run(["tmux", "-V"])).code === 0;
}

/** Starts `unbrick` in a terminal of its own. */
export function startInTmux(args: readonly string[], options: TmuxOptions): Promise<Tmux> {
  return startProgramInTmux(unbrickArgv(args), options);
}

/** Starts a program in a terminal of its own. */
export async function startProgramInTmux(
  argv: readonly string[],
  options: TmuxOptions,
): Promise<Tmux> {
  const folder = await Deno.makeTempDir();
  const server = `unbrick-${crypto.randomUUID().slice(0, 8)}`;
  const pidFile = `${folder}/pid`;
  const endFile = `${folder}/end`;
  const env = Object.entries({ LANG: "C.UTF-8", TMPDIR: folder, ...options.env })
    .map(([name, value]) => `${name}=${quote(value)}`).join(" ");
  const program = argv.map(quote).join(" ");
  await Deno.writeTextFile(
    `${folder}/run.sh`,
    // Ctrl-C that the program has not taken for a key reaches this shell, too.
    `trap : INT; cd ${quote(folder)}\n` +
      `sh -c 'echo $$ > pid; exec "$@"' sh env ${env} ${program}\n` +
      `echo "code $?" > end.part; stty -a >> end.part; mv end.part end\n` +
      "exec sleep 600\n",
  );

  async function tmux(...words: readonly string[]): Promise<string> {
    const output = await host.run(["tmux", "-L", server, "-f", "/dev/null", ...words]);
    return output.stdout;
  }
  await tmux(
    "new-session",
    "-d",
    "-x",
    String(options.columns),
    "-y",
    String(options.rows),
    "sh",
    `${folder}/run.sh`,
  );

  const [tmuxPid = "", tty = ""] = (await tmux("display-message", "-p", "#{pid} #{pane_tty}"))
    .trim().split(" ");
  let isFrozen = false;
  async function setFrozen(frozen: boolean): Promise<void> {
    if (frozen === isFrozen) return;
    isFrozen = frozen;
    await host.run(["kill", frozen ? "-STOP" : "-CONT", tmuxPid]);
  }

  async function pid(): Promise<number> {
    const text = await until("the program", () => host.stat(pidFile) && readText(pidFile));
    return Number(text.trim());
  }
  return {
    screen: () => tmux("capture-pane", "-p"),
    coloredScreen: () => tmux("capture-pane", "-e", "-p"),
    async shows(wanted) {
      let screen = "";
      try {
        return await until(`${wanted}`, async () => {
          screen = await tmux("capture-pane", "-p");
          const isShown = typeof wanted === "string"
            ? screen.includes(wanted)
            : wanted.test(screen);
          return isShown ? screen : undefined;
        });
      } catch (thrown) {
        throw new Error(`${thrown}\n${screen}`);
      }
    },
    async press(...keys) {
      await tmux("send-keys", ...keys);
    },
    async paste(text) {
      await tmux("set-buffer", text);
      await tmux("paste-buffer", "-p");
    },
    async resize(columns, rows) {
      await tmux("resize-window", "-x", String(columns), "-y", String(rows));
    },
    async kill(signal) {
      Deno.kill(await pid(), `SIG${signal}`);
    },
    async freeze() {
      await setFrozen(true);
      // Its system keeps some of what nobody reads.
      await host.run(["timeout", "1", "sh", "-c", `yes > ${quote(tty)}`]);
    },
    thaw: () => setFrozen(false),
    async hangUp() {
      await pid();
      await tmux("kill-session");
    },
    async isGone() {
      const id = await pid();
      await until("the end of the program", async () => {
        const { code } = await host.run(["kill", "-0", String(id)]);
        return code !== 0;
      });
    },
    async left() {
      const text = await until(
        "the end of the program",
        () => host.stat(endFile) && readText(endFile),
      );
      const words = text.split(/[\s;]+/);
      return {
        code: Number(/code (\d+)/.exec(text)?.[1]),
        echoes: words.includes("echo"),
        editsLines: words.includes("icanon"),
        showsCursor: (await tmux("display-message", "-p", "#{cursor_flag}")).trim() === "1",
      };
    },
    async [Symbol.asyncDispose]() {
      await setFrozen(false);
      await tmux("kill-server");
      await Deno.remove(folder, { recursive: true });
    },
  };
}

async function readText(path: string): Promise<string | undefined> {
  const text = await Deno.readTextFile(path);
  return text.trim() === "" ? undefined : text;
}
