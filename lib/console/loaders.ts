/**
 * The three boot loaders with a console: how they are stopped, how they ask for a command, which
 * commands write flash, and what they print when something went wrong.
 *
 * @module
 */
import { UnbrickError } from "../errors.ts";
import type { ConsoleKind } from "./console_session.ts";
import { TELNET_INTERRUPT } from "./telnet.ts";

/** A boot loader with a console. */
export type LoaderName = "u-boot" | "cfe" | "redboot";

/** All of them. */
export const LOADER_NAMES: readonly LoaderName[] = ["u-boot", "cfe", "redboot"];

/** Ctrl-C as a byte. */
const CTRL_C = Uint8Array.of(3);

/** Time between two interrupts: U-Boot's shortest countdown is one second. */
const INTERRUPT_EVERY_MS = 200;

/** RedBoot's five seconds between two looks, fifteen times over: its own limit for a transfer. */
const COMMAND_TIMEOUT_MS = 120_000;

interface LoaderFacts {
  readonly prompt: RegExp;
  readonly writesFlash: readonly RegExp[];
  readonly failed: RegExp;
}

const FACTS: Readonly<Record<LoaderName, LoaderFacts>> = {
  "u-boot": {
    // Vendors rename it: "ar7240> ", "MT7621 # ", "(IPQ) # ", "hornet> ".
    prompt: /^(?:=>|[\w.()/-]{1,24} ?[#>]) ?$/,
    writesFlash: [
      /^(?:erase|protect|cp(?:\.\w)?|saveenv|fsl_?flash|flash\w*|upgrade\w*|update\w*|burn\w*)\b/,
      /^env\s+(?:save|erase|delete\s+-f)\b/,
      /^nand\s+(?:erase|write|scrub|markbad|bad)/,
      /^(?:sf|spi|nor)\s+(?:erase|write|update)\b/,
      /^(?:mmc|mtd|ubi|usb|ide|sata|nvme)\s+(?:write|erase|create|remove|part|partconf)/,
      /^(?:ext4write|fatwrite|fw_recovery|factory_reset|resetenv)\b/,
      // What a variable or a script does cannot be seen from here.
      /^(?:run|source|autoscr)\b/,
    ],
    failed: /TFTP error|Retry count exceeded|Unknown command|ERROR|Bad Linux|Wrong Image|not set\b/,
  },
  "cfe": {
    prompt: /^CFE> ?$/,
    writesFlash: [
      /^(?:flash|upgrade|w|burn\w*)\b/,
      /^nvram\s+(?:set|unset|commit|erase)\b/,
      /^(?:setenv\s+-p|e\s+\w|c\b|r\b)/,
    ],
    failed: /\*\*\* command status = -|Invalid command|failed|Could not/i,
  },
  "redboot": {
    prompt: /^(?:RedBoot(?:\([^)]*\))?|[\w-]{1,24})> ?$|\(y\/n\)\? ?$/,
    writesFlash: [
      /^fis\s+(?:i|c|w|e|d|u|lo?c?k)/,
      /^fconfig(?!\s+-l)/,
      /^(?:flash\w*|romupdate|update\w*|bdmac|set_mac|macaddr)\b/,
    ],
    failed:
      /^\*\* |unknown command|can't load|unable to|illegal|invalid|timed out|checksum|not found|error/im,
  },
};

/** How the console of a boot loader behaves. */
export function consoleKind(
  loader: LoaderName,
  isTelnet: boolean,
  promptText?: string,
): ConsoleKind {
  const prompt = promptText === undefined
    ? FACTS[loader].prompt
    : new RegExp(`${escapeRegExp(promptText.trimEnd())} *$`);
  return {
    prompt,
    // Some builds take the byte, others only what telnet makes of it.
    interrupts: isTelnet ? [CTRL_C, TELNET_INTERRUPT] : [CTRL_C],
    interruptEveryMs: INTERRUPT_EVERY_MS,
    commandTimeoutMs: COMMAND_TIMEOUT_MS,
    isTelnet,
  };
}

/** Whether a line writes flash, or may: then it must be confirmed. */
export function writesFlash(loader: LoaderName, line: string): boolean {
  // U-Boot takes several commands in a line.
  return line.split(/;|&&|\|\|/).map((part) => part.trim())
    .some((part) => FACTS[loader].writesFlash.some((pattern) => pattern.test(part)));
}

/** Whether a device asks something back instead of waiting for a command. */
export function isQuestion(prompt: string): boolean {
  return /\?\s*$/.test(prompt);
}

/** Whether what a command printed says that it failed. */
export function saysFailure(loader: LoaderName, printed: string): boolean {
  return FACTS[loader].failed.test(printed);
}

/**
 * Refuses a line that must not be sent. RedBoot takes a `$` anywhere for a debugger and stops
 * listening to anything else until it is switched off. Throws UnbrickError `usage`.
 */
export function checkLine(loader: LoaderName, line: string): void {
  if (loader === "redboot" && line.includes("$")) {
    throw new UnbrickError(
      "usage",
      `"${line}" has a "$" in it, which sends RedBoot to its debugger`,
      {
        hint: "Leave the $ out: RedBoot's own variables are written %{NAME}",
      },
    );
  }
  if (/[^\x20-\x7e]/.test(line)) {
    throw new UnbrickError("usage", `"${line}" has a character that no console takes`, {
      hint: "Write it with plain letters, digits and signs",
    });
  }
}

function escapeRegExp(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
