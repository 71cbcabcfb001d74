import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import fc from "fast-check";
import {
  type ConsoleOutput,
  ConsoleSession,
  SETTLE_MS,
} from "../../../lib/console/console_session.ts";
import { consoleKind } from "../../../lib/console/loaders.ts";

function bytesOf(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/** Outputs in short: ">bytes" sent, text as it is, [events]. */
function short(outputs: readonly ConsoleOutput[]): string[] {
  return outputs.map((output) => {
    switch (output.kind) {
      case "send":
        return `>${[...output.bytes].map((byte) => byte.toString(16)).join(" ")}`;
      case "text":
        return output.text;
      case "ready":
        return "[ready]";
      case "finished":
        return `[finished ${output.command}: ${output.answer.printed}|${output.answer.prompt}]`;
      case "stalled":
        return `[stalled ${output.command}]`;
    }
  });
}

/** A RedBoot session at its prompt, at time 1000. */
function caught(): ConsoleSession {
  const session = new ConsoleSession(consoleKind("redboot", true));
  session.start(0);
  session.handleBytes(bytesOf("RedBoot> "), 500);
  assert.deepEqual(short(session.handleTimeout(500 + SETTLE_MS)), ["[ready]"]);
  return session;
}

describe("ConsoleSession", () => {
  it("interrupts at once, then five times a second, as a byte and as telnet in turn", () => {
    const session = new ConsoleSession(consoleKind("redboot", true));
    assert.deepEqual(short(session.start(0)), [">3"]);
    assert.equal(session.nextTimeout, 200);
    assert.deepEqual(short(session.handleTimeout(199)), []);
    assert.deepEqual(short(session.handleTimeout(200)), [">ff f4 ff fd 6"]);
    assert.deepEqual(short(session.handleTimeout(400)), [">3"]);
  });

  it("is ready when the prompt has been quiet for a moment, and interrupts no more", () => {
    const session = new ConsoleSession(consoleKind("redboot", true));
    session.start(0);
    session.handleBytes(bytesOf("enter ^C to abort\r\n^C\r\nRedBoot> "), 100);
    assert.equal(session.nextTimeout, 100 + SETTLE_MS);
    // An interrupt that was on its way brings another prompt.
    session.handleBytes(bytesOf("^C\r\nRedBoot> "), 300);
    assert.deepEqual(short(session.handleTimeout(100 + SETTLE_MS)), []);
    assert.deepEqual(short(session.handleTimeout(300 + SETTLE_MS)), ["[ready]"]);
    assert.equal(session.nextTimeout, undefined);
  });

  it("clears the line when the last interrupt was not the one that does", () => {
    const session = new ConsoleSession(consoleKind("redboot", true));
    session.start(0);
    session.handleTimeout(200);
    const prompt = bytesOf("RedBoot> ");
    assert.deepEqual(short(session.handleBytes(prompt, 300)), ["RedBoot> ", ">3"]);
    assert.deepEqual(short(session.handleBytes(prompt, 310)), ["RedBoot> "]);
    const serial = new ConsoleSession(consoleKind("redboot", false));
    serial.start(0);
    serial.handleTimeout(200);
    assert.deepEqual(short(serial.handleBytes(prompt, 300)), ["RedBoot> "]);
  });

  it("does not take text that only mentions the prompt for it", () => {
    const session = new ConsoleSession(consoleKind("redboot", true));
    session.start(0);
    for (const text of ["RedBoot> is coming", "\n+RedBoot\n", "type RedBoot>\n"]) {
      session.handleBytes(bytesOf(text), 10);
      assert.equal(session.nextTimeout, 200, text);
    }
  });

  it("returns what a command printed, without its echo and the prompt", () => {
    const session = caught();
    assert.deepEqual(short(session.command("fis list", 1000)), [">66 69 73 20 6c 69 73 74 d"]);
    assert.deepEqual(short(session.handleBytes(bytesOf("fis li"), 1010)), ["fis li"]);
    assert.deepEqual(short(session.handleBytes(bytesOf("st\r\nName\r\nRedBoot> "), 1020)), [
      "st\nName\nRedBoot> ",
      "[finished fis list: Name\n|RedBoot> ]",
    ]);
  });

  it("hands over what the device asks back", () => {
    const session = caught();
    session.command("fis init", 1000);
    const asked = "fis init\r\nAbout to initialize the FLASH image system - continue (y/n)? ";
    assert.deepEqual(short(session.handleBytes(bytesOf(asked), 1010)).slice(1), [
      "[finished fis init: |About to initialize the FLASH image system - continue (y/n)? ]",
    ]);
  });

  it("gives a command up after two minutes of silence, not of talking", () => {
    const session = caught();
    session.command("load", 1000);
    session.handleBytes(bytesOf("."), 100_000);
    assert.deepEqual(short(session.handleTimeout(121_000)), []);
    assert.deepEqual(short(session.handleTimeout(220_000)), ["[stalled load]"]);
    assert.equal(session.nextTimeout, undefined);
  });

  it("waits for nothing after a command that starts a system", () => {
    const session = caught();
    session.command("go", 1000, false);
    assert.equal(session.nextTimeout, undefined);
    assert.deepEqual(short(session.handleBytes(bytesOf("Linux version\r\n"), 1100)), [
      "Linux version\n",
    ]);
  });

  it("shows nothing that could steer a terminal, and takes no telnet on a serial line", () => {
    const session = new ConsoleSession(consoleKind("u-boot", false));
    session.start(0);
    const text = "\x1b[2J\x1b[1;31m*** menu\x07 \x9b\xff\xfb\x01\r\n";
    assert.deepEqual(short(session.handleBytes(bytesOf(text), 1)), ["*** menu \n"]);
  });

  it("survives any bytes and any order, and never sends a dollar sign by itself", () => {
    fc.assert(fc.property(
      fc.array(
        fc.oneof(
          fc.uint8Array({ maxLength: 20 }),
          fc.constantFrom(bytesOf("\nRedBoot> "), Uint8Array.of(255, 253, 0x24)),
        ),
        {
          maxLength: 20,
        },
      ),
      (pieces) => {
        const session = new ConsoleSession(consoleKind("redboot", true));
        const outputs = session.start(0);
        let now = 0;
        for (const piece of pieces) {
          outputs.push(...session.handleBytes(piece, now += 150));
          outputs.push(...session.handleTimeout(now += 150));
        }
        for (const output of outputs) {
          if (output.kind === "send") {
            assert.ok(!output.bytes.includes(0x24));
          }
          if (output.kind === "text") assert.match(output.text, /^[\n\t\x20-\x7e]*$/);
        }
        session.end();
        assert.deepEqual(session.handleBytes(bytesOf("RedBoot> "), now), []);
        assert.equal(session.nextTimeout, undefined);
      },
    ));
  });
});
