/**
 * Errors of the operating system, mapped once to a code, a sentence and a hint.
 *
 * @module
 */
import { UnbrickError } from "../errors.ts";
import type { SocketAddress } from "./host.ts";

/** What is needed of an error of the runtime. */
export interface SystemError {
  /** Class name, such as "AddrInUse". */
  readonly name: string;
  /** Text of the system. */
  readonly message: string;
  /** Code of the system, such as "ENETUNREACH", where the runtime passes it on. */
  readonly code?: string | undefined;
}

/** Reads name, message and code off anything that was thrown. */
export function systemErrorOf(thrown: unknown): SystemError {
  if (!(thrown instanceof Error)) return { name: "Error", message: String(thrown) };
  const code = "code" in thrown && typeof thrown.code === "string" ? thrown.code : undefined;
  return { name: thrown.name, message: thrown.message, code };
}

/** Ways in which systems say that a datagram has nowhere to go. */
const UNREACHABLE = [
  "NetworkUnreachable",
  "HostUnreachable",
  "NetworkDown",
  "ENETUNREACH",
  "EHOSTUNREACH",
  "ENETDOWN",
  "EHOSTDOWN",
] as const;

/** A socket could not be opened. */
export function bindError(thrown: unknown, local: SocketAddress): UnbrickError {
  const error = systemErrorOf(thrown);
  const place = `UDP port ${local.port} on ${local.hostname}`;
  if (matches(error, "AddrInUse", "EADDRINUSE")) {
    return new UnbrickError("port-in-use", `Cannot open ${place}: another program has it`, {
      hint: "Stop that program, or choose another port with --port if the device can use one",
      cause: thrown,
    });
  }
  if (matches(error, "PermissionDenied", "EACCES", "EPERM")) {
    return new UnbrickError("port-needs-privilege", `Cannot open ${place}: not permitted`, {
      hint: local.port < 1024
        ? "Run the same command with sudo (Linux, macOS) or as administrator (Windows)"
        : "Check whether a security program forbids it",
      cause: thrown,
    });
  }
  if (matches(error, "AddrNotAvailable", "EADDRNOTAVAIL")) {
    return new UnbrickError(
      "address-not-assigned",
      `Cannot open ${place}: no interface of this computer has that address`,
      { hint: `Give the address ${local.hostname} to the wired interface first`, cause: thrown },
    );
  }
  return runtimeError(error, thrown) ??
    new UnbrickError("unexpected", `Cannot open ${place}: ${error.message}`, { cause: thrown });
}

/** A datagram could not be sent. */
export function sendError(thrown: unknown, to: SocketAddress): UnbrickError {
  const error = systemErrorOf(thrown);
  const goal = `Cannot send to ${to.hostname}`;
  if (matches(error, ...UNREACHABLE)) {
    return new UnbrickError(
      "network-unreachable",
      `${goal}: this computer has no way to that address now`,
      {
        hint: "Give the wired interface an address in the same network as the router, " +
          "and check the cable",
        cause: thrown,
      },
    );
  }
  if (matches(error, "AddrNotAvailable", "EADDRNOTAVAIL", "EINVAL")) {
    return new UnbrickError(
      "address-not-assigned",
      `${goal}: the address of this computer's interface is gone`,
      { hint: "Set the address again, or put a switch between computer and router", cause: thrown },
    );
  }
  if (matches(error, "PermissionDenied", "EPERM", "EACCES")) {
    return new UnbrickError("send-refused", `${goal}: a firewall on this computer refuses it`, {
      hint: `Allow UDP to ${to.hostname} in the firewall`,
      cause: thrown,
    });
  }
  return runtimeError(error, thrown) ??
    new UnbrickError("unexpected", `${goal}: ${error.message}`, { cause: thrown });
}

/** The system ended a socket that was receiving: its interface or its address may be gone. */
export function receiveError(thrown: unknown, local: SocketAddress): UnbrickError {
  const error = systemErrorOf(thrown);
  const code = matches(error, ...UNREACHABLE)
    ? "network-unreachable"
    : matches(error, "AddrNotAvailable", "EADDRNOTAVAIL", "EINVAL")
    ? "address-not-assigned"
    : "unexpected";
  const message = `The system closed UDP port ${local.port} on ${local.hostname}: ${error.message}`;
  return runtimeError(error, thrown) ??
    new UnbrickError(code, message, {
      hint: "Check that the interface still has its link and its address",
      cause: thrown,
    });
}

/** A TCP connection could not be made, or was lost. */
export function streamError(thrown: unknown, to: SocketAddress): UnbrickError {
  const error = systemErrorOf(thrown);
  const place = `TCP port ${to.port} of ${to.hostname}`;
  if (matches(error, "ConnectionRefused", "ECONNREFUSED")) {
    return new UnbrickError("peer-error", `Nothing listens on ${place}`, { cause: thrown });
  }
  if (matches(error, "ConnectionReset", "ECONNRESET", "BrokenPipe", "EPIPE")) {
    return new UnbrickError("peer-error", `The connection to ${place} was cut`, { cause: thrown });
  }
  if (matches(error, "TimedOut", "ETIMEDOUT", "Interrupted")) {
    return new UnbrickError("timeout", `No answer from ${place}`, { cause: thrown });
  }
  return sendError(thrown, to);
}

/** A file or folder could not be used. `doing` completes "Cannot …", such as "read". */
export function fileError(thrown: unknown, doing: string, path: string): UnbrickError {
  const error = systemErrorOf(thrown);
  const what = `Cannot ${doing} "${path}"`;
  const writing = doing !== "read" && doing !== "list";
  if (matches(error, "NotFound", "ENOENT")) {
    return new UnbrickError("file-not-found", `${what}: it does not exist`, {
      hint: "Check the spelling and the folder",
      cause: thrown,
    });
  }
  if (matches(error, "AlreadyExists", "EEXIST")) {
    return new UnbrickError("file-exists", `${what}: a file of that name is already there`, {
      hint: "Choose another name, or move the old file away",
      cause: thrown,
    });
  }
  if (matches(error, "IsADirectory", "EISDIR")) {
    return new UnbrickError("file-unreadable", `${what}: it is a folder`, {
      hint: "Give the name of a file in it",
      cause: thrown,
    });
  }
  if (matches(error, "NotADirectory", "ENOTDIR")) {
    return new UnbrickError("file-not-found", `${what}: a part of the path is not a folder`, {
      hint: "Check the path",
      cause: thrown,
    });
  }
  if (matches(error, "StorageFull", "ENOSPC", "EDQUOT")) {
    return new UnbrickError("file-not-writable", `${what}: the disk is full`, {
      hint: "Make room, or choose a folder on another disk",
      cause: thrown,
    });
  }
  const code = writing ? "file-not-writable" : "file-unreadable";
  if (matches(error, "ReadOnlyFilesystem", "EROFS")) {
    return new UnbrickError(code, `${what}: the disk is read-only`, {
      hint: "Choose a folder on another disk, or look for a write-protect switch",
      cause: thrown,
    });
  }
  if (matches(error, "PermissionDenied", "EACCES", "EPERM")) {
    return new UnbrickError(code, `${what}: not permitted`, {
      hint: writing ? "Choose a folder you may write to" : "Check who may read the file",
      cause: thrown,
    });
  }
  return runtimeError(error, thrown) ??
    new UnbrickError(code, `${what}: ${error.message}`, { cause: thrown });
}

/** Whether the system gives this program no more sockets or open files. */
export function isTooManyOpen(thrown: unknown): boolean {
  return matches(systemErrorOf(thrown), "EMFILE", "ENFILE");
}

/** What can go wrong with anything: a limit of the system, or how the program was started. */
function runtimeError(error: SystemError, thrown: unknown): UnbrickError | undefined {
  if (isTooManyOpen(thrown)) {
    return new UnbrickError("too-many-open", "The system allows no more open files and sockets", {
      hint: "Raise the limit (ulimit -n), or lower --max-transfers",
      cause: thrown,
    });
  }
  if (!matches(error, "NotCapable")) return undefined;
  return new UnbrickError("runtime", `Deno refused it: ${error.message}`, {
    hint: "Start unbrick with the tasks of deno.json or with the released program",
    cause: thrown,
  });
}

function matches(error: SystemError, ...names: readonly string[]): boolean {
  return names.includes(error.name) || (error.code !== undefined && names.includes(error.code));
}
