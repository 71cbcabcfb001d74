// deno-lint-ignore-file no-console -- what it prints is its result
/**
 * Adds up JUnit reports of `deno test`: `deno run --allow-read tools/count_tests.ts report.xml…`
 * prints "N passed, N failed" on its last line. Groups are not counted, only the tests in them. A
 * report that is missing counts as one failure, since its run broke down.
 *
 * @module
 */

/** Numbers of tests. */
export interface TestCount {
  /** Tests that passed. */
  readonly passed: number;
  /** Tests that failed. */
  readonly failed: number;
  /** Names of the tests that were left out. */
  readonly skipped: readonly string[];
}

const CASE = /<testcase name="([^"]*)"[^>]*?(?:\/>|>([^]*?)<\/testcase>)/g;

/** What Deno puts between the name of a group and that of a test in it, escaped as in XML. */
const IN_GROUP = " &gt; ";

/** Counts the tests of one report. */
export function countTests(xml: string): TestCount {
  const cases = [...xml.matchAll(CASE)].map(([, name = "", body = ""]) => ({ name, body }));
  const groups = new Set<string>();
  for (const { name } of cases) {
    const parts = name.split(IN_GROUP);
    for (let length = 1; length < parts.length; length++) {
      groups.add(parts.slice(0, length).join(IN_GROUP));
    }
  }
  const tests = cases.filter(({ name }) => !groups.has(name));
  const isSkipped = ({ body }: { body: string }) => /<skipped\b/.test(body);
  const hasFailed = ({ body }: { body: string }) => /<(?:failure|error)\b/.test(body);
  return {
    passed: tests.filter((test) => !isSkipped(test) && !hasFailed(test)).length,
    failed: tests.filter(hasFailed).length,
    skipped: tests.filter(isSkipped).map(({ name }) => name),
  };
}

function countFile(path: string): TestCount {
  try {
    return countTests(Deno.readTextFileSync(path));
  } catch {
    return { passed: 0, failed: 1, skipped: [] };
  }
}

if (import.meta.main) {
  const counts = Deno.args.map(countFile);
  for (const name of counts.flatMap(({ skipped }) => skipped)) console.log(`skipped: ${name}`);
  const sum = (key: "passed" | "failed") => counts.reduce((total, count) => total + count[key], 0);
  console.log(`${sum("passed")} passed, ${sum("failed")} failed`);
}
