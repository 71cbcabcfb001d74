/**
 * A computer on which the commands of one plan work: a step is in effect once all its commands have
 * run, its look then shows what it expects, and its undo commands take it back.
 */
import type { CommandOutput, Host } from "../../../lib/host/host.ts";
import type { Look, SetupPlan } from "../../../lib/setup/plan.ts";
import { commandHost, said } from "../../support/command_host.ts";
import type { CommandHostState } from "../../support/command_host.ts";

/** The process was killed. */
export class Killed extends Error {}

/** A simulated computer. */
export interface SimulatedSystem {
  /** The host; its files are in {@link SimulatedSystem.state}. */
  readonly host: Pick<Host, "os"> & ReturnType<typeof commandHost>["host"];
  /** Files and what was run. */
  readonly state: CommandHostState;
  /** Ids of steps in effect. */
  readonly effects: Set<string>;
  /** Let the process die at the n-th command or journal line from now (0 = the next). */
  killAfter(actions: number): void;
  /** The next process starts. */
  revive(): void;
  /** Make a step's commands fail without effect. */
  readonly broken: Set<string>;
  /** Make a step's undo fail. */
  readonly stuck: Set<string>;
}

function shows(look: Look): string {
  const { kind, text } = look.expect;
  return kind === "differs" || kind === "begins" ? `${text}0` : text;
}

/** Simulates a Linux computer for a plan; `listing` is what `ip -j -d addr` prints. */
export function simulatedSystem(plan: SetupPlan, listing: string): SimulatedSystem {
  const effects = new Set<string>();
  const broken = new Set<string>();
  const stuck = new Set<string>();
  let actionsLeft = Infinity;
  const act = () => {
    if (actionsLeft-- <= 0) throw new Killed();
  };
  const key = (argv: readonly string[]) => JSON.stringify(argv);

  const answer = (argv: readonly string[]): CommandOutput | undefined => {
    if (argv.join(" ") === "id -u") return said("0\n");
    if (argv.join(" ") === "ip -j -d addr") return said(listing);
    const wanted = key(argv);
    for (const step of plan.steps) {
      if (key(step.look.argv) === wanted) return said(effects.has(step.id) ? shows(step.look) : "");
      if (step.commands.some((command) => key(command.argv) === wanted)) {
        act();
        if (broken.has(step.id)) return { code: 2, stdout: "", stderr: "RTNETLINK answers: No" };
        if (key(step.commands.at(-1)!.argv) === wanted) effects.add(step.id);
        return said("");
      }
      if (step.undo.some((command) => key(command.argv) === wanted)) {
        act();
        if (stuck.has(step.id)) return { code: 2, stdout: "", stderr: "busy" };
        if (key(step.undo.at(-1)!.argv) === wanted) effects.delete(step.id);
        return said("");
      }
    }
    return undefined;
  };
  const { host, state } = commandHost("linux", (argv) => answer(argv));
  const { appendFile, run } = host;
  return {
    host: {
      ...host,
      run: async (argv, options) => await run(argv, options),
      appendFile: async (path, text) => {
        act();
        await appendFile(path, text);
      },
    },
    state,
    effects,
    broken,
    stuck,
    killAfter: (actions) => actionsLeft = actions,
    revive: () => actionsLeft = Infinity,
  };
}
