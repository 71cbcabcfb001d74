/**
 * What can go wrong for a person, as values: a code for programs, a message for reading, a hint for
 * the next step. Peer input never ends up here; that is reported as an event (see `tftp/`).
 *
 * @module
 */

/** Stable names of the failures a person or a script can meet. Scripts match on these. */
export type UnbrickErrorCode =
  /** A command line that cannot be understood. */
  | "usage"
  /** A prompt was needed but there is no terminal. */
  | "not-interactive"
  /** A file or folder that does not exist. */
  | "file-not-found"
  /** A file that exists but cannot be read, or a folder where a file is needed. */
  | "file-unreadable"
  /** A file with no bytes where an image is needed. */
  | "file-empty"
  /** A file that would have to be overwritten. */
  | "file-exists"
  /** A file that cannot be written, or a full disk. */
  | "file-not-writable"
  /** A file whose content is wrong for the purpose. */
  | "file-invalid"
  /** UDP or TCP port already held by another program. */
  | "port-in-use"
  /** Port below 1024 without the right to open it. */
  | "port-needs-privilege"
  /** No interface of this computer has the address that was asked for. */
  | "address-not-assigned"
  /** The computer has no route to the peer. */
  | "network-unreachable"
  /** A firewall or policy on this computer refused to send. */
  | "send-refused"
  /** An interface that does not exist or does not fit. */
  | "interface-unsuitable"
  /** The system gives no more sockets or open files. */
  | "too-many-open"
  /** The peer sent an ERROR packet. */
  | "peer-error"
  /** Nothing was heard from the peer for too long. */
  | "timeout"
  /** The peer broke the protocol. */
  | "protocol"
  /** Not all that was announced has come. */
  | "incomplete"
  /** The image does not fit the device or is damaged. */
  | "image-refused"
  /** A system command failed. */
  | "command-failed"
  /** The program lacks a Deno permission or an unstable feature: a fault of the build. */
  | "runtime"
  /** The person stopped it. */
  | "interrupted"
  /** Anything that was not foreseen. */
  | "unexpected";

/** Options of {@link UnbrickError}. */
export interface UnbrickErrorOptions {
  /** One imperative sentence: what to do next. */
  readonly hint?: string;
  /** What caused it, for `--debug`. */
  readonly cause?: unknown;
}

/**
 * A failure that is shown to a person. The message says what happened with the value concerned, in
 * sentence case without a final period; the hint says what to do next.
 */
export class UnbrickError extends Error {
  /** Stable name for programs. */
  readonly code: UnbrickErrorCode;
  /** One thing to do next. */
  readonly hint: string | undefined;

  /** Makes a failure with its code, message and, if there is one, its hint. */
  constructor(code: UnbrickErrorCode, message: string, options: UnbrickErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "UnbrickError";
    this.code = code;
    this.hint = options.hint;
  }
}

const EXIT_CODES: Partial<Record<UnbrickErrorCode, number>> = {
  "usage": 2,
  "not-interactive": 2,
  "port-in-use": 3,
  "port-needs-privilege": 3,
  "address-not-assigned": 3,
  "network-unreachable": 3,
  "interface-unsuitable": 3,
  "too-many-open": 3,
  "interrupted": 130,
};

/** Exit code of the program for a failure: 1 failed, 2 usage, 3 computer not ready, 130 interrupted. */
export function exitCodeOf(code: UnbrickErrorCode): number {
  return EXIT_CODES[code] ?? 1;
}

/** Turns anything that was thrown into an {@link UnbrickError}; one that is already is returned as is. */
export function toUnbrickError(thrown: unknown): UnbrickError {
  if (thrown instanceof UnbrickError) return thrown;
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  return new UnbrickError("unexpected", `Something unforeseen happened: ${text}`, {
    hint: "Run the same command with --debug and report what it prints",
    cause: thrown,
  });
}

/** For the end of an exhaustive `switch`: a value that the types say cannot exist. */
export function assertNever(value: never): never {
  throw new TypeError(`Unexpected variant: ${JSON.stringify(value)}`);
}
