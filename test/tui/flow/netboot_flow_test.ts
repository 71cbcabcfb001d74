// The guide for routers that need something before they pull: an address, or commands on a console.
import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { setImmediate } from "node:timers";
import { encodeMessage, HTYPE_ETHERNET } from "../../../lib/bootp/message.ts";
import { decodeMessage, messageType } from "../../../lib/bootp/message.ts";
import { byteOption, numberOption, OptionCode } from "../../../lib/bootp/options.ts";
import { UnbrickError } from "../../../lib/errors.ts";
import { parseIpv4 } from "../../../lib/net/ipv4.ts";
import { createNetbootingBootloader, ROUTERBOOT } from "../../../lib/simulator/netbooting.ts";
import { createPullingBootloader } from "../../../lib/simulator/pulling.ts";
import { REDBOOT, ROUTERBOOT_TFTP } from "../../../lib/simulator/pulling_profiles.ts";
import { createRedbootConsole } from "../../../lib/simulator/redboot_console.ts";
import { RECOVERY_STEPS } from "../../../tui/commands/guide.ts";
import { runFlow } from "../../../tui/flow/flow.ts";
import { BACK, type LiveScreen } from "../../../tui/ui.ts";
import {
  INTERRUPT,
  type LiveAct,
  type Script,
  type ScriptedUi,
  scriptedUi,
} from "../../support/scripted_ui.ts";
import { type FakeComputer, fakeComputer } from "./fake_computer.ts";
import { play, type Scene } from "./played_flow.ts";

const SIZE = { columns: 80, rows: 24 };

const shown = (screen: LiveScreen<unknown>): string => screen.view(SIZE).join("\n");

async function untilShown(screen: LiveScreen<unknown>, text: string | RegExp): Promise<void> {
  const isThere = (): boolean =>
    typeof text === "string" ? shown(screen).includes(text) : text.test(shown(screen));
  while (!isThere()) await new Promise((wake) => setImmediate(wake));
}

function press(screen: LiveScreen<unknown>, key: string): void {
  const found = screen.keys().find((each) => each.key === key);
  assert.ok(found, `no key ${key} in\n${shown(screen)}`);
  found.press();
}

function routerBoard() {
  return createNetbootingBootloader(
    ROUTERBOOT,
    (goal) => createPullingBootloader(ROUTERBOOT_TFTP, goal),
  );
}

function fonera() {
  return createRedbootConsole(
    { windowMs: 3000, flashMs: 20_000 },
    (goal) => createPullingBootloader(REDBOOT, goal),
  );
}

const COMMON: Script = {
  "device-confirm": "Yes",
  "image": "openwrt-factory.bin",
  "image-risk": "yes",
  "interface": "eth0",
  "commands": "Run them for me",
  "prepared": "Go on",
  "after": "wait",
  "undo": "do it for me",
};

/** A MikroTik of the catalogue, whose owner knows it. */
function routerBoardScene(changes: Script = {}): Scene {
  const computer = fakeComputer("192.168.1.10", "192.168.1.1");
  return {
    computer,
    script: {
      ...COMMON,
      "device": "Find it",
      "device-search": "MikroTik hAP ac lite",
      "device-found": "MikroTik hAP ac lite",
      "recover": async (screen) => {
        computer.switchOn(routerBoard());
        await untilShown(screen, "Is that your router?");
        press(screen, "y");
      },
      ...changes,
    },
  };
}

/** A La Fonera, whose owner says yes to all that is written. */
function foneraScene(changes: Script = {}): Scene {
  const computer = fakeComputer("192.168.1.2", "192.168.1.254");
  return {
    computer,
    script: {
      ...COMMON,
      "device": "Find it",
      "device-search": "La Fonera",
      "device-found": "La Fonera",
      "image": ["openwrt-factory.bin", "root.squashfs", "openwrt-factory.bin", "root.squashfs"],
      "recover": async (screen) => {
        computer.switchOn(fonera());
        for (const line of ["fis init", "fis create -e", "fis create -l 0x006f0000 rootfs"]) {
          await untilShown(screen, `      ${line}`);
          press(screen, "w");
        }
      },
      ...changes,
    },
  };
}

function isInterrupted(thrown: unknown): boolean {
  return thrown instanceof UnbrickError && thrown.code === "interrupted";
}

function eventsOf({ computer }: Scene, event: string) {
  return computer.logged.filter((entry) => entry.event === event);
}

/** A computer that asks by DHCP, as anybody's does. */
function startStranger(computer: FakeComputer, mac: readonly number[], everyMs = 500): void {
  const host = computer.plug("192.168.1.77");
  const socket = host.bind({ hostname: "0.0.0.0", port: 68 }, {
    datagram: () => {},
    sendFailed: () => {},
    receiveFailed: () => {},
  });
  const chaddr = new Uint8Array(16);
  chaddr.set(mac);
  const ask = (): void => {
    socket.send(message("BOOTREQUEST", chaddr, [byteOption(OptionCode.MESSAGE_TYPE, 1)]), {
      hostname: "255.255.255.255",
      port: 67,
    });
    computer.host.startTimer(everyMs, ask);
  };
  ask();
}

function message(
  op: "BOOTREQUEST" | "BOOTREPLY",
  chaddr: Uint8Array,
  options: Parameters<typeof encodeMessage>[0]["options"],
  xid = 7,
): Uint8Array {
  return encodeMessage({
    ...{ op, htype: HTYPE_ETHERNET, hlen: 6, hops: 0, xid, secs: 0, flags: 0 },
    ...{ ciaddr: 0, yiaddr: 0, siaddr: 0, giaddr: 0, chaddr, sname: "", file: "", options },
  });
}

/** A DHCP server of somebody else. */
function startOtherServer(computer: FakeComputer): void {
  const own = "192.168.1.254";
  const socket = computer.plug(own).bind({ hostname: "0.0.0.0", port: 67 }, {
    datagram(bytes) {
      const asked = decodeMessage(bytes);
      if (asked.op !== "BOOTREQUEST" || messageType(asked) !== "DISCOVER") return;
      socket.send(
        message("BOOTREPLY", asked.chaddr, [
          byteOption(OptionCode.MESSAGE_TYPE, 2),
          numberOption(OptionCode.SERVER_IDENTIFIER, parseIpv4(own)!),
        ], asked.xid),
        { hostname: "255.255.255.255", port: 68 },
      );
    },
    sendFailed: () => {},
    receiveFailed: () => {},
  });
}

describe("the guided flow for a router that asks for an address", () => {
  it("shows it, answers it once the person agrees, and leaves the computer as it was", async () => {
    const scene = routerBoardScene();
    const { ui, exitCode } = await play(scene);
    assert.equal(exitCode, 0);
    assert.match(ui.text(), /Direction the router asks for an address, then for the image/);
    assert.match(ui.text(), /Complete: "openwrt-factory\.bin"/);
    assert.match(ui.text(), /install the sysupgrade image/);
    assert.match(ui.text(), /The router is back: 192\.168\.1\.1 answers\.\n/);
    assert.equal(scene.computer.hasAddress(), false);
    const order = scene.computer.logged.map(({ event }) => event)
      .filter((event) => ["bootp-clear", "bootp-client", "answer", "bootp-reply"].includes(event));
    assert.deepEqual([...new Set(order)], ["bootp-clear", "bootp-client", "answer", "bootp-reply"]);
  });

  it("sends nothing at all before the answer, and nothing after a no", async () => {
    const scene = routerBoardScene();
    const { computer } = scene;
    const playing = play({
      computer,
      script: {
        ...scene.script,
        "recover": async (screen) => {
          computer.switchOn(routerBoard());
          await untilShown(screen, "MikroTik 4C:5E:0C:12:34:56 (RouterBOOT");
          await untilShown(screen, "for an address: 20 s");
          assert.deepEqual(eventsOf(scene, "bootp-reply"), []);
          press(screen, "n");
          await untilShown(screen, "for an address: 40 s");
          assert.doesNotMatch(shown(screen), /Is that your router/);
          assert.deepEqual(eventsOf(scene, "bootp-reply"), []);
          return BACK;
        },
        "prepared": INTERRUPT,
      },
    });
    await assert.rejects(playing, isInterrupted);
    assert.ok(eventsOf(scene, "bootp-request").length > 20, "it went on asking");
  });

  it("tells the router from another computer on the cable", async () => {
    const scene = routerBoardScene();
    const { computer } = scene;
    const { exitCode } = await play({
      computer,
      script: {
        ...scene.script,
        "recover": async (screen) => {
          startStranger(computer, [0x52, 0x54, 0x00, 0xaa, 0xbb, 0xcc]);
          await untilShown(screen, /52:54:00:AA:BB:CC \(by DHCP\)/);
          press(screen, "n");
          computer.switchOn(routerBoard());
          await untilShown(screen, "MikroTik 4C:5E:0C:12:34:56");
          press(screen, "y");
        },
      },
    });
    assert.equal(exitCode, 0);
    const answered = eventsOf(scene, "bootp-reply").map((event) => "mac" in event && event.mac);
    assert.deepEqual([...new Set(answered)], ["4c:5e:0c:12:34:56"]);
  });

  it("warns of DHCP where the router is known to finish BOOTP only", async () => {
    const scene = routerBoardScene();
    const { computer } = scene;
    const playing = play({
      computer,
      script: {
        ...scene.script,
        "recover": async (screen) => {
          startStranger(computer, ROUTERBOOT.mac);
          await untilShown(screen, "never finish with DHCP");
          return BACK;
        },
        "prepared": INTERRUPT,
      },
    });
    await assert.rejects(playing, isInterrupted);
  });

  it("asks once about a router that speaks both, and answers the protocol that it finishes", async () => {
    const scene = routerBoardScene();
    const { computer } = scene;
    const { exitCode } = await play({
      computer,
      script: {
        ...scene.script,
        "recover": async (screen) => {
          startStranger(computer, ROUTERBOOT.mac);
          await untilShown(screen, "never finish with DHCP");
          computer.switchOn(routerBoard());
          await untilShown(screen, "1 more after this");
          press(screen, "n");
          await untilShown(screen, "Nothing is sent to it");
          press(screen, "y");
        },
      },
    });
    assert.equal(exitCode, 0);
    const types = eventsOf(scene, "bootp-reply").map((event) => "type" in event && event.type);
    assert.deepEqual([...new Set(types)], ["BOOTREPLY"]);
  });

  it("refuses a cable with another DHCP server, and lets the person change it", async () => {
    const scene = routerBoardScene({ "recover": "wait", "failed": "Give up" });
    startOtherServer(scene.computer);
    const { ui, exitCode } = await play(scene);
    assert.equal(exitCode, 1);
    assert.match(ui.text(), /another DHCP server answers here: 192\.168\.1\.254/);
    assert.match(ui.text(), /Nothing on it was changed/);
    assert.deepEqual(eventsOf(scene, "bootp-listening"), []);
    assert.equal(scene.computer.hasAddress(), false);
  });

  it("gives an unlisted one an address, too", async () => {
    const scene = routerBoardScene({
      "device": "not in the list",
      "unlisted-direction": "boots from the network",
    });
    const { exitCode } = await play(scene);
    assert.equal(exitCode, 0);
  });
});

describe("the guided flow for a router with a console", () => {
  it("types the script, each line that writes flash after a yes", async () => {
    const scene = foneraScene();
    const { ui, exitCode } = await play(scene);
    assert.equal(exitCode, 0);
    assert.match(ui.text(), /Wanted: kernel, openwrt-atheros-vmlinux\.lzma/);
    assert.match(ui.text(), /Wanted: root file system/);
    assert.match(ui.text(), /The router is back/);
    const typed = eventsOf(scene, "console-command").map((event) => "line" in event && event.line);
    assert.deepEqual(typed, [
      "ip_address -l 192.168.1.254/24 -h 192.168.1.2",
      "load -r -b %{FREEMEMLO} -m tftp kernel",
      "fis init",
      "y",
      "fis create -e 0x80041000 -r 0x80041000 vmlinux.bin.l7",
      "load -r -b %{FREEMEMLO} -m tftp rootfs",
      "fis free",
      "fis create -l 0x006f0000 rootfs",
      "reset",
    ]);
    assert.equal(scene.computer.hasAddress(), false);
  });

  it("writes nothing before a yes, and stops for a no", async () => {
    const scene = foneraScene();
    const { computer } = scene;
    const { ui, exitCode } = await play({
      computer,
      script: {
        ...scene.script,
        "recover": async (screen) => {
          computer.switchOn(fonera());
          await untilShown(screen, "      fis init");
          press(screen, "n");
        },
        "failed": "Give up",
      },
    });
    assert.equal(exitCode, 1);
    assert.match(ui.text(), /"fis init" was not sent, nothing after it either/);
    assert.match(ui.text(), /Nothing on it was changed/);
    const typed = eventsOf(scene, "console-command");
    assert.ok(typed.every((event) => "writesFlash" in event && !event.writesFlash));
  });

  it("says that the flash is written in part when the person stops in the middle", async () => {
    const scene = foneraScene();
    const { computer } = scene;
    const { ui } = await play({
      computer,
      script: {
        ...scene.script,
        "recover": async (screen) => {
          computer.switchOn(fonera());
          await untilShown(screen, "      fis init");
          press(screen, "w");
          await untilShown(screen, "DO NOT cut its power");
          assert.equal(screen.canGoBack?.(), false);
          await untilShown(screen, "      fis create");
          press(screen, "n");
        },
        "failed": "Give up",
      },
    });
    assert.match(ui.text(), /Its flash is written in part/);
  });

  it("knocks on when the window was missed, and catches the next one", async () => {
    const scene = foneraScene();
    const { computer } = scene;
    const missing: LiveAct = async (screen) => {
      // A console that lets nobody stop it: its window is shorter than the way to it.
      computer.switchOn(
        createRedbootConsole({ windowMs: 1, flashMs: 1 }, () => assert.fail("never loads")),
      );
      await untilShown(screen, /Nothing heard yet|Missed/);
      await (scene.script["recover"] as LiveAct)(screen);
    };
    const { exitCode } = await play({ computer, script: { ...scene.script, "recover": missing } });
    assert.equal(exitCode, 0);
  });
});

const PATHS: readonly [string, () => Scene][] = [
  ["a router that asks for an address", routerBoardScene],
  ["a router with a console", foneraScene],
];

/** Screens that do not lead back: what they show cannot be taken back. */
const ONE_WAY = new Set(["after", "undo"]);

for (const [what, scene] of PATHS) {
  describe(`the guided flow for ${what}, left at every question`, () => {
    it("goes back at every question, and still comes to its end", async () => {
      const { ui: straight } = await play(scene());
      for (const [position, id] of straight.asked.entries()) {
        if (ONE_WAY.has(id)) continue;
        const { computer, script } = scene();
        // Whoever went back is asked for the same files again.
        const image = Array.isArray(script["image"]) ? imagesAfter(straight, position) : undefined;
        const { exitCode } = await play({
          computer,
          script: image === undefined ? script : { ...script, image },
        }, { at: new Map([[position, BACK]]) });
        assert.equal(exitCode, 0, `back at ${id}`);
      }
    });

    it("ends with an interruption at every question, and knows what is still changed", async () => {
      const { ui: straight } = await play(scene());
      const prepared = straight.asked.indexOf("recover");
      for (const [position, id] of straight.asked.entries()) {
        const { computer, script } = scene();
        const ui = scriptedUi(script, { at: new Map([[position, INTERRUPT]]) });
        const context = computer.context(ui);
        await assert.rejects(
          computer.until(runFlow(context, RECOVERY_STEPS, {})),
          isInterrupted,
          id,
        );
        const isChanged = position >= prepared;
        assert.equal(context.changes.current !== undefined, isChanged, `changed at ${id}`);
        assert.equal(computer.hasAddress(), isChanged, `address at ${id}`);
      }
    });
  });
}

/** The files in the order in which they are asked for when the person goes back at a position. */
function imagesAfter(straight: ScriptedUi, position: number): readonly string[] {
  const [kernel, rootfs] = ["openwrt-factory.bin", "root.squashfs"];
  const ids = straight.asked.slice(0, position + 1);
  const chosen = ids.filter((id) => id === "image").length;
  if (ids.at(-1) === "image") return chosen === 1 ? [kernel, rootfs] : [kernel, kernel, rootfs];
  if (ids.at(-1) === "image-risk") {
    return chosen === 1 ? [kernel, kernel, rootfs] : [kernel, rootfs, rootfs];
  }
  return [kernel, rootfs, kernel, rootfs];
}
