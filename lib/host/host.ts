/**
 * The only surface through which the engine touches the world: sockets, clock, timers, files and
 * other programs. Everything is passed in as (a slice of) a {@link Host}, so that the engine runs
 * the same over a simulated network, and all three systems are tested on one.
 *
 * @module
 */
import type { UnbrickError } from "../errors.ts";

/** A duration or an instant on the monotonic clock, in milliseconds. */
export type Millis = number;

/** The systems unbrick runs on. */
export type OsName = "linux" | "macos" | "windows";

/** An IPv4 address in dotted form and a UDP or TCP port. */
export interface SocketAddress {
  /** Dotted IPv4 address. */
  readonly hostname: string;
  /** Port, 0–65535. */
  readonly port: number;
}

/** What a bound socket reports. Called synchronously, one call per datagram or failure. */
export interface DatagramHandlers {
  /**
   * A datagram arrived. `bytes` is only valid during the call: copy what must be kept.
   */
  datagram(bytes: Uint8Array, from: SocketAddress): void;
  /** A send failed; the socket stays usable. */
  sendFailed(error: UnbrickError, to: SocketAddress): void;
  /** Receiving failed for good; the socket is closed. Not called after {@link DatagramSocket.close}. */
  receiveFailed(error: UnbrickError): void;
}

/** A bound UDP socket. */
export interface DatagramSocket {
  /** Address and port it is bound to. */
  readonly local: SocketAddress;
  /**
   * Sends one datagram, in the order of the calls. The bytes are read when it leaves, which is at
   * once or a moment later. Failures are reported to {@link DatagramHandlers.sendFailed}.
   */
  send(bytes: Uint8Array, to: SocketAddress): void;
  /** Closes the socket; may be called more than once. */
  close(): void;
}

/** Options of {@link Host.bind}. */
export interface BindOptions {
  /** Let several sockets share the port. */
  readonly reuseAddress?: boolean;
  /** Longer datagrams are cut to this many bytes. Default: none is. */
  readonly largestDatagram?: number;
}

/** What a connection or serial port reports. Called synchronously. */
export interface StreamHandlers {
  /** It stands: bytes can be sent. */
  opened(): void;
  /** Bytes arrived; `bytes` is only valid during the call. */
  data(bytes: Uint8Array): void;
  /**
   * It could not be opened, was lost (both with the reason), or the other side ended it. Called once
   * at most, and not after {@link StreamSocket.close}.
   */
  closed(error: UnbrickError | undefined): void;
}

/** A TCP connection or a serial port, from the attempt to open it on. */
export interface StreamSocket {
  /** Sends bytes, in the order of the calls. No effect before it is open and after its end. */
  send(bytes: Uint8Array): void;
  /** Ends it once what was sent has left, or ends the attempt; may be called more than once. */
  close(): void;
}

/** What a finished command left. */
export interface CommandOutput {
  /** Exit code; 127 when the program does not exist, 124 when it ran out of time. */
  readonly code: number;
  /** Standard output as text. */
  readonly stdout: string;
  /** Standard error as text. */
  readonly stderr: string;
}

/** Options of {@link Host.run}. */
export interface RunOptions {
  /** Kill the program after this many milliseconds. Default 10 000. */
  readonly timeoutMs?: Millis;
  /** Text for its standard input. */
  readonly stdin?: string;
  /** Lets the program use this terminal (for `sudo` asking a password); output is not captured. */
  readonly inheritTerminal?: boolean;
}

/** What a program that is followed reports. Called synchronously, and not after it was stopped. */
export interface FollowHandlers {
  /** It wrote these lines to standard output, all at once. */
  lines(lines: readonly string[]): void;
  /** It ended by itself, or could not be started. */
  ended(): void;
}

/** What is known of a path. */
export interface FileInfo {
  /** What is there. */
  readonly kind: "file" | "directory" | "other";
  /** Bytes. */
  readonly size: number;
  /** Last change, in milliseconds since 1970, if the system tells. */
  readonly modifiedAt: number | undefined;
}

/** A file opened for reading at any position. Reads are synchronous; failures throw UnbrickError. */
export interface FileReader {
  /** Bytes in the file when it was opened. */
  readonly size: number;
  /**
   * Fills `into` from `offset` as far as the file goes; returns the number of bytes. Throws when the
   * file was written to since it was opened.
   */
  read(offset: number, into: Uint8Array): number;
  /** Closes the file; may be called more than once. */
  close(): void;
}

/** A file being written aside. Nothing is visible under its name before {@link FileSink.commit}. */
export interface FileSink {
  /** Appends bytes (they are copied or written before the call returns). Throws UnbrickError. */
  write(bytes: Uint8Array): void;
  /** Makes the file visible under its name, whole; throws UnbrickError (`file-exists` included). */
  commit(): void;
  /** Throws away what was written. No effect after {@link FileSink.commit}. */
  discard(): void;
}

/** An IPv4 address that an interface of this computer has now. */
export interface LocalAddress {
  /** Name of the interface as the system reports it. */
  readonly interfaceName: string;
  /** Dotted IPv4 address. */
  readonly address: string;
  /** Prefix length in bits. */
  readonly prefixLength: number;
}

/** The world, as the engine sees it. */
export interface Host {
  /** System of this computer. */
  readonly os: OsName;
  /** Monotonic clock in milliseconds. */
  now(): Millis;
  /** Wall clock in milliseconds since 1970, for logs only. */
  wallClock(): number;
  /** Calls `callback` once after `delayMs`; the returned function cancels it. */
  startTimer(delayMs: Millis, callback: () => void): () => void;
  /** Opens a UDP socket. Throws UnbrickError. */
  bind(local: SocketAddress, handlers: DatagramHandlers, options?: BindOptions): DatagramSocket;
  /** Connects by TCP. Whatever goes wrong is reported to {@link StreamHandlers.closed}. */
  connect(to: SocketAddress, handlers: StreamHandlers): StreamSocket;
  /**
   * Opens a serial port that is set up already: reading must return empty-handed after a moment
   * (`stty min 0 time 1`). Whatever goes wrong is reported to {@link StreamHandlers.closed}.
   */
  openSerialPort(path: string, handlers: StreamHandlers): StreamSocket;
  /**
   * IPv4 addresses that the interfaces have now. Interfaces without one are missing: see `net/` for
   * the whole list.
   */
  addresses(): LocalAddress[];
  /** Runs a program to its end. Never throws for a program that fails or does not exist. */
  run(argv: readonly string[], options?: RunOptions): Promise<CommandOutput>;
  /** Starts a program that goes on telling; the returned function stops it. Never throws. */
  follow(argv: readonly string[], handlers: FollowHandlers): () => void;
  /** Reads a whole file. Throws UnbrickError. */
  readFile(path: string): Promise<Uint8Array>;
  /** Writes a small file (state, log) aside and renames it over the old one. Throws UnbrickError. */
  writeFile(path: string, bytes: Uint8Array): Promise<void>;
  /** Appends text to a file, making it if needed. Throws UnbrickError. */
  appendFile(path: string, text: string): Promise<void>;
  /** Removes a file; a file that is not there is fine. Throws UnbrickError. */
  removeFile(path: string): Promise<void>;
  /** Makes a folder with its parents. Throws UnbrickError. */
  makeDirectory(path: string): Promise<void>;
  /** Names in a folder, unsorted. Throws UnbrickError. */
  listDirectory(path: string): Promise<string[]>;
  /** What is at a path, links followed; undefined when nothing is. */
  stat(path: string): FileInfo | undefined;
  /** The path with links resolved; undefined when nothing is there. */
  realPath(path: string): string | undefined;
  /** Opens a file for reading at any position. Throws UnbrickError. */
  openFile(path: string): FileReader;
  /** Starts a new file beside its final name. Throws UnbrickError. */
  createFile(path: string): FileSink;
  /** An environment variable. */
  env(name: string): string | undefined;
}
