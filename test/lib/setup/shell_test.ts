import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import fc from "fast-check";
import { renderCommand } from "../../../lib/setup/shell.ts";
import { saySkipped } from "../../support/say_skipped.ts";
import { splitCmd, splitPowershell, splitSh } from "./shell_split.ts";

const ODD_WORDS = [
  "Ethernet 2",
  "LAN-Verbindung (B\u00fcro)",
  "it's",
  "it\u2019s",
  'a"b',
  "$x",
  "",
  "%PATH%",
  "100%",
  "a^b",
  "a&b|c<d>e",
  "C:\\Program Files\\unbrick\\",
  "back\\",
  'q\\"',
  "name=Ethernet 2",
  "-Confirm:$false",
  "a;b",
  "`id`",
  "~",
  "*",
  "!x!",
  "--",
  "\u65e5\u672c",
];
const VARIABLES = new Map([["PATH", "C:\\Windows"], ["x", "EXPANDED"], ["b", "B"]]);

/** A word of any characters that a person may have in a name, often the awkward ones. */
const anyWord = fc.oneof(
  fc.constantFrom(...ODD_WORDS),
  fc.string({ unit: fc.constantFrom(..."ab1 '\"$%^&|<>()\\`;!=-{}@#,\u2018\u2019\u00fc") }),
  fc.string({ unit: "grapheme" }).filter((word) => !/\p{Cc}|[\u2028\u2029]/u.test(word)),
);
const anyArgv = fc.tuple(fc.constantFrom("netsh", "ip", "C:\\my tools\\x.exe"), fc.array(anyWord))
  .map(([command, words]) => [command, ...words]);

describe("renderCommand", () => {
  it("leaves words that need nothing as they are", () => {
    const argv = ["netsh", "interface", "ipv4", "name=12", "store=active", "192.168.0.66"];
    for (const shell of ["sh", "cmd", "powershell"] as const) {
      assert.equal(renderCommand(shell, argv), argv.join(" "));
    }
  });

  it("sh: what is rendered splits back into the same argv", () => {
    fc.assert(fc.property(anyArgv, (argv) => {
      assert.deepEqual(splitSh(renderCommand("sh", argv)), argv);
    }));
  });

  it("sh: a real shell splits it into the same argv", () => {
    const probe = spawnSync("sh", ["-c", "exit 0"]);
    if (probe.status !== 0) {
      saySkipped("quoting against a real shell", "no sh on this computer");
      return;
    }
    const line = renderCommand("sh", ["printf", "%s\\n", ...ODD_WORDS]);
    const { stdout } = spawnSync("sh", ["-c", line], { encoding: "utf8" });
    assert.deepEqual(stdout.split("\n").slice(0, -1), ODD_WORDS);
  });

  it("cmd: what is rendered splits back into the same argv, no variable is put in", () => {
    fc.assert(fc.property(anyArgv, (argv) => {
      assert.deepEqual(splitCmd(renderCommand("cmd", argv), VARIABLES), argv);
    }));
  });

  it("powershell: what is rendered splits back into the same argv", () => {
    fc.assert(fc.property(anyArgv, (argv) => {
      assert.deepEqual(splitPowershell(renderCommand("powershell", argv)), argv);
    }));
  });

  it("calls a quoted PowerShell command with the call operator", () => {
    assert.equal(
      renderCommand("powershell", ["C:\\my tools\\x.exe", "a b"]),
      "& 'C:\\my tools\\x.exe' 'a b'",
    );
  });

  it("quotes names with spaces the plain way", () => {
    const argv = ["netsh", "name=Ethernet 2"];
    assert.equal(renderCommand("cmd", argv), 'netsh "name=Ethernet 2"');
    assert.equal(renderCommand("powershell", argv), "netsh 'name=Ethernet 2'");
    assert.equal(renderCommand("sh", argv), "netsh 'name=Ethernet 2'");
  });
});
