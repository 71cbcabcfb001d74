import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { countTests } from "../../tools/count_tests.ts";

const REPORT = `<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="deno test" tests="6" failures="2" errors="0" time="0.033">
  <testsuite name="./a_test.ts" tests="2">
    <testcase name="A" classname="./a_test.ts" time="0.025" line="4" col="1">
      <failure message="1 test step failed">1 test step failed.</failure>
    </testcase>
    <testcase name="alone" classname="./a_test.ts" time="0.000"/>
    <testcase name="later" classname="./a_test.ts" time="0.000"><skipped/></testcase>
  </testsuite>
  <testsuite name="ext" tests="4">
    <testcase name="A &gt; one" classname="x" time="0.000">
    </testcase>
    <testcase name="A &gt; inner" classname="x" time="0.000">
      <failure message="1 test step failed">1 test step failed.</failure>
    </testcase>
    <testcase name="A &gt; inner &gt; two" classname="x" time="0.000">
      <failure message="no">no &lt;testcase name=</failure>
    </testcase>
  </testsuite>
</testsuites>`;

describe("countTests()", () => {
  it("counts tests, not the groups around them", () => {
    assert.deepEqual(countTests(REPORT), {
      passed: 2,
      failed: [{ name: "A > inner > two", why: "no <testcase name=" }],
      skipped: ["later"],
    });
  });

  it("names a group that failed by itself, as in a hook", () => {
    const report = `<testcase name="B" classname="./b_test.ts" time="0.1">
        <failure message="x">Uncaught Error: \u001b[31mno port\u001b[39m\n\n    at b</failure>
      </testcase>
      <testcase name="B &gt; one" classname="x" time="0.000"/>`;
    assert.deepEqual(countTests(report), {
      passed: 1,
      failed: [{ name: "B", why: "Uncaught Error: no port\n    at b" }],
      skipped: [],
    });
  });

  it("shows no more than the beginning of a long failure", () => {
    const lines = Array.from({ length: 400 }, (_, index) => `line ${index + 1}`);
    const report = `<testcase name="C"><failure message="">${
      lines.join("\n")
    }</failure></testcase>`;
    assert.equal(countTests(report).failed[0]?.why, lines.slice(0, 14).join("\n"));
  });

  it("finds nothing in an empty report", () => {
    assert.deepEqual(countTests(""), { passed: 0, failed: [], skipped: [] });
  });
});
