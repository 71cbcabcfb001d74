/**
 * Setting up a serial port with the system's own program.
 *
 * @module
 */
import { UnbrickError } from "../errors.ts";
import type { Host } from "../host/host.ts";

/** Speeds that boot loaders use, in bits per second; the first is by far the commonest. */
export const BAUD_RATES: readonly number[] = [115200, 9600, 19200, 38400, 57600, 230400, 921600];

/**
 * Sets a serial port to 8 data bits, no parity, no flow control, so that bytes pass untouched and a
 * read returns empty-handed after a tenth of a second.
 *
 * Throws UnbrickError: `usage` on Windows, where no program of the system can do that so that a read
 * ends; `command-failed` when the port does not exist or may not be used.
 */
export async function setUpSerialPort(
  host: Pick<Host, "os" | "run">,
  path: string,
  baud: number,
): Promise<void> {
  if (host.os === "windows") {
    throw new UnbrickError(
      "usage",
      "Windows lets no program open a serial port without a driver of its own",
      {
        hint: "Leave --port out and type the lines in a terminal program such as PuTTY",
      },
    );
  }
  const { code, stderr } = await host.run(sttyArgv(host.os, path, baud));
  if (code === 0) return;
  throw new UnbrickError(
    "command-failed",
    `Cannot set up the serial port "${path}": ${stderr.trim()}`,
    {
      hint: host.os === "linux"
        ? "Check the name (ls /dev/ttyUSB* /dev/ttyACM*), and that you are in the group dialout"
        : "Check the name: ls /dev/cu.*",
    },
  );
}

/** The command that sets up a port. */
export function sttyArgv(os: "linux" | "macos", path: string, baud: number): readonly string[] {
  return [
    ...["stty", os === "linux" ? "-F" : "-f", path, String(baud)],
    // Raw mode sets min and time, so they come behind it.
    ...["raw", "-echo", "cs8", "-cstopb", "-parenb", "clocal", "min", "0", "time", "1"],
  ];
}
