import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import type { ConsoleEvent } from "../../../lib/console/events.ts";
import { consoleKind } from "../../../lib/console/loaders.ts";
import { UnbrickError } from "../../../lib/errors.ts";
import type { StreamHandlers } from "../../../lib/host/host.ts";
import { catchOverSerial, catchOverTcp } from "../../../lib/recovery/catch_console.ts";
import { seededRandom } from "../../../lib/simulator/random.ts";
import { Timeline } from "../../../lib/simulator/timeline.ts";
import { type ScriptedRedBoot, scriptedRedBoot } from "../../support/scripted_console.ts";

const TO = { hostname: "192.168.1.254", port: 9000 };

const TYPICAL: ScriptedRedBoot = {
  upAt: 5000,
  windowMs: 2000,
  delayMs: 1,
  before: "silent",
  takes: "both",
};

function start(device: ScriptedRedBoot) {
  const world = scriptedRedBoot(device);
  const events: ConsoleEvent[] = [];
  const stop = new AbortController();
  const catching = catchOverTcp(world.host, TO, {
    kind: consoleKind("redboot", true),
    onEvent: (event) => events.push(event),
    signal: stop.signal,
  });
  catching.catch(() => {});
  return { ...world, events, stop, catching, names: () => events.map(({ event }) => event) };
}

describe("catchOverTcp()", () => {
  it("catches a window of two seconds 50 times out of 50, whatever the device is like", async () => {
    const random = seededRandom(9000);
    let caught = 0;
    for (let trial = 0; trial < 50; trial++) {
      const { catching, advance, isCaught } = start({
        ...TYPICAL,
        upAt: 3000 + random() * 5000,
        delayMs: random() * 20,
        before: random() < 0.5 ? "silent" : "refused",
        takes: (["byte", "telnet", "both"] as const)[Math.floor(random() * 3)]!,
      });
      await advance(12_000);
      if (isCaught()) caught++;
      const link = await catching;
      link.close();
    }
    assert.equal(caught, 50);
  });

  it("catches even a tenth of that: it knocks every 100 ms", async () => {
    for (let trial = 0; trial < 20; trial++) {
      const { catching, advance } = start({ ...TYPICAL, upAt: 4000 + trial * 7, windowMs: 200 });
      await advance(8000);
      (await catching).close();
    }
  });

  it("uses one connection only, as RedBoot has no second", async () => {
    const { accepted, advance, catching } = start({ ...TYPICAL, delayMs: 150 });
    await advance(10_000);
    assert.equal(accepted(), 1);
    (await catching).close();
  });

  it("shows the banner, then runs commands one by one", async () => {
    const { advance, catching, commands, events } = start({
      ...TYPICAL,
      answers: { version: "RedBoot(tm) bootstrap\r\n", "fis list": "Name  FLASH addr\r\n" },
    });
    await advance(8000);
    const link = await catching;
    const text = events.map((event) => event.event === "console-text" ? event.text : "").join("");
    assert.match(text, /^== Executing boot script.*\n/);
    const version = link.command("version");
    await advance(100);
    assert.equal((await version).printed, "RedBoot(tm) bootstrap\n");
    const list = link.command("fis list");
    await advance(100);
    assert.equal((await list).printed, "Name  FLASH addr\n");
    assert.deepEqual(commands, ["version", "fis list"]);
    link.close();
  });

  it("says that the window was missed, and knocks again", async () => {
    const { advance, names, isCaught, stop, catching } = start({
      ...TYPICAL,
      windowMs: 2,
      delayMs: 0.1,
      upAt: 5000.5,
      before: "refused",
    });
    await advance(20_000);
    // Nobody can catch that; but it is still trying.
    assert.equal(isCaught(), false);
    assert.equal(names()[0], "console-knocking");
    stop.abort();
    await assert.rejects(
      catching,
      (error) => error instanceof UnbrickError && error.code === "interrupted",
    );
  });

  it("gives a connection up on which no prompt ever comes", async () => {
    const deaf = { ...TYPICAL, takes: "telnet" as const, windowMs: 60_000, upAt: 0 };
    const world = scriptedRedBoot(deaf);
    const events: ConsoleEvent[] = [];
    const stop = new AbortController();
    const kind = { ...consoleKind("redboot", true), interrupts: [Uint8Array.of(3)] };
    const catching = catchOverTcp(world.host, TO, {
      kind,
      onEvent: (event) => events.push(event),
      signal: stop.signal,
    });
    catching.catch(() => {});
    await world.advance(20_000);
    const names = events.map(({ event }) => event).filter((name) => name !== "console-text");
    assert.deepEqual(names.slice(0, 4), [
      "console-knocking",
      "console-connected",
      "console-missed",
      "console-knocking",
    ]);
    stop.abort();
    await assert.rejects(catching);
  });

  it("fails a command when the device goes away in the middle of it", async () => {
    const { advance, catching } = start(TYPICAL);
    await advance(8000);
    const link = await catching;
    const reset = link.command("reset");
    link.close();
    await assert.rejects(reset, /ended the connection/);
    await assert.rejects(link.command("version"), /has ended/);
  });
});

describe("catchOverSerial()", () => {
  function serialHost(os: "linux" | "macos" | "windows", code = 0) {
    const time = new Timeline();
    const ran: (readonly string[])[] = [];
    const typed: string[] = [];
    let handlers: StreamHandlers | undefined;
    const say = (text: string): void => handlers?.data(new TextEncoder().encode(text));
    return {
      time,
      ran,
      typed,
      host: {
        os,
        now: () => time.now,
        startTimer: (delayMs: number, callback: () => void) => time.schedule(delayMs, callback),
        run(argv: readonly string[]) {
          ran.push(argv);
          return Promise.resolve({ code, stdout: "", stderr: "No such file or directory\n" });
        },
        openSerialPort(_path: string, given: StreamHandlers) {
          handlers = given;
          time.schedule(1, () => given.opened());
          return {
            send(bytes: Uint8Array) {
              const text = new TextDecoder().decode(bytes);
              typed.push(text);
              time.schedule(1, () => say(text === "\x03" ? "<INTERRUPT>\r\n=> " : text));
            },
            close: () => {},
          };
        },
      },
    };
  }
  const goal = {
    kind: consoleKind("u-boot", false),
    onEvent: () => {},
    signal: new AbortController().signal,
  };
  const SERIAL = { path: "/dev/ttyUSB0", baud: 115200 };

  it("sets the port up, types Ctrl-C until there is a prompt, and no telnet", async () => {
    const { host, ran, time, typed } = serialHost("linux");
    const catching = catchOverSerial(host, SERIAL, goal);
    await Promise.resolve();
    await Promise.resolve();
    time.runUntil(5000);
    (await catching).close();
    assert.deepEqual(ran[0]!.slice(0, 4), ["stty", "-F", "/dev/ttyUSB0", "115200"]);
    assert.deepEqual(ran[0]!.slice(-4), ["min", "0", "time", "1"]);
    assert.deepEqual(typed, ["\x03"]);
  });

  it("says what to do when the port cannot be used, and on Windows", async () => {
    await assert.rejects(
      catchOverSerial(serialHost("macos", 1).host, SERIAL, goal),
      (error) => error instanceof UnbrickError && /\/dev\/cu\./.test(error.hint ?? ""),
    );
    const windows = serialHost("windows");
    await assert.rejects(
      catchOverSerial(windows.host, { path: "COM3", baud: 115200 }, goal),
      (error) => error instanceof UnbrickError && error.code === "usage",
    );
    assert.equal(windows.ran.length, 0);
  });
});
