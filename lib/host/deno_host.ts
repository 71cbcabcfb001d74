/**
 * The {@link Host} of the real world: the only file of the engine that uses Deno.
 *
 * @module
 */
import { UnbrickError } from "../errors.ts";
import { nodePath } from "../node_builtins.ts";
import { openDatagramSocket } from "./deno_datagram.ts";
import { followProgram } from "./deno_follow.ts";
import { connectStream, openSerialPort } from "./deno_stream.ts";
import type {
  CommandOutput,
  FileInfo,
  FileReader,
  FileSink,
  Host,
  LocalAddress,
  OsName,
  RunOptions,
} from "./host.ts";
import { fileError, isTooManyOpen } from "./os_errors.ts";

/** Time after which a program that was started is killed, in milliseconds. */
const RUN_TIMEOUT_MS = 10_000;

/** Makes the host of this computer. Throws UnbrickError on a system that unbrick does not know. */
export function createDenoHost(): Host {
  return {
    os: osName(),
    now: () => performance.now(),
    wallClock: () => Date.now(),
    startTimer(delayMs, callback) {
      // A deadline that has just passed would make Deno print a warning.
      const timer = setTimeout(callback, Math.max(0, delayMs));
      return () => clearTimeout(timer);
    },
    bind: openDatagramSocket,
    connect: connectStream,
    openSerialPort,
    addresses,
    run,
    follow: followProgram,
    readFile: (path) => reading("read", path, () => Deno.readFile(path)),
    writeFile,
    appendFile: (path, text) =>
      reading("write", path, () => Deno.writeTextFile(path, text, { append: true, create: true })),
    async removeFile(path) {
      try {
        await Deno.remove(path);
      } catch (error) {
        if (!(error instanceof Deno.errors.NotFound)) throw fileError(error, "remove", path);
      }
    },
    makeDirectory: (path) => reading("make", path, () => Deno.mkdir(path, { recursive: true })),
    listDirectory: (path) =>
      reading("list", path, async () => {
        const names: string[] = [];
        for await (const entry of Deno.readDir(path)) names.push(entry.name);
        return names;
      }),
    stat,
    realPath(path) {
      try {
        return Deno.realPathSync(path);
      } catch {
        return undefined;
      }
    },
    openFile,
    createFile,
    env(name) {
      try {
        return Deno.env.get(name);
      } catch {
        return undefined;
      }
    },
  };
}

function osName(): OsName {
  switch (Deno.build.os) {
    case "linux":
    case "windows":
      return Deno.build.os;
    case "darwin":
      return "macos";
    default:
      throw new UnbrickError("runtime", `unbrick does not know the system "${Deno.build.os}"`, {
        hint: "Use Linux, macOS or Windows",
      });
  }
}

/** What {@link addresses} gave last, for when the system lets it open nothing more to look. */
let lastAddresses: LocalAddress[] = [];

function addresses(): LocalAddress[] {
  try {
    lastAddresses = currentAddresses();
  } catch (error) {
    if (!isTooManyOpen(error)) throw error;
  }
  return lastAddresses;
}

function currentAddresses(): LocalAddress[] {
  return Deno.networkInterfaces().flatMap((entry) => {
    const prefix = entry.cidr === null ? NaN : Number(entry.cidr.split("/")[1]);
    if (entry.family !== "IPv4" || !Number.isInteger(prefix)) return [];
    return [{ interfaceName: entry.name, address: entry.address, prefixLength: prefix }];
  });
}

async function run(argv: readonly string[], options: RunOptions = {}): Promise<CommandOutput> {
  const [program, ...args] = argv;
  if (program === undefined) return { code: 127, stdout: "", stderr: "no program given" };
  const terminal = options.inheritTerminal === true;
  const stopper = new AbortController();
  const timer = setTimeout(() => stopper.abort(), options.timeoutMs ?? RUN_TIMEOUT_MS);
  try {
    const child = new Deno.Command(program, {
      args,
      stdin: terminal ? "inherit" : options.stdin === undefined ? "null" : "piped",
      stdout: terminal ? "inherit" : "piped",
      stderr: terminal ? "inherit" : "piped",
      signal: stopper.signal,
      // Messages are parsed: keep them out of the person's language where the system can.
      env: { LC_ALL: "C", LANG: "C" },
    }).spawn();
    if (options.stdin !== undefined && !terminal) {
      const writer = child.stdin.getWriter();
      await writer.write(new TextEncoder().encode(options.stdin)).catch(() => {});
      await writer.close().catch(() => {});
    }
    if (terminal) return { code: (await child.status).code, stdout: "", stderr: "" };
    const output = await child.output();
    const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
    const code = stopper.signal.aborted ? 124 : output.code;
    return { code, stdout: text(output.stdout), stderr: text(output.stderr) };
  } catch (error) {
    return { code: 127, stdout: "", stderr: error instanceof Error ? error.message : "" };
  } finally {
    clearTimeout(timer);
  }
}

async function reading<T>(doing: string, path: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    throw fileError(error, doing, path);
  }
}

function stat(path: string): FileInfo | undefined {
  try {
    const info = Deno.statSync(path);
    const kind = info.isFile ? "file" : info.isDirectory ? "directory" : "other";
    return { kind, size: info.size, modifiedAt: info.mtime?.getTime() };
  } catch {
    return undefined;
  }
}

function openFile(path: string): FileReader {
  try {
    const file = Deno.openSync(path);
    const info = file.statSync();
    if (!info.isFile) {
      file.close();
      throw new Deno.errors.IsADirectory("not a file");
    }
    let position = 0;
    let open = true;
    return {
      size: info.size,
      read(offset, into) {
        try {
          if (offset !== position) position = file.seekSync(offset, Deno.SeekMode.Start);
          let filled = 0;
          while (filled < into.length) {
            const count = file.readSync(into.subarray(filled));
            if (count === null) break;
            filled += count;
          }
          position += filled;
          requireUnchanged(info, file.statSync(), path);
          return filled;
        } catch (error) {
          throw error instanceof UnbrickError ? error : fileError(error, "read", path);
        }
      },
      close() {
        if (open) file.close();
        open = false;
      },
    };
  } catch (error) {
    throw fileError(error, "read", path);
  }
}

/**
 * Throws when a file was written to since it was opened: half of it would be of another image. Looked
 * at after each read, so that what was read is of the file as it was opened. A file that was replaced
 * or deleted is not concerned: the open one stays as it is.
 */
function requireUnchanged(before: Deno.FileInfo, now: Deno.FileInfo, path: string): void {
  if (now.size === before.size && now.mtime?.getTime() === before.mtime?.getTime()) return;
  throw new UnbrickError("file-unreadable", `"${path}" was changed while it was being sent`, {
    hint: "Leave the file alone until the transfer is over, then let the device ask again",
  });
}

/** Bytes gathered before they are written to disk. */
const WRITE_BUFFER = 65536;

/**
 * A file that is written as "NAME.part" with something unique in between, so that two at once do
 * not meet, and gets its name when it is whole.
 */
function createFile(path: string): FileSink {
  const { basename, dirname, join } = nodePath();
  const unique = crypto.randomUUID().slice(0, 8);
  const aside = join(dirname(path), `.${basename(path)}.${unique}.part`);
  let file: Deno.FsFile | undefined;
  try {
    if (stat(path) !== undefined) throw new Deno.errors.AlreadyExists("exists");
    file = Deno.openSync(aside, { write: true, createNew: true });
  } catch (error) {
    throw fileError(error, "write", path);
  }
  const buffer = new Uint8Array(WRITE_BUFFER);
  let filled = 0;

  function flush(bytes: Uint8Array): void {
    for (let done = 0; done < bytes.length;) done += file!.writeSync(bytes.subarray(done));
  }
  function guarded(action: () => void): void {
    if (file === undefined) throw new UnbrickError("unexpected", `"${path}" was already closed`);
    try {
      action();
    } catch (error) {
      throw fileError(error, "write", path);
    }
  }
  function discard(): void {
    if (file === undefined) return;
    file.close();
    file = undefined;
    try {
      Deno.removeSync(aside);
    } catch {
      // Gone already, or the disk is: nothing more can be done about it.
    }
  }
  return {
    write(bytes) {
      guarded(() => {
        if (filled + bytes.length > buffer.length) {
          flush(buffer.subarray(0, filled));
          filled = 0;
        }
        if (bytes.length > buffer.length) return flush(bytes);
        buffer.set(bytes, filled);
        filled += bytes.length;
      });
    },
    commit() {
      try {
        guarded(() => {
          flush(buffer.subarray(0, filled));
          file!.syncSync();
          publish(aside, path);
        });
      } finally {
        discard();
      }
    },
    discard,
  };
}

/** Gives a finished file its name without ever replacing another. */
function publish(aside: string, path: string): void {
  try {
    // A hard link fails when the name is taken, in one step; a rename would replace.
    Deno.linkSync(aside, path);
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists || stat(path) !== undefined) {
      throw new Deno.errors.AlreadyExists("exists");
    }
    // FAT has no links.
    Deno.renameSync(aside, path);
  }
}

async function writeFile(path: string, bytes: Uint8Array): Promise<void> {
  const aside = `${path}.${crypto.randomUUID().slice(0, 8)}.part`;
  await reading("write", path, async () => {
    try {
      await Deno.writeFile(aside, bytes);
      await Deno.rename(aside, path);
    } catch (error) {
      await Deno.remove(aside).catch(() => {});
      throw error;
    }
  });
}
