/**
 * With which rights the program runs, wherever it is built or packed.
 *
 * @module
 */

/** What the program may do; it never asks for more. The same stand in the task "start". */
export const PERMISSION_FLAGS: readonly string[] = [
  "--no-prompt",
  "--unstable-net",
  "--allow-net",
  "--allow-read",
  "--allow-write",
  "--allow-run",
  "--allow-sys",
  "--allow-env",
];

/**
 * Keeps Deno from looking around: no configuration of a folder above, nothing fetched, no DNS asked.
 */
export const OFFLINE_FLAGS: readonly string[] = [
  "--no-config",
  "--no-lock",
  "--no-remote",
  "--no-npm",
];
