/**
 * `unbrick setup`: print the commands that prepare this computer, or run them, or take them back.
 *
 * @module
 */
import { Command } from "@cliffy/command";
import { UnbrickError } from "../../lib/errors.ts";
import type { OsName } from "../../lib/host/host.ts";
import { listInterfaces } from "../../lib/net/list_interfaces.ts";
import { askingElevation, isAdmin, quietElevation } from "../../lib/setup/elevation.ts";
import type { Elevation } from "../../lib/setup/elevation.ts";
import { assumedFacts, findInterface, gatherFacts } from "../../lib/setup/gather_facts.ts";
import type { SetupFacts } from "../../lib/setup/facts.ts";
import { withoutStepsInEffect } from "../../lib/setup/in_effect.ts";
import { pendingPreparation } from "../../lib/setup/pending.ts";
import type { SetupGoal, SetupPlan } from "../../lib/setup/plan.ts";
import { planSetup } from "../../lib/setup/plan_setup.ts";
import { runSetup } from "../../lib/setup/run_setup.ts";
import type { SetupEvent } from "../../lib/setup/run_setup.ts";
import { defaultShell, renderCommand, SHELL_NAMES } from "../../lib/setup/shell.ts";
import type { ShellName } from "../../lib/setup/shell.ts";
import { undoSetup } from "../../lib/setup/undo_setup.ts";
import type { CommandContext } from "../context.ts";
import { formatCommand, formatPending, formatPlan, wrap } from "../setup_text.ts";
import type { TextStyle } from "../setup_text.ts";
import { oneOf, readGoal, usage } from "./setup_options.ts";
import type { GoalOptions } from "./setup_options.ts";

const OS_NAMES: readonly OsName[] = ["linux", "macos", "windows"];

/** What `unbrick setup` needs besides the context. */
export interface SetupPorts {
  /** Full path of this program, for firewall rules that name a program. */
  readonly toolPath: string;
  /** Asks a yes-or-no question on the terminal; only called when there is one. */
  confirm(question: string): Promise<boolean>;
}

/** Options as Cliffy gives them. */
interface SetupOptions extends GoalOptions {
  readonly interface?: string | undefined;
  readonly os?: string | undefined;
  readonly shell?: string | undefined;
  readonly json?: boolean | undefined;
  readonly run?: boolean | undefined;
  readonly yes?: boolean | undefined;
  readonly undo?: boolean | undefined;
}

/** The plan as one JSON document, each command also as text for the shell. */
export function planAsJson(plan: SetupPlan, style: TextStyle): string {
  const withText = (commands: SetupPlan["undo"][number]["commands"]) =>
    commands.map((command) => ({ ...command, text: formatCommand(plan.os, command, style) }));
  return JSON.stringify(
    {
      ...plan,
      shell: style.shell,
      steps: plan.steps.map((step) => ({
        ...step,
        commands: withText(step.commands),
        undo: withText(step.undo),
      })),
      undo: plan.undo.map((step) => ({ ...step, commands: withText(step.commands) })),
    },
    null,
    2,
  ) + "\n";
}

function eventText(event: SetupEvent, os: OsName, style: TextStyle): string {
  switch (event.event) {
    case "command":
      return `> ${formatCommand(os, event.command, style)}`;
    case "seen":
      return `  ${event.stepId}: done, and seen to be so`;
    case "gone":
      return `  ${event.stepId}: not in effect any more, nothing to take back`;
    case "failed":
      return `  ${event.stepId}: FAILED: ${event.reason}`;
  }
}

function reporter(
  context: CommandContext,
  os: OsName,
  style: TextStyle,
  json: boolean,
): (event: SetupEvent) => void {
  return (event) => {
    if (!json) context.console.stdout(eventText(event, os, style) + "\n");
    else if (event.event === "command") {
      const text = renderCommand(style.shell, event.command.argv);
      context.console.stdout(JSON.stringify({ ...event, text }) + "\n");
    } else context.console.stdout(JSON.stringify(event) + "\n");
  };
}

async function undo(context: CommandContext, json: boolean): Promise<void> {
  const { host, console } = context;
  const style: TextStyle = {
    shell: defaultShell(host.os),
    hasRights: await isAdmin(host),
    columns: Math.min(console.size().columns, 80),
  };
  if (await pendingPreparation(host) === undefined) {
    console.stdout(
      json ? '{"event":"nothing"}\n' : "Nothing to take back: no preparation is in place.\n",
    );
    return;
  }
  if (host.os === "windows" && !json) {
    console.stdout("First plug the cable into something that is switched on.\n");
  }
  const elevation = await askingElevation(host);
  const result = await undoSetup(host, elevation, reporter(context, host.os, style, json));
  if (result === undefined) return;
  if (json) console.stdout(JSON.stringify({ event: "undone", ...result }) + "\n");
  if (result.failed.length > 0) {
    throw new UnbrickError("command-failed", `Not taken back: ${result.failed.join(", ")}`, {
      hint: "Mend what the lines above complain about and run unbrick setup --undo again",
    });
  }
  if (json) return;
  for (const { setting, before, after } of result.differences) {
    console.stdout(`  not as before: ${setting}: "${before}" is now "${after}"\n`);
  }
  console.stdout(
    result.notCompared !== undefined
      ? `Taken back. Not compared with before: ${result.notCompared}.\n`
      : result.differences.length === 0
      ? "Taken back. The interface is as it was found.\n"
      : "Taken back, except for the differences above.\n",
  );
}

async function run(
  context: CommandContext,
  ports: SetupPorts,
  elevation: Elevation,
  plan: SetupPlan,
  facts: SetupFacts,
  goal: SetupGoal,
  style: TextStyle,
  options: SetupOptions,
): Promise<void> {
  const { host, console } = context;
  const json = options.json ?? false;
  if (plan.steps.length === 0) return;
  if (!options.yes) {
    if (!console.isInteractive) {
      throw new UnbrickError("not-interactive", "Running these commands must be agreed to", {
        hint: "Give --yes where nobody can be asked",
      });
    }
    if (!await ports.confirm(`Run these ${plan.steps.length} steps now?`)) return;
  }
  const report = reporter(context, plan.os, style, json);
  const ended = await runSetup(host, elevation, plan, facts, goal.runId, report, context.signal);
  if (json) console.stdout(JSON.stringify({ event: "end", ...ended }) + "\n");
  switch (ended.result) {
    case "ready":
      if (!json) {
        console.stdout("Ready. When the recovery is done: unbrick setup --undo\n");
      }
      return;
    case "interrupted":
      throw new UnbrickError("interrupted", "Stopped between two steps", {
        hint: "Take back what was done with unbrick setup --undo",
      });
    case "failed":
      if (console.isInteractive && !json && await ports.confirm("Take back what was done?")) {
        await undoSetup(host, elevation, report);
      }
      throw new UnbrickError(
        "command-failed",
        `The step "${ended.stepId}" failed: ${ended.reason}`,
        { hint: "Take back what was done with unbrick setup --undo" },
      );
  }
}

async function planHere(
  context: CommandContext,
  ports: SetupPorts,
  options: SetupOptions,
  goal: SetupGoal,
): Promise<
  { readonly plan: SetupPlan; readonly facts: SetupFacts; readonly elevation: Elevation }
> {
  const { host } = context;
  const interfaces = await listInterfaces(host);
  const target = findInterface(interfaces, options.interface);
  const elevation = options.run ? await askingElevation(host) : await quietElevation(host);
  const facts = await gatherFacts(host, elevation, target, interfaces, goal, ports.toolPath);
  const fullPlan = planSetup(host.os, facts, goal);
  const plan = await withoutStepsInEffect(host, elevation, fullPlan, goal.runId);
  return { plan, facts, elevation };
}

async function setup(
  context: CommandContext,
  ports: SetupPorts,
  options: SetupOptions,
): Promise<void> {
  const { host, console } = context;
  const json = options.json ?? false;
  if (options.undo) return await undo(context, json);
  const os = oneOf(OS_NAMES, options.os, "system") ?? host.os;
  const shell: ShellName = oneOf(SHELL_NAMES, options.shell, "shell") ?? defaultShell(os);
  const columns = Math.min(console.size().columns, 80);
  const goal = readGoal(options, Math.floor(host.wallClock() / 1000).toString(36));

  if (options.os !== undefined && os !== host.os) {
    if (options.run) throw usage("Commands for another computer cannot be run here", "Omit --run");
    if (options.interface === undefined) {
      throw usage("The interface of that computer is not known", "Give its name with --interface");
    }
    const plan = planSetup(os, assumedFacts(os, options.interface), goal);
    const style = { shell, hasRights: false, columns };
    console.stdout(json ? planAsJson(plan, style) : formatPlan(plan, style));
    return;
  }

  const pending = await pendingPreparation(host);
  if (pending !== undefined) console.stderr(formatPending(pending, columns));
  if (pending !== undefined && options.run) {
    throw new UnbrickError("command-failed", "An old preparation is still in place", {
      hint: "Run unbrick setup --undo first",
    });
  }
  if (options.run && !await isAdmin(host) && os !== "windows" && !json) {
    const why = "unbrick now asks sudo for administrator rights, first to look at the firewall; " +
      "nothing is changed before you agree.";
    console.stderr(wrap(why, columns, "") + "\n");
  }
  const { plan, facts, elevation } = await planHere(context, ports, options, goal);
  const style = { shell, hasRights: facts.isAdmin, columns };
  console.stdout(
    !json
      ? formatPlan(plan, style)
      : options.run
      ? JSON.stringify({ event: "plan", plan }) + "\n"
      : planAsJson(plan, style),
  );
  if (plan.notices.some((notice) => notice.level === "blocker")) context.setExitCode(3);
  if (options.run) await run(context, ports, elevation, plan, facts, goal, style, options);
}

/**
 * Builds `unbrick setup`. `ports` brings what the context does not have: the path of this program
 * and a way to ask yes or no.
 */
export function setupCommand(context: CommandContext, ports: SetupPorts) {
  return new Command()
    .description(
      "Print the exact commands that prepare this computer, and those that put it back. With " +
        "--run, run them.",
    )
    .option(
      "--interface <name:string:interface>",
      "Wired interface: name, macOS service or Windows index.",
    )
    .option("--address <address:string>", "Address for this computer, like 192.168.0.66/24.", {
      collect: true,
    })
    .option("--any-device", "Add the addresses most devices expect.")
    .option("--device-ip <address:string>", "Address of the device in its bootloader.")
    .option("--device-mac <mac:string>", "MAC address of the device (on its label).")
    .option("--serve", "For a device that asks for its image. This is the default.")
    .option("--push", "For a device that listens.")
    .option("--bootp", "For a device that asks for an address first.")
    .option("--speed <mbps:integer>", "Fix the link at 100 or 10 Mbit/s, as a last try.")
    .option("--os <os:string>", "Print for another computer: linux, macos or windows.")
    .option("--shell <shell:string>", "Write for sh, cmd or powershell.")
    .option("--json", "Print JSON; with --run one event per line.")
    .option("--run", "Run the commands, after showing them.")
    .option("--yes", "With --run: do not ask.")
    .option("--undo", "Put everything back as it was before the last --run.")
    .example("Serve to a TP-Link", "unbrick setup --interface eth0 --address 192.168.0.66/24")
    .action(async (options) => await setup(context, ports, options));
}
