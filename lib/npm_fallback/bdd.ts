/**
 * Stand-in for `@std/testing/bdd`: `node:test`, which Deno runs as its own tests and steps.
 *
 * @module
 */
export {
  after,
  after as afterAll,
  afterEach,
  before,
  before as beforeAll,
  beforeEach,
  describe,
  it,
} from "node:test";
