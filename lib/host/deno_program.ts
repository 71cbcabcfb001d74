/**
 * Where this program lies, and for which system it was made.
 *
 * @module
 */
import { nodePath } from "../node_builtins.ts";

/**
 * The folder in which people put their own files beside the one-file program. What starts the
 * program from a stick names it in `UNBRICK_FOLDER`, since the program itself may have been copied
 * elsewhere to be started.
 *
 * @returns undefined when it runs from its sources.
 */
export function programFolder(): string | undefined {
  const named = Deno.env.get("UNBRICK_FOLDER");
  if (named !== undefined && named !== "") return nodePath().resolve(named);
  return Deno.build.standalone ? nodePath().dirname(Deno.execPath()) : undefined;
}

/** The name of the system the running Deno was made for, as `deno compile --target` has it. */
export function programTarget(): string {
  return Deno.build.target;
}
