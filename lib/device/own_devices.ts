/**
 * People's own entries: JSON files in a folder beside the program, one device or a list of them in
 * each. Every fault is told with the file and the field; a faulty file never hides the others.
 *
 * @module
 */
import { toUnbrickError, UnbrickError } from "../errors.ts";
import type { Host } from "../host/host.ts";
import { describeProblem, type EntryProblem } from "./entry_reader.ts";
import type { Device } from "./types.ts";
import { decodeDevice } from "./validate_entry.ts";

/** Largest file that is looked at, in bytes: this is not where somebody's firmware belongs. */
const MAX_FILE_BYTES = 1 << 20;

/** What a folder of own entries holds. */
export interface OwnDevices {
  /** Valid entries, in the order of their files' names. */
  readonly devices: readonly Device[];
  /** One failure for each file or entry that was left out. */
  readonly failures: readonly UnbrickError[];
}

/** Reads every `*.json` of a folder. A folder that does not exist holds nothing. */
export async function readOwnDevices(
  host: Pick<Host, "listDirectory" | "readFile" | "stat">,
  folder: string,
): Promise<OwnDevices> {
  if (host.stat(folder)?.kind !== "directory") return { devices: [], failures: [] };
  const devices: Device[] = [];
  const failures: UnbrickError[] = [];
  const seen = new Map<string, string>();
  for (const name of await listJsonFiles(host, folder, failures)) {
    const path = `${folder}/${name}`;
    const found = await readOwnFile(host, path);
    failures.push(...found.failures);
    for (const device of found.devices) {
      const earlier = seen.get(device.id);
      if (earlier === undefined) {
        seen.set(device.id, path);
        devices.push(device);
      } else {
        failures.push(fileInvalid(`${path}: the id "${device.id}" stands in ${earlier} already`));
      }
    }
  }
  return { devices, failures };
}

async function listJsonFiles(
  host: Pick<Host, "listDirectory">,
  folder: string,
  failures: UnbrickError[],
): Promise<readonly string[]> {
  try {
    const names = await host.listDirectory(folder);
    // "._x.json" is what macOS leaves beside a file on a FAT stick.
    return names.filter((name) => /^[^.].*\.json$/i.test(name)).sort();
  } catch (thrown) {
    failures.push(toUnbrickError(thrown));
    return [];
  }
}

async function readOwnFile(
  host: Pick<Host, "readFile" | "stat">,
  path: string,
): Promise<OwnDevices> {
  try {
    if ((host.stat(path)?.size ?? 0) > MAX_FILE_BYTES) {
      return {
        devices: [],
        failures: [fileInvalid(`${path}: more than 1 MiB is no device entry`)],
      };
    }
    return decodeOwnFile(path, await host.readFile(path));
  } catch (thrown) {
    return { devices: [], failures: [toUnbrickError(thrown)] };
  }
}

/** Decodes the content of one file: one device, or a list of devices. */
export function decodeOwnFile(path: string, bytes: Uint8Array): OwnDevices {
  let data: unknown;
  try {
    data = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    return { devices: [], failures: [fileInvalid(`${path}: not JSON: ${reason}`)] };
  }
  const decode = decodeDevice({ kind: "own", file: path, replaces: false });
  const devices: Device[] = [];
  const failures: UnbrickError[] = [];
  for (const [index, entry] of (Array.isArray(data) ? data : [data]).entries()) {
    const problems: EntryProblem[] = [];
    const field = Array.isArray(data) ? `[${index}]` : "";
    const device = decode(entry, field, (at, message) => problems.push({ field: at, message }));
    if (problems.length === 0 && device !== undefined) devices.push(device);
    for (const problem of problems) {
      failures.push(fileInvalid(`${path}: ${describeProblem(problem)}`));
    }
  }
  return { devices, failures };
}

function fileInvalid(message: string): UnbrickError {
  return new UnbrickError("file-invalid", message, {
    hint: "Mend that file in the devices folder, or take it out",
  });
}
