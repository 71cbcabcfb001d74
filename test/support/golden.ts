import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import process from "node:process";

/** Compares text with a file below `test/golden/`; `UPDATE_GOLDEN=1` writes it instead. */
export function assertGolden(name: string, text: string): void {
  const url = new URL(`../golden/${name}`, import.meta.url);
  if (process.env["UPDATE_GOLDEN"] === "1") {
    mkdirSync(new URL(".", url), { recursive: true });
    writeFileSync(url, text);
    return;
  }
  assert.equal(text, readFileSync(url, "utf8").replaceAll("\r\n", "\n"), `golden file ${name}`);
}
