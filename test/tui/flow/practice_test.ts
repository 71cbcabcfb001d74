// Rehearsals in virtual time: the flow, the practice router and its bootloaders on one cable.
import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { setImmediate } from "node:timers";
import type { Host } from "../../../lib/host/host.ts";
import { NO_LOG } from "../../../lib/recovery/session_log.ts";
import { SimulatedNetwork } from "../../../lib/simulator/network.ts";
import { PRACTICE_KINDS, type PracticeKind } from "../../../lib/simulator/practice_kinds.ts";
import { practiceImage, runPractice } from "../../../lib/simulator/practice_run.ts";
import { seededRandom } from "../../../lib/simulator/random.ts";
import { UnbrickError } from "../../../lib/errors.ts";
import { type FlowContext, runFlow } from "../../../tui/flow/flow.ts";
import { practiceSteps } from "../../../tui/flow/practice_step.ts";
import { BACK, type LiveScreen } from "../../../tui/ui.ts";
import {
  INTERRUPT,
  type LiveAct,
  type Script,
  type ScriptedUi,
  scriptedUi,
  type ScriptedUiOptions,
} from "../../support/scripted_ui.ts";
import { commandHost, NOT_FOUND } from "../../support/command_host.ts";
import { settleInVirtualTime } from "../../support/virtual_time.ts";

const REHEARSAL = {
  bootMs: 1500,
  windowMs: 3000,
  flashMs: 6000,
  delayMs: 2,
  imageBytes: 60_001,
};

function loopback(seed: number): { readonly host: Host; readonly network: SimulatedNetwork } {
  const network = new SimulatedNetwork({ seed });
  const own = network.plug("127.0.0.1", 8);
  const { host } = commandHost("linux", () => NOT_FOUND);
  return { network, host: { ...host, ...own.host } as Host };
}

function press(screen: LiveScreen<unknown>, key: string): void {
  const found = screen.keys().find((each) => each.key === key);
  assert.ok(found, `no key ${key}`);
  found.press();
}

const shown = (screen: LiveScreen<unknown>): string =>
  screen.view({ columns: 80, rows: 24 }).join("\n");

async function untilShown(screen: LiveScreen<unknown>, text: string): Promise<void> {
  while (!shown(screen).includes(text)) await new Promise((wake) => setImmediate(wake));
}

const holdAndSwitchOn: LiveAct = (screen) => {
  press(screen, "r");
  press(screen, "p");
  return Promise.resolve();
};

const switchOn: LiveAct = (screen) => {
  press(screen, "p");
  return Promise.resolve();
};

/** Switches a router on and says yes to whatever it takes to recover it. */
function wake(kind: PracticeKind): LiveAct {
  return async (screen) => {
    await (kind.needsReset ? holdAndSwitchOn : switchOn)(screen);
    if (kind.opening.kind === "address") {
      await untilShown(screen, "Is that your router?");
      press(screen, "y");
    }
    if (kind.opening.kind === "console") {
      for (const line of ["fis init", "fis create"]) {
        await untilShown(screen, `      ${line}`);
        press(screen, "w");
      }
    }
  };
}

const STRAIGHT: Script = {
  "practice-kind": "TP-Link",
  "practice-mood": "friendly",
  "practice-image": true,
  "practice-table": true,
  "recover": holdAndSwitchOn,
  "failed": "Give up",
  "after": "wait",
};

async function rehearse(
  script: Script,
  options: ScriptedUiOptions = {},
): Promise<{ readonly ui: ScriptedUi; readonly exitCode: number }> {
  const { host, network } = loopback(7);
  const ui = scriptedUi(script, options);
  const context: FlowContext = {
    ui,
    host,
    log: NO_LOG,
    signal: new AbortController().signal,
    catalogue: () => Promise.reject(new Error("no catalogue is needed")),
    imageFolders: [],
    toolPath: "",
    listenPort: 0,
    changes: { current: undefined },
  };
  const exitCode = await settleInVirtualTime(
    network,
    runFlow(context, practiceSteps(seededRandom(7), REHEARSAL), {}),
  );
  return { ui, exitCode };
}

const SAME = /(?:Flash|Memory) exactly the bytes that were sent/;

describe("a rehearsal", () => {
  for (const kind of PRACTICE_KINDS) {
    for (const mood of ["friendly", "packets are lost", "without a sign"]) {
      it(`brings the image into ${kind.id}, ${mood}`, async () => {
        const { ui, exitCode } = await rehearse({
          ...STRAIGHT,
          "practice-kind": kind.label,
          "practice-mood": mood,
          "recover": wake(kind),
          "after": mood === "without a sign"
            ? async (screen) => {
              await untilShown(screen, "steady: it runs");
              assert.match(shown(screen), /No answer to ping yet/);
              press(screen, "n");
            }
            : "wait",
        });
        assert.match(ui.text(), SAME);
        assert.equal(exitCode, 0);
      });
    }

    it(`shows that ${kind.id} does not like an image`, async () => {
      const { ui } = await rehearse({
        ...STRAIGHT,
        "practice-kind": kind.label,
        "practice-mood": "does not like",
        "recover": wake(kind),
        "after": async (screen) => {
          await untilShown(screen, "all lights blink fast");
          press(screen, "n");
        },
      });
      assert.doesNotMatch(ui.text(), SAME);
      assert.match(ui.text(), /does not hold the image/);
    });
  }

  it("offers the name that is asked for, and gives it only then", async () => {
    const { ui } = await rehearse({
      ...STRAIGHT,
      "practice-mood": "another file name",
      "recover": async (screen) => {
        await holdAndSwitchOn(screen);
        await untilShown(screen, 'Press g to give it this image as "recovery-v2.img"');
        press(screen, "g");
      },
    });
    assert.match(ui.text(), SAME);
  });

  it("shows that reset must be held", async () => {
    const { ui } = await rehearse({
      ...STRAIGHT,
      "recover": async (screen) => {
        press(screen, "p");
        await untilShown(screen, "it does not start");
        press(screen, "p");
        await untilShown(screen, "all lights are off");
        await holdAndSwitchOn(screen);
      },
    });
    assert.match(ui.text(), SAME);
  });

  it("tells the usual reasons when nothing happens", async () => {
    await rehearse({
      ...STRAIGHT,
      "recover": async (screen) => {
        await untilShown(screen, "Nothing heard yet");
        assert.match(shown(screen), /1\. a firewall/);
        await holdAndSwitchOn(screen);
      },
    });
  });

  it("goes back at every question, and still comes to its end", async () => {
    const { ui: straight } = await rehearse(STRAIGHT);
    for (const [position, id] of straight.asked.entries()) {
      if (id === "after") continue;
      const { ui, exitCode } = await rehearse(STRAIGHT, { at: new Map([[position, BACK]]) });
      assert.equal(exitCode, 0);
      assert.match(ui.text(), SAME);
      const allowed = position === 0 ? [id] : straight.asked.slice(0, position);
      assert.ok(allowed.includes(ui.asked[position + 1]!), `back at ${id}`);
    }
  });

  it("ends with an interruption at every question", async () => {
    const { ui: straight } = await rehearse(STRAIGHT);
    for (const [position, id] of straight.asked.entries()) {
      await assert.rejects(
        rehearse(STRAIGHT, { at: new Map([[position, INTERRUPT]]) }),
        (thrown) => thrown instanceof UnbrickError && thrown.code === "interrupted",
        id,
      );
    }
  });
});

describe("runPractice()", () => {
  for (const kind of PRACTICE_KINDS) {
    for (const bytes of [1, 512, 513, 51_200]) {
      it(`brings ${bytes} bytes into ${kind.id}`, async () => {
        const { host, network } = loopback(bytes);
        const random = seededRandom(bytes);
        const image = practiceImage(random, bytes);
        const result = await settleInVirtualTime(
          network,
          runPractice(host, kind, image, random, new AbortController().signal),
        );
        assert.equal(result.reason, undefined);
        assert.equal(result.arrived, true);
      });
    }
  }
});
