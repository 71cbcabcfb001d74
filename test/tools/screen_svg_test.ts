import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { screenToSvg } from "../../tools/screen_svg.ts";

describe("screenToSvg()", () => {
  const svg = screenToSvg(
    "a <b> & c\n\x1b[1mbold\x1b[0m \x1b[32mgreen\x1b[39m x\n\n\n",
    80,
    "A & B",
  );

  it("is well-formed, with a title", () => {
    assert.match(svg, /^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
    assert.match(svg, /<title>A &amp; B<\/title>/);
    assert.match(svg, /a &lt;b&gt; &amp; c/);
    assert.equal(svg.match(/<text/g)?.length, svg.match(/<\/text>/g)?.length);
  });

  it("keeps bold and colours, each text at its column", () => {
    assert.match(svg, /<text x="12\.0" [^>]*font-weight="bold">bold</);
    assert.match(svg, /<text x="54\.0" [^>]*fill="#7ee787">green</);
    assert.doesNotMatch(svg.slice(svg.indexOf("green<")), /fill="#7ee787"> x/);
  });

  it("leaves out escape sequences and empty lines at the end", () => {
    // deno-lint-ignore no-control-regex -- escape sequences are what must not be there
    assert.doesNotMatch(svg, /\x1b/);
    assert.match(svg, /height="60"/);
  });
});
