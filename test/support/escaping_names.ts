/**
 * Names that try to leave the folder that is served: the published list of this project, and many more
 * made by the rules by which such names are made elsewhere.
 *
 * @module
 */
import { readFileSync } from "node:fs";
import { type ByteString, byteStringFromText } from "../../lib/tftp/name.ts";

/** Names as they are on the wire, each of them somebody's trick on some system. */
export const ESCAPING_NAMES: readonly ByteString[] = JSON.parse(
  readFileSync(new URL("../fixtures/escaping_names.json", import.meta.url), "utf8"),
);

const hex = (value: number, digits = 2): string => value.toString(16).padStart(digits, "0");

const percent = (bytes: ByteString): string =>
  [...bytes].map((byte) => `%${hex(byte.charCodeAt(0))}`).join("");

/** An ASCII character as UTF-8 of more bytes than it needs, which careless decoders take for it. */
function overlong(code: number, length: number): ByteString {
  const lead = (0xff << (8 - length)) & 0xff;
  const bytes = [lead, ...new Array<number>(length - 1).fill(0x80)];
  bytes[length - 1]! |= code & 0x3f;
  bytes[length - 2]! |= code >> 6;
  return String.fromCharCode(...bytes);
}

/** Ways to write a character so that some program, somewhere, takes it for that. */
function spellings(character: string, lookalikes: readonly string[]): ByteString[] {
  const code = character.charCodeAt(0);
  const once = percent(character);
  const tooLong = [2, 3, 4, 5, 6].map((length) => overlong(code, length));
  return [
    character,
    once,
    once.toUpperCase(),
    once.replaceAll("%", "%25"),
    `%${percent(hex(code))}`,
    `0x${hex(code)}`,
    `\\x${hex(code)}`,
    `&#${code};`,
    `%u${hex(code, 4)}`,
    `%u${hex(code + 0xfee0, 4)}`,
    byteStringFromText(String.fromCharCode(code + 0xfee0)),
    ...tooLong,
    ...tooLong.map(percent),
    percent(tooLong[0]!).replaceAll("%", "%25"),
    ...lookalikes.map(byteStringFromText),
  ];
}

const DOTS: readonly ByteString[] = [
  ...spellings(".", ["\u2024", "\u3002"]).map((dot) => dot + dot),
  // What systems leave away at the end of a name, or in the middle.
  ...[".. ", "..\t", "..\x01", ". .", ".\0.", "..;", "..%00", ".\xe2\x80\x8b."],
  ...[".\xcc\x80.", "...", "....", ".?", "??", ".%2e"],
];

const SEPARATORS: readonly ByteString[] = [
  ...spellings("/", ["\u2044", "\u2215", "\u29f8"]),
  ...spellings("\\", ["\u2216", "\u29f9"]),
  ...["//", "/\\", "\\/", "/./", "\\.\\", "/;/", ":"],
];

const BEGINNINGS = ["", "/", "./", "folder/", "C:", "\\\\?\\", "//"];

const ENDS = ["", ".", " ", "/", "%00", "%00.bin", "::$DATA", ":x"];

/** Names that lead to a file one, two and three folders up, if anybody falls for them. */
export function* manyEscapingNames(file: string): Generator<ByteString> {
  let count = 0;
  for (const dots of DOTS) {
    for (const separator of SEPARATORS) {
      for (let depth = 1; depth <= 3; depth++) {
        const beginning = BEGINNINGS[count % BEGINNINGS.length]!;
        const end = ENDS[Math.floor(count / BEGINNINGS.length) % ENDS.length]!;
        count++;
        yield beginning + (dots + separator).repeat(depth) + file + end;
        yield (dots + separator).repeat(depth) + file;
      }
    }
  }
}
