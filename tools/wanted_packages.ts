/**
 * Every package the project takes from JSR, by the names the sources use. Never run: `packages.ts`
 * asks Deno whether this file's graph can be loaded.
 *
 * @module
 */
import "@cliffy/command";
import "@cliffy/command/help";
import "@cliffy/prompt";
import "@cliffy/prompt/confirm";
import "@cliffy/prompt/input";
import "@cliffy/prompt/select";
import "@std/path";
import "@std/testing/bdd";
