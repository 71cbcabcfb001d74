/**
 * unbrick: recovers a bricked router over TFTP. Puts the real world together with the command tree,
 * and turns signals and failures into an orderly end with an exit code.
 *
 * @module
 */
import config from "./deno.json" with { type: "json" };
import { findCommit, type PackageSource, stampedBuild } from "./lib/build_info.ts";
import { createDenoHost } from "./lib/host/deno_host.ts";
import { programFolder } from "./lib/host/deno_program.ts";
import { openTerminal } from "./tui/console.ts";
import type { InteractiveContext } from "./tui/context.ts";
import { tellPending } from "./tui/pending.ts";
import { reportError } from "./tui/report.ts";

/** Interrupted by the person or the system. */
const EXIT_INTERRUPTED = 130;

/** Nobody reads the output any more: what a shell reports for a program ended by SIGPIPE. */
const EXIT_OUTPUT_CLOSED = 141;

/**
 * A signal this soon after the first is the same one: a wrapper (npm, `deno task`) passes on the
 * Ctrl-C that the terminal has sent to all of them.
 */
const ECHO_MS = 250;

/** Time for what was written to get out once the person wants the program to end. */
const LAST_WORDS_MS = 1000;

/** Time for restoring a terminal that takes no output; far more than it needs. */
const RESTORE_MS = 5000;

function packagesOfSources(): PackageSource {
  const url = import.meta.resolve("@cliffy/command");
  if (url.includes("/npm_fallback/")) return "npm";
  return url.startsWith("file:") ? "folder" : "jsr";
}

const host = createDenoHost();
const interruption = new AbortController();
let exitCode = 0;
let abortedCode = EXIT_INTERRUPTED;

/**
 * Ends the program when all it wrote is read. A reader who takes his time is waited for until the
 * person has enough: one who has stopped must not keep Ctrl-C from ending the program.
 */
async function leave(code: number): Promise<never> {
  terminal.restore();
  const impatience = new Promise<void>((resolve) => {
    const wait = (): void => void host.startTimer(LAST_WORDS_MS, resolve);
    const { signal } = interruption;
    if (signal.aborted || code === EXIT_INTERRUPTED) wait();
    else signal.addEventListener("abort", wait, { once: true });
  });
  await Promise.race([console.flushed(), impatience]);
  const restore = terminal.stuckRestore();
  if (restore !== undefined) {
    await host.run(restore, { inheritTerminal: true, timeoutMs: RESTORE_MS });
  }
  Deno.exit(interruption.signal.aborted ? abortedCode : code);
}

function abort(code: number): void {
  if (interruption.signal.aborted) return;
  abortedCode = code;
  interruption.abort();
}

const terminal = openTerminal({
  os: host.os,
  env: (name) => host.env(name),
  outputClosed: () => abort(EXIT_OUTPUT_CLOSED),
});
const { console } = terminal;
const debug = Deno.args.includes("--debug");

const signals: readonly Deno.Signal[] = host.os === "windows"
  ? ["SIGINT", "SIGBREAK"]
  : ["SIGINT", "SIGTERM", "SIGHUP"];
let signalledAt: number | undefined;
for (const signal of signals) {
  Deno.addSignalListener(signal, () => {
    signalledAt ??= host.now();
    // The second time, the person does not want to wait for an orderly end.
    if (host.now() - signalledAt > ECHO_MS) void leave(EXIT_INTERRUPTED);
    abort(EXIT_INTERRUPTED);
  });
}

globalThis.addEventListener("unhandledrejection", (event) => {
  event.preventDefault();
  void leave(reportError(console, event.reason, { debug }));
});

const context: InteractiveContext = {
  host: {
    ...host,
    async run(argv, options) {
      // Another program writes to the terminal by itself.
      if (options?.inheritTerminal === true) await console.flushed();
      return await host.run(argv, options);
    },
  },
  console,
  input: terminal.input,
  signal: interruption.signal,
  setExitCode: (code) => exitCode = code,
};

try {
  await tellPending(context, Deno.args);
  const about = {
    version: config.version,
    deno: Deno.version.deno,
    build: async () =>
      stampedBuild() ?? {
        packages: packagesOfSources(),
        commit: await findCommit(host, import.meta.dirname ?? "."),
      },
    toolPath: Deno.execPath(),
    programFolder: programFolder(),
  };
  if (Deno.args.length === 0 && console.isInteractive) {
    // Nothing to parse: the guide asks its first question before the other commands are loaded.
    const { runRecovery } = await import("./tui/commands/guide.ts");
    await runRecovery(context, about);
  } else {
    const { runCommandLine } = await import("./tui/commands/root.ts");
    await runCommandLine(context, about, Deno.args);
  }
} catch (thrown) {
  // What a command throws because it was interrupted is not news.
  if (!interruption.signal.aborted || debug) exitCode = reportError(console, thrown, { debug });
}
await leave(exitCode);
