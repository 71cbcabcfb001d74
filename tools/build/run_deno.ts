/**
 * Runs the Deno that runs this, on the project.
 *
 * @module
 */
import { fromFileUrl } from "@std/path";

/** Top of the project, with a slash at the end. */
export const PROJECT: string = fromFileUrl(new URL("../../", import.meta.url));

/** What Deno left. */
export interface DenoOutcome {
  /** Whether it ended well. */
  readonly success: boolean;
  /** Standard output. */
  readonly stdout: string;
  /** Standard error, without colours. */
  readonly stderr: string;
}

/** Runs Deno to its end, in the top of the project. */
export async function runDeno(args: readonly string[]): Promise<DenoOutcome> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [...args],
    cwd: PROJECT,
    env: { NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1" },
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  return { success, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}
