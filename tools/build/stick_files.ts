/**
 * What a stick holds, and how each file of it is made.
 *
 * @module
 */
import { join } from "@std/path";
import { gzipSync } from "node:zlib";
import type { Bundle } from "./bundle.ts";
import { canCompile, compileTarget } from "./compile_target.ts";
import { getDenoRuntime } from "./deno_runtime.ts";
import { fillTemplate, packSelfContained, runArguments } from "./self_contained.ts";
import { isWindows, type Target } from "./targets.ts";
import { passing } from "./whole_file.ts";

/** A file of the stick. */
export interface StickFile {
  /** Its path on the stick, with "/". */
  readonly path: string;
  /** What it is, for whoever builds it. */
  readonly what: string;
  /** What is in the same place on a stick that was built the other way: removed. */
  readonly replaces?: string;
  /** Makes its content. Throws UnbrickError when that cannot be had. */
  readonly make: () => Promise<Uint8Array<ArrayBuffer>>;
}

/**
 * Lists the files of a stick for these systems. A program is compiled where Deno has the runtime for
 * it; otherwise it is the bundle with Deno's own program from npm.
 */
export async function collectStick(
  version: string,
  bundle: Bundle,
  targets: readonly Target[],
): Promise<readonly StickFile[]> {
  const programs = await Promise.all(
    targets.map(async (target) =>
      await canCompile(target)
        ? compiledFiles(version, bundle, target)
        : portableFiles(version, bundle, target)
    ),
  );
  // Programs first: they are what can be out of reach, and without one there is no stick.
  return [...programs.flat(), ...textFiles(version)];
}

function textFiles(version: string): StickFile[] {
  const values = { VERSION: version, RUN: runArguments() };
  const text = (path: string, template: string, end: "\n" | "\r\n"): StickFile => ({
    path,
    what: "text",
    make: async () => {
      const filled = fillTemplate(await readTemplate(template), values);
      return new TextEncoder().encode(filled.replaceAll("\n", end));
    },
  });
  return [
    text("START-HERE.txt", "START-HERE.txt", "\r\n"),
    text("unbrick.cmd", "unbrick.cmd", "\r\n"),
    text("unbrick.command", "unbrick.command", "\n"),
    text("unbrick.sh", "unbrick.sh", "\n"),
    text("devices/README.txt", "devices.txt", "\r\n"),
    text("firmware/README.txt", "firmware.txt", "\r\n"),
  ];
}

function readTemplate(name: string): Promise<string> {
  return Deno.readTextFile(new URL(`../stick/${name}`, import.meta.url));
}

function programPath(target: Target): string {
  return `programs/unbrick-${target.name}`;
}

function portableFiles(version: string, { text }: Bundle, target: Target): StickFile[] {
  const path = programPath(target);
  const what = "Deno from npm with the bundle";
  if (isWindows(target)) {
    return [
      {
        path: `${path}/deno.exe`,
        what,
        // unbrick.cmd would start it.
        replaces: `${path}.exe`,
        make: async () => (await getDenoRuntime(target)).program,
      },
      {
        path: `${path}/unbrick.js`,
        what: "the bundle",
        make: () => Promise.resolve(new TextEncoder().encode(text)),
      },
    ];
  }
  const make = async () => {
    const { archive, program, offset } = await getDenoRuntime(target);
    return packSelfContained(await readTemplate("self_contained.sh"), version, target, {
      name: "deno",
      program,
      packed: archive,
      offset,
      script: text,
    });
  };
  return [{ path, what, make }];
}

function compiledFiles(version: string, { text }: Bundle, target: Target): StickFile[] {
  const path = programPath(target);
  const compile = async () => {
    const folder = await Deno.makeTempDir({ prefix: "unbrick-stick-" });
    await using _ = passing(folder);
    await compileTarget(target, text, join(folder, "unbrick"));
    return await Deno.readFile(join(folder, "unbrick"));
  };
  if (isWindows(target)) {
    return [{ path: `${path}.exe`, what: "compiled", replaces: path, make: compile }];
  }
  const make = async () => {
    const program = await compile();
    return packSelfContained(await readTemplate("self_contained.sh"), version, target, {
      name: "unbrick",
      program,
      packed: gzipSync(program),
      offset: 0,
      script: undefined,
    });
  };
  return [{ path, what: "compiled", make }];
}
