/**
 * What catching and using a console tells. These objects are part of the `--json` schema: one event
 * per line, field names stable.
 *
 * @module
 */

/** Something that happened on a console. */
export type ConsoleEvent =
  /** A connection is tried ten times a second. */
  | { readonly event: "console-knocking"; readonly address: string; readonly port: number }
  /** The serial port is open. */
  | { readonly event: "console-opened"; readonly port: string; readonly baud: number }
  /** A connection stands; the boot loader is being stopped. */
  | { readonly event: "console-connected"; readonly address: string; readonly port: number }
  /** It ended, or stayed silent, before there was a prompt: the window was missed. */
  | { readonly event: "console-missed"; readonly reason: string }
  /** The prompt is there. */
  | { readonly event: "console-caught" }
  /** The device printed something. */
  | { readonly event: "console-text"; readonly text: string }
  /** A line is typed. */
  | { readonly event: "console-command"; readonly line: string; readonly writesFlash: boolean };
