// deno-lint-ignore-file no-console -- what it prints is its result
/**
 * Adds up JUnit reports of `deno test`: `deno run --allow-read tools/count_tests.ts report.xml…`
 * names what failed, and why, and prints "N passed, N failed" on its last line: the end of a long
 * log is what people read first, and sometimes all that was kept. Groups are not counted, only the
 * tests in them, unless a group failed by itself (in a hook). A report that is missing counts as
 * one failure, since its run broke down.
 *
 * @module
 */

import { stripVTControlCharacters } from "node:util";

/** A test that failed. */
export interface FailedTest {
  /** Its name, after those of the groups it is in. */
  readonly name: string;
  /** What was thrown: the first lines, without colours. */
  readonly why: string;
}

/** What a report tells. */
export interface TestCount {
  /** Tests that passed. */
  readonly passed: number;
  /** Tests that failed, in the order they ended. */
  readonly failed: readonly FailedTest[];
  /** Names of the tests that were left out. */
  readonly skipped: readonly string[];
}

const CASE = /<testcase name="([^"]*)"[^>]*?(?:\/>|>([^]*?)<\/testcase>)/g;

/** What Deno puts between the name of a group and that of a test in it, escaped as in XML. */
const IN_GROUP = " &gt; ";

/** How much of a failure is shown: enough for a comparison of a few values. */
const SHOWN_LINES = 14;

const ENTITIES: Readonly<Record<string, string>> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
};

function unescapeXml(text: string): string {
  return text.replace(/&(?:#(\d+)|#x([0-9a-f]+)|(\w+));/gi, (whole, decimal, hex, name) => {
    if (name !== undefined) return ENTITIES[name] ?? whole;
    return String.fromCodePoint(decimal === undefined ? parseInt(hex, 16) : Number(decimal));
  });
}

function reason(body: string): string {
  const text = /<(?:failure|error)\b[^>]*>([^]*?)<\/(?:failure|error)>/.exec(body)?.[1] ?? "";
  const lines = stripVTControlCharacters(unescapeXml(text)).split("\n")
    .filter((line) => line.trim() !== "");
  return lines.slice(0, SHOWN_LINES).join("\n");
}

/** Counts the tests of one report. */
export function countTests(xml: string): TestCount {
  const cases = [...xml.matchAll(CASE)].map(([, name = "", body = ""]) => ({
    name,
    isSkipped: /<skipped\b/.test(body),
    hasFailed: /<(?:failure|error)\b/.test(body),
    body,
  }));
  const groups = new Set(cases.flatMap(({ name }) => groupsOf(name)));
  const blamed = new Set(
    cases.filter(({ hasFailed }) => hasFailed).flatMap(({ name }) => groupsOf(name)),
  );
  const tests = cases.filter(({ name }) => !groups.has(name));
  return {
    passed: tests.filter(({ isSkipped, hasFailed }) => !isSkipped && !hasFailed).length,
    failed: cases.filter(({ name, hasFailed }) => hasFailed && !blamed.has(name))
      .map(({ name, body }) => ({ name: unescapeXml(name), why: reason(body) })),
    skipped: tests.filter(({ isSkipped }) => isSkipped).map(({ name }) => unescapeXml(name)),
  };
}

function groupsOf(name: string): string[] {
  const parts = name.split(IN_GROUP);
  return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join(IN_GROUP));
}

function countFile(path: string): TestCount {
  try {
    return countTests(Deno.readTextFileSync(path));
  } catch {
    return { passed: 0, failed: [{ name: path, why: "No such report." }], skipped: [] };
  }
}

if (import.meta.main) {
  const counts = Deno.args.map(countFile);
  const failures = counts.flatMap(({ failed }) => failed);
  for (const name of counts.flatMap(({ skipped }) => skipped)) console.log(`skipped: ${name}`);
  for (const { name, why } of failures) console.log(`failed: ${name}\n${why}\n`);
  const passed = counts.reduce((sum, count) => sum + count.passed, 0);
  console.log(`${passed} passed, ${failures.length} failed`);
}
