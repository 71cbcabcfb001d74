/**
 * The program for Linux or macOS in one file: a shell script with the packed program behind it. What
 * it does when it is started stands in `tools/stick/self_contained.sh`.
 *
 * @module
 */
import { gzipSync } from "node:zlib";
import { UnbrickError } from "../../lib/errors.ts";
import { sha256 } from "../../lib/tftp/files.ts";
import { OFFLINE_FLAGS, PERMISSION_FLAGS } from "./run_flags.ts";
import type { Target } from "./targets.ts";

/** Bytes that the script takes: a fixed number, since the script tells where the rest begins. */
const HEAD_BYTES = 8192;

const BYTES_PER_MB = 1_000_000;

/** A program to pack. */
export interface PackedProgram {
  /** Its name once unpacked. */
  readonly name: string;
  /** The unpacked program. */
  readonly program: Uint8Array;
  /** Something packed by gzip that holds the program. */
  readonly packed: Uint8Array;
  /** Where the program begins in what is unpacked. */
  readonly offset: number;
  /** JavaScript that the program is to run; undefined when it needs none. */
  readonly script: string | undefined;
}

/** Megabytes that a program and its script take once unpacked, rounded up. */
export function unpackedMegabytes({ program, script = "" }: PackedProgram): number {
  return Math.ceil((program.length + script.length) / BYTES_PER_MB);
}

/** Puts values in the place of the `@NAME@` of a template. Throws when one has no value. */
export function fillTemplate(
  template: string,
  values: Readonly<Record<string, string | number>>,
): string {
  return template.replaceAll(/@([A-Z][A-Z0-9_]*)@/g, (_, name: string) => {
    const value = values[name];
    if (value === undefined) {
      throw new UnbrickError("unexpected", `A template of tools/stick asks for "${name}"`, {
        hint: "Correct the name in the template",
      });
    }
    return String(value);
  });
}

/** Arguments with which Deno runs the script, as a shell writes them. */
export function runArguments(): string {
  return ["run", "-q", ...OFFLINE_FLAGS, ...PERMISSION_FLAGS].join(" ");
}

/** Makes the file. `template` is the text of `self_contained.sh`. */
export function packSelfContained(
  template: string,
  version: string,
  target: Target,
  packed: PackedProgram,
): Uint8Array<ArrayBuffer> {
  const { name: program, script } = packed;
  const scriptBytes = new TextEncoder().encode(script ?? "");
  const scriptPacked = script === undefined
    ? new Uint8Array()
    : gzipSync(scriptBytes, { level: 9 });
  const programSum = sha256(packed.program);
  const scriptSum = sha256(scriptBytes);
  const head = fillTemplate(template, {
    VERSION: version,
    TARGET: target.name,
    NAME: `${version}-${programSum.slice(0, 8)}${scriptSum.slice(0, 8)}`,
    PROGRAM: program,
    PROGRAM_SHA256: programSum,
    PROGRAM_START: HEAD_BYTES + scriptPacked.length + 1,
    PROGRAM_OFFSET: packed.offset + 1,
    PROGRAM_BYTES: packed.program.length,
    SCRIPT: script === undefined ? "''" : "unbrick.js",
    SCRIPT_SHA256: scriptSum,
    SCRIPT_BYTES: scriptBytes.length,
    SCRIPT_START: HEAD_BYTES + 1,
    SCRIPT_PACKED: scriptPacked.length,
    NEEDED_MB: unpackedMegabytes(packed),
    NEEDS: target.needs,
    RUN: script === undefined ? "" : `${runArguments()} "$folder/$script"`,
  });
  if (head.length > HEAD_BYTES) {
    throw new UnbrickError("unexpected", `self_contained.sh has ${head.length} bytes`, {
      hint: "Make HEAD_BYTES larger",
    });
  }
  const file = new Uint8Array(HEAD_BYTES + scriptPacked.length + packed.packed.length);
  file.set(new TextEncoder().encode(head.padEnd(HEAD_BYTES, "\n")));
  file.set(scriptPacked, HEAD_BYTES);
  file.set(packed.packed, HEAD_BYTES + scriptPacked.length);
  return file;
}
