// Keys and the answers they must give, with Cliffy and with its stand-in.
import { Checkbox, Confirm, Input, Number as NumberPrompt, Select } from "@cliffy/prompt";
import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";

const ENTER = "\r";
const DOWN = "\x1b[B";
const UP = "\x1b[A";
const BACKSPACE = "\x7f";

/** A keyboard that types these keys, one in each read, and a screen that keeps what was drawn. */
function terminal(...keys: string[]) {
  const encoder = new TextEncoder();
  const decoder = new TextDecoder();
  const drawn: string[] = [];
  return {
    drawn,
    left: () => keys.length,
    reader: {
      isTerminal: () => true,
      setRaw: () => {},
      read(into: Uint8Array): Promise<number> {
        const key = keys.shift();
        if (key === undefined) return Promise.reject(new Error("no more keys"));
        const bytes = encoder.encode(key);
        into.set(bytes);
        return Promise.resolve(bytes.length);
      },
    },
    writer: {
      writeSync(bytes: Uint8Array): number {
        drawn.push(decoder.decode(bytes));
        return bytes.length;
      },
    },
  };
}

describe("Select.prompt()", () => {
  const options = [
    { name: "One", value: "1" },
    { name: "Gone", value: "x", disabled: true },
    Select.separator("----"),
    { name: "Two", value: "2" },
    { name: "Three", value: "3" },
  ];
  const cases: readonly [string, readonly string[], string][] = [
    ["the first on Enter", [ENTER], "1"],
    ["what the arrows reach, skipping what cannot be chosen", [DOWN, ENTER], "2"],
    ["what is above after going down and up", [DOWN, DOWN, UP, ENTER], "2"],
  ];
  for (const [what, keys, expected] of cases) {
    it(`gives ${what}`, async () => {
      const { reader, writer, left } = terminal(...keys);
      assert.equal(await Select.prompt({ message: "Which", options, reader, writer }), expected);
      assert.equal(left(), 0);
    });
  }

  it("starts at the default", async () => {
    const { reader, writer } = terminal(ENTER);
    const answer = await Select.prompt({ message: "Which", options, default: "3", reader, writer });
    assert.equal(answer, "3");
  });

  it("narrows the list by letters when asked to", async () => {
    const { reader, writer } = terminal("w", "o", ENTER);
    const answer = await Select.prompt({
      message: "Which",
      search: true,
      options: [{ name: "One", value: 1 }, { name: "Two", value: 2 }],
      reader,
      writer,
    });
    assert.equal(answer, 2);
  });

  it("draws the question and the names", async () => {
    const { reader, writer, drawn } = terminal(ENTER);
    await Select.prompt({ message: "Which one", options, reader, writer });
    for (const text of ["Which one", "One", "Gone", "----", "Three"]) {
      assert.ok(drawn.join("").includes(text), text);
    }
  });
});

describe("Checkbox.prompt()", () => {
  it("gives what was marked with space", async () => {
    const { reader, writer } = terminal(DOWN, " ", ENTER);
    const answer = await Checkbox.prompt({
      message: "Which",
      options: ["a", "b", "c"],
      confirmSubmit: false,
      reader,
      writer,
    });
    assert.deepEqual(answer, ["b"]);
  });
});

describe("Input.prompt()", () => {
  it("gives the line, corrections applied and spaces around it removed", async () => {
    const { reader, writer } = terminal(" ", "a", "x", BACKSPACE, "b", " ", ENTER);
    assert.equal(await Input.prompt({ message: "Name", reader, writer }), "ab");
  });

  it("gives the default on Enter", async () => {
    const { reader, writer } = terminal(ENTER);
    assert.equal(
      await Input.prompt({ message: "Name", default: "x.bin", reader, writer }),
      "x.bin",
    );
  });

  it("asks again with the reason until the check is satisfied", async () => {
    const { reader, writer, drawn, left } = terminal("a", ENTER, "b", ENTER);
    const answer = await Input.prompt({
      message: "Name",
      validate: (value) => value.length < 2 ? "Too short" : true,
      reader,
      writer,
    });
    assert.equal(answer, "ab");
    assert.equal(left(), 0);
    assert.match(drawn.join(""), /Too short/);
  });

  it("waits for a check that takes its time, without taking the keys of the next prompt", async () => {
    const { reader, writer } = terminal("a", ENTER, "b", ENTER);
    const ask = () =>
      Input.prompt({
        message: "Name",
        validate: async () => {
          for (let turn = 0; turn < 50; turn++) await new Promise((done) => setTimeout(done, 0));
          return true;
        },
        reader,
        writer,
      });
    assert.deepEqual([await ask(), await ask()], ["a", "b"]);
  });
});

describe("Number.prompt()", () => {
  it("gives a number, asking again while it is out of range", async () => {
    const { reader, writer, left } = terminal("0", ENTER, BACKSPACE, "4", "2", ENTER);
    const answer = await NumberPrompt.prompt({ message: "Port", min: 1, max: 99, reader, writer });
    assert.equal(answer, 42);
    assert.equal(left(), 0);
  });
});

describe("Confirm.prompt()", () => {
  for (
    const [keys, initial, expected] of [
      [["y", ENTER], undefined, true],
      [["n", ENTER], undefined, false],
      [["Y", ENTER], false, true],
      [[ENTER], true, true],
      [[ENTER], false, false],
      [["x", ENTER, BACKSPACE, "y", ENTER], undefined, true],
    ] as const
  ) {
    it(`gives ${expected} for ${JSON.stringify(keys)} with default ${initial}`, async () => {
      const { reader, writer, left } = terminal(...keys);
      const answer = await Confirm.prompt({
        message: "Sure?",
        ...(initial === undefined ? {} : { default: initial }),
        reader,
        writer,
      });
      assert.equal(answer, expected);
      assert.equal(left(), 0);
    });
  }
});

describe("a prompt", () => {
  it("fails with what its reader throws", async () => {
    const { reader, writer } = terminal("a");
    await assert.rejects(Input.prompt({ message: "Name", reader, writer }), /no more keys/);
  });

  it("leaves the keys after its answer to the next prompt", async () => {
    const { reader, writer } = terminal("a", ENTER, "y", ENTER, DOWN, ENTER);
    assert.equal(await Input.prompt({ message: "1", reader, writer }), "a");
    assert.equal(await Confirm.prompt({ message: "2", reader, writer }), true);
    assert.equal(await Select.prompt({ message: "3", options: ["p", "q"], reader, writer }), "q");
  });
});
