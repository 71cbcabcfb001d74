import { readFileSync } from "node:fs";

/** Text of a recorded listing below `test/fixtures/net/`. */
export function fixture(name: string): string {
  return readFileSync(new URL(`../../fixtures/net/${name}`, import.meta.url), "utf8");
}
