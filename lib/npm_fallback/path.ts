/**
 * Stand-in for `@std/path`: the functions of `node:path` that both have, and two of `node:url`.
 *
 * @module
 */
export {
  basename,
  delimiter as DELIMITER,
  dirname,
  extname,
  format,
  isAbsolute,
  join,
  normalize,
  parse,
  relative,
  resolve,
  sep as SEPARATOR,
} from "node:path";
export { fileURLToPath as fromFileUrl, pathToFileURL as toFileUrl } from "node:url";
