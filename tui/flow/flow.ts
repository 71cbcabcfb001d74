/**
 * The guided flow: steps one after the other, each of which can send the person back.
 *
 * @module
 */
import type { Catalogue, Device, Family } from "../../lib/device/types.ts";
import type { Host } from "../../lib/host/host.ts";
import type { NetworkInterface } from "../../lib/net/interface.ts";
import type { Probe, Sighting } from "../../lib/recovery/aftermath.ts";
import type { RecoveryPlan } from "../../lib/recovery/plan.ts";
import type { EndEvent } from "../../lib/recovery/client_run.ts";
import type { SessionLog } from "../../lib/recovery/session_log.ts";
import type { SetupPlan } from "../../lib/setup/plan.ts";
import type { TransferEvent } from "../../lib/tftp/events.ts";
import type { Image } from "../../lib/tftp/file_policy.ts";
import type { LiveKey, Ui } from "../ui.ts";

/** A router on this table: the practice one, whose keys and lights are on the screen. */
export interface Bench {
  /** UDP port on which it listens, if it does. */
  readonly devicePort: number;
  /** The host of this computer, with a cable to the router. */
  ours(host: Host): Host;
  /** The interface at this computer's end of that cable. */
  readonly interface: NetworkInterface;
  /** Tells it where this computer's server is. */
  connect(listeningPort: number): void;
  /** Its switches. */
  keys(): readonly LiveKey[];
  /** What can be seen of it, in words. */
  lines(): readonly string[];
  /** Asks whether it answers ping. */
  readonly probe: Probe;
  /** What it has in its flash now, if it took anything. */
  flashed(): Uint8Array | undefined;
  /** Takes it off the table. */
  close(): void;
}

/** What was changed on this computer, as long as it is. */
export interface Changes {
  /** The plan whose steps are in effect; undefined when nothing is changed. */
  readonly plan: SetupPlan;
  /** Who ran the commands: those of unbrick stand in its journal. */
  readonly ranBy: "unbrick" | "person";
  /** Whether this process has administrator rights, so that `sudo` is left out. */
  readonly hasRights: boolean;
}

/** What every step gets. */
export interface FlowContext {
  /** The person. */
  readonly ui: Ui;
  /** The world. */
  readonly host: Host;
  /** Where everything is kept. */
  readonly log: SessionLog;
  /** Aborted when the program is to end. */
  readonly signal: AbortSignal;
  /** Devices, those of the person included. */
  readonly catalogue: () => Promise<Catalogue>;
  /** Folders in which images are looked for. */
  readonly imageFolders: readonly string[];
  /** Full path of this program, for firewall rules that name one. */
  readonly toolPath: string;
  /** UDP port to serve on: 69, or any free one in practice. */
  readonly listenPort: number;
  /** What is changed on this computer now; outlives an interruption. */
  readonly changes: { current: Changes | undefined };
}

/** What a router says of the image minutes after the transfer, if it is one that does. */
export interface LateVerdict {
  /** What it said; undefined while it has said nothing. */
  current: Extract<TransferEvent, { event: "verdict" }> | undefined;
  /** Ends listening for it. */
  stop(): void;
}

/** What is known so far. Each step adds to it; going back takes it away again. */
export interface FlowState {
  /** The chosen entry, where a plan could be made of it or not. */
  readonly entry?: Device | Family;
  /** What is known of the device. */
  readonly plan?: RecoveryPlan;
  /** What is sent. */
  readonly image?: Image;
  /** Further files, where the router loads several. */
  readonly further?: readonly Image[];
  /** The interface with the cable. */
  readonly target?: NetworkInterface;
  /** The practice router. */
  readonly bench?: Bench;
  /** Whether commands that write flash were let through. */
  readonly wroteFlash?: boolean;
  /** How the transfer ended. */
  readonly end?: Extract<EndEvent, { event: "completed" }>;
  /** What the router may still say of the image. */
  readonly verdict?: LateVerdict;
  /** Who answered afterwards. */
  readonly sighting?: Sighting;
}

/** What a step answers. */
export type StepResult =
  /** Go on with the next step. */
  | { readonly go: "next"; readonly state: FlowState }
  /** As next, but nothing was asked, so that going back passes over it. */
  | { readonly go: "skip"; readonly state: FlowState }
  /** Go to the question before. */
  | { readonly go: "back" }
  /** Leave the flow. */
  | { readonly go: "leave"; readonly exitCode: number };

/** One step. */
export type Step = (context: FlowContext, state: FlowState) => Promise<StepResult>;

/** Runs the steps. @returns the exit code. Rejects with what a step throws. */
export async function runFlow(
  context: FlowContext,
  steps: readonly Step[],
  initial: FlowState,
): Promise<number> {
  /** Steps that asked something, with what was known before each. */
  const asked: { readonly index: number; readonly state: FlowState }[] = [];
  let state = initial;
  for (let index = 0; index < steps.length;) {
    const result = await steps[index]!(context, state);
    switch (result.go) {
      case "next":
        asked.push({ index, state });
        state = result.state;
        index++;
        break;
      case "skip":
        state = result.state;
        index++;
        break;
      case "back": {
        const earlier = asked.pop();
        if (earlier === undefined) {
          context.ui.show("This is the first question. Ctrl-C ends the program.");
          break;
        }
        ({ index, state } = earlier);
        break;
      }
      case "leave":
        return result.exitCode;
    }
  }
  return 0;
}
