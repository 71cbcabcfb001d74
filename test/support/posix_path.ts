import { SEPARATOR } from "@std/path";

/** A path that the engine put together on this computer, as a simulated Linux names it. */
export function posixPath(path: string): string {
  return SEPARATOR === "\\" ? path.replaceAll("\\", "/") : path;
}
