/**
 * Runs the guided flow on the terminal of this process, whatever its steps are.
 *
 * @module
 */
import { exitCodeOf, toUnbrickError, UnbrickError } from "../../lib/errors.ts";
import type { Catalogue } from "../../lib/device/types.ts";
import { openSessionLog, temporaryFolder } from "../../lib/recovery/session_log.ts";
import { TFTP_PORT } from "../../lib/tftp/packet.ts";
import type { InteractiveContext } from "../context.ts";
import { type FlowContext, runFlow, type Step } from "../flow/flow.ts";
import { openKeyboard } from "../keyboard.ts";
import { reportError } from "../report.ts";

/** What the guide must know of this program. */
export interface GuideOptions {
  /** Version of unbrick. */
  readonly version: string;
  /** Full path of the program. */
  readonly toolPath: string;
  /** Folder beside the program: images, own devices and the log are there. */
  readonly programFolder: string | undefined;
}

/** A step whose code is loaded when it is reached: the first question is there all the sooner. */
function later(load: () => Promise<Step>): Step {
  return async (context, state) => (await load())(context, state);
}

/** The steps of a real recovery. */
export const RECOVERY_STEPS: readonly Step[] = [
  later(async () => (await import("../flow/device_step.ts")).deviceStep),
  later(async () => (await import("../flow/image_step.ts")).imageStep),
  later(async () => (await import("../flow/interface_step.ts")).interfaceStep),
  later(async () => (await import("../flow/computer_step.ts")).computerStep),
  later(async () => (await import("../flow/recover_step.ts")).recoverStep),
  later(async () => (await import("../flow/after_step.ts")).afterStep),
  later(async () => (await import("../flow/end_step.ts")).endStep),
];

/** Folders in which logs may lie, the preferred one first. */
export function logFolders(
  context: Pick<InteractiveContext, "host">,
  options: GuideOptions,
): readonly string[] {
  const beside = options.programFolder;
  return [...(beside === undefined ? [] : [beside]), temporaryFolder(context.host)];
}

/** Guides through a real recovery. See {@link runGuide}. */
export function runRecovery(context: InteractiveContext, options: GuideOptions): Promise<void> {
  return runGuide(context, options, RECOVERY_STEPS, {
    practice: false,
    alternative: '"unbrick serve <image>" for a router that asks for its image, or ' +
      '"unbrick push <image> <address>" for one that listens; "unbrick --help" has the rest',
  });
}

/**
 * Runs the flow. Throws UnbrickError `not-interactive` without a terminal; an interruption ends it
 * with the undo list if anything was changed, and exit code 130.
 */
export async function runGuide(
  context: InteractiveContext,
  options: GuideOptions,
  steps: readonly Step[],
  how: { readonly practice: boolean; readonly alternative: string },
): Promise<void> {
  const { host, console, signal } = context;
  if (!console.isInteractive || host.env("TERM") === "dumb") {
    throw new UnbrickError("not-interactive", "The guide needs a terminal to ask questions in", {
      hint: `Without one, use ${how.alternative}`,
    });
  }
  const keyboard = openKeyboard(context.input, host, console.stdout, signal);
  // The first question is loaded while the keyboard waits for silence: 40 ms less for the person.
  keyboard.open();
  const { cliffyUi } = await import("../cliffy_ui.ts");
  const ui = cliffyUi(console, keyboard, host);
  const log = openSessionLog(host, logFolders(context, options));
  log.add({
    event: "session",
    version: options.version,
    os: host.os,
    practice: how.practice,
  });
  const beside = options.programFolder;
  let catalogue: Promise<Catalogue> | undefined;
  async function readCatalogue(): Promise<Catalogue> {
    const { loadCatalogue, withOwnDevices } = await import("../../lib/device/catalogue.ts");
    const ours = await loadCatalogue();
    if (beside === undefined) return ours;
    const { readOwnDevices } = await import("../../lib/device/own_devices.ts");
    const own = await readOwnDevices(host, `${beside}/devices`);
    own.failures.forEach(({ message }) => ui.show(`Left out: ${message}`));
    return withOwnDevices(ours, own.devices);
  }
  const flow: FlowContext = {
    ui,
    host,
    log,
    signal,
    catalogue: () => catalogue ??= readCatalogue(),
    // A task of Deno runs in the folder of the project; the person was elsewhere.
    imageFolders: [
      ...(beside === undefined ? [] : [`${beside}/firmware`, beside]),
      host.env("INIT_CWD"),
      ".",
    ].filter((folder) => folder !== undefined),
    toolPath: options.toolPath,
    listenPort: how.practice ? 0 : TFTP_PORT,
    changes: { current: undefined },
  };
  ui.show(
    `unbrick ${options.version}. Enter answers, Esc goes back one question, Ctrl-C ends.`,
  );
  try {
    context.setExitCode(await runFlow(flow, steps, {}));
  } catch (thrown) {
    const { current } = flow.changes;
    if (current !== undefined) {
      console.stdout("\nThis computer was changed. To put it back:\n");
      (await import("../flow/end_step.ts")).showUndo(flow, current);
    } else if (toUnbrickError(thrown).code === "interrupted") {
      ui.show("Stopped. Nothing on this computer was changed.");
    }
    const { code } = toUnbrickError(thrown);
    log.add({ event: "end", result: code });
    context.setExitCode(
      code === "interrupted" ? exitCodeOf(code) : reportError(console, thrown, { debug: false }),
    );
  }
  await log.written();
  // A window opened by a double-click goes away with the program, and with it what it says.
  if (host.os === "windows" && !how.practice && !signal.aborted) {
    await ui.input({ id: "close", message: "Press Enter to close this window." })
      .catch(() => {});
  }
}
