/**
 * A host for tests of everything that runs programs and reads small files: answers come from a
 * function, files live in memory, time is virtual.
 */
import { UnbrickError } from "../../lib/errors.ts";
import { posixPath } from "./posix_path.ts";
import type { CommandOutput, FileInfo, Host, OsName } from "../../lib/host/host.ts";

/** The part of {@link Host} that {@link commandHost} offers. */
export type CommandHost = Pick<
  Host,
  | "os"
  | "now"
  | "wallClock"
  | "startTimer"
  | "run"
  | "readFile"
  | "writeFile"
  | "appendFile"
  | "removeFile"
  | "makeDirectory"
  | "listDirectory"
  | "stat"
  | "realPath"
  | "env"
>;

/** What a test sets up and looks at. */
export interface CommandHostState {
  /** Text files by path. */
  readonly files: Map<string, string>;
  /** Links by path. */
  readonly links: Map<string, string>;
  /** Environment variables. */
  readonly environment: Map<string, string>;
  /** Every program that was run, in order. */
  readonly ran: string[][];
  /** Virtual monotonic clock in milliseconds; timers move it on. */
  now: number;
}

/** What a program that is not installed gives. */
export const NOT_FOUND: CommandOutput = { code: 127, stdout: "", stderr: "not found" };

/** A program that went well. */
export function said(stdout: string): CommandOutput {
  return { code: 0, stdout, stderr: "" };
}

/** Makes a host whose programs are answered by `answer`; undefined means not installed. */
export function commandHost(
  os: OsName,
  answer: (argv: readonly string[], state: CommandHostState) => CommandOutput | undefined,
): { readonly host: CommandHost; readonly state: CommandHostState } {
  const state: CommandHostState = {
    files: new Map(),
    links: new Map(),
    environment: new Map([["HOME", "/home/me"]]),
    ran: [],
    now: 0,
  };
  const text = (path: string) => {
    const found = state.files.get(posixPath(path));
    if (found === undefined) throw new UnbrickError("file-not-found", `"${path}" does not exist`);
    return found;
  };
  const info = (named: string): FileInfo | undefined => {
    const path = posixPath(named);
    const content = state.files.get(path);
    if (content !== undefined) {
      return { kind: "file", size: content.length, modifiedAt: undefined };
    }
    const isDirectory = [...state.files.keys()].some((name) => name.startsWith(`${path}/`));
    return isDirectory ? { kind: "directory", size: 0, modifiedAt: undefined } : undefined;
  };
  const host: CommandHost = {
    os,
    now: () => state.now,
    wallClock: () => 1_700_000_000_000 + state.now,
    startTimer: (delayMs, callback) => {
      let isCancelled = false;
      queueMicrotask(() => {
        if (isCancelled) return;
        state.now += delayMs;
        callback();
      });
      return () => {
        isCancelled = true;
      };
    },
    run: (argv) => {
      state.ran.push([...argv]);
      return Promise.resolve(answer(argv, state) ?? NOT_FOUND);
    },
    readFile: (path) => {
      try {
        return Promise.resolve(new TextEncoder().encode(text(path)));
      } catch (error) {
        return Promise.reject(error);
      }
    },
    writeFile: (path, bytes) => {
      state.files.set(posixPath(path), new TextDecoder().decode(bytes));
      return Promise.resolve();
    },
    appendFile: (named, more) => {
      const path = posixPath(named);
      state.files.set(path, (state.files.get(path) ?? "") + more);
      return Promise.resolve();
    },
    removeFile: (path) => {
      state.files.delete(posixPath(path));
      return Promise.resolve();
    },
    makeDirectory: () => Promise.resolve(),
    listDirectory: (named) => {
      const path = posixPath(named);
      const names = [...state.files.keys()].filter((name) => name.startsWith(`${path}/`))
        .map((name) => name.slice(path.length + 1).split("/")[0]!);
      return names.length === 0
        ? Promise.reject(new UnbrickError("file-not-found", `"${path}" does not exist`))
        : Promise.resolve([...new Set(names)]);
    },
    stat: info,
    realPath: (named) => {
      const path = posixPath(named);
      return state.links.get(path) ?? (info(path) === undefined ? undefined : path);
    },
    env: (name) => state.environment.get(name),
  };
  return { host, state };
}
