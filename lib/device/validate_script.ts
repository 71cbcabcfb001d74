/**
 * The `script` of a RedBoot device: whether its lines can be typed and everything they name is there.
 *
 * @module
 */
import { type Decode, decodeText, listOf, quote, readObject, type Report } from "./entry_reader.ts";

/** Short enough for every build of RedBoot, and nothing that its command line takes apart. */
const FILE_NAME = /^[a-z][a-z0-9-]{0,14}$/;

/** Words in braces that stand for something else than a file. */
const WORDS = ["device", "server", "free"];

/** A word in braces; RedBoot's own variables have a percent sign in front. */
const PLACEHOLDER = /(?<!%)\{([^}]*)\}/g;

/** Reports what is wrong with a `script` object. */
export function validateScript(value: unknown, field: string, report: Report): true | undefined {
  const reader = readObject(value, field, report);
  if (reader === undefined) return undefined;
  const names = reader.required("files", listOf(scriptFile));
  const lines = reader.required("lines", listOf(scriptLine));
  reader.end();
  if (names === undefined || lines === undefined) return undefined;
  if (names.length === 0) reader.fault("files", "is empty");
  if (new Set(names).size < names.length) reader.fault("files", "has a name twice");
  for (const name of names) {
    if (!lines.some((line) => line.includes(`{${name}}`))) {
      reader.fault("lines", `never loads {${name}}`);
    }
  }
  for (const [index, line] of lines.entries()) {
    for (const [, word = ""] of line.matchAll(PLACEHOLDER)) {
      if (!WORDS.includes(word) && !names.includes(word)) {
        reader.fault(`lines[${index}]`, `{${word}} is neither a file nor ${WORDS.join(", ")}`);
      }
      if (word === "free" && !lines.slice(0, index).includes("fis free")) {
        reader.fault(`lines[${index}]`, '{free} needs a line "fis free" before it');
      }
    }
  }
  if (!/^(?:reset|go|exec)\b/.test(lines.at(-1) ?? "")) {
    reader.fault("lines", 'has to end with what starts the device: "reset", "go" or "exec"');
  }
  return true;
}

const scriptFile: Decode<string> = (value, field, report) => {
  const reader = readObject(value, field, report);
  const name = reader?.required("name", decodeText);
  reader?.required("what", decodeText);
  reader?.end();
  if (name === undefined) return undefined;
  if (FILE_NAME.test(name) && !WORDS.includes(name)) return name;
  report(`${field}.name`, `${quote(name)} is not a short name in small letters`);
  return undefined;
};

const scriptLine: Decode<string> = (value, field, report) => {
  const text = decodeText(value, field, report);
  if (text === undefined) return undefined;
  if (/^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/.test(text) && !text.includes("$")) return text;
  report(field, `${quote(text)} cannot be typed: ASCII only, and no "$", which starts a debugger`);
  return undefined;
};
