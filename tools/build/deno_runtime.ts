/**
 * Deno's own published programs, from npm: the archive is kept in `.cache/` and must have the
 * checksum that stands in `targets.ts`.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { gunzipSync } from "node:zlib";
import { join } from "@std/path";
import { UnbrickError } from "../../lib/errors.ts";
import { PROJECT } from "./run_deno.ts";
import { findTarEntry } from "./tar.ts";
import { DENO_VERSION, type Target } from "./targets.ts";
import { writeWhole } from "./whole_file.ts";

const REGISTRY = "https://registry.npmjs.org/";

/** A connection that gives no byte for this long is given up. */
const SILENCE_MS = 30_000;

/** Deno for a system. */
export interface DenoRuntime {
  /** The archive as npm has it: a packed tar. */
  readonly archive: Uint8Array<ArrayBuffer>;
  /** The program itself. */
  readonly program: Uint8Array<ArrayBuffer>;
  /** Where the program begins in the unpacked archive. */
  readonly offset: number;
}

/** Where the archive of a package is. `registry` is the address of one that is like npm's. */
export function archiveUrl(npmPackage: string, registry: string | undefined): string {
  const base = registry === undefined || registry === "" ? REGISTRY : registry;
  const name = npmPackage.slice(npmPackage.indexOf("/") + 1);
  return `${base.replace(/\/*$/, "/")}${npmPackage}/-/${name}-${DENO_VERSION}.tgz`;
}

/** Whether bytes have a checksum as npm writes it. */
export function hasIntegrity(bytes: Uint8Array, integrity: string): boolean {
  return `sha512-${createHash("sha512").update(bytes).digest("base64")}` === integrity;
}

/** Where Deno's archives are. */
export interface ArchivePlaces {
  /** Address of the registry; npm's when it is undefined. */
  readonly registry: string | undefined;
  /** Folder in which they are kept. */
  readonly folder: string;
}

/** The registry that Deno itself would use, and a folder in `.cache/`. */
export function usualPlaces(): ArchivePlaces {
  return {
    registry: Deno.env.get("NPM_CONFIG_REGISTRY"),
    folder: join(PROJECT, ".cache", "deno"),
  };
}

/** The file in which the archive for a system is kept. */
export function archivePath({ npmPackage }: Target, { folder }: ArchivePlaces): string {
  return join(folder, `${npmPackage.replace("@deno/", "")}-${DENO_VERSION}.tgz`);
}

/**
 * Deno for a system: kept from an earlier time, or from npm and kept from now on.
 *
 * Throws UnbrickError `command-failed` when npm cannot be reached, `file-invalid` when it has
 * something else under that name.
 */
export async function getDenoRuntime(
  target: Target,
  places: ArchivePlaces = usualPlaces(),
): Promise<DenoRuntime> {
  const path = archivePath(target, places);
  const archive = await keptArchive(target, path) ?? await fetchArchive(target, places, path);
  const tar = new Uint8Array(gunzipSync(archive));
  const entry = findTarEntry(tar, `package/deno${target.suffix}`);
  if (entry === undefined) throw notDeno(target, "holds no program");
  const program = tar.subarray(entry.offset, entry.offset + entry.size);
  return { archive, program, offset: entry.offset };
}

async function keptArchive(
  target: Target,
  path: string,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  try {
    const bytes = await Deno.readFile(path);
    return hasIntegrity(bytes, target.integrity) ? bytes : undefined;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

async function fetchArchive(
  target: Target,
  { registry }: ArchivePlaces,
  path: string,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = await download(archiveUrl(target.npmPackage, registry));
  if (!hasIntegrity(bytes, target.integrity)) throw notDeno(target, "has another checksum");
  // Two sticks may be made at the same time.
  const part = `${path}.${crypto.randomUUID()}.part`;
  await writeWhole(path, (name) => Deno.writeFile(name, bytes), part);
  return bytes;
}

async function download(url: string): Promise<Uint8Array<ArrayBuffer>> {
  const silence = new AbortController();
  const restart = () => setTimeout(() => silence.abort(new Error("no answer")), SILENCE_MS);
  let watchdog = restart();
  const watched = new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
    transform(chunk, controller) {
      clearTimeout(watchdog);
      watchdog = restart();
      controller.enqueue(chunk);
    },
  });
  try {
    const response = await fetch(url, { signal: silence.signal });
    if (!response.ok || response.body === null) {
      await response.body?.cancel();
      throw new Error(`it answers ${response.status}`);
    }
    return await new Response(response.body.pipeThrough(watched)).bytes();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new UnbrickError("command-failed", `${url} could not be fetched: ${reason}`, {
      hint: "Try again where npm can be reached; NPM_CONFIG_REGISTRY names another registry",
      cause,
    });
  } finally {
    clearTimeout(watchdog);
  }
}

function notDeno({ npmPackage }: Target, what: string): UnbrickError {
  return new UnbrickError("file-invalid", `${npmPackage} ${DENO_VERSION} ${what}`, {
    hint: "Do not use it: the registry has another file than the one that was published",
  });
}
