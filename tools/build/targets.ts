/**
 * The systems unbrick is built for, and Deno's own published programs for them.
 *
 * @module
 */
import { UnbrickError } from "../../lib/errors.ts";

/** Version of Deno that is put into a stick: the one the project is tested with. */
export const DENO_VERSION = "2.9.5";

/** A system to build for. */
export interface Target {
  /** Its name as `deno compile --target` has it. */
  readonly name: string;
  /** What is behind the name of a program. */
  readonly suffix: "" | ".exe";
  /** Package on npm that holds Deno for it. */
  readonly npmPackage: string;
  /** SHA-512 of that package's archive in {@link DENO_VERSION}, as the registry tells it. */
  readonly integrity: string;
  /** What the computer must have, in words. */
  readonly needs: string;
}

const GLIBC = "with glibc 2.27 or newer (Debian 10, Ubuntu 18.04; not Alpine)";

/** All of them, in the order in which people have them. */
export const TARGETS: readonly Target[] = [
  {
    name: "x86_64-pc-windows-msvc",
    suffix: ".exe",
    npmPackage: "@deno/win32-x64",
    integrity:
      "sha512-LkcERsH0olOgevg9L9eootSr1U8ydyfnX1bS3mFqU+lGBeTYtlec5b/QF473WUOGVgPlWECrkxi4As5kEaFOzg==",
    needs: "a 64-bit Windows 10 or newer",
  },
  {
    name: "aarch64-pc-windows-msvc",
    suffix: ".exe",
    npmPackage: "@deno/win32-arm64",
    integrity:
      "sha512-tTPrE/4SX7uaC8nJW47iNnibtjzk1y4zoiYjBBHE34vdkbb6LHopqH68BxyT61HZdfqXzOTEYjDVHhtmVZFy+w==",
    needs: "Windows 11 on ARM",
  },
  {
    name: "aarch64-apple-darwin",
    suffix: "",
    npmPackage: "@deno/darwin-arm64",
    integrity:
      "sha512-SX98qSdBT1lw9x6NwGwx2xIayl1kRimdRnFohYlJ6nt3mLKzTKHHKQwQs5D2pEY7mbUGGbYe9brM2kfN75pPkg==",
    needs: "a Mac with macOS 12 or newer",
  },
  {
    name: "x86_64-apple-darwin",
    suffix: "",
    npmPackage: "@deno/darwin-x64",
    integrity:
      "sha512-gbdlxWZuAZFiJiZtTT00Mv/aC7f/31+pyqJGQKlZr5X33WeTo5B0GG+efcX3P1UZceRKHuPEAQ1B/M2oRt8r9Q==",
    needs: "a Mac with macOS 12 or newer",
  },
  {
    name: "x86_64-unknown-linux-gnu",
    suffix: "",
    npmPackage: "@deno/linux-x64-glibc",
    integrity:
      "sha512-TDqcnoLe3jlgqYEQm7H7MK6q0JOth+o8iSZzknRODnVkJfPiNnjVn1M1Zc6vnp+ipkyb6Av1/CUlHgHtlq59Gw==",
    needs: `a 64-bit Linux ${GLIBC}`,
  },
  {
    name: "aarch64-unknown-linux-gnu",
    suffix: "",
    npmPackage: "@deno/linux-arm64-glibc",
    integrity:
      "sha512-IuYjsz9PGl7CJcNXMuN27KNDB8Q40brK3SG3l+TXMDVW61ZKwcn0fQHBHnXFiiygEwI8by/fKnASEluhZB1atw==",
    needs: `a 64-bit ARM Linux ${GLIBC}`,
  },
];

/** The target of that name. Throws UnbrickError `usage` when there is none. */
export function findTarget(name: string): Target {
  const target = TARGETS.find((each) => each.name === name);
  if (target !== undefined) return target;
  throw new UnbrickError("usage", `There is no target "${name}"`, {
    hint: `Use one of: ${TARGETS.map((each) => each.name).join(", ")}`,
  });
}

/** Whether a target is Windows: there a stick holds plain files instead of a packed one. */
export function isWindows(target: Target): boolean {
  return target.suffix === ".exe";
}
