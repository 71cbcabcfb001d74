/**
 * Files for tests: folders that go away, content that is different at every position, comparison.
 *
 * @module
 */
import assert from "node:assert/strict";
import { join } from "@std/path";

/** A folder that exists until it is disposed of. */
export interface TestFolder extends AsyncDisposable {
  /** Its path. */
  readonly path: string;
  /** The path of a file in it. */
  file(name: string): string;
}

/** Makes a folder that every user may use, as some servers give up their rights. */
export function makeFolder(): TestFolder {
  const path = Deno.makeTempDirSync({ prefix: "unbrick-test-" });
  Deno.chmodSync(path, 0o777);
  return {
    path,
    file: (name) => join(path, name),
    async [Symbol.asyncDispose]() {
      await Deno.remove(path, { recursive: true });
    },
  };
}

/** Bytes that look random but are the same each time; no two blocks are alike. */
export function testBytes(length: number): Uint8Array<ArrayBuffer> {
  const words = new Uint32Array(Math.ceil(length / 4));
  let state = 0x9e3779b9;
  for (let index = 0; index < words.length; index++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    words[index] = state;
  }
  return new Uint8Array(words.buffer, 0, length);
}

/** Fails, saying where, unless the bytes are the same. */
export function assertSameBytes(actual: Uint8Array, expected: Uint8Array, what: string): void {
  const length = Math.min(actual.length, expected.length);
  let index = 0;
  while (index < length && actual[index] === expected[index]) index++;
  if (index < length) assert.fail(`${what}: differs from byte ${index} on`);
  assert.equal(actual.length, expected.length, `${what}: number of bytes`);
}

/** Fails unless two files have the same bytes. */
export async function assertSameFile(actual: string, expected: string): Promise<void> {
  assertSameBytes(await Deno.readFile(actual), await Deno.readFile(expected), actual);
}

/** The bytes of all parts, one after the other. */
export function joinBytes(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}
