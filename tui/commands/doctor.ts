/**
 * `unbrick doctor`: one screen with everything on this computer that can stop a recovery.
 *
 * @module
 */
import { Command } from "@cliffy/command";
import type { DoctorLine, SelfTestResult } from "../../lib/setup/doctor.ts";
import { examine } from "../../lib/setup/examine.ts";
import { isAdmin } from "../../lib/setup/elevation.ts";
import { defaultShell } from "../../lib/setup/shell.ts";
import type { CommandContext } from "../context.ts";
import { formatCommand, wrap } from "../setup_text.ts";
import type { TextStyle } from "../setup_text.ts";
import { readGoal } from "./setup_options.ts";

/** What `unbrick doctor` needs besides the context. */
export interface DoctorPorts {
  /** Full path of this program, for firewall rules that name a program. */
  readonly toolPath: string;
  /** A real transfer over loopback with loss, duplication and delay. */
  selfTest(host: CommandContext["host"]): Promise<SelfTestResult>;
}

const STATE_WORDS = {
  ok: "ok      ",
  problem: "PROBLEM ",
  unknown: "?       ",
} as const satisfies Record<DoctorLine["state"], string>;

/** One line of the diagnosis with the commands that mend it. */
export function formatDoctorLine(
  line: DoctorLine,
  os: CommandContext["host"]["os"],
  style: TextStyle,
): string {
  const indent = " ".repeat(STATE_WORDS.ok.length);
  return [
    wrap(`${line.text}.`, style.columns, STATE_WORDS[line.state]),
    ...line.commands.map((command) => `${indent}  ${formatCommand(os, command, style)}`),
    ...(line.advice === undefined ? [] : [wrap(`${line.advice}.`, style.columns, indent)]),
  ].join("\n");
}

function verdict(lines: readonly DoctorLine[]): string {
  const stops = lines.filter((line) => line.stops).length;
  if (stops > 0) return `${stops} thing${stops === 1 ? "" : "s"} would stop a recovery.`;
  return lines.some((line) => line.state === "problem")
    ? "Nothing would stop a recovery; see the problems above all the same."
    : "Nothing would stop a recovery.";
}

/** Builds `unbrick doctor [--json]`. */
export function doctorCommand(context: CommandContext, ports: DoctorPorts) {
  const { host, console } = context;
  return new Command()
    .description("Look at everything on this computer that can stop a recovery.")
    .option("--interface <name:string:interface>", "Interface for the cable.")
    .option("--address <address:string>", "Address this computer needs, like 192.168.0.66/24.", {
      collect: true,
    })
    .option("--device-ip <address:string>", "Address of the device in its bootloader.")
    .option("--serve", "For a device that asks for its image. This is the default.")
    .option("--push", "For a device that listens.")
    .option("--bootp", "For a device that asks for an address first.")
    .option("--json", "Print JSON.")
    .action(async (options) => {
      const goal = readGoal(options, "doctor", false);
      const question = { interfaceName: options.interface, goal, toolPath: ports.toolPath };
      const lines = await examine(host, question, () => ports.selfTest(host));
      if (lines.some((line) => line.stops)) context.setExitCode(3);
      if (options.json) {
        console.stdout(JSON.stringify({ lines }, null, 2) + "\n");
        return;
      }
      const style: TextStyle = {
        shell: defaultShell(host.os),
        hasRights: await isAdmin(host),
        columns: Math.min(console.size().columns, 80),
      };
      for (const line of lines) console.stdout(formatDoctorLine(line, host.os, style) + "\n");
      console.stdout(`\n${verdict(lines)}\n`);
    });
}
