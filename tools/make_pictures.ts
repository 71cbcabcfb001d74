// deno-lint-ignore-file no-console -- what it says is for whoever runs it
/**
 * Makes the pictures of the README: screens of a real rehearsal in a real terminal. Needs tmux.
 *
 * Run with `deno task pictures`.
 *
 * @module
 */
import { screenToSvg } from "./screen_svg.ts";

const COLUMNS = 80;
const ROWS = 24;
const FOLDER = new URL("pictures/", import.meta.url);
const PROJECT = new URL("../", import.meta.url);

/** After this long without what should show up, something is wrong. */
const DEADLINE_MS = 60_000;
const LOOK_MS = 50;

const server = `unbrick-pictures-${Deno.pid}`;

async function output(argv: readonly string[]): Promise<string> {
  const [program, ...args] = argv;
  const { stdout } = await new Deno.Command(program!, { args, cwd: PROJECT, stdin: "null" })
    .output();
  return new TextDecoder().decode(stdout);
}

function tmux(...words: readonly string[]): Promise<string> {
  return output(["tmux", "-L", server, "-f", "/dev/null", ...words]);
}

async function waitFor(pattern: RegExp): Promise<void> {
  const deadline = performance.now() + DEADLINE_MS;
  for (;;) {
    const screen = await tmux("capture-pane", "-p");
    if (pattern.test(screen)) return;
    if (performance.now() > deadline) throw new Error(`${pattern} never came:\n${screen}`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

async function take(name: string, title: string): Promise<void> {
  const screen = await tmux("capture-pane", "-e", "-p");
  await Deno.mkdir(FOLDER, { recursive: true });
  await Deno.writeTextFile(new URL(`${name}.svg`, FOLDER), screenToSvg(screen, COLUMNS, title));
  console.log(`${name}.svg`);
}

const flags = (await output([Deno.execPath(), "task", "-q", "packages"])).trim().split(/\s+/)
  .filter((flag) => flag !== "");
await tmux(
  "new-session",
  "-d",
  "-x",
  String(COLUMNS),
  "-y",
  String(ROWS),
  "env",
  "LANG=C.UTF-8",
  "TMPDIR=/tmp",
  Deno.execPath(),
  "run",
  "-q",
  "-A",
  "--unstable-net",
  ...flags,
  "main.ts",
  "practice",
);
await tmux("set-option", "-g", "remain-on-exit", "on");
try {
  await waitFor(/Which router\?/);
  await take("routers", "The list of routers to rehearse on");
  await tmux("send-keys", "Enter");
  await waitFor(/What shall go wrong\?/);
  await tmux("send-keys", "Enter");
  await waitFor(/SHA-256\s+shown[^]*Go on\?/);
  await take("plan", "What will happen: direction, addresses, file name, cable, button");
  await tmux("send-keys", "Enter");
  await waitFor(/has to be changed[^]*Go on\?/);
  await tmux("send-keys", "Enter");
  await waitFor(/Esc:\s+back/);
  await tmux("send-keys", "r", "p");
  await waitFor(/[4-6]\d % of/);
  await take("transfer", "The image is being sent, with a bar, the rate and the time left");
  await waitFor(/The router is back\./);
  await take("end", "The router is back; the summary shows that every byte arrived");
} finally {
  await tmux("kill-server");
}
