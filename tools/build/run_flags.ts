/**
 * With which rights the program runs, wherever it is built or packed.
 *
 * @module
 */

/**
 * What the program may do. The same stand in the task "start". Deno opens a serial port for nobody
 * who may not do everything, and who may start any program, as this one must, may do it anyway.
 */
export const PERMISSION_FLAGS: readonly string[] = [
  "--no-prompt",
  "--unstable-net",
  "--allow-all",
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
