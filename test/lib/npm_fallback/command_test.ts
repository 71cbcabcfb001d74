// Command lines and what must come of them, with Cliffy and with its stand-in.
import { Command, EnumType, ValidationError } from "@cliffy/command";
import { HelpCommand } from "@cliffy/command/help";
import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";

interface Ran {
  readonly command: string;
  readonly options: unknown;
  readonly args: readonly unknown[];
}

function buildTree(ran: Ran[]) {
  const serve = new Command<{ debug?: true }>()
    .description("Serve an image.\n\nAnd more.")
    .type("os", new EnumType(["linux", "macos"]))
    .arguments("<image...:file>")
    .option("-p, --port <port:integer>", "UDP port.", { default: 69 })
    .option("--as <name:string>", "Also under this name.", { collect: true })
    .option("--any-name", "Any name.")
    .option("--no-options", "Refuse options.")
    .option("--json", "Events.", { conflicts: ["trace"] })
    .option("--trace", "Packets.")
    .option("--once", "Only once.", { depends: ["json"] })
    .option("--rate <bytes:number>", "Bytes a second.")
    .option("--mtu [bytes:integer]", "Frame size.")
    .option("--os <os:os>", "System.")
    .option("--level <level:integer>", "Level.", {
      value: (level) => {
        if (level > 9) throw new ValidationError("Level must be 0 to 9.");
        return level * 10;
      },
    })
    .option("--secret <word:string>", "Not shown.", { hidden: true })
    .example("One image", "unbrick serve a.bin")
    .action((options, ...images) => {
      // The types must carry what was declared, in both modes.
      const port: number = options.port;
      const names: readonly string[] = options.as ?? [];
      const isPlain: boolean = options.options;
      const first: string = images[0];
      assert.ok(Number.isInteger(port) && Array.isArray(names) && first !== undefined);
      assert.equal(typeof isPlain, "boolean");
      ran.push({ command: "serve", options, args: images });
    });
  const get = new Command<{ debug?: true }>()
    .description("Read a file.")
    .arguments("<host:string> [name:string]")
    .option("-o, --output <file:file>", "Where to.", { required: true })
    .action((options, host, name) => {
      const output: string = options.output;
      assert.equal(typeof output, "string");
      ran.push({ command: "get", options, args: [host, name] });
    });
  const root = new Command()
    .name("tool")
    .version("1.2.3")
    .description("A tool.")
    .globalOption("--debug", "More.")
    .help({ colors: false, width: 80 })
    .noExit()
    .action((options) => {
      ran.push({ command: "tool", options, args: [] });
    });
  root.command("serve", serve).alias("s");
  root.command("get", get);
  root.command("secret", new Command().description("Not shown.").hidden().action(() => {}));
  root.command("help", new HelpCommand().global());
  return root;
}

async function run(words: readonly string[]): Promise<Ran[]> {
  const ran: Ran[] = [];
  await buildTree(ran).parse([...words]);
  return ran;
}

describe("Command.parse()", () => {
  const served = { port: 69, options: true };
  const cases: readonly [string, string, Record<string, unknown>, readonly unknown[]][] = [
    ["", "tool", {}, []],
    ["--debug", "tool", { debug: true }, []],
    ["serve a.bin", "serve", served, ["a.bin"]],
    ["s a.bin b.bin", "serve", served, ["a.bin", "b.bin"]],
    ["serve a -p 6969", "serve", { ...served, port: 6969 }, ["a"]],
    ["serve a -p6969", "serve", { ...served, port: 6969 }, ["a"]],
    ["serve --port=6969 a", "serve", { ...served, port: 6969 }, ["a"]],
    ["serve a --port 0x45", "serve", { ...served, port: 69 }, ["a"]],
    ["serve a --port -5", "serve", { ...served, port: -5 }, ["a"]],
    ["serve a --as x --as y", "serve", { ...served, as: ["x", "y"] }, ["a"]],
    ["serve a --as -x", "serve", { ...served, as: ["-x"] }, ["a"]],
    ["serve a --any-name", "serve", { ...served, anyName: true }, ["a"]],
    ["serve a --no-options", "serve", { ...served, options: false }, ["a"]],
    ["serve a --json --once", "serve", { ...served, json: true, once: true }, ["a"]],
    ["serve a --rate 1.5", "serve", { ...served, rate: 1.5 }, ["a"]],
    ["serve a --mtu", "serve", { ...served, mtu: true }, ["a"]],
    ["serve a --mtu=1500", "serve", { ...served, mtu: 1500 }, ["a"]],
    ["serve a --os macos", "serve", { ...served, os: "macos" }, ["a"]],
    ["serve a --level 3", "serve", { ...served, level: 30 }, ["a"]],
    ["serve a --secret x", "serve", { ...served, secret: "x" }, ["a"]],
    ["serve a --debug", "serve", { ...served, debug: true }, ["a"]],
    ["--debug serve a", "serve", { ...served, debug: true }, ["a"]],
    ["serve a -- --port", "serve", served, ["a"]],
    ["get 192.168.1.1 -o x", "get", { output: "x" }, ["192.168.1.1", undefined]],
    ["get 192.168.1.1 name --output=x", "get", { output: "x" }, ["192.168.1.1", "name"]],
  ];
  for (const [line, command, options, args] of cases) {
    it(`reads "${line}"`, async () => {
      const [ran, ...more] = await run(line.split(" ").filter((word) => word !== ""));
      assert.deepEqual({ ...ran }, { command, options, args });
      assert.deepEqual(more, []);
    });
  }

  const errors: readonly [string, string][] = [
    ["serv a", 'Unknown command "serv". Did you mean command "serve"?'],
    ["--debgu", 'Unknown option "--debgu". Did you mean option "--debug"?'],
    ["serve", "Missing argument(s): image"],
    ["serve -- a", "Missing argument(s): image"],
    ["serve a --port abc", 'Option "--port" must be of type "integer", but got "abc".'],
    ["serve a --port 1.5", 'Option "--port" must be of type "integer", but got "1.5".'],
    ["serve a --port", 'Missing value for option "--port".'],
    ["serve a -p", 'Missing value for option "--port".'],
    [
      "serve a --port 1 --port 2",
      'Option "--port" can only occur once, but was found several times.',
    ],
    ["serve a --rate x", 'Option "--rate" must be of type "number", but got "x".'],
    [
      "serve a --os win",
      'Option "--os" must be of type "os", but got "win". Expected values: "linux", "macos"',
    ],
    ["serve a --level 10", "Level must be 0 to 9."],
    ["serve a --json --trace", 'Option "--json" conflicts with option "--trace".'],
    ["serve a --once", 'Option "--once" depends on option "--json".'],
    ["serve a --any-name=1", 'Option "--any-name" doesn\'t take a value, but got "1".'],
    ["get h", 'Missing required option "--output".'],
    ["get -o x", "Missing argument(s): host"],
    ["get a b c -o x", "Too many arguments: c"],
  ];
  for (const [line, message] of errors) {
    it(`refuses "${line}"`, async () => {
      await assert.rejects(run(line.split(" ")), (error) => {
        assert.ok(error instanceof ValidationError);
        assert.equal(error.message, message);
        assert.equal(error.exitCode, 2);
        return true;
      });
    });
  }

  it("tells with a usage error which command was meant", async () => {
    await assert.rejects(run(["get", "a", "b", "c", "-o", "x"]), (error) => {
      assert.ok(error instanceof ValidationError);
      assert.equal(error.cmd?.getPath(), "tool get");
      return true;
    });
  });

  it("passes on what an action throws", async () => {
    const boom = new RangeError("boom");
    const command = new Command().name("x").noExit().action(() => {
      throw boom;
    });
    await assert.rejects(command.parse([]), (error) => error === boom);
  });

  it("tells the error handler of the program first", async () => {
    const told: string[] = [];
    const command = new Command().name("x").noExit().error((error) => {
      told.push(error.message);
    }).action(() => {
      throw new Error("boom");
    });
    await assert.rejects(command.parse([]), /boom/);
    assert.deepEqual(told, ["boom"]);
  });

  it("runs the action of the version option in place of the command", async () => {
    const ran: string[] = [];
    const command = new Command().name("x").version("1").noExit()
      .versionOption("-V, --version", "Version.", () => {
        ran.push("version");
      }).action(() => {
        ran.push("command");
      });
    for (const flag of ["-V", "--version"]) await command.parse([flag]);
    assert.deepEqual(ran, ["version", "version"]);
  });

  it("hands values to a type of one's own, with a label for options and arguments", async () => {
    const seen: string[] = [];
    const command = new Command().name("x").noExit()
      .type("string", ({ label, value }) => {
        seen.push(`${label} ${value}`);
        return value;
      }, { override: true })
      .arguments("<a:string>").option("--b <b:string>", "B.")
      .action(() => {});
    await command.parse(["one", "--b", "two"]);
    assert.deepEqual(seen.sort(), ["Argument one", "Option two"]);
  });
});

describe("Command.getHelp()", () => {
  const help = (name?: string) => {
    const root = buildTree([]);
    const command = name === undefined ? root : root.getCommand(name);
    return command?.getHelp({ colors: false, width: 100 }) ?? "";
  };

  it("lists commands with arguments and aliases, without the hidden ones", () => {
    assert.match(help(), /Usage: +tool/);
    assert.match(help(), /Version: +1\.2\.3/);
    assert.match(help(), /serve, s +<image\.\.\.> +- Serve an image\./);
    assert.match(help(), /get +<host> \[name\] +- Read a file\./);
    assert.doesNotMatch(help(), /secret/);
  });

  it("lists options with values, defaults and notes, without the hidden ones", () => {
    const text = help("serve");
    assert.match(text, /Usage: +tool serve <image\.\.\.>/);
    assert.match(text, /-p, --port +<port> +- UDP port\. +\(Default: 69\)/);
    assert.match(text, /--debug +- More\./);
    assert.match(text, /--json +- Events\. +\(Conflicts: --trace\)/);
    assert.match(text, /--os +<os> +- System\. +\(Values: "linux", "macos"\)/);
    assert.match(text, /Examples:\n\n +One image +unbrick serve a\.bin/);
    assert.doesNotMatch(text, /secret/);
    assert.match(help("get"), /--output +<file> +- Where to\. +\(required\)/);
  });
});
