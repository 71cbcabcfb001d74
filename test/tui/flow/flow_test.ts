// The whole flow with a scripted person, a simulated computer and simulated routers.
import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { setImmediate } from "node:timers";
import { UnbrickError } from "../../../lib/errors.ts";
import { createAsus } from "../../../lib/simulator/asus.ts";
import { createCfe } from "../../../lib/simulator/cfe.ts";
import { createPullingBootloader } from "../../../lib/simulator/pulling.ts";
import { TP_LINK } from "../../../lib/simulator/pulling_profiles.ts";
import { RECOVERY_STEPS } from "../../../tui/commands/guide.ts";
import { runFlow } from "../../../tui/flow/flow.ts";
import { BACK } from "../../../tui/ui.ts";
import {
  INTERRUPT,
  type LiveAct,
  type Script,
  type ScriptedAnswer,
  type ScriptedUi,
  scriptedUi,
} from "../../support/scripted_ui.ts";
import { fakeComputer } from "./fake_computer.ts";
import { play, type Scene } from "./played_flow.ts";

/** A router that asks for this name. */
function pullingRouter(filename: string) {
  const server = { hostname: "192.168.0.66", port: 69 };
  return createPullingBootloader(TP_LINK, { server, filename });
}

/** A router that is not listed and asks 192.168.0.66. */
function pullingScene(changes: Script = {}): Scene {
  const computer = fakeComputer();
  const switchOn: LiveAct = () => {
    computer.switchOn(pullingRouter("recovery.bin"));
    return Promise.resolve();
  };
  return {
    computer,
    script: {
      "device": "not in the list",
      "unlisted-direction": "asks this computer",
      "unlisted-address": "192.168.0.66",
      "unlisted-name": "recovery.bin",
      "device-confirm": "Yes",
      "image": "openwrt-factory.bin",
      "image-risk": "yes",
      "interface": "eth0",
      "commands": "Run them for me",
      "recover": switchOn,
      "prepared": "Go on",
      "failed": "Try again",
      "after": "wait",
      "undo": "do it for me",
      ...changes,
    },
  };
}

describe("the guided flow", () => {
  it("recovers a router that asks, and leaves the computer as it was", async () => {
    const scene = pullingScene();
    const { ui, exitCode } = await play(scene);
    assert.equal(exitCode, 0);
    assert.deepEqual(ui.asked, [
      "device",
      "unlisted-direction",
      "unlisted-address",
      "unlisted-name",
      "device-confirm",
      "image",
      "image-risk",
      "interface",
      "commands",
      "recover",
      "after",
      "undo",
    ]);
    assert.match(ui.text(), /Complete: "openwrt-factory.bin"/);
    assert.match(ui.text(), /The router is back: 192\.168\.0\.86 answers/);
    assert.match(ui.text(), /This computer is as it was/);
    assert.equal(scene.computer.hasAddress(), false);
    const events = scene.computer.logged.map(({ event }) => event);
    for (const event of ["device", "image", "interface", "setup", "completed", "ping", "end"]) {
      assert.ok(events.includes(event as never), `${event} is logged`);
    }
  });

  it("recovers a router that listens for three seconds", async () => {
    const computer = fakeComputer("192.168.1.2", "192.168.1.1");
    const { ui, exitCode } = await play({
      computer,
      script: {
        ...pullingScene().script,
        "unlisted-direction": "listens",
        "unlisted-address": "192.168.1.1",
        "unlisted-name": "",
        "recover": () => {
          computer.switchOn(createCfe());
          return Promise.resolve();
        },
      },
    });
    assert.equal(exitCode, 0);
    assert.match(ui.text(), /The router is back: 192\.168\.1\.1 answers/);
    assert.equal(computer.hasAddress(), false);
  });

  it("shows what an ASUS says of the image once it has written it", async () => {
    const computer = fakeComputer("192.168.1.75", "192.168.1.1");
    const { ui, exitCode } = await play({
      computer,
      script: {
        ...pullingScene().script,
        "device": "Find it",
        "device-search": "asus rt-ac57u",
        "device-found": "RT-AC57U",
        "recover": () => {
          computer.switchOn(createAsus({ flashMs: 60_000 }));
          return Promise.resolve();
        },
      },
    });
    assert.equal(exitCode, 0);
    assert.match(ui.text(), /The device has written the image, and says that it is good\./);
    assert.ok(computer.logged.some((entry) => entry.event === "verdict" && entry.good));
  });

  it("recovers a router of the catalogue under the names it has there", async () => {
    const scene = pullingScene();
    const { ui, exitCode } = await play({
      ...scene,
      script: {
        ...scene.script,
        "device": "Find it",
        "device-search": "tplink c7",
        "device-found": "Archer C7 v4",
        "recover": () => {
          scene.computer.switchOn(pullingRouter("ArcherC7v4_tp_recovery.bin"));
          return Promise.resolve();
        },
      },
    });
    assert.match(ui.text(), /TP-Link Archer C7 v4\. What will happen/);
    assert.match(ui.text(), /File name .*ArcherC7v4_tp_recovery\.bin/);
    assert.equal(exitCode, 0);
  });

  it("forgives typing mistakes in the name, and lets search again", async () => {
    const scene = pullingScene();
    const { ui } = await play({
      ...scene,
      script: {
        ...scene.script,
        "device": "Find it",
        "device-search": ["wr841", "tplink acher c7"],
        "device-found": ["None of these", "Archer C7 v4"],
        "recover": () => {
          scene.computer.switchOn(pullingRouter("ArcherC7v4_tp_recovery.bin"));
          return Promise.resolve();
        },
      },
    });
    assert.deepEqual(ui.asked.slice(0, 5), [
      "device",
      "device-search",
      "device-found",
      "device-search",
      "device-found",
    ]);
    assert.match(ui.text(), /TP-Link Archer C7 v4\. What will happen/);
  });

  for (const [words, complaint] of [["", /Type a part/], ["zzzzzz", /No router fits/]] as const) {
    it(`refuses "${words}" as the name of a router, saying what to type`, async () => {
      const playing = play(pullingScene({ "device": "Find it", "device-search": [words] }));
      await assert.rejects(playing, complaint);
    });
  }

  it("recovers a router that nobody can name, on all the usual addresses", async () => {
    const scene = pullingScene();
    const { ui, exitCode } = await play({
      ...scene,
      script: {
        ...scene.script,
        "device": "I do not know",
        "recover": async (screen) => {
          assert.ok(scene.computer.furtherAddresses().length >= 3);
          scene.computer.switchOn(pullingRouter("unheard-of.bin"));
          const shown = () => screen.view({ columns: 80, rows: 24 }).join("\n");
          while (!shown().includes("Press g")) await new Promise((wake) => setImmediate(wake));
          screen.keys().find(({ key }) => key === "g")?.press();
        },
      },
    });
    assert.match(ui.text(), /An unknown router/);
    assert.equal(exitCode, 0);
    assert.deepEqual([scene.computer.hasAddress(), ...scene.computer.furtherAddresses()], [false]);
  });

  it("finds a router that nobody can name and that listens", async () => {
    const computer = fakeComputer("192.168.1.254", "192.168.1.1");
    const { ui, exitCode } = await play({
      computer,
      script: {
        ...pullingScene().script,
        "device": "I do not know",
        "recover": () => {
          computer.switchOn(createCfe());
          return Promise.resolve();
        },
      },
    });
    assert.equal(exitCode, 0);
    assert.match(ui.text(), /The router is back: 192\.168\.1\.1 answers/);
    assert.deepEqual([computer.hasAddress(), ...computer.furtherAddresses()], [false]);
  });

  it("gives the image under another name only after the person agrees", async () => {
    const scene = pullingScene();
    const { ui, exitCode } = await play({
      ...scene,
      script: {
        ...scene.script,
        "recover": async (screen) => {
          scene.computer.switchOn(pullingRouter("ArcherC7v5_tp_recovery.bin"));
          const size = { columns: 80, rows: 24 };
          const shown = () => screen.view(size).join("\n");
          while (!shown().includes("Press g")) await new Promise((wake) => setImmediate(wake));
          assert.match(shown(), /asks for "ArcherC7v5_tp_recovery\.bin" \(not given\)/);
          assert.match(shown(), /Known to ask so: TP-Link Archer/);
          screen.keys().find(({ key }) => key === "g")?.press();
        },
      },
    });
    assert.equal(exitCode, 0);
    assert.match(ui.text(), /The router is back/);
  });

  it("does not take a router for restarted that never fell silent", async () => {
    const scene = pullingScene({
      "after": async (screen) => {
        const shown = () => screen.view({ columns: 80, rows: 24 }).join("\n");
        while (!shown().includes("longer than any known router takes")) {
          assert.match(shown(), /DO NOT cut its power/);
          await new Promise((wake) => setImmediate(wake));
        }
        assert.match(shown(), /192\.168\.0\.86 still answers: it has not restarted yet/);
        screen.keys().find(({ key }) => key === "n")?.press();
      },
    });
    scene.computer.answerAlways();
    const { ui } = await play(scene);
    assert.match(ui.text(), /The router has not shown itself yet/);
    assert.doesNotMatch(ui.text(), /power can be cut/);
  });

  it("says what is missing when the person ran the commands, and looks again", async () => {
    const scene = pullingScene();
    const { ui, exitCode } = await play({
      ...scene,
      script: { ...scene.script, "commands": ["I have run them", "Show them", "Run them for me"] },
    });
    assert.match(ui.text(), /Still missing:\n {2}- Give the interface the address/);
    assert.equal(exitCode, 0);
  });

  it("prints the undo list at the end when the person ran the commands", async () => {
    const scene = pullingScene({ "commands": "I have run them" });
    const ui = scriptedUi(scene.script);
    const select = ui.select.bind(ui);
    const observing = {
      ...ui,
      select: (question: Parameters<typeof select>[0]) => {
        if (question.id === "commands") scene.computer.giveAddress();
        return select(question);
      },
    } as ScriptedUi;
    const exitCode = await scene.computer.until(
      runFlow(scene.computer.context(observing), RECOVERY_STEPS, {}),
    );
    assert.equal(exitCode, 0);
    assert.match(ui.text(), /Everything is in place/);
    assert.match(
      ui.text(),
      /put this computer back as it was, run:[^]*ip addr del 192\.168\.0\.66/,
    );
  });

  it("says why a command failed, and lets the person go on without", async () => {
    const scene = pullingScene({
      "commands": ["Run them for me", "Go on without"],
      "recover": [BACK, BACK],
      "interface": ["eth0", INTERRUPT],
    });
    scene.computer.breakCommands();
    const ui = scriptedUi({ ...scene.script, "commands": ["Run them for me", INTERRUPT] });
    await assert.rejects(
      scene.computer.until(runFlow(scene.computer.context(ui), RECOVERY_STEPS, {})),
      isInterrupted,
    );
    assert.match(ui.text(), /did not work: RTNETLINK answers: not permitted/);
  });

  it("tells what else helps where TFTP does not, and lets choose again", async () => {
    const scene = pullingScene({
      "device": ["Find it", "not in the list"],
      "device-search": "fritzbox",
      "device-found": "AVM FRITZ!Box",
      "device-elsewhere": "Choose another",
    });
    const { ui, exitCode } = await play(scene);
    assert.match(ui.text(), /This guide cannot recover it\./);
    assert.match(ui.text(), /FTP client/);
    assert.equal(exitCode, 0);
  });

  it("leaves when the person has found something better", async () => {
    const { exitCode, ui } = await play(pullingScene({
      "device": "Find it",
      "device-search": "fritzbox",
      "device-found": "AVM FRITZ!Box",
      "device-elsewhere": "Leave",
    }));
    assert.equal(exitCode, 0);
    assert.equal(ui.asked.at(-1), "device-elsewhere");
  });

  it("does not take Enter for a yes where something speaks against the image", async () => {
    const { ui } = await play(pullingScene({
      "image": ["openwrt-factory.bin", "openwrt-factory.bin"],
      "image-risk": ["", "yes"],
    }));
    assert.deepEqual(ui.asked.filter((id) => id.startsWith("image")), [
      "image",
      "image-risk",
      "image",
      "image-risk",
    ]);
  });

  it("takes a typed path, and says when there is no such file", async () => {
    const { ui, exitCode } = await play(pullingScene({
      "image": "Another file",
      "image-path": ["/images/missing.bin", "'/images/openwrt-factory.bin'"],
    }));
    assert.match(ui.text(), /There is no file "\/images\/missing\.bin"/);
    assert.equal(exitCode, 0);
  });

  it("refuses an address that is none, and asks again", async () => {
    const { ui, exitCode } = await play(pullingScene({
      "unlisted-address": ["router.local", "192.168.0.66"],
    }));
    assert.match(ui.text(), /Write it like/);
    assert.equal(exitCode, 0);
  });

  it("finds the socket by its link", async () => {
    const scene = pullingScene();
    const { ui, exitCode } = await play({
      ...scene,
      script: {
        ...scene.script,
        "interface": "Find out",
        "interface-watch": async (screen) => {
          const shown = () => screen.view({ columns: 80, rows: 24 }).join("\n");
          while (!shown().includes("link up")) await new Promise((wake) => setImmediate(wake));
          scene.computer.setCarrier(false);
          setTimeout(() => scene.computer.setCarrier(true), 50);
        },
      },
    });
    assert.match(ui.text(), /It is eth0: its link has just changed/);
    assert.equal(exitCode, 0);
  });

  it("puts the computer back also when the person gives up", async () => {
    const scene = pullingScene({
      "unlisted-direction": "listens",
      "unlisted-address": "192.168.0.86",
      "unlisted-name": "",
      "failed": "Give up",
    });
    const listening = fakeComputer("192.168.0.2", "192.168.0.86");
    const { ui, exitCode } = await play({
      computer: listening,
      script: {
        ...scene.script,
        "recover": () => {
          // It takes the first block and is gone.
          listening.switchOn(createCfe());
          listening.setCarrier(false);
          listening.switchOn(silentAfterAck());
          return Promise.resolve();
        },
      },
    });
    assert.equal(exitCode, 1);
    assert.match(ui.text(), /The router did not take the image this time/);
    assert.equal(listening.hasAddress(), false);
  });
});

/** Answers the request and nothing more. */
function silentAfterAck() {
  const cfe = createCfe();
  let isDeaf = false;
  return {
    get phase() {
      return cfe.phase;
    },
    get ports() {
      return cfe.ports;
    },
    nextTimeout: undefined,
    image: undefined,
    start: cfe.start,
    handleDatagram(...given: Parameters<typeof cfe.handleDatagram>) {
      if (isDeaf) return [];
      isDeaf = true;
      return cfe.handleDatagram(...given);
    },
    handleTimeout: () => [],
  };
}

function isInterrupted(thrown: unknown): boolean {
  return thrown instanceof UnbrickError && thrown.code === "interrupted";
}

const PATHS: readonly [string, () => Scene][] = [
  ["a router that is not listed", pullingScene],
  [
    "a router of the catalogue",
    () => {
      const scene = pullingScene();
      return {
        ...scene,
        script: {
          ...scene.script,
          "device": "Find it",
          "device-search": "tplink c7",
          "device-found": "Archer C7 v4",
          "recover": () => {
            scene.computer.switchOn(pullingRouter("ArcherC7v4_tp_recovery.bin"));
            return Promise.resolve();
          },
        },
      };
    },
  ],
  [
    "a typed path",
    () => pullingScene({ "image": "Another file", "image-path": "/images/openwrt-factory.bin" }),
  ],
];

/** Screens that do not lead back: what they show cannot be taken back. */
const ONE_WAY = new Set(["after"]);

for (const [what, scene] of PATHS) {
  describe(`the guided flow for ${what}`, () => {
    it("goes back at every question, and still comes to its end", async () => {
      const { ui: straight } = await play(scene());
      for (const [position, id] of straight.asked.entries()) {
        if (ONE_WAY.has(id) || id === "undo") continue;
        const { ui, exitCode } = await play(scene(), { at: new Map([[position, BACK]]) });
        assert.equal(exitCode, 0, `back at ${id}`);
        const next = ui.asked[position + 1]!;
        const allowed = position === 0 ? [id] : [...straight.asked.slice(0, position), "prepared"];
        assert.ok(allowed.includes(next), `back at ${id} leads to ${next}`);
      }
    });

    it("ends with an interruption at every question, and knows what is still changed", async () => {
      const { ui: straight } = await play(scene());
      const prepared = straight.asked.indexOf("recover");
      for (const [position, id] of straight.asked.entries()) {
        const { computer, script } = scene();
        const answer: ScriptedAnswer = INTERRUPT;
        const ui = scriptedUi(script, { at: new Map([[position, answer]]) });
        const context = computer.context(ui);
        await assert.rejects(
          computer.until(runFlow(context, RECOVERY_STEPS, {})),
          isInterrupted,
          id,
        );
        const isChanged = position >= prepared && id !== "commands";
        assert.equal(context.changes.current !== undefined, isChanged, `changed at ${id}`);
        assert.equal(computer.hasAddress(), isChanged, `address at ${id}`);
      }
    });
  });
}
