/**
 * Modules of Node that Deno carries, each loaded when it is first used. A static import of them costs
 * every start some 15 ms, `--version` and the first question included: a bundle loads what it imports
 * before anything of it runs.
 *
 * @module
 */

/** The module `node:buffer`. */
export function nodeBuffer(): typeof import("node:buffer") {
  return globalThis.process.getBuiltinModule("node:buffer");
}

/** The module `node:crypto`. */
export function nodeCrypto(): typeof import("node:crypto") {
  return globalThis.process.getBuiltinModule("node:crypto");
}

/**
 * The module `node:path`, for what every start passes. `@std/path` is seventy modules and asks for
 * `process` at once: 28 ms of processor from the sources, 9 from a bundle.
 */
export function nodePath(): typeof import("node:path") {
  return globalThis.process.getBuiltinModule("node:path");
}

/** The module `node:zlib`. */
export function nodeZlib(): typeof import("node:zlib") {
  return globalThis.process.getBuiltinModule("node:zlib");
}
