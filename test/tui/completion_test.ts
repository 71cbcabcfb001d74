import { Command } from "@cliffy/command";
import { HelpCommand } from "@cliffy/command/help";
import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { completeLine } from "../../tui/completion/complete_line.ts";
import { formatCompletion } from "../../tui/completion/shell_scripts.ts";
import { runUnbrick } from "../support/unbrick_process.ts";

function buildTree() {
  const root = new Command().name("unbrick").globalOption("--once", "Once.");
  root.command(
    "serve",
    new Command().description("What serve does.\n\nAnd more.").arguments("<images...:file>")
      .option("--device <id:string:device>", "A device.")
      .option("-p, --port <port:integer>", "A port.")
      .option("--secret", "Not shown.", { hidden: true }),
  );
  root.command("get", new Command().arguments("<host:string> [id:string:device]"));
  root.command(
    "devices",
    new Command().arguments("[words...:string]")
      .command("show", new Command().arguments("<id:string:device>")).reset(),
  );
  root.command("asked", new Command().hidden());
  root.command("help", new HelpCommand().global());
  return root;
}

const root = buildTree();

const values = { device: () => Promise.resolve(["archer", "asus", "dir-300"]) };

async function complete(...words: readonly string[]): Promise<string | readonly string[]> {
  const completion = await completeLine(root, words, values);
  return completion.kind === "files" ? "files" : completion.words.map(({ word }) => word);
}

describe("completeLine", () => {
  it("offers commands first", async () => {
    assert.deepEqual(await complete(""), ["serve", "get", "devices", "help"]);
    assert.deepEqual(await complete("se"), ["serve"]);
    assert.deepEqual(await complete("--once", "se"), ["serve"]);
    assert.deepEqual(await complete("devices", ""), ["show"]);
  });

  it("offers files where an argument is one, and not the help that every command has", async () => {
    assert.equal(await complete("serve", ""), "files");
    assert.equal(await complete("serve", "a.bin", "--once", "b"), "files");
  });

  it("offers options by their long name, and help", async () => {
    assert.deepEqual(await complete("serve", "-"), ["--once", "--device", "--port", "--help"]);
    assert.deepEqual(await complete("serve", "a.bin", "--o"), ["--once"]);
  });

  it("offers the values of options and of later arguments", async () => {
    assert.deepEqual(await complete("serve", "--device", "a"), ["archer", "asus"]);
    assert.deepEqual(await complete("get", "192.168.1.1", "d"), ["dir-300"]);
    assert.deepEqual(await complete("devices", "show", "as"), ["asus"]);
  });

  it("offers nothing where only the person knows", async () => {
    assert.deepEqual(await complete("serve", "-p", ""), []);
    assert.deepEqual(await complete("get", ""), []);
    assert.deepEqual(await complete("get", "a", "archer", ""), []);
    assert.deepEqual(await complete("devices", "red", "sh"), []);
  });

  it("does not take the value of an option for a command or argument", async () => {
    assert.equal(await complete("serve", "--port", "69", ""), "files");
    assert.deepEqual(await complete("get", "serve", "as"), ["asus"]);
  });
});

describe("formatCompletion", () => {
  it("writes a line for each word, after one that says what it is", async () => {
    const completion = await completeLine(root, ["se"], values);
    assert.equal(formatCompletion(completion), "words\nserve\tWhat serve does.\n");
    assert.equal(formatCompletion({ kind: "files" }), "files\n");
  });
});

describe("unbrick completions complete", () => {
  it("answers with devices of the catalogue", async () => {
    const { code, stdout } = await runUnbrick([
      "completions",
      "complete",
      "--",
      "serve",
      "--device",
      "abt-asr3000-o",
    ]);
    assert.equal(code, 0);
    assert.equal(stdout, "words\nabt-asr3000-openwrt-uboot\t\n");
  });

  it("answers with this computer's interfaces", async () => {
    const listed = await runUnbrick(["interfaces", "--json"]);
    const { interfaces = [] } = listed.code === 0 ? JSON.parse(listed.stdout) : {};
    const { stdout } = await runUnbrick([
      "completions",
      "complete",
      "--",
      "setup",
      "--interface",
      "",
    ]);
    const words = interfaces.map(({ name }: { readonly name: string }) => `${name}\t\n`).join("");
    // Where the system does not tell, neither does the completion.
    assert.equal(stdout, listed.code === 0 ? `words\n${words}` : "");
  });

  it("answers for an empty word, and for options of ours among the words", async () => {
    const { stdout } = await runUnbrick(["completions", "complete", "--", ""]);
    assert.match(stdout, /^words\n(.*\n)*serve\t\S.*\n/);
    const { stdout: about } = await runUnbrick([
      "completions",
      "complete",
      "--",
      "--version",
      "ser",
    ]);
    assert.match(about, /^words\nserve\t/);
  });
});
