/**
 * Which other TFTP programs this computer has. A test of one that is missing is left out with a line
 * that says so; with `UNBRICK_REQUIRE_PEERS=1` it fails instead.
 *
 * @module
 */
import { it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { fromFileUrl, join } from "@std/path";

/** Programs that tests start, by the name they are looked up under. */
export type ProgramName =
  | "in.tftpd"
  | "atftpd"
  | "dnsmasq"
  | "tftp"
  | "atftp"
  | "curl"
  | "busybox"
  | "ip"
  | "ss"
  | "iptables"
  | "setpriv"
  | "dhclient"
  | "bootpc"
  | "qemu-system-aarch64"
  | "qemu-system-mipsel"
  | "qemu-system-x86_64"
  | "unshare"
  | "mformat"
  | "mcopy"
  | "fsck.vfat"
  | "shellcheck"
  | "dash"
  | "tmux"
  | "bash"
  | "zsh"
  | "fish"
  | "python3";

/** Folders for administrators' programs, which the PATH of a user often lacks. */
const SYSTEM_FOLDERS = ["/usr/sbin", "/sbin"];

/**
 * Where atftpd is when it was unpacked instead of installed: its package and tftpd-hpa exclude each
 * other.
 */
function unpackedAtftpd(): string[] {
  const named = Deno.env.get("UNBRICK_ATFTPD");
  const cached = fromFileUrl(new URL("../../.cache/atftpd/usr/sbin/atftpd", import.meta.url));
  return named === undefined ? [cached] : [named, cached];
}

/** Path of a program; undefined when this computer does not have it. */
export function findProgram(name: ProgramName): string | undefined {
  const folders = [...(Deno.env.get("PATH") ?? "").split(":"), ...SYSTEM_FOLDERS];
  const candidates = [
    ...(name === "atftpd" ? unpackedAtftpd() : []),
    ...folders.filter((folder) => folder !== "").map((folder) => join(folder, name)),
  ];
  return candidates.find(isFile);
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

/** Path of a program that {@link whatIsMissing} has not named. */
export function programPath(name: ProgramName): string {
  const path = findProgram(name);
  if (path === undefined) throw new Error(`${name} is not installed`);
  return path;
}

/** What a test needs of this computer. */
export interface Needs {
  /** Programs. */
  readonly programs: readonly ProgramName[];
  /** Files of packages that bring no program. */
  readonly files?: readonly string[];
  /** Whether it needs to be root: for port 69, for chroot, for namespaces. */
  readonly root?: boolean;
}

/** What is missing, in words; undefined when all is there. */
export function whatIsMissing(needs: Needs): string | undefined {
  if (Deno.build.os !== "linux") return "this is not Linux";
  const missing = [
    ...needs.programs.filter((name) => findProgram(name) === undefined),
    ...(needs.files ?? []).filter((path) => !isFile(path)),
  ];
  if (missing.length > 0) return `not installed: ${missing.join(", ")}`;
  if (needs.root === true && Deno.uid() !== 0) return "needs root";
  return undefined;
}

/**
 * Whether tests of `title` can run. If not, a line on standard error says so, or a failing test
 * takes their place where all programs are required. To be called inside `describe`.
 */
export function canTest(title: string, needs: Needs): boolean {
  const missing = whatIsMissing(needs);
  if (missing === undefined) return true;
  if (ALL_REQUIRED) it(`${title} (cannot run here)`, () => assert.fail(missing));
  else tellSkipped(title, missing);
  return false;
}

/** The same for the rest of one test: fails where all programs are required. */
export function canGoOn(title: string, needs: Needs): boolean {
  const missing = whatIsMissing(needs);
  if (missing === undefined) return true;
  if (ALL_REQUIRED) assert.fail(missing);
  tellSkipped(title, missing);
  return false;
}

/** Whether a program can be told Ctrl-C; on Windows, it could only be ended at once. */
export function canSignal(title: string): boolean {
  if (Deno.build.os !== "windows") return true;
  tellSkipped(title, "Windows has no signals");
  return false;
}

const ALL_REQUIRED = Deno.env.get("UNBRICK_REQUIRE_PEERS") === "1";

function tellSkipped(title: string, missing: string): void {
  Deno.stderr.writeSync(new TextEncoder().encode(`skipped: ${title} (${missing})\n`));
}
